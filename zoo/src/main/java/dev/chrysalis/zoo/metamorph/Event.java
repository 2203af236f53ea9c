package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.tensor.Tensor;

/// What happens while an answer is made.
public sealed interface Event {
  /// More words.
  record Text(String piece) implements Event {}

  /// One visual token of a picture is there.
  record VisualToken(int index, int count) implements Event {}

  /// All visual tokens of a picture are there.
  ///
  /// @param features `(m, C)`
  record Picture(Tensor features) implements Event {}
}
