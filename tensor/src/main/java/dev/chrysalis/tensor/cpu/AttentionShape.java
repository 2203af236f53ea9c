package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static jdk.incubator.vector.VectorOperators.GT;

import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Sizes and operands of an attention, and the scores' side of it that forward and backward share.
///
/// @param heads `H`, of queries
/// @param groups `G`, heads of keys and values
/// @param queries `T`
/// @param keys `S`
/// @param width `d`, of queries and keys
/// @param valueWidth `e`
record AttentionShape(
    int batch,
    int heads,
    int groups,
    int queries,
    int keys,
    int width,
    int valueWidth,
    boolean causal,
    float scale,
    Heads q,
    Heads k,
    Heads v,
    AttentionMask mask) {
  /// Keys whose scores are worked on at a time; such a row fits the blocks of `TileKernels`.
  static final int KEY_TILE = 256;

  /// Queries that are worked on at a time.
  static final int QUERY_TILE = 64;

  /// A tensor `(B, heads, rows, width)` whose last stride is 1; strides in floats.
  record Heads(MemorySegment memory, long batchStride, long headStride, long rowStride) {
    static Heads of(Tensor x) {
      assert x.stride(3) == 1 || x.size(3) <= 1;
      return new Heads(x.segment(), x.stride(0), x.stride(1), x.stride(2));
    }

    long at(int b, int head, int row) {
      return b * batchStride + head * headStride + row * rowStride;
    }
  }

  static AttentionShape of(List<Tensor> in, boolean causal, double scale, boolean hasMask) {
    Tensor q = in.get(0);
    Tensor k = in.get(1);
    Tensor v = in.get(2);
    return new AttentionShape(
        q.size(0),
        q.size(1),
        k.size(1),
        q.size(2),
        k.size(2),
        q.size(3),
        v.size(3),
        causal,
        (float) scale,
        Heads.of(q),
        Heads.of(k),
        Heads.of(v),
        AttentionMask.of(in, hasMask));
  }

  /// Query heads per key head.
  int headsPerGroup() {
    return heads / groups;
  }

  /// How many keys query `t` may see.
  int visible(int t) {
    return causal ? Math.clamp((long) t + keys - queries + 1, 0, keys) : keys;
  }

  /// Keys of a tile, so that tiles are of even size.
  int keyTile() {
    int tiles = Math.max(1, Math.ceilDiv(keys, KEY_TILE));
    return TileKernels.wholeColumns(Math.ceilDiv(keys, tiles));
  }

  /// Scores of `rows` queries, times `n` keys from `key` on: `c[i·pitch + j] = Σ_p
  /// left_i[p]·right_j[p]`.
  ///
  /// @param left blocks for `TileKernels.rows` of `blockRows` rows, one after the other along `p`
  /// @param right panels, `depth` long
  static void multiply(
      float[] left, int blockRows, long right, int depth, int rows, int n, float[] c, int pitch) {
    for (int p = 0; p < depth; p += TileKernels.BLOCK) {
      int steps = Math.min(TileKernels.BLOCK, depth - p);
      int block = p / TileKernels.BLOCK * blockRows * TileKernels.PITCH;
      for (int j = 0; j < n; j += TileKernels.COLUMNS) {
        long panel = TileKernels.at(right, (long) j * depth + p * TileKernels.COLUMNS);
        for (int i = 0; i < rows; ) {
          int at = block + i * TileKernels.PITCH;
          i +=
              TileKernels.someRows(
                  rows - i,
                  left,
                  at,
                  panel,
                  TileKernels.STEP,
                  steps,
                  c,
                  i * pitch + j,
                  pitch,
                  p > 0);
        }
      }
    }
  }

  /// Copies the `rows` rows of `depth` floats of a head as blocks for `multiply`, times `factor`.
  static void copyRows(
      Heads x, long from, int rows, int depth, int blockRows, float factor, float[] to) {
    for (int p = 0; p < depth; p += TileKernels.BLOCK) {
      int steps = Math.min(TileKernels.BLOCK, depth - p);
      int block = p / TileKernels.BLOCK * blockRows * TileKernels.PITCH;
      for (int i = 0; i < rows; i++) {
        int at = block + i * TileKernels.PITCH;
        Panels.copy(x.memory(), from + i * x.rowStride() + p, to, at, steps);
        if (factor != 1) {
          scale(to, at, steps, factor);
        }
      }
    }
  }

  /// Multiplies `n` floats, and those up to the next whole vector, by `factor`.
  static void scale(float[] x, int at, int n, float factor) {
    for (int j = 0; j < n; j += COUNT) {
      Lanes.load(x, at + j).mul(factor).intoArray(x, at + j);
    }
  }

  /// Floats of the blocks of `copyRows`.
  static int blockSize(int rows, int depth) {
    return Math.ceilDiv(depth, TileKernels.BLOCK) * rows * TileKernels.PITCH;
  }

  /// Makes the scaled scores of `count` queries from `t` on final: masked, −∞ from what a query may
  /// see on to the end of the panels. A query has a row of the scores.
  ///
  /// @param n keys of the tile that matter, from `key` on
  /// @param read working memory of `n` floats, rounded up to whole vectors
  void finish(int b, int h, int t, int count, int key, int n, float[] scores, float[] read) {
    for (int r = 0; r < count; r++) {
      finishRow(b, h, t + r, key, n, scores, r * TileKernels.PITCH, read, r == 0);
    }
  }

  /// As `finish`, of the query whose scores begin at `at`.
  ///
  /// @param fresh whether `read` is to be filled
  void finishRow(
      int b, int h, int t, int key, int n, float[] scores, int at, float[] read, boolean fresh) {
    if (mask.exists()) {
      if (fresh || !mask.repeatsOverQueries()) {
        mask.read(b, h, t, key, n, read);
      }
      mask.apply(read, scores, at, n);
    }
    int limit = Math.clamp(visible(t) - key, 0, n);
    Arrays.fill(scores, at + limit, at + TileKernels.wholeColumns(n), Float.NEGATIVE_INFINITY);
  }

  /// The largest of `n` floats, a multiple of the lanes; NaN does not count.
  ///
  /// @param lanes room for a vector from `free` on
  static float max(float[] x, int at, int n, float[] lanes, int free) {
    FloatVector max = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += COUNT) {
      FloatVector value = Lanes.load(x, at + i);
      max = max.blend(value, value.compare(GT, max));
    }
    max.intoArray(lanes, free);
    float largest = lanes[free];
    for (int i = free + 1; i < free + COUNT; i++) {
      largest = lanes[i] > largest ? lanes[i] : largest;
    }
    return largest;
  }
}
