package dev.chrysalis.zoo.parity;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.GradientClipping;
import dev.chrysalis.nn.Schedule;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Single ops against their expected outputs and gradients, and with them the optimiser, clipping
/// and schedules.
///
/// `ops.json` lists the cases; tensors are `ID/in.NAME`, `ID/out.NAME`, `ID/cot.OUTPUT` and
/// `ID/grad.INPUT`. Gradients are those of `Σ output ⊙ cotangent` over the outputs that have a
/// cotangent.
final class OpsParity {
  private static final String LIST = "ops.json";
  private static final String TENSORS = "ops.safetensors";
  private static final List<String> KEYS =
      List.of("id", "op", "attrs", "inputs", "outputs", "grads", "formula", "shapes");

  private final Checks checks;
  private final GoldenTensors golden;
  private final JsonNode tolerance;

  private OpsParity(Checks checks, GoldenTensors golden, JsonNode tolerance) {
    this.checks = checks;
    this.golden = golden;
    this.tolerance = tolerance;
  }

  /// One entry of the list.
  private record Case(
      String id,
      String op,
      JsonNode attributes,
      Map<String, Tensor> inputs,
      List<String> outputs,
      List<String> gradients) {}

  static List<ParityCase> run(String set, Path folder) {
    Checks checks = new Checks(set);
    ObjectNode list = Json.readObject(folder.resolve(LIST));
    checks.guard(
        TENSORS,
        () -> {
          try (GoldenTensors golden = new GoldenTensors(folder.resolve(TENSORS))) {
            JsonNode tolerance = Json.requireObject(list, LIST, "tolerance");
            OpsParity parity = new OpsParity(checks, golden, tolerance);
            parity.onlyKeys(LIST, list, List.of("naming", "gradient_rule", "tolerance", "cases"));
            for (JsonNode entry : Json.requireArray(list, LIST, "cases")) {
              String id = Json.requireString(entry, LIST, "id");
              checks.guard(id, () -> parity.check(parity.read(id, entry)));
            }
            golden.unused().forEach(name -> checks.fail(name, "nothing checks this key"));
          }
        });
    return checks.cases();
  }

  private Case read(String id, JsonNode entry) {
    onlyKeys(id, entry, KEYS);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (String input : Json.requireStrings(entry, id, "inputs")) {
      inputs.put(input, golden.get(id + "/in." + input));
    }
    return new Case(
        id,
        Json.requireString(entry, id, "op"),
        Json.requireObject(entry, id, "attrs"),
        inputs,
        Json.requireStrings(entry, id, "outputs"),
        Json.requireStrings(entry, id, "grads"));
  }

  private void check(Case c) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    switch (c.op()) {
      case "adamw" -> found.putAll(adamW(c));
      case "clip_grad_norm" -> found.putAll(clipped(c));
      case "lr_schedule" -> found.put("factor", schedule(c));
      default -> found.putAll(forward(c));
    }
    if (c.outputs().isEmpty() && c.gradients().isEmpty()) {
      checks.fail(c.id(), "expects nothing");
    }
    for (String output : c.outputs()) {
      String name = c.id() + "/out." + output;
      checks.guard(name, () -> output(c, name, golden.get(name), found, output));
    }
    if (!c.gradients().isEmpty()) {
      checks.guard(c.id() + "/grad", () -> gradients(c));
    }
  }

  private void output(
      Case c, String name, Tensor expected, Map<String, Tensor> found, String output) {
    if (!found.containsKey(output)) {
      checks.fail(name, "the op '%s' has outputs %s".formatted(c.op(), found.keySet()));
    } else if (!expected.dtype().isFloat() || c.op().equals("cast")) {
      checks.exact(name, expected, () -> found.get(output));
    } else {
      checks.tensor(name, rule(c.id()), expected, () -> found.get(output));
    }
  }

  private void onlyKeys(String at, JsonNode node, List<String> known) {
    for (String key : node.propertyNames()) {
      if (!known.contains(key)) {
        checks.fail(at + "." + key, LIST + ": nothing checks this key");
      }
    }
  }

  private Rule rule(String id) {
    JsonNode ofCases = tolerance.path("per_case");
    return Rule.scaled(
        ofCases.has(id)
            ? Json.requireDouble(ofCases, LIST + ": tolerance.per_case", id)
            : Json.requireDouble(tolerance, LIST + ": tolerance", "default"));
  }

  // ---- ops ----

  private static Map<String, Tensor> forward(Case c) {
    List<Tensor> values =
        OpCases.run(c.op(), c.attributes(), c.inputs())
            .orElseThrow(
                () -> new IllegalArgumentException("op '%s' is not known".formatted(c.op())));
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(values.size(), c.outputs().size()); i++) {
      named.put(c.outputs().get(i), values.get(i));
    }
    return named;
  }

  private void gradients(Case c) {
    List<String> weighted =
        c.outputs().stream().filter(output -> golden.has(c.id() + "/cot." + output)).toList();
    List<Tensor> cotangents =
        weighted.stream().map(output -> golden.get(c.id() + "/cot." + output)).toList();
    List<Tensor> inputs = c.gradients().stream().map(c.inputs()::get).toList();
    Differentiated result =
        Autograd.vjp(
            inputs,
            _ -> {
              Map<String, Tensor> outputs = forward(c);
              return weighted.stream().map(outputs::get).toList();
            },
            cotangents);
    for (int i = 0; i < inputs.size(); i++) {
      int index = i;
      String name = c.id() + "/grad." + c.gradients().get(i);
      checks.guard(
          name,
          () -> checks.tensor(name, rule(c.id()), golden.get(name), () -> result.gradient(index)));
    }
  }

  // ---- optimisers and schedules ----

  private static Map<String, Tensor> adamW(Case c) {
    JsonNode a = c.attributes();
    double[] betas = Json.requireDoubles(a, c.id(), "betas");
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    c.inputs()
        .forEach((name, value) -> {
          if (name.startsWith("p")) {
            parameters.put(name, copy(value));
          }
        });
    AdamW optimizer =
        new AdamW()
            .group(
                parameters,
                new AdamW.Settings(
                    betas[0],
                    betas[1],
                    Json.requireDouble(a, c.id(), "eps"),
                    Json.requireDouble(a, c.id(), "weight_decay"),
                    1));
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    for (int step = 0; step < Json.requireInt(a, c.id(), "steps"); step++) {
      Map<String, Tensor> gradients = new LinkedHashMap<>();
      for (String name : parameters.keySet()) {
        gradients.put(name, c.inputs().get("g%s_%d".formatted(name.substring(1), step)));
      }
      optimizer.step(gradients, Json.requireDouble(a, c.id(), "lr"));
      for (Map.Entry<String, Tensor> parameter : parameters.entrySet()) {
        outputs.put(
            "%s_after_%d".formatted(parameter.getKey(), step + 1), copy(parameter.getValue()));
      }
    }
    for (Map.Entry<String, Tensor> moment : optimizer.state().entrySet()) {
      String[] parts = moment.getKey().split("\\."); // p0.m
      outputs.put(parts[1] + parts[0].substring(1), moment.getValue());
    }
    return outputs;
  }

  private static Tensor copy(Tensor x) {
    return Ops.run(new Op.Copy(), x);
  }

  private static Map<String, Tensor> clipped(Case c) {
    List<String> names = List.copyOf(c.inputs().keySet());
    GradientClipping.Clipped clipped =
        GradientClipping.toNorm(
            List.copyOf(c.inputs().values()),
            Json.requireDouble(c.attributes(), c.id(), "max_norm"));
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      outputs.put(names.get(i) + "_out", clipped.gradients().get(i));
    }
    outputs.put("norm", Tensor.of(new double[] {clipped.norm()}));
    return outputs;
  }

  /// As many factors as are expected.
  private Tensor schedule(Case c) {
    int warmup = Json.requireInt(c.attributes(), c.id(), "warmup");
    int total = Json.requireInt(c.attributes(), c.id(), "total");
    String kind = Json.requireString(c.attributes(), c.id(), "kind");
    Schedule schedule =
        switch (kind) {
          case "cosine" -> Schedule.cosine(warmup, total);
          case "linear" -> Schedule.linear(warmup, total);
          default ->
              throw new IllegalArgumentException("schedule '%s' is not known".formatted(kind));
        };
    List<Double> factors = new ArrayList<>();
    int count = golden.get(c.id() + "/out.factor").size(0);
    for (int step = 0; step < count; step++) {
      factors.add(schedule.factor(step));
    }
    return Tensor.of(factors.stream().mapToDouble(Double::doubleValue).toArray(), count);
  }
}
