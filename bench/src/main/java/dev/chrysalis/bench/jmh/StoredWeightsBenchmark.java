package dev.chrysalis.bench.jmh;

import dev.chrysalis.bench.BenchException;
import dev.chrysalis.nn.Matrix;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Products with weights in the form they are stored in, of LLaMA 3.2 1B's MLP: one row, as for a
/// word, and a prompt. Calls a second, and beside them `gigabytes` of weights and `gflop`, 10⁹
/// operations, a second.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 3,
    jvmArgs = {
      "-Xms1g",
      "-Xmx1g",
      "-XX:MaxDirectMemorySize=4g",
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED"
    })
public class StoredWeightsBenchmark {
  private static final int ROWS = 8192;
  private static final int COLUMNS = 2048;

  /// Matrices that take turns, so that none is in a cache.
  private static final int MATRICES = 8;

  private static final double TOLERANCE = 1e-4;

  /// How weights are stored.
  @Param({"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
  public String form;

  /// Rows of the other operand.
  @Param({"1", "512"})
  public int rows;

  private final List<Matrix> matrices = new ArrayList<>();
  private Tensor x;
  private int next;

  /// What the calls did, for the rates.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    /// 10⁹ floating-point operations.
    public double gflop;

    /// 10⁹ bytes of weights.
    public double gigabytes;
  }

  /// Makes the weights and checks a product: no time for a wrong answer.
  @Setup
  public void prepare() {
    x = Ops.normal(DType.F32, 1, 0, rows, COLUMNS);
    for (int i = 0; i < MATRICES; i++) {
      matrices.add(matrix(i));
    }
    float[] found = matrices.getFirst().times(x).toFloats();
    float[] expected = Ops.linear(x, matrices.getFirst().dense()).toFloats();
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < found.length; i++) {
      if (!(Math.abs(found[i] - expected[i]) <= TOLERANCE * largest)) {
        throw new BenchException(
            "%s: product %d is %s, need %s: not timed".formatted(form, i, found[i], expected[i]));
      }
    }
  }

  private Matrix matrix(int seed) {
    boolean plain = Stream.of(BlockFormat.values()).noneMatch(f -> f.name().equals(form));
    if (plain) {
      Tensor values = Ops.normal(DType.F32, 2, seed, ROWS, COLUMNS);
      return new Matrix.Dense(values.to(DType.valueOf(form)));
    }
    BlockFormat format = BlockFormat.valueOf(form);
    byte[] bytes = new byte[ROWS * format.rowBytes(COLUMNS)];
    new SplittableRandom(seed).nextBytes(bytes);
    for (int block = 0; block < bytes.length; block += format.blockBytes()) {
      for (int scale : scales(format)) { // 2⁻⁷ in F16
        bytes[block + scale] = 0;
        bytes[block + scale + 1] = 0x20;
      }
    }
    return new Matrix.Blocks(Tensor.of(DType.U8, bytes, ROWS, format.rowBytes(COLUMNS)), format);
  }

  /// Where the F16 numbers of a block stand.
  private static int[] scales(BlockFormat format) {
    return switch (format) {
      case Q8_0, Q4_0 -> new int[] {0};
      case Q4_K -> new int[] {0, 2};
      case Q6_K -> new int[] {208};
    };
  }

  @Benchmark
  public float[] linear(Work work) {
    Matrix matrix = matrices.get(next++ % MATRICES);
    work.gflop += 2e-9 * rows * ROWS * COLUMNS;
    work.gigabytes += 1e-9 * bytes(matrix);
    float[] last = new float[1];
    dev.chrysalis.tensor.Scope.run(() -> last[0] = (float) matrix.times(x).getDouble(0));
    return last;
  }

  private static long bytes(Matrix matrix) {
    return switch (matrix) {
      case Matrix.Dense(Tensor values) -> values.type().sizeBytes();
      case Matrix.Blocks(Tensor bytes, _) -> bytes.type().sizeBytes();
    };
  }
}
