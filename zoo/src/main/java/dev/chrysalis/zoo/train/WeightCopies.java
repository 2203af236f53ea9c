package dev.chrysalis.zoo.train;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Weights by name that go from one stage into the next.
final class WeightCopies {
  private WeightCopies() {}

  /// Copies the vision tower's weights to where a MetaMorph has them, as `take` does.
  ///
  /// @param siglip with `vision_model.…`
  static void takeTower(Map<String, Tensor> siglip, Map<String, Tensor> all) {
    Map<String, Tensor> tower = new LinkedHashMap<>();
    siglip.forEach((name, tensor) -> {
      if (name.startsWith(WeightNames.SIGLIP_TOWER)) {
        tower.put(WeightNames.TOWER + name.substring(WeightNames.SIGLIP_TOWER.length()), tensor);
      }
    });
    take(tower, all);
  }

  /// The rows of the two image tokens become the mean of all others, as for tokens added to a
  /// trained model.
  static void addImageTokens(MetaMorphConfig config, Map<String, Tensor> all) {
    for (String name : List.of(WeightNames.TABLE, WeightNames.HEAD)) {
      Tensor table = all.get(name);
      int start = Math.min(config.imageStartTokenId(), config.imageEndTokenId());
      Scope.run(() -> {
        Tensor before = table.slice(0, 0, start);
        Tensor mean = before.mean(0, true);
        Ops.copyInto(
            mean, table.slice(0, config.imageStartTokenId(), config.imageStartTokenId() + 1));
        Ops.copyInto(mean, table.slice(0, config.imageEndTokenId(), config.imageEndTokenId() + 1));
      });
    }
  }

  /// The weights whose names are wanted, in the same order; not copies.
  static Map<String, Tensor> only(Map<String, Tensor> all, Predicate<String> wanted) {
    Map<String, Tensor> some = new LinkedHashMap<>();
    all.forEach((name, tensor) -> {
      if (wanted.test(name)) {
        some.put(name, tensor);
      }
    });
    return some;
  }

  /// Copies every weight of `result` to its place among `all`, but for a pooling head that is not
  /// wanted there.
  static void take(Map<String, Tensor> result, Map<String, Tensor> all) {
    result.forEach((name, tensor) -> {
      if (all.containsKey(name) || !WeightNames.isPoolingHead(name)) {
        copy(tensor, all.get(name));
      }
    });
  }

  private static void copy(Tensor from, Tensor to) {
    if (from != to) {
      Ops.copyInto(from, to);
    }
  }
}
