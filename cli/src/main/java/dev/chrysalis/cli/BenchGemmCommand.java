package dev.chrysalis.cli;

import dev.chrysalis.bench.GemmBench;
import dev.chrysalis.bench.GemmShape;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// Measures matrix products.
@Command(name = "gemm", description = "Measure matrix products in f32.")
final class BenchGemmCommand extends ChrysalisCommand {
  @Mixin private BenchOptions options;

  @Option(
      names = "--shape",
      paramLabel = "MxNxK",
      split = ",",
      defaultValue = "1024x1024x1024",
      converter = ShapeConverter.class,
      description = "(M, K) times (K, N); several with commas. Default: ${DEFAULT-VALUE}.")
  private List<GemmShape> shapes;

  /// Reads a shape.
  static final class ShapeConverter implements ITypeConverter<GemmShape> {
    @Override
    public GemmShape convert(String text) {
      try {
        return GemmShape.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public Integer call() {
    return options.run(
        "bench gemm",
        shapes.stream().map(shape -> () -> List.of(GemmBench.run(shape, options.plan()))));
  }
}
