package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AttentionShape.KEY_TILE;
import static dev.chrysalis.tensor.cpu.AttentionShape.QUERY_TILE;
import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.TileKernels.COLUMNS;
import static dev.chrysalis.tensor.cpu.TileKernels.PITCH;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Gradients of attention, with the probabilities worked out again from `lse`. Dao 2023,
/// arXiv:2307.08691, algorithm 2.
///
/// With `P = exp(scale·q·kᵀ + mask − lse)`: `dv = Pᵀ·dy`, `dP = dy·vᵀ`, `dS = P ⊙ (dP − Σ dy⊙y)`,
/// `dq = scale·dS·k`, `dk = scale·dSᵀ·q`, `dmask = dS`. A task has a key head of a batch, with all
/// query heads that read it, so nothing is added up across tasks.
final class AttentionBackward {
  private final AttentionShape shape;
  private final AttentionShape.Heads y;
  private final MemorySegment lse;
  private final AttentionShape.Heads dy;
  private final MemorySegment dq;
  private final MemorySegment dk;
  private final MemorySegment dv;
  private final List<Tensor> dmask;
  private final int widthPitch;
  private final int valuePitch;

  /// @param dmask none or one tensor, zeros at first
  AttentionBackward(
      AttentionShape shape,
      Tensor y,
      Tensor lse,
      Tensor dy,
      List<Tensor> gradients,
      List<Tensor> dmask) {
    this.shape = shape;
    this.y = AttentionShape.Heads.of(y);
    this.lse = lse.segment();
    this.dy = AttentionShape.Heads.of(dy);
    dq = gradients.get(0).segment();
    dk = gradients.get(1).segment();
    dv = gradients.get(2).segment();
    this.dmask = dmask;
    widthPitch = TileKernels.wholeColumns(shape.width());
    valuePitch = TileKernels.wholeColumns(shape.valueWidth());
  }

  void run(Parallel pool) {
    int tasks = shape.batch() * shape.groups();
    if (dmask.stream().allMatch(this::hasPlaceForEveryHead)) {
      pool.run(tasks, this::group);
    } else { // heads share places of dmask: one after the other
      pool.run(
          1,
          (_, scratch) -> {
            for (int task = 0; task < tasks; task++) {
              group(task, scratch);
            }
          });
    }
  }

  private boolean hasPlaceForEveryHead(Tensor mask) {
    int rank = mask.rank();
    boolean batches = shape.batch() == 1 || rank > 3 && mask.size(0) > 1;
    boolean heads = shape.groups() == 1 || rank > 2 && mask.size(rank - 3) > 1;
    return batches && heads;
  }

  private void group(int task, Scratch scratch) {
    int b = task / shape.groups();
    int group = task % shape.groups();
    if (shape.keys() == 0) {
      for (int h = 0; h < shape.headsPerGroup(); h++) {
        long row = (long) (b * shape.heads() + group * shape.headsPerGroup() + h) * shape.queries();
        long rowBytes = (long) shape.width() * Float.BYTES;
        dq.asSlice(row * rowBytes, shape.queries() * rowBytes).fill((byte) 0);
      }
      return;
    }
    int tile = shape.keyTile();
    for (int key = 0; key < shape.keys(); key += tile) {
      keyTile(b, group, key, Math.min(tile, shape.keys() - key), scratch);
    }
  }

  /// Gradients of `n` keys and values from `key` on, and what these add to the gradients of the
  /// queries.
  private void keyTile(int b, int group, int key, int n, Scratch scratch) {
    int whole = TileKernels.wholeColumns(n);
    int d = shape.width();
    int e = shape.valueWidth();
    float[] row = scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW);
    long keysTurned = scratch.panels(Scratch.Slot.KEY_TRANSPOSED, (long) whole * d);
    long keys = scratch.panels(Scratch.Slot.KEY, (long) n * widthPitch);
    long valuesTurned = scratch.panels(Scratch.Slot.VALUE_TRANSPOSED, (long) whole * e);
    AttentionShape.Heads k = shape.k();
    AttentionShape.Heads v = shape.v();
    long kAt = k.at(b, group, key);
    Panels.panels(k.memory(), kAt, 1, k.rowStride(), d, n, keysTurned, row);
    Panels.panels(k.memory(), kAt, k.rowStride(), 1, n, d, keys, row);
    long vAt = v.at(b, group, key);
    Panels.panels(v.memory(), vAt, 1, v.rowStride(), e, n, valuesTurned, row);
    float[] keyGrads = scratch.floats(Scratch.Slot.LEFT, whole * widthPitch);
    float[] valueGrads = scratch.floats(Scratch.Slot.RIGHT, whole * valuePitch);
    Arrays.fill(keyGrads, 0, whole * widthPitch, 0);
    Arrays.fill(valueGrads, 0, whole * valuePitch, 0);
    for (int head = 0; head < shape.headsPerGroup(); head++) {
      int h = group * shape.headsPerGroup() + head;
      for (int t = 0; t < shape.queries(); t += QUERY_TILE) {
        int count = Math.min(QUERY_TILE, shape.queries() - t);
        int seen = Math.min(n, shape.visible(t + count - 1) - key);
        if (seen > 0 || key == 0) {
          tile(b, h, t, count, key, Math.max(0, seen), n, scratch);
        }
      }
    }
    long first = ((long) b * shape.groups() + group) * shape.keys() + key;
    for (int i = 0; i < n; i++) {
      put(keyGrads, i * widthPitch, d, shape.scale(), dk, (first + i) * d, false);
      put(valueGrads, i * valuePitch, e, 1, dv, (first + i) * e, false);
    }
  }

  /// Queries `t … t + count − 1` of a head and `seen` keys from `key` on, out of `packed` packed
  /// ones.
  private void tile(
      int b, int h, int t, int count, int key, int seen, int packed, Scratch scratch) {
    int d = shape.width();
    int e = shape.valueWidth();
    AttentionShape.Heads q = shape.q();
    float[] row = scratch.floats(Scratch.Slot.ROW, Panels.PANELS_ROW);
    float[] left = scratch.floats(Scratch.Slot.STATE, blocks(Math.max(d, e)));
    float[] scores = scratch.floats(Scratch.Slot.SCORES, QUERY_TILE * PITCH);
    float[] grads = scratch.floats(Scratch.Slot.SCORE_GRADS, QUERY_TILE * PITCH);
    long qAt = q.at(b, h, t);
    long dyAt = dy.at(b, h, t);
    AttentionShape.copyRows(q, qAt, count, d, QUERY_TILE, shape.scale(), left);
    long keysTurned = scratch.panels(Scratch.Slot.KEY_TRANSPOSED);
    AttentionShape.multiply(left, QUERY_TILE, keysTurned, d, count, seen, scores, PITCH);
    AttentionShape.copyRows(dy, dyAt, count, e, QUERY_TILE, 1, left);
    long valuesTurned = scratch.panels(Scratch.Slot.VALUE_TRANSPOSED);
    AttentionShape.multiply(left, QUERY_TILE, valuesTurned, e, count, seen, grads, PITCH);
    prepare(b, h, t, count, key, seen, left, scratch);
    float[] state = scratch.floats(Scratch.Slot.TILE, 0);
    scoreGrads(scores, grads, count, TileKernels.wholeColumns(seen), state);
    for (Tensor target : dmask) {
      addMaskGrad(target, b, h, t, count, key, seen, grads);
    }

    long queries = scratch.panels(Scratch.Slot.QUERY, (long) QUERY_TILE * widthPitch);
    long outGrads = scratch.panels(Scratch.Slot.OUTPUT_GRAD, (long) QUERY_TILE * valuePitch);
    Panels.panels(q.memory(), qAt, q.rowStride(), 1, count, d, queries, row);
    Panels.panels(dy.memory(), dyAt, dy.rowStride(), 1, count, e, outGrads, row);
    float[] keyGrads = scratch.floats(Scratch.Slot.LEFT, 0);
    float[] valueGrads = scratch.floats(Scratch.Slot.RIGHT, 0);
    addTurned(scores, seen, outGrads, count, e, valueGrads, valuePitch);
    addTurned(grads, seen, queries, count, d, keyGrads, widthPitch);
    queryGrads(b, h, t, count, key, seen, packed, scratch);
  }

  private static int blocks(int depth) {
    return AttentionShape.blockSize(QUERY_TILE, depth);
  }

  /// Masks the scores and puts `lse` and `delta = Σ dy⊙y` of row `r` at `state[r]` and
  /// `state[QUERY_TILE + r]`.
  ///
  /// @param dyRows the rows of `dy` as `AttentionShape.copyRows` left them
  private void prepare(
      int b, int h, int t, int count, int key, int seen, float[] dyRows, Scratch scratch) {
    float[] scores = scratch.floats(Scratch.Slot.SCORES, 0);
    float[] state = scratch.floats(Scratch.Slot.TILE, 2 * QUERY_TILE);
    shape.finish(b, h, t, count, key, seen, scores, scratch.floats(Scratch.Slot.ROW, KEY_TILE));
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, valuePitch);
    long head = ((long) b * shape.heads() + h) * shape.queries();
    for (int r = 0; r < count; r++) {
      float logSum = lse.get(Elements.F32, (head + t + r) * Float.BYTES);
      state[r] = logSum == Float.NEGATIVE_INFINITY ? Float.POSITIVE_INFINITY : logSum;
      Panels.copy(y.memory(), y.at(b, h, t + r), out, 0, shape.valueWidth());
      state[QUERY_TILE + r] = dot(out, dyRows, r * PITCH);
    }
  }

  /// Turns scores into `P` and `dP` into `dS`: `p = exp(s − lse)`, `ds = p·(dp − delta)`. A pass of
  /// its own: with all of a tile's work in one loop the compiler runs out of room for inlining and
  /// puts vectors on the heap.
  private static void scoreGrads(float[] scores, float[] grads, int rows, int n, float[] state) {
    FloatVector least = FloatVector.broadcast(Lanes.F, FastMath.LEAST_WEIGHT);
    for (int r = 0; r < rows; r++) {
      float shift = state[r];
      float delta = state[QUERY_TILE + r];
      for (int j = r * PITCH; j < r * PITCH + n; j += COUNT) {
        FloatVector p = FastMath.exp(Lanes.load(scores, j).sub(shift), least);
        p.intoArray(scores, j);
        p.mul(Lanes.load(grads, j).sub(delta)).intoArray(grads, j);
      }
    }
  }

  /// `Σ_j out[j]·dy[j]`, `dy` in blocks.
  private float dot(float[] out, float[] dyRows, int at) {
    int e = shape.valueWidth();
    FloatVector sums = FloatVector.zero(Lanes.F);
    float rest = 0;
    for (int p = 0; p < e; p += TileKernels.BLOCK) {
      int block = at + p / TileKernels.BLOCK * QUERY_TILE * PITCH;
      int steps = Math.min(TileKernels.BLOCK, e - p);
      int j = 0;
      for (; j <= steps - COUNT; j += COUNT) {
        sums = Lanes.load(out, p + j).fma(Lanes.load(dyRows, block + j), sums);
      }
      for (; j < steps; j++) { // tail: less than a vector
        rest = Math.fma(out[p + j], dyRows[block + j], rest);
      }
    }
    return Lanes.sum(sums) + rest;
  }

  /// `target[j] += Σ_i a[i, j]·right[i]` for the `keys` columns of `a`, which are keys.
  private static void addTurned(
      float[] a, int keys, long right, int count, int width, float[] target, int pitch) {
    for (int j = 0; j < width; j += COLUMNS) {
      long panel = TileKernels.at(right, (long) j * count);
      for (int i = 0; i < keys; ) {
        int to = i * pitch + j;
        i += TileKernels.someColumns(keys - i, a, i, panel, count, target, to, pitch, true);
      }
    }
  }

  private void queryGrads(
      int b, int h, int t, int count, int key, int seen, int packed, Scratch scratch) {
    float[] grads = scratch.floats(Scratch.Slot.SCORE_GRADS, 0);
    long keys = scratch.panels(Scratch.Slot.KEY);
    float[] out = scratch.floats(Scratch.Slot.OUTPUT, QUERY_TILE * widthPitch);
    for (int j = 0; j < shape.width(); j += COLUMNS) {
      long panel = TileKernels.at(keys, (long) j * packed);
      for (int r = 0; r < count; ) {
        int to = r * widthPitch + j;
        r +=
            TileKernels.someRows(
                count - r,
                grads,
                r * PITCH,
                panel,
                TileKernels.STEP,
                seen,
                out,
                to,
                widthPitch,
                false);
      }
    }
    long first = ((long) b * shape.heads() + h) * shape.queries() + t;
    for (int r = 0; r < count; r++) {
      long to = (first + r) * shape.width();
      put(out, r * widthPitch, shape.width(), shape.scale(), dq, to, key > 0);
    }
  }

  /// `memory[to + j] = factor·from[at + j]`, or plus what is there if `add`.
  private static void put(
      float[] from, int at, int n, float factor, MemorySegment memory, long to, boolean add) {
    int j = 0;
    for (; j <= n - COUNT; j += COUNT) {
      long byteOffset = (to + j) * Float.BYTES;
      FloatVector value = Lanes.load(from, at + j).mul(factor);
      if (add) {
        Lanes.store(value.add(Lanes.load(memory, byteOffset)), memory, byteOffset);
      } else {
        Lanes.store(value, memory, byteOffset);
      }
    }
    for (; j < n; j++) { // tail: less than a vector
      long byteOffset = (to + j) * Float.BYTES;
      float old = add ? memory.get(Elements.F32, byteOffset) : 0;
      memory.set(Elements.F32, byteOffset, from[at + j] * factor + old);
    }
  }

  private static void addMaskGrad(
      Tensor target, int b, int h, int t, int count, int key, int n, float[] grads) {
    long[] strides = AttentionMask.broadcastStrides(target);
    MemorySegment memory = target.segment();
    long first = b * strides[0] + h * strides[1] + t * strides[2] + key * strides[3];
    for (int r = 0; r < count; r++) {
      for (int j = 0; j < n; j++) {
        long at = (first + r * strides[2] + j * strides[3]) * Float.BYTES;
        float sum = memory.get(Elements.F32, at) + grads[r * PITCH + j];
        memory.set(Elements.F32, at, sum);
      }
    }
  }
}
