package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ViewsTest {
  private static Tensor counting(int... sizes) {
    long count = Shape.of(sizes).count();
    return Ops.range((int) count).reshape(sizes);
  }

  @Test
  void viewsShareMemory() {
    Tensor x = counting(2, 3, 4);
    assertSame(x.storage(), x.reshape(6, 4).storage());
    assertSame(x.storage(), x.swap(0, 2).storage());
    assertSame(x.storage(), x.slice(1, 1, 3).storage());
    assertSame(x.storage(), x.select(-1, -1).storage());
    assertSame(x.storage(), x.unsqueeze(-1).expand(2, 3, 4, 5).storage());
    assertSame(x.storage(), x.swap(0, 2).swap(0, 2).reshape(24).storage());
    assertSame(x.storage(), x.slice(1, 0, 2).reshape(2, 8).storage()); // (12, 1): one run
    assertSame(x.storage(), x.permute(1, 0, 2).reshape(3, 2, 2, 2).storage());
    assertSame(x, x.contiguous());
    assertSame(x, x.to(DType.I64));
  }

  @Test
  void reshapeCopiesWhereNoStridesFit() {
    Tensor x = counting(2, 3);
    Tensor turned = x.swap(0, 1).reshape(6);
    assertNotSame(x.storage(), turned.storage());
    assertArrayEquals(new long[] {0, 3, 1, 4, 2, 5}, turned.toLongs());
    assertTrue(turned.isContiguous());
    assertArrayEquals(
        new long[] {0, 0, 1, 1},
        x.slice(0, 0, 1).slice(1, 0, 2).reshape(2, 1).expand(2, 2).reshape(4).toLongs());
  }

  @Test
  void contiguityIsSeen() {
    Tensor x = counting(2, 3, 4);
    assertTrue(x.isContiguous());
    assertTrue(x.slice(0, 1, 2).isContiguous());
    assertTrue(
        x.slice(0, 1, 2).swap(0, 1).isContiguous()); // strides of axes of size 1 do not count
    assertTrue(x.swap(0, 2).slice(1, 1, 1).isContiguous()); // nothing in it
    assertFalse(x.swap(0, 1).isContiguous());
    assertFalse(x.slice(2, 0, 3).isContiguous());
    assertFalse(Tensor.scalar(DType.F32, 1).expand(3).isContiguous());
  }

  @Test
  void emptyViewsAreRead() {
    Tensor x = counting(3, 4);
    assertEquals(0, x.slice(0, 3, 3).toLongs().length);
    assertEquals(Shape.of(0, 5), x.slice(1, 4, 4).reshape(0, 5).shape());
    assertEquals(0, x.slice(0, 3, 3).sum().item());
    assertEquals(0, Tensor.zeros(DType.F32, 0, 3).reshape(-1, 3).size(0));
  }

  /// Chains of views against plain index arithmetic on an array.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void chainsOfViewsReadTheRightElements(long seed) {
    Random random = new Random(seed);
    for (int chain = 0; chain < 250; chain++) {
      int[] sizes = IntStream.range(0, random.nextInt(5)).map(_ -> random.nextInt(5)).toArray();
      if (chain % 2 == 0) {
        sizes = IntStream.of(sizes).map(size -> size + 1).toArray(); // half of them not empty
      }
      Tensor x = counting(sizes);
      Plain plain = new Plain(sizes, x.toLongs());
      StringBuilder steps = new StringBuilder(x.shape().toString());
      for (int step = 0; step < 6; step++) {
        Op op = randomView(random, x.shape());
        steps.append(" ").append(op);
        x = Ops.run(op, x);
        plain = plain.apply(op);
        assertArrayEquals(plain.values, x.toLongs(), steps::toString);
        assertArrayEquals(plain.sizes, x.shape().toArray(), steps::toString);
        assertArrayEquals(plain.values, x.contiguous().toLongs(), steps::toString);
      }
    }
  }

  private static Op randomView(Random random, Shape shape) {
    int rank = shape.rank();
    return switch (random.nextInt(4)) {
      case 0 -> {
        List<Integer> axes = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.shuffle(axes, random);
        yield new Op.Permute(axes);
      }
      case 1 -> {
        List<Integer> starts = new ArrayList<>();
        List<Integer> stops = new ArrayList<>();
        List<Integer> steps = new ArrayList<>();
        for (int size : shape.toArray()) {
          int start = random.nextInt(1 + size / 2);
          starts.add(start);
          stops.add(start + random.nextInt(size - start + 1) / 2 + (size - start + 1) / 2);
          steps.add(1 + random.nextInt(2));
        }
        yield new Op.Slice(starts, stops, steps);
      }
      case 2 -> {
        int[] sizes = shape.toArray();
        for (int i = 0; i < rank; i++) {
          sizes[i] =
              sizes[i] == 1 ? random.nextInt(3) + (random.nextInt(9) == 0 ? 0 : 1) : sizes[i];
        }
        Shape expanded = Shape.of(sizes);
        yield new Op.Expand(
            rank < 5 && shape.count() < 200 ? expanded.insert(0, 1 + random.nextInt(2)) : expanded);
      }
      default -> new Op.Reshape(randomSplit(random, shape));
    };
  }

  /// Some shape of as many elements, with at most seven axes.
  private static Shape randomSplit(Random random, Shape shape) {
    List<Integer> sizes = new ArrayList<>();
    long rest = shape.count();
    if (rest == 0) {
      return Shape.of(random.nextInt(3), 0, random.nextInt(3));
    }
    for (int factor = 2; rest > 1 && sizes.size() < 5; ) {
      if (rest % factor == 0) {
        boolean join = !sizes.isEmpty() && random.nextBoolean();
        sizes.add(join ? sizes.removeLast() * factor : factor);
        rest /= factor;
      } else {
        factor++;
      }
    }
    sizes.add((int) rest);
    Collections.shuffle(sizes, random);
    return Shape.of(sizes.stream().mapToInt(Integer::intValue).toArray());
  }

  /// A row-major array and the plain meaning of the view ops on it.
  private static final class Plain {
    final int[] sizes;
    final long[] values;

    Plain(int[] sizes, long[] values) {
      this.sizes = sizes;
      this.values = values;
    }

    Plain apply(Op op) {
      if (op instanceof Op.Reshape(Shape shape)) {
        return new Plain(shape.toArray(), values);
      }
      int[] out =
          switch (op) {
            case Op.Permute(List<Integer> axes) -> axes.stream().mapToInt(a -> sizes[a]).toArray();
            case Op.Expand(Shape shape) -> shape.toArray();
            case Op.Slice s ->
                IntStream.range(0, sizes.length)
                    .map(i -> Math.ceilDiv(s.stops().get(i) - s.starts().get(i), s.steps().get(i)))
                    .toArray();
            default -> throw new AssertionError(op);
          };
      long[] result = new long[(int) Shape.of(out).count()];
      int[] index = new int[out.length];
      for (int i = 0; i < result.length; i++) {
        result[i] = values[source(op, index)];
        for (int axis = out.length - 1; axis >= 0 && ++index[axis] == out[axis]; axis--) {
          index[axis] = 0;
        }
      }
      return new Plain(out, result);
    }

    private int source(Op op, int[] index) {
      int[] at = new int[sizes.length];
      for (int i = 0; i < at.length; i++) {
        switch (op) {
          case Op.Permute(List<Integer> axes) -> at[axes.get(i)] = index[i];
          case Op.Expand _ -> at[i] = sizes[i] == 1 ? 0 : index[i + index.length - at.length];
          case Op.Slice s -> at[i] = s.starts().get(i) + index[i] * s.steps().get(i);
          default -> throw new AssertionError(op);
        }
      }
      int position = 0;
      for (int i = 0; i < at.length; i++) {
        position = position * sizes[i] + at[i];
      }
      return position;
    }
  }
}
