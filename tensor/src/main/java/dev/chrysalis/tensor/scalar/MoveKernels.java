package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.scalar.Grid.Axis;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Moving data: every kernel works out where elements come from or go to, then one of three loops
/// moves them.
final class MoveKernels {
  private MoveKernels() {}

  // ---- the three loops ----

  /// `y_i = x_{from[i]}`, or 0 where `from[i]` is negative.
  static void select(Tensor x, int[] from, Tensor y) {
    if (x.dtype().isFloat()) {
      double[] values = Dense.doubles(x);
      double[] chosen = new double[from.length];
      for (int i = 0; i < from.length; i++) {
        chosen[i] = from[i] < 0 ? 0 : values[from[i]];
      }
      Dense.write(y, chosen);
    } else {
      long[] values = Dense.longs(x);
      long[] chosen = new long[from.length];
      for (int i = 0; i < from.length; i++) {
        chosen[i] = from[i] < 0 ? 0 : values[from[i]];
      }
      Dense.write(y, chosen);
    }
  }

  /// `y_{to[i]} = x_i` for every part, `value` elsewhere.
  private static void place(List<Tensor> parts, List<int[]> to, double value, Tensor y) {
    if (y.dtype().isFloat()) {
      double[] all = new double[(int) y.count()];
      Arrays.fill(all, value);
      for (int p = 0; p < parts.size(); p++) {
        double[] part = Dense.doubles(parts.get(p));
        for (int i = 0; i < part.length; i++) {
          all[to.get(p)[i]] = part[i];
        }
      }
      Dense.write(y, all);
    } else {
      long[] all = new long[(int) y.count()];
      Arrays.fill(all, (long) value);
      for (int p = 0; p < parts.size(); p++) {
        long[] part = Dense.longs(parts.get(p));
        for (int i = 0; i < part.length; i++) {
          all[to.get(p)[i]] = part[i];
        }
      }
      Dense.write(y, all);
    }
  }

  /// `y = start`, then `y_{to[i]} += x_i`.
  private static void accumulate(Tensor start, Tensor x, int[] to, Tensor y) {
    if (y.dtype().isFloat()) {
      double[] sum = Dense.doubles(start);
      double[] parts = Dense.doubles(x);
      for (int i = 0; i < to.length; i++) {
        sum[to[i]] += parts[i];
      }
      Dense.write(y, sum);
    } else {
      long[] sum = Dense.longs(start);
      long[] parts = Dense.longs(x);
      for (int i = 0; i < to.length; i++) {
        sum[to[i]] += parts[i];
      }
      Dense.write(y, sum);
    }
  }

  // ---- whole tensors ----

  static void copy(Tensor x, Tensor y) {
    ElementKernels.cast(x, y);
  }

  static void tril(int diagonal, Tensor x, Tensor y) {
    int columns = x.size(-1);
    int rows = x.size(-2);
    int[] from = new int[(int) x.count()];
    for (int i = 0; i < from.length; i++) {
      from[i] = i % columns - i / columns % rows > diagonal ? -1 : i;
    }
    select(x, from, y);
  }

  static void sliceGrad(List<Integer> starts, List<Integer> steps, Tensor dy, Tensor dx) {
    long[] strides = dx.shape().rowMajorStrides();
    long offset = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      offset += starts.get(axis) * strides[axis];
      strides[axis] *= steps.get(axis);
    }
    place(List.of(dy), List.of(Grid.positions(dy.shape(), strides, offset)), 0, dx);
  }

  static void pad(List<Integer> before, double value, Tensor x, Tensor y) {
    long[] strides = y.shape().rowMajorStrides();
    long offset = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      offset += before.get(axis) * strides[axis];
    }
    place(List.of(x), List.of(Grid.positions(x.shape(), strides, offset)), value, y);
  }

  static void cat(int axis, List<Tensor> parts, Tensor y) {
    long[] strides = y.shape().rowMajorStrides();
    int at = y.shape().axis(axis);
    int[] starts = new int[parts.size()];
    for (int p = 1; p < starts.length; p++) {
      starts[p] = starts[p - 1] + parts.get(p - 1).size(at);
    }
    List<int[]> to =
        IntStream.range(0, starts.length)
            .mapToObj(p -> Grid.positions(parts.get(p).shape(), strides, starts[p] * strides[at]))
            .toList();
    place(parts, to, 0, y);
  }

  // ---- by index ----

  static void embedding(Tensor table, Tensor ids, Tensor y) {
    select(table, rows(Dense.indices("embedding", ids, table.size(0)), table.size(1)), y);
  }

  static void embeddingGrad(Tensor ids, Tensor dy, Tensor dtable) {
    int[] to = rows(Dense.indices("embedding grad", ids, dtable.size(0)), dtable.size(1));
    ElementKernels.fill(0, dtable);
    accumulate(dtable, dy, to, dtable);
  }

  /// Positions of all elements of these rows.
  private static int[] rows(int[] rows, int columns) {
    int[] positions = new int[rows.length * columns];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = rows[i / columns] * columns + i % columns;
    }
    return positions;
  }

  static void indexSelect(int axis, Tensor x, Tensor index, Tensor y) {
    select(x, slices("index_select", axis, x.shape(), index), y);
  }

  static void indexAdd(int axis, List<Tensor> in, Tensor y) {
    int[] to = slices("index_add", axis, in.get(0).shape(), in.get(1));
    accumulate(in.get(0), in.get(2), to, y);
  }

  /// Positions in `shape` of all elements of the slices of `axis` that `index` names.
  private static int[] slices(String op, int axis, Shape shape, Tensor index) {
    Axis lines = Axis.of(shape, axis);
    int[] chosen = Dense.indices(op, index, lines.size());
    Axis out = new Axis(lines.outer(), chosen.length, lines.inner());
    int[] positions = new int[lines.lines() * chosen.length];
    for (int line = 0; line < lines.lines(); line++) {
      for (int i = 0; i < chosen.length; i++) {
        positions[out.at(line, i)] = lines.at(line, chosen[i]);
      }
    }
    return positions;
  }

  static void gather(int axis, Tensor x, Tensor index, Tensor y) {
    select(x, scattered("gather", axis, x.shape(), index), y);
  }

  static void scatterAdd(int axis, List<Tensor> in, Tensor y) {
    int[] to = scattered("scatter_add", axis, in.get(0).shape(), in.get(1));
    accumulate(in.get(0), in.get(2), to, y);
  }

  /// Positions in `shape`, one for every element of `index`: its own, but for `axis`, where the
  /// element says.
  private static int[] scattered(String op, int axis, Shape shape, Tensor index) {
    Axis lines = Axis.of(shape, axis);
    Axis own = Axis.of(index.shape(), axis);
    int[] positions = Dense.indices(op, index, lines.size());
    for (int line = 0; line < own.lines(); line++) {
      for (int i = 0; i < own.size(); i++) {
        int at = own.at(line, i);
        positions[at] = lines.at(line, positions[at]);
      }
    }
    return positions;
  }
}
