package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Tensor;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Holds the gradients of parameters against a file of them.
///
/// The file has `NAME`, or for large tensors `NAME#sample`, the flattened gradient at `0, s, 2s,
/// …`, and `NAME#l2`, its Euclidean norm.
final class Gradients {
  private static final String SAMPLE = "#sample";
  private static final String NORM = "#l2";

  private final Checks checks;
  private final Rule rule;
  private final JsonNode strides;
  private final Set<String> vanishing;
  private final Rule vanishingRule;

  /// @param strides `s` by name of the parameter
  /// @param vanishing parameters whose gradient is zero in theory, held against `vanishingRule`
  ///   only
  Gradients(Checks checks, Rule rule, JsonNode strides, Set<String> vanishing, Rule vanishingRule) {
    this.checks = checks;
    this.rule = rule;
    this.strides = strides;
    this.vanishing = vanishing;
    this.vanishingRule = vanishingRule;
  }

  /// What the gradient `name` of `file` is called as a case; other tensors keep their name.
  static String caseName(String file, String name) {
    return file.endsWith("grads.safetensors")
        ? file.substring(0, file.length() - ".safetensors".length()) + "." + name
        : name;
  }

  /// Checks all of `golden`; gradients that were found but are not expected are failed cases, too.
  ///
  /// @param file the name of the file, for the names of the cases
  void check(String file, GoldenTensors golden, Map<String, Tensor> found) {
    for (String key : golden.names()) {
      String parameter = key.split("#", 2)[0];
      String name = caseName(file, key);
      if (found.containsKey(parameter)) {
        checks.guard(name, () -> one(name, key, golden, parameter, found.get(parameter)));
      }
    }
    for (String parameter : found.keySet()) {
      boolean known = golden.has(parameter) || golden.has(parameter + SAMPLE);
      if (!known) {
        checks.fail(caseName(file, parameter), file + ": no expected gradient of this parameter");
      }
    }
  }

  private void one(
      String name, String key, GoldenTensors golden, String parameter, Tensor gradient) {
    Rule used = vanishing.contains(parameter) ? vanishingRule : rule;
    switch (key.substring(parameter.length())) {
      case "" -> checks.tensor(name, used, golden.get(key), () -> gradient);
      case SAMPLE -> {
        int stride = Json.requireInt(strides, "expected.json: strides", parameter);
        checks.tensor(name, used, golden.get(key), () -> sampled(gradient, stride));
      }
      case NORM -> checks.number(name, used, golden.get(key).item(), () -> norm(gradient));
      default -> checks.fail(name, "nothing checks this key");
    }
  }

  private static Tensor sampled(Tensor gradient, int stride) {
    double[] all = gradient.toDoubles();
    double[] some = new double[(all.length + stride - 1) / stride];
    for (int i = 0; i < some.length; i++) {
      some[i] = all[i * stride];
    }
    return Tensor.of(some, some.length);
  }

  private static double norm(Tensor gradient) {
    double sum = 0;
    for (double value : gradient.toDoubles()) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }
}
