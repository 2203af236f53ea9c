package dev.chrysalis.bench;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Another library that does the same work, to be held against.
public interface Peer extends AutoCloseable {
  /// A word for it, as backends have one.
  String name();

  /// What it is and what it computes on, in a line.
  String description();

  /// Measures the work of a row.
  ///
  /// @param config of the network that the row is of; empty for an operation
  /// @return empty if the peer has no counterpart
  /// @throws PeerException if it failed
  Optional<BenchRow> measure(BenchRow row, ObjectNode config, Timing.Plan plan);

  @Override
  void close();
}
