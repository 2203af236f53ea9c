package dev.chrysalis.cli;

import dev.chrysalis.bench.GemmBench;
import dev.chrysalis.bench.GemmShape;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Measures matrix products.
@Command(name = "gemm", description = "Measure matrix products.")
final class BenchGemmCommand extends ChrysalisCommand {
  @Mixin private BenchOptions options;
  @Mixin private DTypeOption elements;

  @Option(
      names = "--shape",
      paramLabel = "MxNxK",
      split = ",",
      defaultValue = "1024x1024x1024",
      converter = Converter.class,
      description = "(M, K) times (K, N); several with commas. Default: ${DEFAULT-VALUE}.")
  private List<GemmShape> shapes;

  /// Reads a shape.
  static final class Converter extends ShapeConverter<GemmShape> {
    Converter() {
      super(GemmShape::parse);
    }
  }

  @Override
  public Integer call() {
    return options.run(
        "bench gemm",
        shapes.stream()
            .map(shape -> () -> List.of(GemmBench.run(shape, elements.dtype(), options.plan()))));
  }
}
