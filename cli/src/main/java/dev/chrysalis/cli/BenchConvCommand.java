package dev.chrysalis.cli;

import dev.chrysalis.bench.ConvBench;
import dev.chrysalis.bench.ConvShape;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Measures convolutions.
@Command(
    name = "conv",
    description =
        "Measure convolutions; by itself those of Stable Diffusion's UNet and autoencoder.")
final class BenchConvCommand extends ChrysalisCommand {
  @Mixin private BenchOptions options;
  @Mixin private DTypeOption elements;

  @Option(
      names = "--shape",
      paramLabel = "BxCxOxHxWxK",
      split = ",",
      defaultValue =
          "1x320x320x64x64x3,1x640x640x32x32x3,1x1280x1280x16x16x3,1x1280x1280x8x8x3,"
              + "1x512x512x64x64x3,1x128x128x512x512x3",
      converter = Converter.class,
      description =
          "B pictures of C channels to O channels, H x W, kernel K x K, stride 1, the size kept;"
              + " several with commas. Default: ${DEFAULT-VALUE}.")
  private List<ConvShape> shapes;

  /// Reads a shape.
  static final class Converter extends ShapeConverter<ConvShape> {
    Converter() {
      super(ConvShape::parse);
    }
  }

  @Override
  public Integer call() {
    return options.run(
        "bench conv",
        shapes.stream()
            .map(shape -> () -> List.of(ConvBench.run(shape, elements.dtype(), options.plan()))));
  }
}
