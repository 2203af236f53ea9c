package dev.chrysalis.bench.jmh;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.bench.AttentionShape;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

/// Attention in F32, alone and with its gradients, milliseconds a call. Where scores differ much
/// most weights are next to nothing, and should not take longer for that.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 3,
    jvmArgs = {
      "-Xms1g",
      "-Xmx1g",
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED"
    })
public class AttentionBenchmark {
  /// Of the small model in training; of a head of LLaMA.
  @Param({"8x8x284x284x32:causal", "1x8x512x512x128:causal"})
  public String shape;

  /// Deviation of the scores.
  @Param({"1", "64"})
  public double sharpness;

  private Tensor q;
  private Tensor k;
  private Tensor v;
  private boolean causal;

  /// Fills the tensors.
  @Setup
  public void prepare() {
    AttentionShape s = AttentionShape.parse(shape);
    q = normal(sharpness, 0, s.batch(), s.heads(), s.queries(), s.size());
    k = normal(1, 1, s.batch(), s.heads(), s.keys(), s.size());
    v = normal(1, 2, s.batch(), s.heads(), s.keys(), s.size());
    causal = s.causal();
  }

  private static Tensor normal(double deviation, long seed, int... shape) {
    return Ops.normal(DType.F32, seed, 0, shape).mul(deviation);
  }

  @Benchmark
  public double forward() {
    return dev.chrysalis.tensor.Scope.compute(() -> Ops.attention(q, k, v, causal).sum()).item();
  }

  @Benchmark
  public int backward() {
    return dev.chrysalis.tensor.Scope.compute(
        () ->
            Autograd.valuesAndGradients(
                    List.of(q, k, v), () -> List.of(Ops.attention(q, k, v, causal).sum()))
                .gradients()
                .size(),
        _ -> List.of());
  }
}
