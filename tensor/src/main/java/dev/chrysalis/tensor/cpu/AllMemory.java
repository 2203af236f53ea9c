package dev.chrysalis.tensor.cpu;

import java.lang.foreign.MemorySegment;

/// All addresses as one segment. Its class, bounds and lifetime are constants, so that loops which
/// read through it do without the checks of a segment that could be any, and without most of the
/// methods that these inline, of which the compiler takes only so many. Who reads or writes checks
/// beforehand that what is touched lies within a native segment, and keeps that one alive; or it is
/// working memory (`Scratch.panels`) that was asked for at its full size.
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
