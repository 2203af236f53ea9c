package dev.chrysalis.cli;

import dev.chrysalis.bench.RowKernel;
import dev.chrysalis.bench.RowKernelBench;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// Measures ops that run at the speed of the memory.
@Command(
    name = "rows",
    description = "Measure an addition, GELU, softmax and the norms over rows in f32.")
final class BenchRowsCommand extends ChrysalisCommand {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})x(\\d{1,9})");

  @Mixin private BenchOptions options;

  @Option(
      names = "--shape",
      paramLabel = "ROWSxCOLUMNS",
      defaultValue = "2048x384",
      converter = SizeConverter.class,
      description = "Default: ${DEFAULT-VALUE}.")
  private Size size;

  /// Rows and columns.
  record Size(int rows, int columns) {}

  /// Reads a size.
  static final class SizeConverter implements ITypeConverter<Size> {
    @Override
    public Size convert(String text) {
      Matcher sizes = SIZE.matcher(text);
      if (!sizes.matches() || text.matches("0+x.*|.*x0+")) {
        throw new TypeConversionException(
            "got '%s', need ROWSxCOLUMNS, as in 2048x384".formatted(text));
      }
      return new Size(Integer.parseInt(sizes.group(1)), Integer.parseInt(sizes.group(2)));
    }
  }

  @Override
  public Integer call() {
    return options.run(
        "bench rows",
        Arrays.stream(RowKernel.values())
            .map(kernel ->
                () ->
                    List.of(
                        RowKernelBench.run(kernel, size.rows(), size.columns(), options.plan()))));
  }
}
