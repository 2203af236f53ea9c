package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.scalar.ResampleAxis;
import java.util.ArrayList;
import java.util.List;

/// Convolutions, pooling and resizing of pictures `(B, C, H, W)`.
final class PictureKernels {
  private static final String FILE = "convolutions.cl";
  private static final int GRAD_LANES = 64;

  private PictureKernels() {}

  private static Launch geometry(Launch launch, Conv2dSpec s, Tensor x, Tensor w, Tensor y) {
    return launch
        .ints(
            s.strideH(),
            s.strideW(),
            s.padTop(),
            s.padLeft(),
            s.dilationH(),
            s.dilationW(),
            s.groups())
        .with(x.size(1))
        .with(x.size(2))
        .with(x.size(3))
        .with(y.size(1))
        .with(y.size(2))
        .with(y.size(3))
        .with(w.size(2))
        .with(w.size(3));
  }

  static void conv2d(Work work, Conv2dSpec spec, List<Tensor> in, Tensor y) {
    Launch launch = work.kernel(FILE, "conv2d", y.dtype()).with(y.count());
    geometry(launch, spec, in.get(0), in.get(1), y);
    biased(work, launch, in).write(y).items(y.count());
  }

  /// The two operands, then the bias, if there is one.
  private static Launch biased(Work work, Launch launch, List<Tensor> in) {
    launch.read(work.dense(in.get(0))).read(work.dense(in.get(1))).with(in.size() == 3);
    return in.size() == 3 ? launch.read(work.dense(in.get(2))) : launch.nothing();
  }

  static void conv2dInputGrad(Work work, Conv2dSpec spec, List<Tensor> in, Tensor dx) {
    Launch launch = work.kernel(FILE, "conv2d_input_grad", dx.dtype()).with(dx.count());
    geometry(launch, spec, dx, in.get(1), in.get(0));
    biased(work, launch, in).write(dx).items(dx.count());
  }

  static void conv2dWeightGrad(Work work, Conv2dSpec spec, List<Tensor> in, Tensor dw) {
    Tensor x = work.dense(in.get(0));
    Tensor dy = work.dense(in.get(1));
    Launch launch = work.kernel(FILE, "conv2d_weight_grad", dw.dtype()).with(x.size(0));
    geometry(launch, spec, x, dw, dy).read(x).read(dy).write(dw).groups(dw.count(), GRAD_LANES);
  }

  private static Launch pooled(Launch launch, Op.AvgPool2d pool, Tensor x, Tensor y) {
    return launch
        .with(x.size(2))
        .with(x.size(3))
        .with(y.size(2))
        .with(y.size(3))
        .with(pool.kernelH())
        .with(pool.kernelW())
        .with(pool.strideH())
        .with(pool.strideW());
  }

  static void avgPool(Work work, Op.AvgPool2d pool, Tensor x, Tensor y) {
    Launch launch = work.kernel(FILE, "avg_pool", y.dtype()).with(y.count());
    pooled(launch, pool, x, y).read(work.dense(x)).write(y).items(y.count());
  }

  static void avgPoolGrad(Work work, Op.AvgPool2d pool, Tensor dy, Tensor dx) {
    Launch launch = work.kernel(FILE, "avg_pool_grad", dx.dtype()).with(dx.count());
    pooled(launch, pool, dx, dy).read(work.dense(dy)).write(dx).items(dx.count());
  }

  static void maxPool(Work work, Op.MaxPool2d pool, Tensor x, List<Tensor> out) {
    Tensor y = out.get(0);
    work.kernel(FILE, "max_pool", y.dtype())
        .with(y.count())
        .with(x.size(2))
        .with(x.size(3))
        .with(y.size(2))
        .with(y.size(3))
        .with(pool.kernelH())
        .with(pool.kernelW())
        .with(pool.strideH())
        .with(pool.strideW())
        .with(pool.padH())
        .with(pool.padW())
        .read(work.dense(x))
        .write(y)
        .write(out.get(1))
        .items(y.count());
  }

  static void maxPoolGrad(Work work, Tensor dy, Tensor index, Tensor dx) {
    int pixels = dx.size(2) * dx.size(3);
    work.kernel(FILE, "max_pool_grad", dx.dtype())
        .with(dx.count())
        .with((long) pixels)
        .with((long) dy.size(2) * dy.size(3))
        .read(work.dense(dy))
        .read(MoveKernels.indices(work, "max_pool2d grad", index, pixels))
        .write(dx)
        .items(dx.count());
  }

  static void interpolate(Work work, Resampling resampling, Tensor x, Tensor y) {
    Table rows = Table.of(ResampleAxis.of(x.size(2), y.size(2), resampling));
    Table columns = Table.of(ResampleAxis.of(x.size(3), y.size(3), resampling));
    Tensor tall = work.tensor(y.dtype(), x.size(0), x.size(1), y.size(2), x.size(3));
    resample(work, rows, work.dense(x), x.size(2), x.size(3), tall);
    resample(work, columns, tall, x.size(3), 1, y);
  }

  static void interpolateGrad(Work work, Resampling resampling, Tensor dy, Tensor dx) {
    Table rows = Table.adjoint(ResampleAxis.of(dx.size(2), dy.size(2), resampling), dx.size(2));
    Table columns = Table.adjoint(ResampleAxis.of(dx.size(3), dy.size(3), resampling), dx.size(3));
    Tensor wide = work.tensor(dx.dtype(), dy.size(0), dy.size(1), dy.size(2), dx.size(3));
    resample(work, columns, work.dense(dy), dy.size(3), 1, wide);
    resample(work, rows, wide, dy.size(2), dx.size(3), dx);
  }

  private static void resample(Work work, Table table, Tensor x, int size, int inner, Tensor y) {
    work.kernel(FILE, "resample", y.dtype())
        .with(y.count())
        .with(size)
        .with(table.starts().length - 1)
        .with((long) inner)
        .read(work.ints(table.starts()))
        .read(work.ints(table.columns()))
        .read(work.floats(table.weights(), y.dtype()))
        .read(x)
        .write(y)
        .items(y.count());
  }

  /// A sparse matrix by rows: what each output reads, one after the other.
  private record Table(int[] starts, int[] columns, double[] weights) {
    static Table of(ResampleAxis axis) {
      List<List<Entry>> rows = new ArrayList<>();
      for (int i = 0; i < axis.indices().length; i++) {
        List<Entry> row = new ArrayList<>();
        for (int j = 0; j < axis.indices()[i].length; j++) {
          row.add(new Entry(axis.indices()[i][j], axis.weights()[i][j]));
        }
        rows.add(row);
      }
      return of(rows);
    }

    /// The transposed matrix, of `size` rows.
    static Table adjoint(ResampleAxis axis, int size) {
      List<List<Entry>> rows = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        rows.add(new ArrayList<>());
      }
      for (int i = 0; i < axis.indices().length; i++) {
        for (int j = 0; j < axis.indices()[i].length; j++) {
          rows.get(axis.indices()[i][j]).add(new Entry(i, axis.weights()[i][j]));
        }
      }
      return of(rows);
    }

    private static Table of(List<List<Entry>> rows) {
      int[] starts = new int[rows.size() + 1];
      for (int i = 0; i < rows.size(); i++) {
        starts[i + 1] = starts[i] + rows.get(i).size();
      }
      List<Entry> all = rows.stream().flatMap(List::stream).toList();
      return new Table(
          starts,
          all.stream().mapToInt(Entry::column).toArray(),
          all.stream().mapToDouble(Entry::weight).toArray());
    }

    private record Entry(int column, double weight) {}
  }
}
