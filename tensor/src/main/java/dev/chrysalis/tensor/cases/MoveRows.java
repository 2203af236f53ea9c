package dev.chrysalis.tensor.cases;

import static dev.chrysalis.tensor.cases.OpTable.EXACT;
import static dev.chrysalis.tensor.cases.OpTable.SUMMED;
import static dev.chrysalis.tensor.cases.OpTable.integers;
import static dev.chrysalis.tensor.cases.OpTable.name;
import static dev.chrysalis.tensor.cases.OpTable.special;
import static dev.chrysalis.tensor.cases.OpTable.strided;
import static dev.chrysalis.tensor.cases.OpTable.x;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Moving, reducing, ordering and indexing elements; values from nothing.
final class MoveRows {
  private MoveRows() {}

  static void addTo(OpTable table) {
    moves(table);
    reductions(table);
    orders(table);
    indices(table);
    numbers(table);
  }

  private static void moves(OpTable table) {
    for (int diagonal : new int[] {-3, -1, 0, 2, 9}) {
      table.add(
          name("tril", diagonal), new Op.Tril(diagonal), EXACT, () -> List.of(strided(1, 2, 5, 7)));
    }
    table.addFixed("tril of integers", new Op.Tril(0), EXACT, () -> List.of(integers(50, 6, 6)));
    table.add("copy", new Op.Copy(), EXACT, () -> List.of(strided(1, 65, 33)));
    table.add("copy heads", new Op.Copy(), EXACT, () -> List.of(x(1, 2, 9, 3, 16).swap(1, 2)));
    table.add(
        "copy many runs", new Op.Copy(), EXACT, () -> List.of(x(1, 2, 300, 7, 33).swap(1, 2)));
    table.add("copy long runs", new Op.Copy(), EXACT, () -> List.of(x(1, 3, 2, 70_000).swap(0, 1)));
    table.add("copy empty", new Op.Copy(), EXACT, () -> List.of(x(1, 0, 4).swap(0, 1)));
    table.add(
        "slice grad",
        new Op.SliceGrad(Shape.of(9, 20), List.of(1, 3), List.of(2, 5)),
        EXACT,
        () -> List.of(x(1, 4, 3)));
    table.add(
        "slice grad of rows",
        new Op.SliceGrad(Shape.of(9, 20), List.of(2, 0), List.of(1, 1)),
        EXACT,
        () -> List.of(strided(1, 4, 20)));
    for (int axis = 0; axis < 3; axis++) {
      int[] other = {3, 4, 17};
      other[axis] = 2;
      table.add(
          name("cat", axis),
          new Op.Cat(axis),
          EXACT,
          () -> List.of(x(1, 3, 4, 17), x(2, other), strided(3, other)));
    }
    table.addFixed(
        "cat of integers",
        new Op.Cat(0),
        EXACT,
        () -> List.of(integers(9, 5), integers(7, 0), integers(3, 8)));
    table.add(
        "pad",
        new Op.Pad(List.of(1, 0, 2), List.of(0, 0, 3), -1.5),
        EXACT,
        () -> List.of(strided(1, 2, 3, 5)));
  }

  private static void reductions(OpTable table) {
    List<List<Integer>> subsets = new ArrayList<>();
    for (int bits = 0; bits < 16; bits++) {
      int chosen = bits;
      subsets.add(IntStream.range(0, 4).filter(axis -> (chosen >> axis & 1) == 1).boxed().toList());
    }
    for (List<Integer> axes : subsets) {
      table.add(
          name("sum", axes), new Op.Sum(axes, true), SUMMED, () -> List.of(x(1, 3, 4, 1, 19)));
      table.add(
          name("sum strided", axes),
          new Op.Sum(axes, false),
          SUMMED,
          () -> List.of(strided(1, 3, 4, 5, 6)));
      table.add(name("max", axes), new Op.Max(axes, false), EXACT, () -> List.of(x(1, 3, 4, 5, 6)));
    }
    int[][] shapes = {
      {3, 70_000}, {5000, 33}, {3, 600, 40}, {2, 3, 6000}, {1}, {40_000, 3}, {0, 5}
    };
    for (int[] s : shapes) {
      for (int axis = 0; axis < s.length; axis++) {
        List<Integer> axes = List.of(axis);
        table.add(name("sum", s, axis), new Op.Sum(axes, false), SUMMED, () -> List.of(x(1, s)));
        if (s[axis] > 0) {
          table.add(name("max", s, axis), new Op.Max(axes, true), EXACT, () -> List.of(x(1, s)));
        }
      }
    }
    table.addFixed("max of NaN", new Op.Max(List.of(0), false), EXACT, () -> List.of(special()));
    table.addFixed(
        "max of columns",
        new Op.Max(List.of(0), false),
        EXACT,
        () -> List.of(special().reshape(17, 1).expand(17, 20)));
    table.addFixed(
        "sum of infinities", new Op.Sum(List.of(0), false), EXACT, () -> List.of(special()));
    table.addFixed(
        "sum of integers",
        new Op.Sum(List.of(1), false),
        EXACT,
        () -> List.of(integers(99, 4, 30)));
  }

  private static void orders(OpTable table) {
    for (int axis = 0; axis < 2; axis++) {
      int along = axis;
      table.add(
          name("argmax", axis), new Op.ArgMax(axis, false), EXACT, () -> List.of(x(1, 37, 41)));
      table.add(
          name("argmax of equals", axis),
          new Op.ArgMax(axis, true),
          EXACT,
          () -> List.of(x(1, 37, 41).unary(UnaryFn.ROUND)));
      table.add(
          name("topk", axis),
          new Op.TopK(axis, 5),
          EXACT,
          () -> List.of(x(1, 37, 41).unary(UnaryFn.ROUND)));
      table.add(
          name("sort", axis),
          new Op.Sort(axis, along == 1),
          EXACT,
          () -> List.of(strided(1, 37, 21)));
      table.add(
          name("cumsum", axis),
          new Op.CumSum(axis, along == 1),
          SUMMED,
          () -> List.of(x(1, 37, 41)));
    }
    table.addFixed("argmax of NaN", new Op.ArgMax(0, false), EXACT, () -> List.of(special()));
    table.addFixed(
        "argmax of -inf",
        new Op.ArgMax(0, false),
        EXACT,
        () -> List.of(Ops.fill(DType.F32, Double.NEGATIVE_INFINITY, 9)));
    table.addFixed("sort with NaN", new Op.Sort(0, true), EXACT, () -> List.of(special()));
  }

  private static void indices(OpTable table) {
    table.add(
        "embedding", new Op.Embedding(), EXACT, () -> List.of(x(1, 9, 33), integers(9, 4, 5)));
    table.addFixed(
        "embedding of integers",
        new Op.Embedding(),
        EXACT,
        () -> List.of(integers(50, 9, 3), integers(9, 11).to(DType.I32)));
    table.add(
        "embedding grad",
        new Op.EmbeddingGrad(9),
        SUMMED,
        () -> List.of(integers(7, 40), x(1, 40, 150)));
    for (int axis = 0; axis < 3; axis++) {
      int[] s = {4, 5, 19};
      table.add(
          name("index select", axis),
          new Op.IndexSelect(axis),
          EXACT,
          () -> List.of(strided(1, s), integers(4, 6)));
      int[] source = s.clone();
      source[axis] = 6;
      table.add(
          name("index add", axis),
          new Op.IndexAdd(axis),
          SUMMED,
          () -> List.of(x(1, s), integers(4, 6), x(2, source)));
      table.add(
          name("gather", axis),
          new Op.Gather(axis),
          EXACT,
          () -> List.of(x(1, s), integers(4, source)));
      table.add(
          name("scatter add", axis),
          new Op.ScatterAdd(axis),
          SUMMED,
          () -> List.of(x(1, s), integers(4, source), x(2, source)));
    }
  }

  private static void numbers(OpTable table) {
    for (DType dtype : DType.values()) {
      TensorType type = new TensorType(dtype, Shape.of(3, 67));
      table.addFixed(name("fill", dtype), new Op.Fill(type, 1), EXACT, List::of);
      table.addFixed(name("zeros", dtype), new Op.Fill(type, 0), EXACT, List::of);
      if (dtype.isFloat()) {
        for (Op.Random.Distribution distribution : Op.Random.Distribution.values()) {
          table.addFixed(
              name(distribution, dtype), new Op.Random(type, distribution, 5, -2), 1e-3, List::of);
        }
      }
    }
    for (Op.Random.Distribution distribution : Op.Random.Distribution.values()) {
      TensorType type = new TensorType(DType.F32, Shape.of(10_001));
      table.addFixed(
          name(distribution, type),
          new Op.Random(type, distribution, 5, 1L << 40),
          EXACT,
          List::of);
    }
    table.addFixed("range", new Op.Range(DType.F32, 33, 2, -0.25), EXACT, List::of);
    table.addFixed("range of integers", new Op.Range(DType.I64, 33, 2, 3), EXACT, List::of);
  }
}
