package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.KvCache;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.metamorph.Sequences;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Visual tokens that a MetaMorph makes one from the other after a prompt, and the words that
/// follow them.
final class RolloutParity {
  private static final Pattern PICTURE = Pattern.compile("pixel_values\\[(\\d+)]");
  private static final int IGNORE = -100;

  private final GoldenSet set;
  private final MetaMorph model;
  private final Tensor pixels;
  private final GoldenTensors io;

  /// @param pixels the pictures of the set, `(pictures, 3, H, W)`
  RolloutParity(GoldenSet set, MetaMorph model, Tensor pixels, GoldenTensors io) {
    this.set = set;
    this.model = model;
    this.pixels = pixels;
    this.io = io;
  }

  /// Runs the rollout that `expected.json` has under `key`.
  void run(String key) {
    if (!set.has(key)) {
      return;
    }
    JsonNode expected = set.take(key);
    int[] prompt = Json.requireInts(expected, "expected.json: " + key, "prompt_ids");
    List<Integer> textIds = GoldenSet.integers(expected.path("text_ids"), key + ".text_ids");
    MetaMorphConfig config = model.config();
    int count = Json.optionalInt(expected, key, "visual_tokens", config.numImageTokens());
    Tensor embeddings = embed(prompt, expected);
    int positions = embeddings.size(1) + count + textIds.size();
    Drawn drawn;
    LlamaParity.Continuation words;
    try (KvCache cache = new KvCache(config.language(), 1, positions)) {
      drawn = draw(embeddings, cache, count);
      words =
          LlamaParity.continued(
              model.language(), cache, drawn.state(), textIds.size(), id -> false);
    }
    tensor(key + ".visual", Ops.cat(0, drawn.tokens()));
    tensor(key + ".next_embeds", Ops.cat(0, drawn.inputs()));
    tensor(key + ".text_logits", Ops.cat(0, words.logits()));
    set.checks().equal("expected.%s.text_ids".formatted(key), textIds, words::ids);
    if (io.has(key + ".input_ids")) {
      long[] ids = Arrays.stream(prompt).asLongStream().toArray();
      set.checks()
          .exact(
              key + ".input_ids", io.get(key + ".input_ids"), () -> Tensor.of(ids, 1, ids.length));
    }
    set.onlyKeys("expected." + key, expected, "prompt_ids", "visual_tokens", "text_ids", "image");
  }

  private void tensor(String name, Tensor found) {
    if (io.has(name)) {
      Rule rule = Rule.relative(set.tolerance("rollout"));
      set.checks().tensor(name, rule, io.get(name), () -> found);
    }
  }

  /// `(1, T, D)`
  private Tensor embed(int[] prompt, JsonNode expected) {
    int[] labels = new int[prompt.length];
    Arrays.fill(labels, IGNORE);
    MetaMorphConfig config = model.config();
    Sequences sequences =
        Sequences.layOut(
            List.of(new Sequences.Row(prompt, labels)),
            config.numImageTokens(),
            config.imageStartTokenId(),
            config.language().maxPositionEmbeddings());
    Tensor shown = pixels;
    if (expected.has("image")) {
      int picture = picture(Json.requireString(expected, "expected.json", "image"));
      shown = pixels.slice(0, picture, picture + 1);
    }
    return model.embed(sequences, model.features(shown));
  }

  private static int picture(String text) {
    Matcher matcher = PICTURE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected.json: image: found '%s', need 'pixel_values[i]'".formatted(text));
    }
    return Integer.parseInt(matcher.group(1));
  }

  /// A drawing: the tokens `(1, C)`, what they became as inputs `(1, D)`, the state `(1, 1, D)`
  /// after the last.
  private record Drawn(List<Tensor> tokens, List<Tensor> inputs, Tensor state) {}

  private Drawn draw(Tensor embeddings, KvCache cache, int count) {
    Tensor state = model.language().hidden(embeddings, cache);
    List<Tensor> tokens = new ArrayList<>();
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Tensor token = model.predictVisual(state.select(1, -1)); // (1, C)
      Tensor input = model.project(token); // (1, D)
      tokens.add(token);
      inputs.add(input);
      state = model.language().hidden(input.unsqueeze(1), cache);
    }
    return new Drawn(tokens, inputs, state);
  }
}
