package dev.chrysalis.zoo.parity;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.GradientClipping;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorph;
import dev.chrysalis.zoo.parity.MetaMorphParity.Batch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A few steps of AdamW on the batch of a MetaMorph set, with the vision tower frozen: losses,
/// gradient norms and rates on the way, and some parameters at the end.
final class TrainingParity {
  private static final String KEY = "training";
  private static final String AT = "expected.json: " + KEY;
  private static final String FINAL = "train.final.";
  private static final double RATE_TOLERANCE = 1e-12;

  private final GoldenSet set;
  private final Checks checks;
  private final GoldenTensors io;
  private final Batch batch;
  private final Map<String, Tensor> trained = new LinkedHashMap<>();

  /// @param batch its weights are copied, not trained
  TrainingParity(GoldenSet set, Batch batch, GoldenTensors io) {
    this.set = set;
    this.checks = set.checks();
    this.io = io;
    Map<String, Tensor> copies = new LinkedHashMap<>();
    batch.parameters().forEach((name, w) -> copies.put(name, Ops.run(new Op.Copy(), w)));
    MetaMorph model =
        MetaMorph.load(Weights.of("a copy of the weights", copies), batch.model().config());
    this.batch = new Batch(model, copies, batch.sequences(), batch.pixels());
    copies.forEach((name, w) -> {
      if (!name.startsWith("model.vision_tower.")) {
        trained.put(name, w);
      }
    });
  }

  void run() {
    if (!set.has(KEY)) {
      return;
    }
    JsonNode training = set.take(KEY);
    JsonNode optimizer = Json.requireObject(training, AT, "optimizer");
    double[] betas = Json.requireDoubles(optimizer, AT, "betas");
    AdamW adamW =
        new AdamW()
            .group(
                trained,
                new AdamW.Settings(
                    betas[0],
                    betas[1],
                    Json.requireDouble(optimizer, AT, "eps"),
                    Json.requireDouble(optimizer, AT, "weight_decay"),
                    1));
    Schedule schedule =
        Schedule.cosine(
            Json.requireInt(optimizer, AT, "warmup_steps"),
            Json.requireInt(optimizer, AT, "total_steps"));
    double rate = Json.requireDouble(optimizer, AT, "lr");
    double clip = Json.requireDouble(optimizer, AT, "clip_norm");
    List<JsonNode> history = Json.requireArray(training, AT, "history");
    for (int step = 0; step < history.size(); step++) {
      String name = "expected.training.history[%d]".formatted(step);
      step(name, history.get(step), step, adamW, rate * schedule.factor(step), clip);
    }
    after(training);
    set.onlyKeys("expected.training", training, "optimizer", "history", "after");
  }

  private void step(String name, JsonNode entry, int step, AdamW adamW, double rate, double clip) {
    Differentiated result =
        Autograd.valuesAndGradients(
            List.copyOf(trained.values()),
            () -> {
              MetaMorph.Loss loss = batch.loss();
              return List.of(loss.total(), loss.text(), loss.visual());
            });
    Map<String, Tensor> gradients = LlamaParity.named(trained, result);
    GradientClipping.Clipped clipped =
        GradientClipping.toNorm(List.copyOf(gradients.values()), clip);
    Map<String, Double> found = new LinkedHashMap<>(losses(result.values()));
    found.put("step", (double) step);
    found.put("lr", rate);
    found.put("grad_norm", clipped.norm());
    numbers(name, entry, found);
    int index = 0;
    for (String parameter : List.copyOf(gradients.keySet())) {
      gradients.put(parameter, clipped.gradients().get(index++));
    }
    adamW.step(gradients, rate);
  }

  private void after(JsonNode training) {
    if (Json.has(training, "after")) {
      MetaMorph.Loss loss = batch.loss();
      numbers(
          "expected.training.after",
          training.path("after"),
          losses(List.of(loss.total(), loss.text(), loss.visual())));
    }
    for (String name : io.names()) {
      String parameter = name.substring(Math.min(name.length(), FINAL.length()));
      if (name.startsWith(FINAL) && trained.containsKey(parameter)) {
        checks.tensor(
            name,
            Rule.relative(set.tolerance("train_final")),
            io.get(name),
            () -> trained.get(parameter));
      }
    }
  }

  private static Map<String, Double> losses(List<Tensor> values) {
    return Map.of(
        "loss", values.get(0).item(), "ce", values.get(1).item(), "image", values.get(2).item());
  }

  private void numbers(String name, JsonNode entry, Map<String, Double> found) {
    for (String key : entry.propertyNames()) {
      String one = name + "." + key;
      if (found.containsKey(key)) {
        checks.guard(
            one,
            () ->
                checks.number(
                    one, rule(key), Json.requireDouble(entry, one, key), () -> found.get(key)));
      } else {
        checks.fail(one, "expected.json: nothing checks this key");
      }
    }
  }

  private Rule rule(String key) {
    return switch (key) {
      case "step" -> Rule.absolute(0);
      case "lr" -> Rule.absolute(RATE_TOLERANCE);
      case "grad_norm" -> set.gradient();
      default -> Rule.absolute(set.tolerance("training_loss_abs"));
    };
  }
}
