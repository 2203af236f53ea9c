package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.util.List;
import java.util.OptionalInt;

/// Moving data.
final class MoveKernels {
  private MoveKernels() {}

  /// A tensor seen as `(outer, size, inner)`, the middle being one axis.
  record Axis(long outer, int size, long inner) {
    static Axis of(Tensor x, int axis) {
      int at = x.shape().axis(axis);
      return new Axis(
          x.shape().range(0, at).count(), x.size(at), x.shape().range(at + 1, x.rank()).count());
    }

    long lines() {
      return outer * inner;
    }
  }

  static void tril(Work work, int diagonal, Tensor x, Tensor y) {
    work.moving("tril", y.dtype())
        .with(y.count())
        .with(y.size(-2))
        .with(y.size(-1))
        .with(diagonal)
        .read(work.dense(x))
        .write(y)
        .items(y.count());
  }

  /// Copies `x` to the places `starts + steps·index` of `y`.
  static void place(Work work, Tensor x, List<Integer> starts, List<Integer> steps, Tensor y) {
    long[] strides = y.strides();
    long offset = y.offset();
    for (int axis = 0; axis < strides.length; axis++) {
      offset += starts.get(axis) * strides[axis];
      strides[axis] *= steps.get(axis);
    }
    work.move(x, new Tensor(new TensorType(y.dtype(), x.shape()), strides, offset, y.storage()));
  }

  static void cat(Work work, int axis, List<Tensor> parts, Tensor y) {
    int at = y.shape().axis(axis);
    long offset = y.offset();
    for (Tensor part : parts) {
      work.move(part, new Tensor(part.type(), y.strides(), offset, y.storage()));
      offset += part.size(at) * y.stride(at);
    }
  }

  static void take(Work work, String op, int axis, Tensor x, Tensor index, Tensor y) {
    Axis lines = Axis.of(x, axis);
    work.moving("take", x.dtype())
        .with(y.count())
        .with(lines.size())
        .with((int) index.count())
        .with(lines.inner())
        .read(indices(work, op, index, lines.size()))
        .read(work.dense(x))
        .write(y)
        .items(y.count());
  }

  static void gather(Work work, int axis, Tensor x, Tensor index, Tensor y) {
    Axis lines = Axis.of(x, axis);
    work.moving("pick", x.dtype())
        .with(y.count())
        .with(lines.size())
        .with(Axis.of(index, axis).size())
        .with(lines.inner())
        .read(indices(work, "gather", index, lines.size()))
        .read(work.dense(x))
        .write(y)
        .items(y.count());
  }

  /// `y = x` with rows of `source` added; `each` if there is an index for every element.
  static void add(Work work, String op, boolean each, int axis, List<Tensor> in, Tensor y) {
    work.move(in.get(0), y);
    Axis lines = Axis.of(y, axis);
    Tensor source = in.get(2);
    work.kernel("reduce.cl", each ? "scatter_add" : "index_add", y.dtype())
        .with(lines.lines())
        .with(lines.size())
        .with(Axis.of(source, axis).size())
        .with(lines.inner())
        .read(indices(work, op, in.get(1), lines.size()))
        .read(work.dense(source))
        .write(y)
        .items(lines.lines());
  }

  static void embeddingGrad(Work work, Tensor ids, Tensor dy, Tensor dtable) {
    ElementKernels.fill(work, 0, dtable);
    work.kernel("reduce.cl", "index_add", dtable.dtype())
        .with((long) dtable.size(1))
        .with(dtable.size(0))
        .with((int) ids.count())
        .with((long) dtable.size(1))
        .read(indices(work, "embedding grad", ids, dtable.size(0)))
        .read(work.dense(dy))
        .write(dtable)
        .items(dtable.size(1));
  }

  /// The indices as I64, row-major, each of which names one of `size` places. They are looked at on
  /// the host: a kernel cannot refuse one.
  ///
  /// @throws ShapeException if one does not
  static Tensor indices(Work work, String op, Tensor index, int size) {
    return indices(work, op, index, size, OptionalInt.empty());
  }

  /// @param allowed an index that may be outside
  static Tensor indices(Work work, String op, Tensor index, int size, OptionalInt allowed) {
    long[] values = index.toLongs();
    for (int i = 0; i < values.length; i++) {
      boolean inside = values[i] >= 0 && values[i] < size;
      if (!inside && (allowed.isEmpty() || values[i] != allowed.getAsInt())) {
        throw new ShapeException(
            "%s: index %d at position %d: need 0 to %d".formatted(op, values[i], i, size - 1));
      }
    }
    return index.dtype() == DType.I64 && index.isContiguous() && index.offset() == 0
        ? index
        : work.longs(values);
  }
}
