package dev.chrysalis.bench;

import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/// Weights to measure with, in memory, in the form they would have on the disk.
public final class RandomWeights {
  private static final long SEED = 1;

  private RandomWeights() {}

  /// Weights for all that `model` asks for.
  ///
  /// @param policy the initialiser of each name
  public static Weights of(
      BiFunction<String, Shape, Initializer> policy,
      Consumer<Weights> model,
      WeightStorage storage) {
    Weights names = Weights.askedBy(model);
    Map<String, Tensor> stored = new LinkedHashMap<>();
    Map<String, BlockFormat> formats = new LinkedHashMap<>();
    names
        .tensors()
        .forEach((name, asked) -> {
          boolean matrix = names.matrices().contains(name);
          Tensor made =
              Scope.compute(() ->
                  storage.store(
                      Weights.fresh(policy, SEED).get(name, asked.shape().toArray()), matrix));
          stored.put(name, made);
          storage.blocks(asked.shape(), matrix).ifPresent(format -> formats.put(name, format));
        });
    return Weights.asStored("random weights", stored, formats);
  }
}
