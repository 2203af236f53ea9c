package dev.chrysalis.zoo.parity;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Losses;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.metamorph.Sequences;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A small MetaMorph against its expected values: visual tokens, sequence layout, both losses,
/// gradients, drawing and answering token by token, and a few steps of training.
final class MetaMorphParity {
  private static final String IO = "io.safetensors";
  private static final String GRADIENTS = "grads.safetensors";
  private static final String PLAIN = "no_normalize";
  private static final double COSINE_EPS = 1e-8;

  private final GoldenSet set;
  private final Checks checks;

  private MetaMorphParity(GoldenSet set) {
    this.set = set;
    checks = set.checks();
  }

  /// What the batch of the set is made of.
  ///
  /// @param parameters all weights of the model by name
  /// @param pixels `(pictures, 3, H, W)`
  record Batch(
      MetaMorph model, Map<String, Tensor> parameters, Sequences sequences, Tensor pixels) {
    MetaMorph.Loss loss() {
      return model.loss(sequences, model.features(pixels));
    }
  }

  static List<ParityCase> run(String name, Path folder) {
    try (GoldenSet set = new GoldenSet(name, folder)) {
      MetaMorphParity parity = new MetaMorphParity(set);
      Optional<GoldenTensors> io = set.tensors(IO);
      set.tensors(GRADIENTS);
      io.ifPresent(tensors ->
          parity.checks.guard(
              "model",
              () -> {
                try (Checkpoint weights = Checkpoint.open(folder)) {
                  parity.model(weights, tensors);
                }
              }));
      return set.finish(file -> file.startsWith("model") && file.contains(".safetensors"));
    }
  }

  private void model(Checkpoint checkpoint, GoldenTensors io) {
    Path file = set.folder().resolve("config.json");
    MetaMorphConfig config = MetaMorphConfig.read(Json.readObject(file), file.toString());
    Weights weights = Weights.of(checkpoint);
    MetaMorph model = MetaMorph.load(weights, config);
    weights.finish(MetaMorph::isUnused);
    Batch batch =
        new Batch(model, weights.tensors(), sequences(config, io), io.get("pixel_values"));
    checks.guard("layout", () -> layout(batch.sequences(), io));
    checks.guard("forward", () -> forward(batch, io));
    checks.guard("loss", () -> loss(batch, checkpoint, io));
    checks.guard(PLAIN, () -> withoutNormalizing(batch, io));
    RolloutParity rollouts = new RolloutParity(set, model, batch.pixels(), io);
    checks.guard("rollout", () -> rollouts.run("rollout"));
    checks.guard("rollout_image", () -> rollouts.run("rollout_image"));
    checks.guard("training", () -> new TrainingParity(set, batch, io).run());
  }

  /// The batch without its padding.
  private static Sequences sequences(MetaMorphConfig config, GoldenTensors io) {
    Tensor ids = io.get("input_ids"); // (B, S)
    Tensor labels = io.get("labels");
    Tensor mask = io.get("attention_mask");
    List<Sequences.Row> rows = new ArrayList<>();
    for (int row = 0; row < ids.size(0); row++) {
      long first = (long) row * ids.size(1);
      int[] kept =
          IntStream.range(0, ids.size(1)).filter(i -> mask.getLong(first + i) != 0).toArray();
      rows.add(
          new Sequences.Row(
              IntStream.of(kept).map(i -> (int) ids.getLong(first + i)).toArray(),
              IntStream.of(kept).map(i -> (int) labels.getLong(first + i)).toArray()));
    }
    return Sequences.layOut(
        rows,
        config.numImageTokens(),
        config.imageStartTokenId(),
        config.language().maxPositionEmbeddings());
  }

  private void layout(Sequences s, GoldenTensors io) {
    exact(io, "labels_expanded", s, IntStream.of(s.labels()).asLongStream().toArray());
    exact(io, "attention_mask_expanded", s, flags(s.attentionMask()));
    exact(io, "image_positions", s, flags(s.imagePositions()));
    set.integers("supervised_text_tokens", () -> List.of(s.textPredictors().length));
    set.integers("visual_target_tokens", () -> List.of(s.visualPredictors().length));
  }

  private void exact(GoldenTensors io, String name, Sequences s, long[] values) {
    if (io.has(name)) {
      checks.exact(name, io.get(name), () -> Tensor.of(values, s.rows(), s.length()));
    }
  }

  private static long[] flags(boolean[] values) {
    return IntStream.range(0, values.length).mapToLong(i -> values[i] ? 1 : 0).toArray();
  }

  private void forward(Batch batch, GoldenTensors io) {
    MetaMorph model = batch.model();
    Sequences s = batch.sequences();
    Trace trace = new Trace();
    Tensor features = trace.during(() -> model.features(batch.pixels())); // (pictures, m, C)
    trace.during(() -> model.project(features));
    set.trace(io, trace, name -> name.startsWith("vision.") || name.equals("features"));
    set.trace(io, trace, "projected"::equals);
    Tensor embeddings = model.embed(s, features); // (B, T, D)
    set.forward(io, "inputs_embeds", () -> embeddings);
    Tensor hidden = model.language().hidden(embeddings);
    Tensor mask = Tensor.of(flags(s.attentionMask()), s.rows(), s.length());
    set.forward(io, "hidden_valid", () -> LlamaParity.valid(hidden, mask));
    set.forward(io, "logits_valid", () -> model.logits(LlamaParity.valid(hidden, mask)));
  }

  // ---- losses and gradients ----

  private void loss(Batch batch, Checkpoint checkpoint, GoldenTensors io) {
    Trace trace = new Trace();
    MetaMorph.Loss loss = trace.during(batch::loss);
    Tensor prediction = trace.values().get("pred"); // (n, C)
    Tensor target = trace.values().get("target"); // (n, C)
    set.forward(io, "pred", () -> prediction);
    if (io.has("target")) {
      Tensor expected = io.get("target");
      checks.tensor(
          "target", set.forward(), expected, () -> target.reshape(expected.shape().toArray()));
    }
    set.forward(io, "cosine", () -> Losses.cosineSimilarity(prediction, target, COSINE_EPS));
    set.number("loss", set.loss(), () -> loss.total().item());
    set.number("loss_text", set.loss(), () -> loss.text().item());
    set.number("loss_image", set.loss(), () -> loss.visual().item());
    set.number("vision_coef", Rule.absolute(0), () -> batch.model().config().visionCoef());
    Map<String, Tensor> found = gradients(batch);
    Gradients gradients =
        new Gradients(
            checks,
            set.gradient(),
            set.take("grad_sample_strides"),
            set.vanishing(),
            Rule.absolute(set.tolerance("vanishing_grads_abs")));
    set.tensors(GRADIENTS).ifPresent(golden -> gradients.check(GRADIENTS, golden, found));
    withoutGradient(checkpoint, found);
  }

  private static Map<String, Tensor> gradients(Batch batch) {
    Differentiated step =
        Autograd.valueAndGradients(
            List.copyOf(batch.parameters().values()), () -> batch.loss().total());
    return LlamaParity.named(batch.parameters(), step);
  }

  private void withoutGradient(Checkpoint checkpoint, Map<String, Tensor> gradients) {
    String key = "parameters_without_gradient";
    if (set.has(key)) {
      ObjectNode holder = Json.newObject();
      holder.set(key, set.take(key));
      checks.equal(
          "expected." + key,
          new TreeSet<>(Json.requireStrings(holder, "expected.json", key)),
          () -> {
            TreeSet<String> names = new TreeSet<>(checkpoint.names());
            names.removeAll(gradients.keySet());
            return names;
          });
    }
  }

  private void withoutNormalizing(Batch batch, GoldenTensors io) {
    MetaMorphConfig c = batch.model().config();
    MetaMorphConfig plain =
        new MetaMorphConfig(
            c.language(),
            c.vision(),
            c.numImageTokens(),
            false,
            c.visionCoef(),
            c.imageStartTokenId(),
            c.imageEndTokenId());
    MetaMorph m = batch.model();
    MetaMorph model =
        new MetaMorph(plain, m.language(), m.visionTower(), m.projector(), m.visionHead());
    Batch same = new Batch(model, batch.parameters(), batch.sequences(), batch.pixels());
    Trace trace = new Trace();
    MetaMorph.Loss loss = trace.during(same::loss);
    String cosine = PLAIN + ".cosine";
    set.forward(
        io,
        cosine,
        () ->
            Losses.cosineSimilarity(
                trace.values().get("pred"), trace.values().get("target"), COSINE_EPS));
    losses(loss);
    String prefix = PLAIN + ".grad.";
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    if (io.names().stream().anyMatch(name -> name.startsWith(prefix))) {
      gradients.putAll(gradients(same));
    }
    for (String name : io.names()) {
      String parameter = name.substring(Math.min(name.length(), prefix.length()));
      if (name.startsWith(prefix) && gradients.containsKey(parameter)) {
        checks.tensor(name, set.gradient(), io.get(name), () -> gradients.get(parameter));
      }
    }
  }

  private void losses(MetaMorph.Loss loss) {
    JsonNode expected = set.take(PLAIN);
    Map<String, Tensor> found =
        Map.of("loss", loss.total(), "loss_text", loss.text(), "loss_image", loss.visual());
    for (String key : expected.propertyNames()) {
      String name = "expected.%s.%s".formatted(PLAIN, key);
      if (found.containsKey(key)) {
        checks.number(
            name,
            set.loss(),
            Json.requireDouble(expected, "expected.json: " + PLAIN, key),
            () -> found.get(key).item());
      } else {
        checks.fail(name, "expected.json: nothing checks this key");
      }
    }
  }
}
