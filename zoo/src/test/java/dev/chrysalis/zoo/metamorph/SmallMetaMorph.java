package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.tokenizer.BpeTrainer;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.train.ShapesRecipe;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A MetaMorph with random weights and its tokenizer.
record SmallMetaMorph(MetaMorph model, Tokenizer tokenizer, Map<String, Tensor> weights) {
  private static final List<String> TEXTS =
      IntStream.range(0, 400)
          .mapToObj(i -> "red circle %d left of a blue square, number %x".formatted(i, i * 7919))
          .toList();

  static SmallMetaMorph make() {
    Tokenizer tokenizer = new BpeTrainer(320, BpeTrainer.METAMORPH_SPECIALS).train(TEXTS);
    ShapesRecipe recipe = ShapesRecipe.tiny(3);
    MetaMorphConfig config =
        recipe.metaMorphConfig(
            tokenizer.idOf("<|begin_of_text|>"),
            new int[] {tokenizer.idOf("<|eot_id|>"), tokenizer.idOf("<|end_of_text|>")},
            tokenizer.idOf(MetaMorphPrompt.IMAGE_START),
            tokenizer.idOf(MetaMorphPrompt.IMAGE_END));
    Weights weights =
        Weights.fresh((name, shape) -> MetaMorph.initializer(config, name, shape), 11);
    MetaMorph model = MetaMorph.load(weights, config);
    Map<String, Tensor> all = weights.tensors();
    // weights of deviation 0.02 hardly tell positions apart; larger ones make every position count
    List<String> names =
        all.keySet().stream()
            .filter(name -> name.endsWith("proj.weight") || name.endsWith("embed_tokens.weight"))
            .collect(Collectors.toList());
    names.forEach(name -> Ops.copyInto(all.get(name).mul(8), all.get(name)));
    return new SmallMetaMorph(model, tokenizer, all);
  }

  Conversation conversation(int positions) {
    return new Conversation(model, tokenizer, MetaMorphPrompt.DEFAULT, positions);
  }

  /// Visual tokens of a picture nobody drew, `(m, C)`.
  Tensor features(long stream) {
    Tensor noise =
        Ops.normal(
            DType.F32,
            17,
            stream,
            model.config().numImageTokens(),
            model.config().vision().hiddenSize());
    return Ops.l2Normalize(noise, -1, 1e-12);
  }
}
