package dev.chrysalis.zoo.train;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The parts of the training on the shapes world, in their order.
public enum ShapesStage {
  TOKENIZER,
  SIGLIP,
  READING,
  LANGUAGE,
  ALIGNMENT,
  LOOKING,
  VPIT,
  AUTOENCODER,
  DECODER;

  /// The name in reports and of the folder: `siglip`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The stage of that name.
  public static Optional<ShapesStage> of(String label) {
    return Stream.of(values()).filter(stage -> stage.label().equals(label)).findFirst();
  }
}
