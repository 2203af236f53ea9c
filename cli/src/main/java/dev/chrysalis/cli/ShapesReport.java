package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.zoo.eval.ShapesScores;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import tools.jackson.databind.node.ObjectNode;

/// Scores on the shapes world as text and as JSON.
///
/// @param withoutFacts riddles solved after the same training without facts, if that is known
record ShapesReport(ShapesScores scores, OptionalDouble withoutFacts) {
  ObjectNode toJson() {
    ObjectNode json = Json.newObject();
    put(json.putObject("answers"), scores.answers());
    ObjectNode baselines = json.putObject("baselines");
    put(baselines.putObject("majority"), scores.majority());
    put(baselines.putObject("no_image"), scores.noImage());
    json.putObject("draw").put("found", scores.drawn());
    ObjectNode riddle = json.putObject("riddle").put("found", scores.riddles());
    if (withoutFacts.isPresent()) {
      riddle.put("without_facts", withoutFacts.getAsDouble());
    } else {
      riddle.putNull("without_facts");
    }
    return json.put("seed", scores.seed()).put("samples", scores.samples());
  }

  /// As `toJson`, with `"forms": {"GROUP FORM": {"right", "asked"}}`.
  ObjectNode toJsonWithForms() {
    ObjectNode json = toJson();
    ObjectNode forms = json.putObject("forms");
    scores
        .forms()
        .forEach((name, form) ->
            forms.putObject(name).put("right", form.right()).put("asked", form.asked()));
    return json;
  }

  /// Forms of questions, those answered worst first.
  List<String> formLines() {
    return scores.forms().entrySet().stream()
        .sorted(Comparator.comparingDouble(entry -> entry.getValue().share()))
        .map(entry ->
            "%-40s %4d of %4d"
                .formatted(entry.getKey(), entry.getValue().right(), entry.getValue().asked()))
        .toList();
  }

  private static void put(ObjectNode json, Map<String, Double> rates) {
    rates.forEach(json::put);
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("answers right     model  majority  no image");
    for (String group : scores.answers().keySet()) {
      lines.add(
          "%-15s %7s %9s %9s"
              .formatted(
                  group,
                  percent(scores.answers().get(group)),
                  percent(scores.majority().get(group)),
                  percent(scores.noImage().get(group))));
    }
    lines.add("drawings found  %7s".formatted(percent(scores.drawn())));
    String other =
        withoutFacts.isPresent()
            ? "without facts " + percent(withoutFacts.getAsDouble())
            : "without facts not known";
    lines.add("riddles found   %7s  %s".formatted(percent(scores.riddles()), other));
    lines.add(cosines());
    lines.add("seed %d, %d samples of each kind".formatted(scores.seed(), scores.samples()));
    return lines;
  }

  /// The mean token's cosine alone can look high, so both stand side by side.
  String cosines() {
    return "cosine of predicted visual tokens with the right ones: %.3f; of the mean token: %.3f"
        .formatted(scores.cosine(), scores.cosineOfMean());
  }

  private static String percent(double rate) {
    return "%.1f %%".formatted(100 * rate);
  }
}
