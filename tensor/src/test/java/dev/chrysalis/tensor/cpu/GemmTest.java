package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GemmTest {
  private static final Parallel ONE = new Parallel(1);
  private static final Parallel TWO = new Parallel(2);
  private static final Parallel FIVE = new Parallel(5);
  private static final double TOLERANCE = 2e-6;

  /// `m, n, k`
  record Sizes(int m, int n, int k) {}

  static List<Sizes> sizes() {
    List<Sizes> sizes = new ArrayList<>();
    int[] edges = {1, 2, 7, 16, 17, 33, 65};
    for (int m : edges) {
      for (int n : edges) {
        for (int k : new int[] {1, 3, 17, 40}) {
          sizes.add(new Sizes(m, n, k));
        }
      }
    }
    sizes.addAll(
        List.of(
            new Sizes(0, 3, 4),
            new Sizes(3, 0, 4),
            new Sizes(3, 4, 0),
            new Sizes(20, 40, 0),
            new Sizes(130, 70, 300),
            new Sizes(300, 33, 1100),
            new Sizes(18, 4200, 270),
            new Sizes(1, 900, 700),
            new Sizes(3, 50, 1030),
            new Sizes(600, 5, 90),
            new Sizes(35, 40, 5000),
            // More of A, or of B, than is packed at a time.
            new Sizes(530, 33, 1024),
            new Sizes(2100, 17, 256),
            new Sizes(2100, 17, 260),
            new Sizes(18, 8300, 130)));
    return sizes;
  }

  /// How the last two axes lie in memory.
  private static Tensor matrix(long seed, int layout, int rows, int columns) {
    return switch (layout) {
      case 0 -> Samples.random(seed, rows, columns);
      case 1 -> Samples.strided(seed, new int[] {1, 0}, 5, rows, columns); // columns in memory
      case 2 -> Samples.strided(seed, new int[] {0, 1}, 3, rows, columns); // rows with gaps
      default -> every(seed, rows, columns); // neither stride is 1
    };
  }

  private static Tensor every(long seed, int rows, int columns) {
    Tensor wide = Samples.random(seed, rows, columns * 2);
    return new Tensor(
        Samples.random(seed, rows, columns).type(),
        new long[] {columns * 2L, 2},
        0,
        wide.storage());
  }

  private static double[] product(
      int m, int n, int k, Tensor a, Tensor b, Tensor bias, boolean accumulate, Tensor old) {
    double[] c = new double[m * n];
    float[] left = Samples.floats(a);
    float[] right = Samples.floats(b);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        c[i * n + j] = bias.getDouble(j) + (accumulate ? old.getDouble((long) i * n + j) : 0);
      }
      for (int p = 0; p < k; p++) {
        for (int j = 0; j < n; j++) {
          c[i * n + j] += (double) left[i * k + p] * right[p * n + j];
        }
      }
    }
    return c;
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void everyLayoutMatchesThePlainLoop(Sizes s) {
    for (int layout = 0; layout < 16; layout++) {
      Tensor a = matrix(1, layout % 4, s.m, s.k);
      Tensor b = matrix(2, layout / 4, s.k, s.n);
      Tensor bias = Samples.random(3, s.n);
      boolean accumulate = layout % 3 == 1;
      Tensor old = Samples.random(4, s.m, s.n);
      double[] expected = product(s.m, s.n, s.k, a, b, bias, accumulate, old);
      Tensor c = accumulate ? old : Samples.empty(s.m, s.n);
      Gemm.multiply(
          TWO,
          s.m,
          s.n,
          s.k,
          Matrices.of(a, false, c.shape().range(0, 0)),
          Matrices.of(b, false, c.shape().range(0, 0)),
          Matrices.of(c, false, c.shape().range(0, 0)),
          bias.segment(),
          accumulate);
      Samples.assertClose(s + " layout " + layout, expected, c, TOLERANCE);
    }
  }

  /// Threads and chance must not change a bit.
  @ParameterizedTest
  @MethodSource("sizes")
  void threadsDoNotChangeBits(Sizes s) {
    for (int variant = 0; variant < 4; variant++) {
      Op.MatMul op = new Op.MatMul(variant % 2 == 1, variant / 2 == 1);
      Tensor a = op.transposeA() ? Samples.random(1, s.k, s.m) : Samples.random(1, s.m, s.k);
      Tensor b = op.transposeB() ? Samples.random(2, s.n, s.k) : Samples.random(2, s.k, s.n);
      Tensor one = Samples.empty(s.m, s.n);
      Gemm.matMul(ONE, op, List.of(a, b), one);
      for (Parallel pool : List.of(TWO, FIVE)) {
        Tensor other = Samples.empty(s.m, s.n);
        Gemm.matMul(pool, op, List.of(a, b), other);
        assertArrayEquals(Samples.floats(one), Samples.floats(other), op.toString());
      }
    }
  }

  static List<Sizes> gapped() {
    return List.of(
        new Sizes(2, 50, 40),
        new Sizes(20, 40, 0),
        new Sizes(45, 70, 60),
        new Sizes(48, 128, 300),
        new Sizes(61, 107, 1100));
  }

  /// What lies before, between and behind the rows of the result stays as it is; a Java array gets
  /// the bits that native memory gets.
  @ParameterizedTest
  @MethodSource("gapped")
  void onlyTheRowsOfTheResultAreWritten(Sizes s) {
    int start = 3;
    int pitch = s.n + 5;
    int count = start + s.m * pitch;
    int[] gaps =
        IntStream.range(0, count).filter(i -> i < start || (i - start) % pitch >= s.n).toArray();
    Tensor a = Samples.random(1, s.m, s.k);
    Tensor b = Samples.random(2, s.k, s.n);
    Tensor bias = Samples.random(3, s.n);
    for (boolean accumulate : new boolean[] {false, true}) {
      Tensor memory = Samples.random(4, count);
      for (int gap : gaps) {
        Samples.set(memory, gap, -0f); // adding a zero, of a tile's edge, shows too
      }
      Tensor c =
          new Tensor(
              new TensorType(DType.F32, Shape.of(s.m, s.n)),
              new long[] {pitch, 1},
              start,
              memory.storage());
      float[] array = Samples.floats(memory);
      double[] expected = product(s.m, s.n, s.k, a, b, bias, accumulate, c);
      for (MemorySegment segment : List.of(memory.segment(), MemorySegment.ofArray(array))) {
        Matrices target = new Matrices(segment, new long[] {start}, pitch, 1);
        multiply(s, a, b, target, bias.segment(), accumulate);
      }
      Samples.assertClose(s.toString(), expected, c, TOLERANCE);
      assertArrayEquals(array, Samples.floats(memory), s.toString());
      for (int gap : gaps) {
        assertEquals(-0f, array[gap], s + " at " + gap);
      }
    }
  }

  /// Tiles are written without checks, which are made beforehand.
  @Test
  void memoryThatCannotTakeTheResultIsRefused() {
    Tensor y = Samples.random(4, 48, 128);
    float[] before = Samples.floats(y);
    MemorySegment memory = y.segment();
    MemorySegment closed;
    try (Arena arena = Arena.ofShared()) {
      closed = arena.allocate(memory.byteSize());
    }
    MemorySegment small = memory.asSlice(0, memory.byteSize() - 1);
    assertThrows(IllegalArgumentException.class, () -> multiplyInto(memory.asReadOnly()));
    assertThrows(IllegalStateException.class, () -> multiplyInto(closed));
    assertThrows(IndexOutOfBoundsException.class, () -> multiplyInto(small));
    assertArrayEquals(before, Samples.floats(y));
  }

  private static void multiplyInto(MemorySegment c) {
    Sizes s = new Sizes(48, 128, 60);
    Tensor a = Samples.random(1, s.m, s.k);
    Tensor b = Samples.random(2, s.k, s.n);
    multiply(s, a, b, Matrices.of(c, s.n, 1), MemorySegment.NULL, false);
  }

  private static void multiply(
      Sizes s, Tensor a, Tensor b, Matrices c, MemorySegment bias, boolean accumulate) {
    Gemm.multiply(
        TWO,
        s.m,
        s.n,
        s.k,
        Matrices.of(a.segment(), s.k, 1),
        Matrices.of(b.segment(), s.n, 1),
        c,
        bias,
        accumulate);
  }

  /// Shapes of the leading axes of a, of b and of the result.
  record Batch(int[] a, int[] b, int[] y) {}

  static List<Batch> batches() {
    return List.of(
        new Batch(new int[] {3}, new int[] {3}, new int[] {3}),
        new Batch(new int[] {2, 3}, new int[] {2, 3}, new int[] {2, 3}),
        new Batch(new int[] {2, 3}, new int[] {}, new int[] {2, 3}),
        new Batch(new int[] {}, new int[] {2, 3}, new int[] {2, 3}),
        new Batch(new int[] {2, 1}, new int[] {3}, new int[] {2, 3}),
        new Batch(new int[] {2, 3}, new int[] {2, 1}, new int[] {2, 3}),
        new Batch(new int[] {0}, new int[] {0}, new int[] {0}),
        // More of the larger matrices below than are packed at a time.
        new Batch(new int[] {15}, new int[] {15}, new int[] {15}),
        new Batch(new int[] {}, new int[] {15}, new int[] {15}),
        new Batch(new int[] {15}, new int[] {}, new int[] {15}));
  }

  private static int[] with(int[] batch, int rows, int columns) {
    int[] sizes = Arrays.copyOf(batch, batch.length + 2);
    sizes[batch.length] = rows;
    sizes[batch.length + 1] = columns;
    return sizes;
  }

  @ParameterizedTest
  @MethodSource("batches")
  void batchesBroadcast(Batch batch) {
    for (int variant = 0; variant < 4; variant++) {
      for (Sizes s :
          List.of(
              new Sizes(2, 9, 5),
              new Sizes(21, 40, 19),
              new Sizes(1, 37, 64),
              new Sizes(17, 300, 250),
              new Sizes(170, 18, 250))) {
        boolean ta = variant % 2 == 1;
        boolean tb = variant / 2 == 1;
        Tensor a = Samples.random(1, ta ? with(batch.a, s.k, s.m) : with(batch.a, s.m, s.k));
        Tensor b = Samples.random(2, tb ? with(batch.b, s.n, s.k) : with(batch.b, s.k, s.n));
        Tensor y = Samples.empty(with(batch.y, s.m, s.n));
        Gemm.matMul(FIVE, new Op.MatMul(ta, tb), List.of(a, b), y);
        Samples.assertClose(s.toString(), batched(s, ta, tb, a, b, y), y, TOLERANCE);
      }
    }
  }

  private static double[] batched(Sizes s, boolean ta, boolean tb, Tensor a, Tensor b, Tensor y) {
    double[] expected = new double[Math.toIntExact(y.count())];
    float[] left = Samples.floats(a);
    float[] right = Samples.floats(b);
    long[] aAt = Matrices.offsets(a, a.rank() - 2, y.shape().range(0, y.rank() - 2));
    long[] bAt = Matrices.offsets(b, b.rank() - 2, y.shape().range(0, y.rank() - 2));
    for (int e = 0; e < expected.length; e++) {
      int matrix = e / (s.m * s.n);
      int i = e / s.n % s.m;
      int j = e % s.n;
      for (int p = 0; p < s.k; p++) {
        int x = (int) aAt[matrix] + (ta ? p * s.m + i : i * s.k + p);
        int z = (int) bAt[matrix] + (tb ? j * s.k + p : p * s.n + j);
        expected[e] += (double) left[x] * right[z];
      }
    }
    return expected;
  }

  @Test
  void offsetsBroadcastLeadingAxes() {
    Tensor x = Samples.random(1, 2, 1, 4, 5);
    assertArrayEquals(
        new long[] {0, 0, 0, 20, 20, 20}, Matrices.offsets(x, 2, Samples.random(1, 2, 3).shape()));
  }

  @Test
  void linearTakesAnyStridesAndRank() {
    Tensor w = Samples.strided(2, new int[] {1, 0}, 0, 19, 23);
    Tensor bias = Samples.random(3, 19);
    List<Tensor> inputs =
        List.of(
            Samples.random(1, 23),
            Samples.random(1, 7, 23),
            Samples.random(1, 2, 3, 23),
            Samples.strided(1, new int[] {1, 0, 2}, 2, 4, 5, 23),
            Samples.strided(1, new int[] {2, 0, 1}, 0, 9, 5, 23));
    for (Tensor x : inputs) {
      Tensor y = Samples.empty(x.shape().with(-1, 19).toArray());
      Gemm.linear(TWO, List.of(x, w, bias), y);
      int rows = Math.toIntExact(x.count() / 23);
      double[] expected = new double[rows * 19];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = bias.getDouble(i % 19);
        for (int p = 0; p < 23; p++) {
          expected[i] += x.getDouble(i / 19 * 23L + p) * w.getDouble(i % 19 * 23L + p);
        }
      }
      Samples.assertClose(x.shape().toString(), expected, y, TOLERANCE);
    }
  }

  /// A NaN or an infinity shows in its row and nowhere else, also where padding meets it.
  @Test
  void nanStaysInItsRow() {
    for (Sizes s : List.of(new Sizes(1, 5, 9), new Sizes(21, 37, 19), new Sizes(20, 3, 40))) {
      Tensor a = Samples.random(1, s.m, s.k);
      Samples.set(a, s.k - 1, Float.NaN);
      Tensor b = Samples.random(2, s.n, s.k);
      Tensor y = Samples.empty(s.m, s.n);
      Gemm.linear(TWO, List.of(a, b), y);
      for (int i = 0; i < y.count(); i++) {
        assertEquals(i < s.n, Double.isNaN(y.getDouble(i)), s + " at " + i);
      }
    }
  }

  @Test
  void emptySumsGiveTheBias() {
    Tensor y = Samples.empty(2, 3);
    Tensor bias = Samples.random(1, 3);
    Gemm.linear(ONE, List.of(Samples.empty(2, 0), Samples.empty(3, 0), bias), y);
    assertEquals(bias.getDouble(2), y.getDouble(5));
    Gemm.linear(ONE, List.of(Samples.empty(2, 0), Samples.empty(3, 0)), y);
    assertEquals(0, y.getDouble(5));
    assertEquals(0, MemorySegment.NULL.byteSize());
  }
}
