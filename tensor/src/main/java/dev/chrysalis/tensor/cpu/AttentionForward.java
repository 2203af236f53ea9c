package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AttentionShape.KEY_TILE;
import static dev.chrysalis.tensor.cpu.AttentionShape.QUERY_TILE;
import static dev.chrysalis.tensor.cpu.FastMath.LEAST_WEIGHT;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Attention with an online softmax, tile of queries by tile of keys. Dao et al. 2022,
/// arXiv:2205.14135, algorithm 1; sums are divided once, at the end, as in Dao 2023,
/// arXiv:2307.08691.
final class AttentionForward {
  /// Queries of a task at most: each of them uses the keys that the task packs.
  private static final int TASK_QUERIES = 256;

  /// Queries times query heads of a group up to which keys are not worth packing.
  private static final int FEW_ROWS = 8;

  private final AttentionShape shape;
  private final MemorySegment y;
  private final MemorySegment lse;
  private final int outPitch;

  AttentionForward(AttentionShape shape, MemorySegment y, MemorySegment lse) {
    this.shape = shape;
    this.y = y;
    this.lse = lse;
    outPitch = TileKernels.wholeColumns(shape.valueWidth());
  }

  void run(Parallel pool) {
    if (shape.queries() * shape.headsPerGroup() <= FEW_ROWS) {
      pool.run(
          shape.batch() * shape.groups(),
          (task, scratch) -> group(task / shape.groups(), task % shape.groups(), scratch));
      return;
    }
    int blocks = Math.ceilDiv(shape.queries(), TASK_QUERIES);
    int rows = Math.ceilDiv(shape.queries(), Math.max(1, blocks));
    pool.run(
        shape.batch() * shape.heads() * blocks,
        (task, scratch) -> {
          int first = task % blocks * rows;
          int head = task / blocks;
          int count = Math.min(rows, shape.queries() - first);
          block(head / shape.heads(), head % shape.heads(), first, count, scratch);
        });
  }

  // ---- many queries ----

  /// Queries `first … first + rows − 1` of a head.
  private void block(int b, int h, int first, int rows, Scratch scratch) {
    int group = h / shape.headsPerGroup();
    int depth = shape.width();
    int whole = TileKernels.wholeRows(rows);
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, whole * outPitch);
    Arrays.fill(out, 0, whole * outPitch, 0);
    float[] state = scratch.floats(Scratch.Slot.STATE, 2 * rows); // maximum, sum
    Arrays.fill(state, 0, rows, Float.NEGATIVE_INFINITY);
    Arrays.fill(state, rows, 2 * rows, 0);
    int tile = shape.keyTile();
    long keys = scratch.panels(Scratch.Slot.KEY_TRANSPOSED, (long) tile * depth);
    long values = scratch.panels(Scratch.Slot.VALUE, (long) tile * outPitch);
    float[] row = scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW);
    AttentionShape.Heads k = shape.k();
    AttentionShape.Heads v = shape.v();
    for (int key = 0; key < shape.visible(first + rows - 1); key += tile) {
      int n = Math.min(tile, shape.keys() - key);
      Panels.panels(k.memory(), k.at(b, group, key), 1, k.rowStride(), depth, n, keys, row);
      Panels.panels(
          v.memory(), v.at(b, group, key), v.rowStride(), 1, n, shape.valueWidth(), values, row);
      for (int i = 0; i < rows; i += QUERY_TILE) {
        int count = Math.min(QUERY_TILE, rows - i);
        int seen = Math.min(n, shape.visible(first + i + count - 1) - key);
        if (seen > 0) {
          addTile(b, h, first, i, count, key, seen, n, rows, scratch);
        }
      }
    }
    for (int i = 0; i < rows; i++) {
      long at = ((long) b * shape.heads() + h) * shape.queries() + first + i;
      put(at, out, i * outPitch, state[i], state[rows + i]);
    }
  }

  /// Lets `count` queries from `first + i` on attend to `seen` keys from `key` on, out of `packed`
  /// packed ones.
  private void addTile(
      int b,
      int h,
      int first,
      int i,
      int count,
      int key,
      int seen,
      int packed,
      int rows,
      Scratch scratch) {
    float[] scores = scratch.floats(Scratch.Slot.SCORES, QUERY_TILE * PITCH);
    float[] left =
        scratch.floats(Scratch.Slot.QUERY, AttentionShape.blockSize(QUERY_TILE, shape.width()));
    long keys = scratch.panels(Scratch.Slot.KEY_TRANSPOSED);
    long values = scratch.panels(Scratch.Slot.VALUE);
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, 0);
    float[] state = scratch.floats(Scratch.Slot.STATE, 0);
    AttentionShape.Heads q = shape.q();
    long queries = q.at(b, h, first + i);
    AttentionShape.copyRows(q, queries, count, shape.width(), QUERY_TILE, shape.scale(), left);
    AttentionShape.multiply(left, QUERY_TILE, keys, shape.width(), count, seen, scores, PITCH);
    int padded = TileKernels.wholeColumns(seen);
    float[] tile = scratch.floats(Scratch.Slot.TILE, 2 * QUERY_TILE + COUNT); // shift, sum
    shape.finish(
        b, h, first + i, count, key, seen, scores, scratch.floats(Scratch.Slot.ROW, KEY_TILE));
    largest(scores, count, padded, tile);
    for (int r = 0; r < count; r++) {
      float before = state[i + r];
      float max = tile[r] > before ? tile[r] : before;
      if (max != before && before != Float.NEGATIVE_INFINITY) {
        float shrink = before - max < LEAST_WEIGHT ? 0 : FastMath.exp(before - max);
        state[rows + i + r] *= shrink;
        AttentionShape.scale(out, (i + r) * outPitch, outPitch, shrink);
      }
      state[i + r] = max;
      tile[r] = max == Float.NEGATIVE_INFINITY ? 0 : max;
    }
    weights(scores, count, padded, tile);
    for (int r = 0; r < count; r++) {
      state[rows + i + r] += tile[QUERY_TILE + r];
    }
    for (int j = 0; j < shape.valueWidth(); j += COLUMNS) {
      long panel = TileKernels.at(values, (long) j * packed);
      for (int r = 0; r < count; ) {
        int to = (i + r) * outPitch + j;
        r +=
            TileKernels.someRows(
                count - r,
                scores,
                r * PITCH,
                panel,
                TileKernels.STEP,
                seen,
                out,
                to,
                outPitch,
                true);
      }
    }
  }

  /// Puts the largest score of row `r` at `tile[r]`. A pass of its own, as `weights`: with all of a
  /// tile's work in one loop the compiler runs out of room for inlining and puts vectors on the
  /// heap.
  private static void largest(float[] scores, int rows, int n, float[] tile) {
    for (int r = 0; r < rows; r++) {
      tile[r] = AttentionShape.max(scores, r * PITCH, n, tile, 2 * QUERY_TILE);
    }
  }

  /// Turns row `r` of the scores `s` into `exp(s − tile[r])`; the sum goes behind the `QUERY_TILE`
  /// shifts.
  private static void weights(float[] scores, int rows, int n, float[] tile) {
    for (int r = 0; r < rows; r++) {
      tile[QUERY_TILE + r] = FastMath.expAndSum(scores, r * PITCH, n, tile[r], LEAST_WEIGHT);
    }
  }

  /// Writes a row: the sums by the sum of the weights, or zeros where there are none.
  private void put(long row, float[] out, int at, float max, float sum) {
    int e = shape.valueWidth();
    float factor = sum == 0 ? 0 : 1 / sum;
    long to = row * e;
    int j = 0;
    for (; j <= e - COUNT; j += COUNT) {
      FloatVector value = Lanes.load(out, at + j).mul(factor);
      Lanes.store(value, y, (to + j) * Float.BYTES);
    }
    for (; j < e; j++) { // tail: less than a vector
      y.set(Elements.F32, (to + j) * Float.BYTES, out[at + j] * factor);
    }
    float logSum = sum == 0 ? Float.NEGATIVE_INFINITY : max + (float) Math.log(sum);
    lse.set(Elements.F32, row * Float.BYTES, logSum);
  }

  // ---- few queries ----

  /// All queries of the heads of a group, which read the keys as they lie in memory, once.
  private void group(int b, int group, Scratch scratch) {
    int depth = shape.width();
    int perGroup = shape.headsPerGroup();
    int rows = perGroup * shape.queries();
    int pitch = TileKernels.wholeColumns(shape.keys());
    float[] queries = scratch.floats(Scratch.Slot.QUERY, Lanes.padded(rows * depth));
    float[] scores = scratch.floats(Scratch.Slot.SCORES, rows * pitch);
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, rows * outPitch);
    float[] mask = scratch.floats(Scratch.Slot.ROW, pitch);
    float[] lanes = scratch.floats(Scratch.Slot.TILE, 8 * COUNT);
    AttentionShape.Heads q = shape.q();
    AttentionShape.Heads k = shape.k();
    AttentionShape.Heads v = shape.v();
    for (int r = 0; r < rows; r++) {
      int h = group * perGroup + r / shape.queries();
      Panels.copy(q.memory(), q.at(b, h, r % shape.queries()), queries, r * depth, depth);
    }
    AttentionShape.scale(queries, 0, rows * depth, shape.scale());
    long keys = k.at(b, group, 0);
    GemmSkinny.dots(
        k.memory(),
        keys,
        k.rowStride(),
        shape.keys(),
        depth,
        queries,
        0,
        depth,
        rows,
        lanes,
        scores,
        pitch);
    Arrays.fill(out, 0, rows * outPitch, 0);
    float[] state = scratch.floats(Scratch.Slot.STATE, 2 * rows);
    for (int r = 0; r < rows; r++) {
      int h = group * perGroup + r / shape.queries();
      int t = r % shape.queries();
      shape.finishRow(b, h, t, 0, shape.keys(), scores, r * pitch, mask, t == 0);
      float max = AttentionShape.max(scores, r * pitch, pitch, lanes, 0);
      float shift = max == Float.NEGATIVE_INFINITY ? 0 : max;
      state[r] = max;
      state[rows + r] = FastMath.expAndSum(scores, r * pitch, pitch, shift, LEAST_WEIGHT);
    }
    for (int key = 0; key < shape.keys(); key += KEY_TILE) { // values stay cached for all rows
      int n = Math.min(KEY_TILE, shape.keys() - key);
      for (int r = 0; r < rows; r++) {
        GemmSkinny.sums(
            v.memory(),
            v.at(b, group, key),
            v.rowStride(),
            n,
            shape.valueWidth(),
            scores,
            r * pitch + key,
            out,
            r * outPitch);
      }
    }
    for (int r = 0; r < rows; r++) {
      int h = group * perGroup + r / shape.queries();
      long at = ((long) b * shape.heads() + h) * shape.queries() + r % shape.queries();
      put(at, out, r * outPitch, state[r], state[rows + r]);
    }
  }
}
