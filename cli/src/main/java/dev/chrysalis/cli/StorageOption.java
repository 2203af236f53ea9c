package dev.chrysalis.cli;

import dev.chrysalis.zoo.storage.WeightStorage;
import picocli.CommandLine.Option;

/// `--dtype` of weights that are made to measure with.
final class StorageOption {
  /// Ways to store weights.
  enum Form {
    f32(WeightStorage.F32),
    bf16(WeightStorage.BF16),
    q8_0(WeightStorage.Q8_0),
    q4_0(WeightStorage.Q4_0);

    private final WeightStorage storage;

    Form(WeightStorage storage) {
      this.storage = storage;
    }

    WeightStorage storage() {
      return storage;
    }
  }

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "f32",
      description = "Matrices are ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Form form;

  WeightStorage form() {
    return form.storage();
  }
}
