package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

import jdk.incubator.vector.FloatVector;

/// The inner loop of `TileKernels` with tiles of twelve rows of one vector, for panels of which the
/// first vector holds all there is. Sixteen registers are enough.
final class NarrowTileKernels {
  static final int ROWS = TallTileKernels.ROWS;

  private NarrowTileKernels() {}

  /// As `TileKernels.rows`, of `ROWS` rows, with the first of the two vectors of each step.
  static void rows(float[] a, int at, long b, int k, float[] c, int ct, int pitch, boolean add) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    FloatVector s8 = s0;
    FloatVector s9 = s0;
    FloatVector s10 = s0;
    FloatVector s11 = s0;
    for (int p = 0; p < k; p++) {
      FloatVector v = Lanes.load(ALL_MEMORY, b + p * STEP);
      s0 = FloatVector.broadcast(F, a[at + p]).fma(v, s0);
      s1 = FloatVector.broadcast(F, a[at + PITCH + p]).fma(v, s1);
      s2 = FloatVector.broadcast(F, a[at + 2 * PITCH + p]).fma(v, s2);
      s3 = FloatVector.broadcast(F, a[at + 3 * PITCH + p]).fma(v, s3);
      s4 = FloatVector.broadcast(F, a[at + 4 * PITCH + p]).fma(v, s4);
      s5 = FloatVector.broadcast(F, a[at + 5 * PITCH + p]).fma(v, s5);
      s6 = FloatVector.broadcast(F, a[at + 6 * PITCH + p]).fma(v, s6);
      s7 = FloatVector.broadcast(F, a[at + 7 * PITCH + p]).fma(v, s7);
      s8 = FloatVector.broadcast(F, a[at + 8 * PITCH + p]).fma(v, s8);
      s9 = FloatVector.broadcast(F, a[at + 9 * PITCH + p]).fma(v, s9);
      s10 = FloatVector.broadcast(F, a[at + 10 * PITCH + p]).fma(v, s10);
      s11 = FloatVector.broadcast(F, a[at + 11 * PITCH + p]).fma(v, s11);
    }
    int c1 = ct + pitch;
    int c2 = c1 + pitch;
    int c3 = c2 + pitch;
    int c4 = c3 + pitch;
    int c5 = c4 + pitch;
    int c6 = c5 + pitch;
    int c7 = c6 + pitch;
    int c8 = c7 + pitch;
    int c9 = c8 + pitch;
    int c10 = c9 + pitch;
    int c11 = c10 + pitch;
    if (add) {
      s0.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s1.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s2.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s3.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s4.add(FloatVector.fromArray(F, c, c4)).intoArray(c, c4);
      s5.add(FloatVector.fromArray(F, c, c5)).intoArray(c, c5);
      s6.add(FloatVector.fromArray(F, c, c6)).intoArray(c, c6);
      s7.add(FloatVector.fromArray(F, c, c7)).intoArray(c, c7);
      s8.add(FloatVector.fromArray(F, c, c8)).intoArray(c, c8);
      s9.add(FloatVector.fromArray(F, c, c9)).intoArray(c, c9);
      s10.add(FloatVector.fromArray(F, c, c10)).intoArray(c, c10);
      s11.add(FloatVector.fromArray(F, c, c11)).intoArray(c, c11);
    } else {
      s0.intoArray(c, ct);
      s1.intoArray(c, c1);
      s2.intoArray(c, c2);
      s3.intoArray(c, c3);
      s4.intoArray(c, c4);
      s5.intoArray(c, c5);
      s6.intoArray(c, c6);
      s7.intoArray(c, c7);
      s8.intoArray(c, c8);
      s9.intoArray(c, c9);
      s10.intoArray(c, c10);
      s11.intoArray(c, c11);
    }
  }
}
