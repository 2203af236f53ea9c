package dev.chrysalis.tensor.cpu;

import java.lang.foreign.MemorySegment;

/// All addresses as one segment. Its class, bounds and lifetime are constants, so that loops which
/// read through it do without the checks, and without most of the inlined methods, of a segment
/// that could be any; where that is more than the compiler takes into one method it would be twice
/// as slow and more. Who reads checks beforehand that what is read lies within a segment, and keeps
/// that one alive.
///
/// This is native access: the JVM warns of it, or refuses it, unless it is started with
/// `--enable-native-access` for this module.
final class AllMemory {
  static final MemorySegment ALL_MEMORY = all();

  private AllMemory() {}

  @SuppressWarnings("restricted")
  private static MemorySegment all() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }
}
