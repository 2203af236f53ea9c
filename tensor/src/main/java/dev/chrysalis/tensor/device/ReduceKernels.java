package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.MoveKernels.Axis;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Sums, maxima and orders along axes.
final class ReduceKernels {
  private static final String FILE = "reduce.cl";
  private static final int LANES = 128;

  /// More elements than this are reduced by a group.
  private static final int BY_ITEM = 256;

  private ReduceKernels() {}

  static void reduce(Work work, boolean max, List<Integer> axes, Tensor x, Tensor y) {
    Set<Integer> reduced = new HashSet<>();
    axes.forEach(axis -> reduced.add(x.shape().axis(axis)));
    Layout kept = part(x, reduced, false);
    Layout gone = part(x, reduced, true);
    boolean byItem = gone.count() <= BY_ITEM;
    Launch launch =
        work.kernel(FILE, byItem ? "reduce_by_item" : "reduce_by_group", x.dtype())
            .with(y.count())
            .with(max)
            .with(kept.rank())
            .ints(kept.sizes())
            .steps(kept.strides()[0])
            .with(gone.count())
            .with(gone.rank())
            .ints(gone.sizes())
            .steps(gone.strides()[0])
            .from(x)
            .write(y);
    if (byItem) {
      launch.items(y.count());
    } else {
      launch.groups(y.count(), LANES);
    }
  }

  /// The axes of `x` that go, or those that stay.
  private static Layout part(Tensor x, Set<Integer> reduced, boolean gone) {
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      if (reduced.contains(axis) == gone) {
        axes.add(axis);
      }
    }
    return Work.layout(
        Shape.of(axes.stream().mapToInt(x::size).toArray()),
        axes.stream().mapToLong(x::stride).toArray());
  }

  static void argMax(Work work, int axis, Tensor x, Tensor y) {
    Axis lines = Axis.of(x, axis);
    work.kernel(FILE, "arg_max", x.dtype())
        .with(lines.lines())
        .with(lines.size())
        .with(lines.inner())
        .read(work.dense(x))
        .write(y)
        .items(lines.lines());
  }

  static void order(Work work, int axis, int k, boolean descending, Tensor x, List<Tensor> out) {
    Axis lines = Axis.of(x, axis);
    work.kernel(FILE, "order", x.dtype())
        .with(x.count())
        .with(lines.size())
        .with(lines.inner())
        .with(k)
        .with(descending)
        .read(work.dense(x))
        .write(out.get(0))
        .write(out.get(1))
        .items(x.count());
  }

  static void cumSum(Work work, int axis, boolean reverse, Tensor x, Tensor y) {
    Axis lines = Axis.of(x, axis);
    work.kernel(FILE, "cumsum", x.dtype())
        .with(lines.lines())
        .with(lines.size())
        .with(lines.inner())
        .with(reverse)
        .read(work.dense(x))
        .write(y)
        .items(lines.lines());
  }
}
