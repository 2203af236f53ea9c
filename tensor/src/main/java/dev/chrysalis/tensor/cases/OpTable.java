package dev.chrysalis.tensor.cases;

import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Ops with inputs that can go wrong: sizes around the lane count, 0 and 1, broadcast, strided, NaN
/// and infinities, several blocks and tasks.
public final class OpTable {
  /// An op and what to run it on.
  ///
  /// @param inputs made on the scalar backend
  /// @param tolerance see `BackendCases`
  /// @param anyFloat whether the row makes sense, and is not too slow on the scalar backend to be
  ///   run again, with its F32 inputs in another float dtype
  public record Row(
      String name, Op op, Supplier<List<Tensor>> inputs, double tolerance, boolean anyFloat) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final double EXACT = 0;
  static final double ROUNDED = 2e-6;
  static final double SUMMED = 1e-5;

  private final List<Row> rows = new ArrayList<>();

  private OpTable() {}

  /// All rows.
  public static Stream<Row> rows() {
    OpTable table = new OpTable();
    ElementRows.addTo(table);
    MoveRows.addTo(table);
    LayerRows.addTo(table);
    ProductRows.addTo(table);
    return table.rows.stream();
  }

  void add(String name, Op op, double tolerance, Supplier<List<Tensor>> inputs) {
    add(name, op, tolerance, true, inputs);
  }

  void addFixed(String name, Op op, double tolerance, Supplier<List<Tensor>> inputs) {
    add(name, op, tolerance, false, inputs);
  }

  void add(String name, Op op, double tolerance, boolean anyFloat, Supplier<List<Tensor>> inputs) {
    rows.add(new Row(name, op, inputs, tolerance, anyFloat));
  }

  static Tensor x(long stream, int... sizes) {
    return Ops.normal(DType.F32, 11, stream, sizes);
  }

  static Tensor positive(long stream, int... sizes) {
    return x(stream, sizes).square().add(0.1);
  }

  /// `sizes` as a view that is contiguous along no axis.
  static Tensor strided(long stream, int... sizes) {
    Integer[] reversed = new Integer[sizes.length];
    int[] stored = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      reversed[i] = sizes.length - 1 - i;
      stored[i] = sizes[sizes.length - 1 - i];
    }
    stored[0] += 1;
    return Ops.slice(x(stream, stored), 0, 0, stored[0] - 1).permute(reversed);
  }

  static Tensor integers(int bound, int... sizes) {
    int count = (int) Shape.of(sizes).count();
    return Tensor.of(
        IntStream.range(0, count).mapToLong(i -> (i * 7919L + 3) % bound).toArray(), sizes);
  }

  static String name(Object op, Object... details) {
    return op + " " + Arrays.deepToString(details);
  }

  static int[][] shapes(int[]... shapes) {
    return shapes;
  }

  static int[] shape(int... sizes) {
    return sizes;
  }

  static Tensor special() {
    float inf = Float.POSITIVE_INFINITY;
    float[] values = {
      Float.NaN, inf, -inf, 0, -0.0f, 1, -1, Float.NaN, 3, inf, -inf, 2, 5, 5, 1, 0, 7
    };
    return Tensor.of(values, values.length);
  }

  static Tensor condition(int... sizes) {
    return Ops.run(new Op.Compare(Comparison.GT), x(9, sizes), Tensor.scalar(DType.F32, 0));
  }
}
