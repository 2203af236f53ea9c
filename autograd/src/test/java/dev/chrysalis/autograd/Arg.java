package dev.chrysalis.autograd;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// An input of a case: what values it holds and how they lie in memory.
record Arg(Values values, Layout layout, int bound, int... sizes) {
  /// What the elements are.
  enum Values {
    /// All different, at least 0.02 apart and 0.007 away from 0, in random order, about in −2 … 2.
    SPREAD,
    /// From 0.4 to 2.4.
    POSITIVE,
    /// I64 from 0 to `bound − 1`.
    INDICES,
    /// I32, likewise.
    SMALL_INDICES,
    /// I64, likewise, −1 with odds of 1 in 3.
    TARGETS,
    /// BOOL.
    BITS,
    /// BOOL, all 0 in the first half.
    LATE_BITS
  }

  /// How they lie.
  enum Layout {
    ROW_MAJOR,
    /// The axes stand in reverse order in memory.
    REVERSED,
    /// Every other element of the last axis, from the second on.
    STEPPED,
    /// The first axis repeats one element.
    REPEATED
  }

  static Arg floats(int... sizes) {
    return new Arg(Values.SPREAD, Layout.ROW_MAJOR, 0, sizes);
  }

  static Arg positive(int... sizes) {
    return new Arg(Values.POSITIVE, Layout.ROW_MAJOR, 0, sizes);
  }

  static Arg indices(int bound, int... sizes) {
    return new Arg(Values.INDICES, Layout.ROW_MAJOR, bound, sizes);
  }

  static Arg smallIndices(int bound, int... sizes) {
    return new Arg(Values.SMALL_INDICES, Layout.ROW_MAJOR, bound, sizes);
  }

  static Arg targets(int bound, int... sizes) {
    return new Arg(Values.TARGETS, Layout.ROW_MAJOR, bound, sizes);
  }

  static Arg bits(int... sizes) {
    return new Arg(Values.BITS, Layout.ROW_MAJOR, 0, sizes);
  }

  static Arg lateBits(int... sizes) {
    return new Arg(Values.LATE_BITS, Layout.ROW_MAJOR, 0, sizes);
  }

  Arg reversed() {
    return new Arg(values, Layout.REVERSED, bound, sizes);
  }

  Arg stepped() {
    return new Arg(values, Layout.STEPPED, bound, sizes);
  }

  Arg repeated() {
    return new Arg(values, Layout.REPEATED, bound, sizes);
  }

  /// The tensor; floats in `floats`, after rounding to F32, so that both precisions see the same
  /// values.
  Tensor make(DType floats, long seed) {
    Random random = new Random(seed);
    Shape shape = Shape.of(sizes);
    return switch (layout) {
      case ROW_MAJOR -> fill(floats, random, shape);
      case REVERSED -> {
        int rank = shape.rank();
        int[] turned = IntStream.range(0, rank).map(i -> sizes[rank - 1 - i]).toArray();
        List<Integer> axes = IntStream.range(0, rank).map(i -> rank - 1 - i).boxed().toList();
        yield Ops.run(new Op.Permute(axes), fill(floats, random, Shape.of(turned)));
      }
      case STEPPED -> {
        int last = shape.rank() - 1;
        Tensor wide = fill(floats, random, shape.with(-1, 2 * sizes[last] + 1));
        List<Integer> zeros = IntStream.range(0, last).map(_ -> 0).boxed().toList();
        List<Integer> ones = IntStream.range(0, last).map(_ -> 1).boxed().toList();
        yield Ops.run(
            new Op.Slice(
                append(zeros, 1),
                append(
                    IntStream.range(0, last).map(i -> sizes[i]).boxed().toList(),
                    2 * sizes[last] + 1),
                append(ones, 2)),
            wide);
      }
      case REPEATED -> Ops.run(new Op.Expand(shape), fill(floats, random, shape.with(0, 1)));
    };
  }

  private static List<Integer> append(List<Integer> list, int last) {
    return IntStream.concat(list.stream().mapToInt(i -> i), IntStream.of(last)).boxed().toList();
  }

  private Tensor fill(DType floats, Random random, Shape shape) {
    int count = Math.toIntExact(shape.count());
    int[] at = shape.toArray();
    return switch (values) {
      case SPREAD -> floats(floats, spread(random, count), at);
      case POSITIVE -> floats(floats, random.doubles(count).map(u -> 0.4 + 2 * u).toArray(), at);
      case INDICES -> Tensor.of(random.longs(count, 0, bound).toArray(), at);
      case SMALL_INDICES -> Tensor.of(random.ints(count, 0, bound).toArray(), at);
      case TARGETS ->
          Tensor.of(
              random.longs(count, 0, bound).map(t -> random.nextInt(3) == 0 ? -1 : t).toArray(),
              at);
      case BITS -> bits(random, count, 0, at);
      case LATE_BITS -> bits(random, count, count / 2, at);
    };
  }

  private static Tensor bits(Random random, int count, int zeros, int... at) {
    byte[] bits = new byte[count];
    for (int i = zeros; i < count; i++) {
      bits[i] = (byte) random.nextInt(2);
    }
    return Tensor.of(DType.BOOL, bits, at);
  }

  private static double[] spread(Random random, int count) {
    double[] values = new double[count];
    double gap = Math.max(0.02, 4.0 / Math.max(1, count));
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      values[i] = values[other];
      values[other] = (i - count / 2 + 0.37) * gap;
    }
    return values;
  }

  private static Tensor floats(DType dtype, double[] values, int... sizes) {
    double[] rounded = Arrays.stream(values).map(value -> (float) value).toArray();
    return Tensor.of(rounded, sizes).to(dtype);
  }
}
