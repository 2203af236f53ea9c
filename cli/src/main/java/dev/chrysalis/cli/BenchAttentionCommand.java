package dev.chrysalis.cli;

import dev.chrysalis.bench.AttentionBench;
import dev.chrysalis.bench.AttentionShape;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Measures attention.
@Command(
    name = "attention",
    description =
        "Measure attention; by itself that of SigLIP so400m, of LLaMA 3.1 8B reading 512"
            + " tokens, and of Stable Diffusion's UNet.")
final class BenchAttentionCommand extends ChrysalisCommand {
  @Mixin private BenchOptions options;
  @Mixin private DTypeOption elements;

  @Option(
      names = "--shape",
      paramLabel = "BxHxQxKxD",
      split = ",",
      defaultValue = "1x16x729x729x72,1x32x512x512x128:causal,1x8x4096x4096x40",
      converter = Converter.class,
      description =
          "B batches, H heads, Q queries, K keys, heads of size D, ':causal' behind it if queries"
              + " see no later keys; several with commas. Default: ${DEFAULT-VALUE}.")
  private List<AttentionShape> shapes;

  /// Reads a shape.
  static final class Converter extends ShapeConverter<AttentionShape> {
    Converter() {
      super(AttentionShape::parse);
    }
  }

  @Override
  public Integer call() {
    return options.run(
        "bench attention",
        shapes.stream()
            .map(shape ->
                () -> List.of(AttentionBench.run(shape, elements.dtype(), options.plan()))));
  }
}
