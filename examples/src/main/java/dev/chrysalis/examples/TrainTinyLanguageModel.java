package dev.chrysalis.examples;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.tokenizer.BpeTrainer;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A LLaMA with two layers learns a nursery rhyme by heart and recites it from its first words.
public final class TrainTinyLanguageModel {
  private static final String TEXT =
      """
      Twinkle, twinkle, little star, how I wonder what you are!
      Up above the world so high, like a diamond in the sky.
      """;
  private static final String CONFIG = // the words of a checkpoint's config.json
      """
      {"vocab_size": 270, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
      "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
      "tie_word_embeddings": true, "initializer_range": 0.05}\
      """;
  private static final int STEPS = 60;

  private TrainTinyLanguageModel() {}

  public static void main(String[] args) {
    Tokenizer tokenizer = new BpeTrainer(270, List.of("<|begin_of_text|>")).train(List.of(TEXT));
    int[] ids = tokenizer.encode(TEXT);
    LlamaConfig config = LlamaConfig.read(Json.parse(CONFIG), "the example's config");
    Weights weights = Weights.fresh((name, shape) -> Llama.initializer(config, name, shape), 1);
    Llama model = Llama.load(weights, config);
    train(model, weights.tensors(), ids);
    int[] recited = recite(model, tokenizer.encode("Twinkle, twinkle,"), ids.length);
    System.out.println(tokenizer.decode(recited, true));
  }

  private static void train(Llama model, Map<String, Tensor> parameters, int[] ids) {
    int count = ids.length - 1; // every token but the last has a next one
    Tensor inputs = Tensor.of(Arrays.copyOf(ids, count), 1, count);
    Tensor next = Tensor.of(Arrays.copyOfRange(ids, 1, ids.length), count);
    AdamW adam = new AdamW().group(parameters, AdamW.Settings.withDecay(0.01));
    for (int i = 1; i <= STEPS; i++) {
      int step = i;
      Scope.run(() -> {
        Differentiated result =
            Autograd.valueAndGradients(
                List.copyOf(parameters.values()),
                () -> Ops.crossEntropy(model.forward(inputs).select(0, 0), next, -100));
        adam.step(GradientDescent.named(parameters, result), 0.005);
        if (step % 10 == 0) {
          System.out.printf("step %2d  loss %.4f%n", step, result.value().item());
        }
      });
    }
  }

  /// The likeliest next token, again and again. (`KvCache` would save reading the start anew.)
  private static int[] recite(Llama model, int[] start, int length) {
    int[] ids = Arrays.copyOf(start, length);
    for (int at = start.length; at < length; at++) {
      Tensor known = Tensor.of(Arrays.copyOf(ids, at), 1, at);
      Tensor best = Scope.compute(() -> Ops.argMax(model.forward(known).select(1, -1), -1));
      ids[at] = (int) best.getLong(0);
    }
    return ids;
  }
}
