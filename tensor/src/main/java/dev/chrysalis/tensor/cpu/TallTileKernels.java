package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;
import static dev.chrysalis.tensor.cpu.TileKernels.STEP;

import jdk.incubator.vector.FloatVector;

/// The inner loops of `TileKernels` with tiles of twelve rows of two vectors. Twenty-four sums, two
/// vectors and a scalar want 27 registers: for vectors of which there are 32. Every load of a core
/// that reads two vectors at a time feeds 1.7 sums, of one with eight rows 1.6, with four 1.3. A
/// vector of 64 bytes in a Java array mostly lies in two lines of the cache, which counts as two:
/// panels lie elsewhere, on borders of lines. `TallPackedKernels` has those of `GemmBlocked`.
final class TallTileKernels {
  static final int ROWS = 3 * TileKernels.ROWS;

  private TallTileKernels() {}

  /// As `TileKernels.rows`, of `ROWS` rows.
  static void rows(
      float[] a, int at, long b, long step, int k, float[] c, int ct, int pitch, boolean add) {
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    FloatVector s40 = s00;
    FloatVector s41 = s00;
    FloatVector s50 = s00;
    FloatVector s51 = s00;
    FloatVector s60 = s00;
    FloatVector s61 = s00;
    FloatVector s70 = s00;
    FloatVector s71 = s00;
    FloatVector s80 = s00;
    FloatVector s81 = s00;
    FloatVector s90 = s00;
    FloatVector s91 = s00;
    FloatVector s100 = s00;
    FloatVector s101 = s00;
    FloatVector s110 = s00;
    FloatVector s111 = s00;
    for (int p = 0; p < k; p++) {
      FloatVector v0 = Lanes.load(ALL_MEMORY, b + p * step);
      FloatVector v1 = Lanes.load(ALL_MEMORY, b + p * step + Lanes.BYTES);
      FloatVector x = FloatVector.broadcast(F, a[at + p]);
      s00 = x.fma(v0, s00);
      s01 = x.fma(v1, s01);
      x = FloatVector.broadcast(F, a[at + PITCH + p]);
      s10 = x.fma(v0, s10);
      s11 = x.fma(v1, s11);
      x = FloatVector.broadcast(F, a[at + 2 * PITCH + p]);
      s20 = x.fma(v0, s20);
      s21 = x.fma(v1, s21);
      x = FloatVector.broadcast(F, a[at + 3 * PITCH + p]);
      s30 = x.fma(v0, s30);
      s31 = x.fma(v1, s31);
      x = FloatVector.broadcast(F, a[at + 4 * PITCH + p]);
      s40 = x.fma(v0, s40);
      s41 = x.fma(v1, s41);
      x = FloatVector.broadcast(F, a[at + 5 * PITCH + p]);
      s50 = x.fma(v0, s50);
      s51 = x.fma(v1, s51);
      x = FloatVector.broadcast(F, a[at + 6 * PITCH + p]);
      s60 = x.fma(v0, s60);
      s61 = x.fma(v1, s61);
      x = FloatVector.broadcast(F, a[at + 7 * PITCH + p]);
      s70 = x.fma(v0, s70);
      s71 = x.fma(v1, s71);
      x = FloatVector.broadcast(F, a[at + 8 * PITCH + p]);
      s80 = x.fma(v0, s80);
      s81 = x.fma(v1, s81);
      x = FloatVector.broadcast(F, a[at + 9 * PITCH + p]);
      s90 = x.fma(v0, s90);
      s91 = x.fma(v1, s91);
      x = FloatVector.broadcast(F, a[at + 10 * PITCH + p]);
      s100 = x.fma(v0, s100);
      s101 = x.fma(v1, s101);
      x = FloatVector.broadcast(F, a[at + 11 * PITCH + p]);
      s110 = x.fma(v0, s110);
      s111 = x.fma(v1, s111);
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
      s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
      s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
      s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
      s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
      s40.add(FloatVector.fromArray(F, c, c4)).intoArray(c, c4);
      s41.add(FloatVector.fromArray(F, c, c4 + COUNT)).intoArray(c, c4 + COUNT);
      s50.add(FloatVector.fromArray(F, c, c5)).intoArray(c, c5);
      s51.add(FloatVector.fromArray(F, c, c5 + COUNT)).intoArray(c, c5 + COUNT);
      s60.add(FloatVector.fromArray(F, c, c6)).intoArray(c, c6);
      s61.add(FloatVector.fromArray(F, c, c6 + COUNT)).intoArray(c, c6 + COUNT);
      s70.add(FloatVector.fromArray(F, c, c7)).intoArray(c, c7);
      s71.add(FloatVector.fromArray(F, c, c7 + COUNT)).intoArray(c, c7 + COUNT);
      s80.add(FloatVector.fromArray(F, c, c8)).intoArray(c, c8);
      s81.add(FloatVector.fromArray(F, c, c8 + COUNT)).intoArray(c, c8 + COUNT);
      s90.add(FloatVector.fromArray(F, c, c9)).intoArray(c, c9);
      s91.add(FloatVector.fromArray(F, c, c9 + COUNT)).intoArray(c, c9 + COUNT);
      s100.add(FloatVector.fromArray(F, c, c10)).intoArray(c, c10);
      s101.add(FloatVector.fromArray(F, c, c10 + COUNT)).intoArray(c, c10 + COUNT);
      s110.add(FloatVector.fromArray(F, c, c11)).intoArray(c, c11);
      s111.add(FloatVector.fromArray(F, c, c11 + COUNT)).intoArray(c, c11 + COUNT);
    } else {
      s00.intoArray(c, ct);
      s01.intoArray(c, ct + COUNT);
      s10.intoArray(c, c1);
      s11.intoArray(c, c1 + COUNT);
      s20.intoArray(c, c2);
      s21.intoArray(c, c2 + COUNT);
      s30.intoArray(c, c3);
      s31.intoArray(c, c3 + COUNT);
      s40.intoArray(c, c4);
      s41.intoArray(c, c4 + COUNT);
      s50.intoArray(c, c5);
      s51.intoArray(c, c5 + COUNT);
      s60.intoArray(c, c6);
      s61.intoArray(c, c6 + COUNT);
      s70.intoArray(c, c7);
      s71.intoArray(c, c7 + COUNT);
      s80.intoArray(c, c8);
      s81.intoArray(c, c8 + COUNT);
      s90.intoArray(c, c9);
      s91.intoArray(c, c9 + COUNT);
      s100.intoArray(c, c10);
      s101.intoArray(c, c10 + COUNT);
      s110.intoArray(c, c11);
      s111.intoArray(c, c11 + COUNT);
    }
  }

  /// As `TileKernels.columns`, of `ROWS` rows.
  static void columns(float[] a, int at, long b, int k, float[] c, int ct, int pitch, boolean add) {
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    FloatVector s40 = s00;
    FloatVector s41 = s00;
    FloatVector s50 = s00;
    FloatVector s51 = s00;
    FloatVector s60 = s00;
    FloatVector s61 = s00;
    FloatVector s70 = s00;
    FloatVector s71 = s00;
    FloatVector s80 = s00;
    FloatVector s81 = s00;
    FloatVector s90 = s00;
    FloatVector s91 = s00;
    FloatVector s100 = s00;
    FloatVector s101 = s00;
    FloatVector s110 = s00;
    FloatVector s111 = s00;
    for (int p = 0; p < k; p++) {
      FloatVector v0 = Lanes.load(ALL_MEMORY, b + p * STEP);
      FloatVector v1 = Lanes.load(ALL_MEMORY, b + p * STEP + Lanes.BYTES);
      FloatVector x = FloatVector.broadcast(F, a[at + p * PITCH]);
      s00 = x.fma(v0, s00);
      s01 = x.fma(v1, s01);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 1]);
      s10 = x.fma(v0, s10);
      s11 = x.fma(v1, s11);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 2]);
      s20 = x.fma(v0, s20);
      s21 = x.fma(v1, s21);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 3]);
      s30 = x.fma(v0, s30);
      s31 = x.fma(v1, s31);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 4]);
      s40 = x.fma(v0, s40);
      s41 = x.fma(v1, s41);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 5]);
      s50 = x.fma(v0, s50);
      s51 = x.fma(v1, s51);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 6]);
      s60 = x.fma(v0, s60);
      s61 = x.fma(v1, s61);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 7]);
      s70 = x.fma(v0, s70);
      s71 = x.fma(v1, s71);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 8]);
      s80 = x.fma(v0, s80);
      s81 = x.fma(v1, s81);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 9]);
      s90 = x.fma(v0, s90);
      s91 = x.fma(v1, s91);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 10]);
      s100 = x.fma(v0, s100);
      s101 = x.fma(v1, s101);
      x = FloatVector.broadcast(F, a[at + p * PITCH + 11]);
      s110 = x.fma(v0, s110);
      s111 = x.fma(v1, s111);
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
      s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
      s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
      s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
      s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
      s40.add(FloatVector.fromArray(F, c, c4)).intoArray(c, c4);
      s41.add(FloatVector.fromArray(F, c, c4 + COUNT)).intoArray(c, c4 + COUNT);
      s50.add(FloatVector.fromArray(F, c, c5)).intoArray(c, c5);
      s51.add(FloatVector.fromArray(F, c, c5 + COUNT)).intoArray(c, c5 + COUNT);
      s60.add(FloatVector.fromArray(F, c, c6)).intoArray(c, c6);
      s61.add(FloatVector.fromArray(F, c, c6 + COUNT)).intoArray(c, c6 + COUNT);
      s70.add(FloatVector.fromArray(F, c, c7)).intoArray(c, c7);
      s71.add(FloatVector.fromArray(F, c, c7 + COUNT)).intoArray(c, c7 + COUNT);
      s80.add(FloatVector.fromArray(F, c, c8)).intoArray(c, c8);
      s81.add(FloatVector.fromArray(F, c, c8 + COUNT)).intoArray(c, c8 + COUNT);
      s90.add(FloatVector.fromArray(F, c, c9)).intoArray(c, c9);
      s91.add(FloatVector.fromArray(F, c, c9 + COUNT)).intoArray(c, c9 + COUNT);
      s100.add(FloatVector.fromArray(F, c, c10)).intoArray(c, c10);
      s101.add(FloatVector.fromArray(F, c, c10 + COUNT)).intoArray(c, c10 + COUNT);
      s110.add(FloatVector.fromArray(F, c, c11)).intoArray(c, c11);
      s111.add(FloatVector.fromArray(F, c, c11 + COUNT)).intoArray(c, c11 + COUNT);
    } else {
      s00.intoArray(c, ct);
      s01.intoArray(c, ct + COUNT);
      s10.intoArray(c, c1);
      s11.intoArray(c, c1 + COUNT);
      s20.intoArray(c, c2);
      s21.intoArray(c, c2 + COUNT);
      s30.intoArray(c, c3);
      s31.intoArray(c, c3 + COUNT);
      s40.intoArray(c, c4);
      s41.intoArray(c, c4 + COUNT);
      s50.intoArray(c, c5);
      s51.intoArray(c, c5 + COUNT);
      s60.intoArray(c, c6);
      s61.intoArray(c, c6 + COUNT);
      s70.intoArray(c, c7);
      s71.intoArray(c, c7 + COUNT);
      s80.intoArray(c, c8);
      s81.intoArray(c, c8 + COUNT);
      s90.intoArray(c, c9);
      s91.intoArray(c, c9 + COUNT);
      s100.intoArray(c, c10);
      s101.intoArray(c, c10 + COUNT);
      s110.intoArray(c, c11);
      s111.intoArray(c, c11 + COUNT);
    }
  }

  /// As `TileKernels.windows`, of `ROWS` rows.
  static void windows(
      float[] a,
      int at,
      float[] b,
      int b0,
      int b1,
      int[] step,
      int st,
      int k,
      float[] c,
      int ct,
      int pitch,
      boolean add) {
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    FloatVector s40 = s00;
    FloatVector s41 = s00;
    FloatVector s50 = s00;
    FloatVector s51 = s00;
    FloatVector s60 = s00;
    FloatVector s61 = s00;
    FloatVector s70 = s00;
    FloatVector s71 = s00;
    FloatVector s80 = s00;
    FloatVector s81 = s00;
    FloatVector s90 = s00;
    FloatVector s91 = s00;
    FloatVector s100 = s00;
    FloatVector s101 = s00;
    FloatVector s110 = s00;
    FloatVector s111 = s00;
    for (int p = 0; p < k; p++) {
      int o = step[st + p];
      FloatVector v0 = FloatVector.fromArray(F, b, b0 + o);
      FloatVector v1 = FloatVector.fromArray(F, b, b1 + o);
      FloatVector x = FloatVector.broadcast(F, a[at + p]);
      s00 = x.fma(v0, s00);
      s01 = x.fma(v1, s01);
      x = FloatVector.broadcast(F, a[at + PITCH + p]);
      s10 = x.fma(v0, s10);
      s11 = x.fma(v1, s11);
      x = FloatVector.broadcast(F, a[at + 2 * PITCH + p]);
      s20 = x.fma(v0, s20);
      s21 = x.fma(v1, s21);
      x = FloatVector.broadcast(F, a[at + 3 * PITCH + p]);
      s30 = x.fma(v0, s30);
      s31 = x.fma(v1, s31);
      x = FloatVector.broadcast(F, a[at + 4 * PITCH + p]);
      s40 = x.fma(v0, s40);
      s41 = x.fma(v1, s41);
      x = FloatVector.broadcast(F, a[at + 5 * PITCH + p]);
      s50 = x.fma(v0, s50);
      s51 = x.fma(v1, s51);
      x = FloatVector.broadcast(F, a[at + 6 * PITCH + p]);
      s60 = x.fma(v0, s60);
      s61 = x.fma(v1, s61);
      x = FloatVector.broadcast(F, a[at + 7 * PITCH + p]);
      s70 = x.fma(v0, s70);
      s71 = x.fma(v1, s71);
      x = FloatVector.broadcast(F, a[at + 8 * PITCH + p]);
      s80 = x.fma(v0, s80);
      s81 = x.fma(v1, s81);
      x = FloatVector.broadcast(F, a[at + 9 * PITCH + p]);
      s90 = x.fma(v0, s90);
      s91 = x.fma(v1, s91);
      x = FloatVector.broadcast(F, a[at + 10 * PITCH + p]);
      s100 = x.fma(v0, s100);
      s101 = x.fma(v1, s101);
      x = FloatVector.broadcast(F, a[at + 11 * PITCH + p]);
      s110 = x.fma(v0, s110);
      s111 = x.fma(v1, s111);
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
      s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
      s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
      s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
      s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
      s40.add(FloatVector.fromArray(F, c, c4)).intoArray(c, c4);
      s41.add(FloatVector.fromArray(F, c, c4 + COUNT)).intoArray(c, c4 + COUNT);
      s50.add(FloatVector.fromArray(F, c, c5)).intoArray(c, c5);
      s51.add(FloatVector.fromArray(F, c, c5 + COUNT)).intoArray(c, c5 + COUNT);
      s60.add(FloatVector.fromArray(F, c, c6)).intoArray(c, c6);
      s61.add(FloatVector.fromArray(F, c, c6 + COUNT)).intoArray(c, c6 + COUNT);
      s70.add(FloatVector.fromArray(F, c, c7)).intoArray(c, c7);
      s71.add(FloatVector.fromArray(F, c, c7 + COUNT)).intoArray(c, c7 + COUNT);
      s80.add(FloatVector.fromArray(F, c, c8)).intoArray(c, c8);
      s81.add(FloatVector.fromArray(F, c, c8 + COUNT)).intoArray(c, c8 + COUNT);
      s90.add(FloatVector.fromArray(F, c, c9)).intoArray(c, c9);
      s91.add(FloatVector.fromArray(F, c, c9 + COUNT)).intoArray(c, c9 + COUNT);
      s100.add(FloatVector.fromArray(F, c, c10)).intoArray(c, c10);
      s101.add(FloatVector.fromArray(F, c, c10 + COUNT)).intoArray(c, c10 + COUNT);
      s110.add(FloatVector.fromArray(F, c, c11)).intoArray(c, c11);
      s111.add(FloatVector.fromArray(F, c, c11 + COUNT)).intoArray(c, c11 + COUNT);
    } else {
      s00.intoArray(c, ct);
      s01.intoArray(c, ct + COUNT);
      s10.intoArray(c, c1);
      s11.intoArray(c, c1 + COUNT);
      s20.intoArray(c, c2);
      s21.intoArray(c, c2 + COUNT);
      s30.intoArray(c, c3);
      s31.intoArray(c, c3 + COUNT);
      s40.intoArray(c, c4);
      s41.intoArray(c, c4 + COUNT);
      s50.intoArray(c, c5);
      s51.intoArray(c, c5 + COUNT);
      s60.intoArray(c, c6);
      s61.intoArray(c, c6 + COUNT);
      s70.intoArray(c, c7);
      s71.intoArray(c, c7 + COUNT);
      s80.intoArray(c, c8);
      s81.intoArray(c, c8 + COUNT);
      s90.intoArray(c, c9);
      s91.intoArray(c, c9 + COUNT);
      s100.intoArray(c, c10);
      s101.intoArray(c, c10 + COUNT);
      s110.intoArray(c, c11);
      s111.intoArray(c, c11 + COUNT);
    }
  }

  /// As `TileKernels.points`, of `ROWS` rows whose places stand in a table; adds to what is there.
  static void points(
      float[] a,
      int[] place,
      int at,
      int[] step,
      int st,
      long b,
      int k,
      float[] c,
      int ct,
      int pitch) {
    int a0 = place[at];
    int a1 = place[at + 1];
    int a2 = place[at + 2];
    int a3 = place[at + 3];
    int a4 = place[at + 4];
    int a5 = place[at + 5];
    int a6 = place[at + 6];
    int a7 = place[at + 7];
    int a8 = place[at + 8];
    int a9 = place[at + 9];
    int a10 = place[at + 10];
    int a11 = place[at + 11];
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    FloatVector s40 = s00;
    FloatVector s41 = s00;
    FloatVector s50 = s00;
    FloatVector s51 = s00;
    FloatVector s60 = s00;
    FloatVector s61 = s00;
    FloatVector s70 = s00;
    FloatVector s71 = s00;
    FloatVector s80 = s00;
    FloatVector s81 = s00;
    FloatVector s90 = s00;
    FloatVector s91 = s00;
    FloatVector s100 = s00;
    FloatVector s101 = s00;
    FloatVector s110 = s00;
    FloatVector s111 = s00;
    for (int p = 0; p < k; p++) {
      int o = step[st + p];
      FloatVector v0 = Lanes.load(ALL_MEMORY, b + p * STEP);
      FloatVector v1 = Lanes.load(ALL_MEMORY, b + p * STEP + Lanes.BYTES);
      FloatVector x = FloatVector.broadcast(F, a[a0 + o]);
      s00 = x.fma(v0, s00);
      s01 = x.fma(v1, s01);
      x = FloatVector.broadcast(F, a[a1 + o]);
      s10 = x.fma(v0, s10);
      s11 = x.fma(v1, s11);
      x = FloatVector.broadcast(F, a[a2 + o]);
      s20 = x.fma(v0, s20);
      s21 = x.fma(v1, s21);
      x = FloatVector.broadcast(F, a[a3 + o]);
      s30 = x.fma(v0, s30);
      s31 = x.fma(v1, s31);
      x = FloatVector.broadcast(F, a[a4 + o]);
      s40 = x.fma(v0, s40);
      s41 = x.fma(v1, s41);
      x = FloatVector.broadcast(F, a[a5 + o]);
      s50 = x.fma(v0, s50);
      s51 = x.fma(v1, s51);
      x = FloatVector.broadcast(F, a[a6 + o]);
      s60 = x.fma(v0, s60);
      s61 = x.fma(v1, s61);
      x = FloatVector.broadcast(F, a[a7 + o]);
      s70 = x.fma(v0, s70);
      s71 = x.fma(v1, s71);
      x = FloatVector.broadcast(F, a[a8 + o]);
      s80 = x.fma(v0, s80);
      s81 = x.fma(v1, s81);
      x = FloatVector.broadcast(F, a[a9 + o]);
      s90 = x.fma(v0, s90);
      s91 = x.fma(v1, s91);
      x = FloatVector.broadcast(F, a[a10 + o]);
      s100 = x.fma(v0, s100);
      s101 = x.fma(v1, s101);
      x = FloatVector.broadcast(F, a[a11 + o]);
      s110 = x.fma(v0, s110);
      s111 = x.fma(v1, s111);
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
    s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
    s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
    s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
    s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
    s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
    s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
    s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
    s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
    s40.add(FloatVector.fromArray(F, c, c4)).intoArray(c, c4);
    s41.add(FloatVector.fromArray(F, c, c4 + COUNT)).intoArray(c, c4 + COUNT);
    s50.add(FloatVector.fromArray(F, c, c5)).intoArray(c, c5);
    s51.add(FloatVector.fromArray(F, c, c5 + COUNT)).intoArray(c, c5 + COUNT);
    s60.add(FloatVector.fromArray(F, c, c6)).intoArray(c, c6);
    s61.add(FloatVector.fromArray(F, c, c6 + COUNT)).intoArray(c, c6 + COUNT);
    s70.add(FloatVector.fromArray(F, c, c7)).intoArray(c, c7);
    s71.add(FloatVector.fromArray(F, c, c7 + COUNT)).intoArray(c, c7 + COUNT);
    s80.add(FloatVector.fromArray(F, c, c8)).intoArray(c, c8);
    s81.add(FloatVector.fromArray(F, c, c8 + COUNT)).intoArray(c, c8 + COUNT);
    s90.add(FloatVector.fromArray(F, c, c9)).intoArray(c, c9);
    s91.add(FloatVector.fromArray(F, c, c9 + COUNT)).intoArray(c, c9 + COUNT);
    s100.add(FloatVector.fromArray(F, c, c10)).intoArray(c, c10);
    s101.add(FloatVector.fromArray(F, c, c10 + COUNT)).intoArray(c, c10 + COUNT);
    s110.add(FloatVector.fromArray(F, c, c11)).intoArray(c, c11);
    s111.add(FloatVector.fromArray(F, c, c11 + COUNT)).intoArray(c, c11 + COUNT);
  }
}
