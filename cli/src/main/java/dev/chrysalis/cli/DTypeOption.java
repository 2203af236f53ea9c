package dev.chrysalis.cli;

import dev.chrysalis.tensor.DType;
import picocli.CommandLine.Option;

/// `--dtype` of operands that are made to measure with.
final class DTypeOption {
  /// Types of elements.
  enum Form {
    f32(DType.F32),
    bf16(DType.BF16),
    f16(DType.F16);

    private final DType dtype;

    Form(DType dtype) {
      this.dtype = dtype;
    }
  }

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "f32",
      description = "Operands are ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Form form;

  DType dtype() {
    return form.dtype;
  }
}
