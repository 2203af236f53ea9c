package dev.chrysalis.bench.jmh;

import dev.chrysalis.bench.RowKernel;
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

/// Element-by-element ops and norms in F32. Calls a second, and beside them `gbyte`, 10⁹ bytes read
/// and written a second.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
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
public class RowKernelBenchmark {
  @Param public RowKernel kernel;

  /// Rows of the bench GPT, which stay in the caches; rows of a large model, which do not.
  @Param({"2048x384", "4096x4096"})
  public String size;

  private RowKernel.Call call;

  /// Bytes of the calls, for the rate.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    /// 10⁹ bytes.
    public double gbyte;
  }

  /// Fills the tensors and checks the first result: no time for a wrong answer.
  @Setup
  public void prepare() {
    String[] sizes = size.split("x");
    call = kernel.prepare(Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]));
  }

  @Benchmark
  public Tensor run(Work work) {
    call.run();
    work.gbyte += call.bytes() * 1e-9;
    return call.result();
  }
}
