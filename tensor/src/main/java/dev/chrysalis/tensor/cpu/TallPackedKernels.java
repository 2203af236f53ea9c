package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.TileKernels.ROW_PITCH;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import jdk.incubator.vector.FloatVector;

/// The inner loops of `GemmBlocked` with tiles of twelve rows of two vectors, as in
/// `TallTileKernels`. What follows the loop is written out: of so many calls the compiler inlines
/// no helpers of our own, and puts the vectors that they take on the heap.
final class TallPackedKernels {
  private static final int ROWS = TallTileKernels.ROWS;

  private TallPackedKernels() {}

  /// As `TileKernels.packed`, of `ROWS` rows.
  static void packed(float[] a, int at, long b, int k, long start, long c, long pitchBytes) {
    FloatVector s00 = Lanes.load(ALL_MEMORY, start);
    FloatVector s01 = Lanes.load(ALL_MEMORY, start + Lanes.BYTES);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
    FloatVector s40 = s00;
    FloatVector s41 = s01;
    FloatVector s50 = s00;
    FloatVector s51 = s01;
    FloatVector s60 = s00;
    FloatVector s61 = s01;
    FloatVector s70 = s00;
    FloatVector s71 = s01;
    FloatVector s80 = s00;
    FloatVector s81 = s01;
    FloatVector s90 = s00;
    FloatVector s91 = s01;
    FloatVector s100 = s00;
    FloatVector s101 = s01;
    FloatVector s110 = s00;
    FloatVector s111 = s01;
    for (int p = 0; p < k; p++) {
      FloatVector v0 = Lanes.load(ALL_MEMORY, b + p * STEP);
      FloatVector v1 = Lanes.load(ALL_MEMORY, b + p * STEP + Lanes.BYTES);
      FloatVector x = FloatVector.broadcast(F, a[at + p * ROWS]);
      s00 = x.fma(v0, s00);
      s01 = x.fma(v1, s01);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 1]);
      s10 = x.fma(v0, s10);
      s11 = x.fma(v1, s11);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 2]);
      s20 = x.fma(v0, s20);
      s21 = x.fma(v1, s21);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 3]);
      s30 = x.fma(v0, s30);
      s31 = x.fma(v1, s31);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 4]);
      s40 = x.fma(v0, s40);
      s41 = x.fma(v1, s41);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 5]);
      s50 = x.fma(v0, s50);
      s51 = x.fma(v1, s51);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 6]);
      s60 = x.fma(v0, s60);
      s61 = x.fma(v1, s61);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 7]);
      s70 = x.fma(v0, s70);
      s71 = x.fma(v1, s71);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 8]);
      s80 = x.fma(v0, s80);
      s81 = x.fma(v1, s81);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 9]);
      s90 = x.fma(v0, s90);
      s91 = x.fma(v1, s91);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 10]);
      s100 = x.fma(v0, s100);
      s101 = x.fma(v1, s101);
      x = FloatVector.broadcast(F, a[at + p * ROWS + 11]);
      s110 = x.fma(v0, s110);
      s111 = x.fma(v1, s111);
    }
    long c1 = c + pitchBytes;
    long c2 = c1 + pitchBytes;
    long c3 = c2 + pitchBytes;
    long c4 = c3 + pitchBytes;
    long c5 = c4 + pitchBytes;
    long c6 = c5 + pitchBytes;
    long c7 = c6 + pitchBytes;
    long c8 = c7 + pitchBytes;
    long c9 = c8 + pitchBytes;
    long c10 = c9 + pitchBytes;
    long c11 = c10 + pitchBytes;
    s00.intoMemorySegment(ALL_MEMORY, c, LITTLE_ENDIAN);
    s01.intoMemorySegment(ALL_MEMORY, c + Lanes.BYTES, LITTLE_ENDIAN);
    s10.intoMemorySegment(ALL_MEMORY, c1, LITTLE_ENDIAN);
    s11.intoMemorySegment(ALL_MEMORY, c1 + Lanes.BYTES, LITTLE_ENDIAN);
    s20.intoMemorySegment(ALL_MEMORY, c2, LITTLE_ENDIAN);
    s21.intoMemorySegment(ALL_MEMORY, c2 + Lanes.BYTES, LITTLE_ENDIAN);
    s30.intoMemorySegment(ALL_MEMORY, c3, LITTLE_ENDIAN);
    s31.intoMemorySegment(ALL_MEMORY, c3 + Lanes.BYTES, LITTLE_ENDIAN);
    s40.intoMemorySegment(ALL_MEMORY, c4, LITTLE_ENDIAN);
    s41.intoMemorySegment(ALL_MEMORY, c4 + Lanes.BYTES, LITTLE_ENDIAN);
    s50.intoMemorySegment(ALL_MEMORY, c5, LITTLE_ENDIAN);
    s51.intoMemorySegment(ALL_MEMORY, c5 + Lanes.BYTES, LITTLE_ENDIAN);
    s60.intoMemorySegment(ALL_MEMORY, c6, LITTLE_ENDIAN);
    s61.intoMemorySegment(ALL_MEMORY, c6 + Lanes.BYTES, LITTLE_ENDIAN);
    s70.intoMemorySegment(ALL_MEMORY, c7, LITTLE_ENDIAN);
    s71.intoMemorySegment(ALL_MEMORY, c7 + Lanes.BYTES, LITTLE_ENDIAN);
    s80.intoMemorySegment(ALL_MEMORY, c8, LITTLE_ENDIAN);
    s81.intoMemorySegment(ALL_MEMORY, c8 + Lanes.BYTES, LITTLE_ENDIAN);
    s90.intoMemorySegment(ALL_MEMORY, c9, LITTLE_ENDIAN);
    s91.intoMemorySegment(ALL_MEMORY, c9 + Lanes.BYTES, LITTLE_ENDIAN);
    s100.intoMemorySegment(ALL_MEMORY, c10, LITTLE_ENDIAN);
    s101.intoMemorySegment(ALL_MEMORY, c10 + Lanes.BYTES, LITTLE_ENDIAN);
    s110.intoMemorySegment(ALL_MEMORY, c11, LITTLE_ENDIAN);
    s111.intoMemorySegment(ALL_MEMORY, c11 + Lanes.BYTES, LITTLE_ENDIAN);
  }

  /// As `TileKernels.pitched`, of `ROWS` rows.
  static void pitched(float[] a, int at, long b, int k, long start, long c, long pitchBytes) {
    FloatVector s00 = Lanes.load(ALL_MEMORY, start);
    FloatVector s01 = Lanes.load(ALL_MEMORY, start + Lanes.BYTES);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
    FloatVector s40 = s00;
    FloatVector s41 = s01;
    FloatVector s50 = s00;
    FloatVector s51 = s01;
    FloatVector s60 = s00;
    FloatVector s61 = s01;
    FloatVector s70 = s00;
    FloatVector s71 = s01;
    FloatVector s80 = s00;
    FloatVector s81 = s01;
    FloatVector s90 = s00;
    FloatVector s91 = s01;
    FloatVector s100 = s00;
    FloatVector s101 = s01;
    FloatVector s110 = s00;
    FloatVector s111 = s01;
    for (int p = 0; p < k; p++) {
      FloatVector v0 = Lanes.load(ALL_MEMORY, b + p * STEP);
      FloatVector v1 = Lanes.load(ALL_MEMORY, b + p * STEP + Lanes.BYTES);
      FloatVector x = FloatVector.broadcast(F, a[at + p]);
      s00 = x.fma(v0, s00);
      s01 = x.fma(v1, s01);
      x = FloatVector.broadcast(F, a[at + ROW_PITCH + p]);
      s10 = x.fma(v0, s10);
      s11 = x.fma(v1, s11);
      x = FloatVector.broadcast(F, a[at + 2 * ROW_PITCH + p]);
      s20 = x.fma(v0, s20);
      s21 = x.fma(v1, s21);
      x = FloatVector.broadcast(F, a[at + 3 * ROW_PITCH + p]);
      s30 = x.fma(v0, s30);
      s31 = x.fma(v1, s31);
      x = FloatVector.broadcast(F, a[at + 4 * ROW_PITCH + p]);
      s40 = x.fma(v0, s40);
      s41 = x.fma(v1, s41);
      x = FloatVector.broadcast(F, a[at + 5 * ROW_PITCH + p]);
      s50 = x.fma(v0, s50);
      s51 = x.fma(v1, s51);
      x = FloatVector.broadcast(F, a[at + 6 * ROW_PITCH + p]);
      s60 = x.fma(v0, s60);
      s61 = x.fma(v1, s61);
      x = FloatVector.broadcast(F, a[at + 7 * ROW_PITCH + p]);
      s70 = x.fma(v0, s70);
      s71 = x.fma(v1, s71);
      x = FloatVector.broadcast(F, a[at + 8 * ROW_PITCH + p]);
      s80 = x.fma(v0, s80);
      s81 = x.fma(v1, s81);
      x = FloatVector.broadcast(F, a[at + 9 * ROW_PITCH + p]);
      s90 = x.fma(v0, s90);
      s91 = x.fma(v1, s91);
      x = FloatVector.broadcast(F, a[at + 10 * ROW_PITCH + p]);
      s100 = x.fma(v0, s100);
      s101 = x.fma(v1, s101);
      x = FloatVector.broadcast(F, a[at + 11 * ROW_PITCH + p]);
      s110 = x.fma(v0, s110);
      s111 = x.fma(v1, s111);
    }
    long c1 = c + pitchBytes;
    long c2 = c1 + pitchBytes;
    long c3 = c2 + pitchBytes;
    long c4 = c3 + pitchBytes;
    long c5 = c4 + pitchBytes;
    long c6 = c5 + pitchBytes;
    long c7 = c6 + pitchBytes;
    long c8 = c7 + pitchBytes;
    long c9 = c8 + pitchBytes;
    long c10 = c9 + pitchBytes;
    long c11 = c10 + pitchBytes;
    s00.intoMemorySegment(ALL_MEMORY, c, LITTLE_ENDIAN);
    s01.intoMemorySegment(ALL_MEMORY, c + Lanes.BYTES, LITTLE_ENDIAN);
    s10.intoMemorySegment(ALL_MEMORY, c1, LITTLE_ENDIAN);
    s11.intoMemorySegment(ALL_MEMORY, c1 + Lanes.BYTES, LITTLE_ENDIAN);
    s20.intoMemorySegment(ALL_MEMORY, c2, LITTLE_ENDIAN);
    s21.intoMemorySegment(ALL_MEMORY, c2 + Lanes.BYTES, LITTLE_ENDIAN);
    s30.intoMemorySegment(ALL_MEMORY, c3, LITTLE_ENDIAN);
    s31.intoMemorySegment(ALL_MEMORY, c3 + Lanes.BYTES, LITTLE_ENDIAN);
    s40.intoMemorySegment(ALL_MEMORY, c4, LITTLE_ENDIAN);
    s41.intoMemorySegment(ALL_MEMORY, c4 + Lanes.BYTES, LITTLE_ENDIAN);
    s50.intoMemorySegment(ALL_MEMORY, c5, LITTLE_ENDIAN);
    s51.intoMemorySegment(ALL_MEMORY, c5 + Lanes.BYTES, LITTLE_ENDIAN);
    s60.intoMemorySegment(ALL_MEMORY, c6, LITTLE_ENDIAN);
    s61.intoMemorySegment(ALL_MEMORY, c6 + Lanes.BYTES, LITTLE_ENDIAN);
    s70.intoMemorySegment(ALL_MEMORY, c7, LITTLE_ENDIAN);
    s71.intoMemorySegment(ALL_MEMORY, c7 + Lanes.BYTES, LITTLE_ENDIAN);
    s80.intoMemorySegment(ALL_MEMORY, c8, LITTLE_ENDIAN);
    s81.intoMemorySegment(ALL_MEMORY, c8 + Lanes.BYTES, LITTLE_ENDIAN);
    s90.intoMemorySegment(ALL_MEMORY, c9, LITTLE_ENDIAN);
    s91.intoMemorySegment(ALL_MEMORY, c9 + Lanes.BYTES, LITTLE_ENDIAN);
    s100.intoMemorySegment(ALL_MEMORY, c10, LITTLE_ENDIAN);
    s101.intoMemorySegment(ALL_MEMORY, c10 + Lanes.BYTES, LITTLE_ENDIAN);
    s110.intoMemorySegment(ALL_MEMORY, c11, LITTLE_ENDIAN);
    s111.intoMemorySegment(ALL_MEMORY, c11 + Lanes.BYTES, LITTLE_ENDIAN);
  }

  /// As `TileKernels.add`, of `ROWS` rows.
  static void add(long tile, long c, long pitchBytes) {
    long c1 = c + pitchBytes;
    long c2 = c1 + pitchBytes;
    long c3 = c2 + pitchBytes;
    long c4 = c3 + pitchBytes;
    long c5 = c4 + pitchBytes;
    long c6 = c5 + pitchBytes;
    long c7 = c6 + pitchBytes;
    long c8 = c7 + pitchBytes;
    long c9 = c8 + pitchBytes;
    long c10 = c9 + pitchBytes;
    long c11 = c10 + pitchBytes;
    FloatVector s0 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c, LITTLE_ENDIAN));
    FloatVector s1 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c1, LITTLE_ENDIAN));
    FloatVector s2 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 2 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c2, LITTLE_ENDIAN));
    FloatVector s3 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 3 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c3, LITTLE_ENDIAN));
    FloatVector s4 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 4 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c4, LITTLE_ENDIAN));
    FloatVector s5 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 5 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c5, LITTLE_ENDIAN));
    FloatVector s6 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 6 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c6, LITTLE_ENDIAN));
    FloatVector s7 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 7 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c7, LITTLE_ENDIAN));
    FloatVector s8 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 8 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c8, LITTLE_ENDIAN));
    FloatVector s9 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 9 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c9, LITTLE_ENDIAN));
    FloatVector s10 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 10 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c10, LITTLE_ENDIAN));
    FloatVector s11 =
        FloatVector.fromMemorySegment(F, ALL_MEMORY, tile + 11 * STEP, LITTLE_ENDIAN)
            .add(FloatVector.fromMemorySegment(F, ALL_MEMORY, c11, LITTLE_ENDIAN));
    s0.intoMemorySegment(ALL_MEMORY, c, LITTLE_ENDIAN);
    s1.intoMemorySegment(ALL_MEMORY, c1, LITTLE_ENDIAN);
    s2.intoMemorySegment(ALL_MEMORY, c2, LITTLE_ENDIAN);
    s3.intoMemorySegment(ALL_MEMORY, c3, LITTLE_ENDIAN);
    s4.intoMemorySegment(ALL_MEMORY, c4, LITTLE_ENDIAN);
    s5.intoMemorySegment(ALL_MEMORY, c5, LITTLE_ENDIAN);
    s6.intoMemorySegment(ALL_MEMORY, c6, LITTLE_ENDIAN);
    s7.intoMemorySegment(ALL_MEMORY, c7, LITTLE_ENDIAN);
    s8.intoMemorySegment(ALL_MEMORY, c8, LITTLE_ENDIAN);
    s9.intoMemorySegment(ALL_MEMORY, c9, LITTLE_ENDIAN);
    s10.intoMemorySegment(ALL_MEMORY, c10, LITTLE_ENDIAN);
    s11.intoMemorySegment(ALL_MEMORY, c11, LITTLE_ENDIAN);
  }
}
