package dev.chrysalis.zoo.preset;

import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Shape;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/// Weights in one folder of a preset.
///
/// @param folder below the preset's
/// @param stem of the files
/// @param inBlocks whether matrices may be stored in blocks: `StoredParts` tells of which they may
/// @param initializer of each weight by name and shape
/// @param model asks weights for all that it needs
/// @param configs writes what stands beside the weights, once they are there
record PresetPart(
    String folder,
    String stem,
    boolean inBlocks,
    BiFunction<String, Shape, Initializer> initializer,
    Consumer<Weights> model,
    Consumer<Path> configs) {
  /// Names and shapes of all weights, found by asking the model; takes no memory.
  Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new TreeMap<>();
    asked().tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  /// Names of the weights that may be stored in blocks.
  Set<String> matrices() {
    return inBlocks ? asked().matrices() : Set.of();
  }

  private Weights asked() {
    return Weights.askedBy(model);
  }

  long parameters() {
    return shapes().values().stream().mapToLong(Shape::count).sum();
  }
}
