package dev.chrysalis.bench.jmh;

import dev.chrysalis.bench.GemmBench;
import dev.chrysalis.bench.GemmShape;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.concurrent.TimeUnit;
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

/// F32 matrix products at the sizes of real models, `MxNxK`. Products a second, and beside them
/// `gflop`, 10⁹ operations a second.
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
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED"
    })
public class GemmBenchmark {
  /// One token through a large MLP; a prompt; SigLIP's MLP; the square that peers are compared by.
  @Param({"1x4096x14336", "64x4096x4096", "729x1152x4304", "1024x1024x1024"})
  public String size;

  private GemmShape shape;
  private Tensor a;
  private Tensor b;
  private Tensor c;

  /// Operations of the calls, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    /// 10⁹ floating-point operations.
    public double gflop;
  }

  /// Fills the matrices and checks the product: no time for a wrong answer.
  @Setup
  public void prepare() {
    shape = GemmShape.parse(size);
    a = Ops.normal(DType.F32, 1, 0, shape.m(), shape.k());
    b = Ops.normal(DType.F32, 1, 1, shape.k(), shape.n());
    c = Ops.fill(DType.F32, Double.NaN, shape.m(), shape.n());
    GemmBench.multiply(a, b, c);
    GemmBench.check(a, b, c);
  }

  @Benchmark
  public Tensor matmul(Work work) {
    GemmBench.multiply(a, b, c);
    work.gflop += shape.flops() * 1e-9;
    return c;
  }
}
