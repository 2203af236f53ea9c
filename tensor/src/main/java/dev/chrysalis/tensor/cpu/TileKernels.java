package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import jdk.incubator.vector.FloatVector;

/// The inner loops of all products: `ROWS × COLUMNS` sums in registers, `k` steps of one scalar per
/// row times one row of `COLUMNS` floats.
///
/// Four rows of two vectors are what the JIT compiler holds in sixteen registers; larger tiles,
/// unrolling by hand, and helpers that take vectors all made it spill. Where there are 32, as with
/// AVX-512, products and convolutions take twelve rows at once, with which fewer loads feed as many
/// sums. The kernels differ in where scalars and vectors come from, nothing else:
///
/// | kernel | scalar of row `i` in step `p` | vectors of step `p` |
/// |---|---|---|
/// | `rows` | `a[at + i·PITCH + p]` | `b + p·step` |
/// | `columns` | `a[at + p·PITCH + i]` | `b + p·STEP` |
/// | `packed` | `a[at + p·ROWS + i]` | `b + p·STEP` |
/// | `pitched` | `a[at + i·ROW_PITCH + p]` | `b + p·STEP` |
/// | `windows` | `a[at + i·PITCH + p]` | `b[b0 + step[st + p]]`, `b[b1 + step[st + p]]` |
/// | `points` | `a[aᵢ + step[st + p]]` | `b + p·STEP` |
///
/// `TallTileKernels` and `TallPackedKernels` have these with three times as many rows,
/// `NarrowTileKernels` has the first with one vector of each step; `halfPoints` has a tile twice as
/// high and half as wide. The tile is put at `c[ct + i·pitch + j]`, or added to what is there if
/// `add`; those of `packed` and `pitched` go to an address. `b` is the address of a panel, on a
/// border of a vector, within a native segment.
final class TileKernels {
  static final int ROWS = 4;
  static final int COLUMNS = 2 * COUNT;

  /// Whether there are registers enough for `TallTileKernels`.
  static final boolean TALL = COUNT >= 16;

  /// Most steps of one call of `packed` and `pitched`: so much of a panel and of a block of rows
  /// fills half of a second-level cache (1 MiB where tiles are tall, else 256 KiB).
  static final int DEPTH = TALL ? 1024 : 256;

  /// From one row of what `pitched` reads to the next, in floats. The rows of a tile begin at
  /// places of the first-level cache (4 KiB) that lie evenly apart.
  static final int ROW_PITCH = DEPTH + (TALL ? 84 : 12);

  /// Longest row of the blocks that other kernels read scalars from, and most steps of one call: a
  /// panel then fills half of a first-level cache of 32 KiB, or all of it where tall tiles need
  /// less of it at a time.
  static final int BLOCK = Math.min(256, (TALL ? 8192 : 4096) / COLUMNS);

  /// From one row of such a block to the next: at most 256 floats stand in a row. Not a power of
  /// two, so that rows fall into different cache sets.
  static final int PITCH = 256 + 16;

  /// Bytes of one step of a packed panel.
  static final long STEP = (long) COLUMNS * Float.BYTES;

  private TileKernels() {}

  /// The address that lies `floats` floats behind an address.
  static long at(long address, long floats) {
    return address + floats * Float.BYTES;
  }

  /// Memory of a tile operand of `count` rows, rounded up to whole tiles.
  static int wholeRows(int count) {
    return (count + ROWS - 1) / ROWS * ROWS;
  }

  /// `rows` where `left` rows are left, by a tile as high as they fill; returns its rows.
  static int someRows(
      int left,
      float[] a,
      int at,
      long b,
      long step,
      int k,
      float[] c,
      int ct,
      int pitch,
      boolean add) {
    if (isTall(left)) {
      TallTileKernels.rows(a, at, b, step, k, c, ct, pitch, add);
      return TallTileKernels.ROWS;
    }
    rows(a, at, b, step, k, c, ct, pitch, add);
    return ROWS;
  }

  /// `columns` where `left` rows are left, by a tile as high as they fill; returns its rows.
  static int someColumns(
      int left, float[] a, int at, long b, int k, float[] c, int ct, int pitch, boolean add) {
    if (isTall(left)) {
      TallTileKernels.columns(a, at, b, k, c, ct, pitch, add);
      return TallTileKernels.ROWS;
    }
    columns(a, at, b, k, c, ct, pitch, add);
    return ROWS;
  }

  /// `windows` where `left` rows are left, by a tile as high as they fill; returns its rows.
  static int someWindows(
      int left,
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
    if (isTall(left)) {
      TallTileKernels.windows(a, at, b, b0, b1, step, st, k, c, ct, pitch, add);
      return TallTileKernels.ROWS;
    }
    windows(a, at, b, b0, b1, step, st, k, c, ct, pitch, add);
    return ROWS;
  }

  /// `packed` where `left` rows are left, by a tile as high as they fill.
  static void somePacked(
      int left, float[] a, int at, long b, int k, long start, long c, long pitchBytes) {
    if (isTall(left)) {
      TallPackedKernels.packed(a, at, b, k, start, c, pitchBytes);
    } else {
      packed(a, at, b, k, start, c, pitchBytes);
    }
  }

  /// `pitched` where `left` rows are left, by a tile as high as they fill.
  static void somePitched(
      int left, float[] a, int at, long b, int k, long start, long c, long pitchBytes) {
    if (isTall(left)) {
      TallPackedKernels.pitched(a, at, b, k, start, c, pitchBytes);
    } else {
      pitched(a, at, b, k, start, c, pitchBytes);
    }
  }

  /// Adds a tile that `somePacked` or `somePitched` put at `tile` to what is at `c`.
  static void addSome(int left, long tile, long c, long pitchBytes) {
    if (isTall(left)) {
      TallPackedKernels.add(tile, c, pitchBytes);
      TallPackedKernels.add(tile + Lanes.BYTES, c + Lanes.BYTES, pitchBytes);
    } else {
      add(tile, c, pitchBytes);
      add(tile + Lanes.BYTES, c + Lanes.BYTES, pitchBytes);
    }
  }

  /// Rows of the tile that `left` rows are left to.
  static int height(int left) {
    return isTall(left) ? TallTileKernels.ROWS : ROWS;
  }

  /// `count` rounded up to rows of the highest tiles there are.
  static int wholeTiles(int count) {
    int rows = TALL ? TallTileKernels.ROWS : ROWS;
    return (count + rows - 1) / rows * rows;
  }

  /// Whether the `left` rows that are left fill a tall tile but for less than `ROWS`, so that it
  /// touches nothing beyond `wholeRows(left)`.
  static boolean isTall(int left) {
    return TALL && left > TallTileKernels.ROWS - ROWS;
  }

  /// `count` rounded up to whole tiles.
  static int wholeColumns(int count) {
    return (count + COLUMNS - 1) / COLUMNS * COLUMNS;
  }

  /// Rows of scalars times a panel whose steps lie `step` bytes apart.
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
    }
    int c1 = ct + pitch;
    int c2 = c1 + pitch;
    int c3 = c2 + pitch;
    if (add) {
      s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
      s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
      s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
      s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
    } else {
      s00.intoArray(c, ct);
      s01.intoArray(c, ct + COUNT);
      s10.intoArray(c, c1);
      s11.intoArray(c, c1 + COUNT);
      s20.intoArray(c, c2);
      s21.intoArray(c, c2 + COUNT);
      s30.intoArray(c, c3);
      s31.intoArray(c, c3 + COUNT);
    }
  }

  /// Columns of scalars times a packed panel.
  static void columns(float[] a, int at, long b, int k, float[] c, int ct, int pitch, boolean add) {
    FloatVector s00 = FloatVector.zero(F);
    FloatVector s01 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
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
    }
    int c1 = ct + pitch;
    int c2 = c1 + pitch;
    int c3 = c2 + pitch;
    if (add) {
      s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
      s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
      s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
      s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
    } else {
      s00.intoArray(c, ct);
      s01.intoArray(c, ct + COUNT);
      s10.intoArray(c, c1);
      s11.intoArray(c, c1 + COUNT);
      s20.intoArray(c, c2);
      s21.intoArray(c, c2 + COUNT);
      s30.intoArray(c, c3);
      s31.intoArray(c, c3 + COUNT);
    }
  }

  /// Packed tiles of scalars times a packed panel. Every row's sums begin with the two vectors at
  /// `start`; the tile is put at `c`, its rows `pitchBytes` apart. Both are addresses.
  static void packed(float[] a, int at, long b, int k, long start, long c, long pitchBytes) {
    FloatVector s00 = Lanes.load(ALL_MEMORY, start);
    FloatVector s01 = Lanes.load(ALL_MEMORY, start + Lanes.BYTES);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
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
    }
    long c1 = c + pitchBytes;
    long c2 = c1 + pitchBytes;
    long c3 = c2 + pitchBytes;
    s00.intoMemorySegment(ALL_MEMORY, c, LITTLE_ENDIAN);
    s01.intoMemorySegment(ALL_MEMORY, c + Lanes.BYTES, LITTLE_ENDIAN);
    s10.intoMemorySegment(ALL_MEMORY, c1, LITTLE_ENDIAN);
    s11.intoMemorySegment(ALL_MEMORY, c1 + Lanes.BYTES, LITTLE_ENDIAN);
    s20.intoMemorySegment(ALL_MEMORY, c2, LITTLE_ENDIAN);
    s21.intoMemorySegment(ALL_MEMORY, c2 + Lanes.BYTES, LITTLE_ENDIAN);
    s30.intoMemorySegment(ALL_MEMORY, c3, LITTLE_ENDIAN);
    s31.intoMemorySegment(ALL_MEMORY, c3 + Lanes.BYTES, LITTLE_ENDIAN);
  }

  /// As `packed`, of rows of scalars that begin `ROW_PITCH` apart.
  static void pitched(float[] a, int at, long b, int k, long start, long c, long pitchBytes) {
    FloatVector s00 = Lanes.load(ALL_MEMORY, start);
    FloatVector s01 = Lanes.load(ALL_MEMORY, start + Lanes.BYTES);
    FloatVector s10 = s00;
    FloatVector s11 = s01;
    FloatVector s20 = s00;
    FloatVector s21 = s01;
    FloatVector s30 = s00;
    FloatVector s31 = s01;
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
    }
    long c1 = c + pitchBytes;
    long c2 = c1 + pitchBytes;
    long c3 = c2 + pitchBytes;
    s00.intoMemorySegment(ALL_MEMORY, c, LITTLE_ENDIAN);
    s01.intoMemorySegment(ALL_MEMORY, c + Lanes.BYTES, LITTLE_ENDIAN);
    s10.intoMemorySegment(ALL_MEMORY, c1, LITTLE_ENDIAN);
    s11.intoMemorySegment(ALL_MEMORY, c1 + Lanes.BYTES, LITTLE_ENDIAN);
    s20.intoMemorySegment(ALL_MEMORY, c2, LITTLE_ENDIAN);
    s21.intoMemorySegment(ALL_MEMORY, c2 + Lanes.BYTES, LITTLE_ENDIAN);
    s30.intoMemorySegment(ALL_MEMORY, c3, LITTLE_ENDIAN);
    s31.intoMemorySegment(ALL_MEMORY, c3 + Lanes.BYTES, LITTLE_ENDIAN);
  }

  /// Adds the first vectors of the rows of a tile, which lie `STEP` bytes apart, to those at `c`,
  /// which lie `pitchBytes` apart. All is read before anything is written: a core lets reads wait
  /// for writes to places that lie a multiple of 4 KiB away.
  static void add(long tile, long c, long pitchBytes) {
    long c1 = c + pitchBytes;
    long c2 = c1 + pitchBytes;
    long c3 = c2 + pitchBytes;
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
    s0.intoMemorySegment(ALL_MEMORY, c, LITTLE_ENDIAN);
    s1.intoMemorySegment(ALL_MEMORY, c1, LITTLE_ENDIAN);
    s2.intoMemorySegment(ALL_MEMORY, c2, LITTLE_ENDIAN);
    s3.intoMemorySegment(ALL_MEMORY, c3, LITTLE_ENDIAN);
  }

  /// Rows of scalars times vectors found by a table of steps from two places.
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
    }
    int c1 = ct + pitch;
    int c2 = c1 + pitch;
    int c3 = c2 + pitch;
    if (add) {
      s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
      s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
      s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
      s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
    } else {
      s00.intoArray(c, ct);
      s01.intoArray(c, ct + COUNT);
      s10.intoArray(c, c1);
      s11.intoArray(c, c1 + COUNT);
      s20.intoArray(c, c2);
      s21.intoArray(c, c2 + COUNT);
      s30.intoArray(c, c3);
      s31.intoArray(c, c3 + COUNT);
    }
  }

  /// Scalars found by a table of steps from four places, times a packed panel.
  static void points(
      float[] a,
      int a0,
      int a1,
      int a2,
      int a3,
      int[] step,
      int st,
      long b,
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
    }
    int c1 = ct + pitch;
    int c2 = c1 + pitch;
    int c3 = c2 + pitch;
    if (add) {
      s00.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
      s01.add(FloatVector.fromArray(F, c, ct + COUNT)).intoArray(c, ct + COUNT);
      s10.add(FloatVector.fromArray(F, c, c1)).intoArray(c, c1);
      s11.add(FloatVector.fromArray(F, c, c1 + COUNT)).intoArray(c, c1 + COUNT);
      s20.add(FloatVector.fromArray(F, c, c2)).intoArray(c, c2);
      s21.add(FloatVector.fromArray(F, c, c2 + COUNT)).intoArray(c, c2 + COUNT);
      s30.add(FloatVector.fromArray(F, c, c3)).intoArray(c, c3);
      s31.add(FloatVector.fromArray(F, c, c3 + COUNT)).intoArray(c, c3 + COUNT);
    } else {
      s00.intoArray(c, ct);
      s01.intoArray(c, ct + COUNT);
      s10.intoArray(c, c1);
      s11.intoArray(c, c1 + COUNT);
      s20.intoArray(c, c2);
      s21.intoArray(c, c2 + COUNT);
      s30.intoArray(c, c3);
      s31.intoArray(c, c3 + COUNT);
    }
  }

  /// As `points`, for output panels that are filled by half: eight rows, given by a table, of one
  /// vector.
  static void halfPoints(
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
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int p = 0; p < k; p++) {
      int o = step[st + p];
      FloatVector v = Lanes.load(ALL_MEMORY, b + p * STEP);
      s0 = FloatVector.broadcast(F, a[a0 + o]).fma(v, s0);
      s1 = FloatVector.broadcast(F, a[a1 + o]).fma(v, s1);
      s2 = FloatVector.broadcast(F, a[a2 + o]).fma(v, s2);
      s3 = FloatVector.broadcast(F, a[a3 + o]).fma(v, s3);
      s4 = FloatVector.broadcast(F, a[a4 + o]).fma(v, s4);
      s5 = FloatVector.broadcast(F, a[a5 + o]).fma(v, s5);
      s6 = FloatVector.broadcast(F, a[a6 + o]).fma(v, s6);
      s7 = FloatVector.broadcast(F, a[a7 + o]).fma(v, s7);
    }
    s0.add(FloatVector.fromArray(F, c, ct)).intoArray(c, ct);
    s1.add(FloatVector.fromArray(F, c, ct + pitch)).intoArray(c, ct + pitch);
    s2.add(FloatVector.fromArray(F, c, ct + 2 * pitch)).intoArray(c, ct + 2 * pitch);
    s3.add(FloatVector.fromArray(F, c, ct + 3 * pitch)).intoArray(c, ct + 3 * pitch);
    s4.add(FloatVector.fromArray(F, c, ct + 4 * pitch)).intoArray(c, ct + 4 * pitch);
    s5.add(FloatVector.fromArray(F, c, ct + 5 * pitch)).intoArray(c, ct + 5 * pitch);
    s6.add(FloatVector.fromArray(F, c, ct + 6 * pitch)).intoArray(c, ct + 6 * pitch);
    s7.add(FloatVector.fromArray(F, c, ct + 7 * pitch)).intoArray(c, ct + 7 * pitch);
  }
}
