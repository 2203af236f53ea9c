package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.zoo.eval.ShapesScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class EvalShapesCommandTest {
  private static final List<String> GROUPS =
      List.of("general", "knowledge", "text_and_chart", "vision_centric");

  @TempDir private Path folder;

  private static Run eval(Object... more) {
    Object[] args = new Object[6 + more.length];
    System.arraycopy(
        new Object[] {"eval", "shapes", "--samples=2", "--seed=9", "--steps=1", "--model"},
        0,
        args,
        0,
        6);
    System.arraycopy(more, 0, args, 6, more.length);
    return Run.of(args);
  }

  @Test
  void documentHasTheShapeThatIsPromised() {
    Path pictures = folder.resolve("deep").resolve("pictures");
    Run run =
        eval(TinyModel.model(), "--json", "--pictures", pictures, "--ablation", TinyModel.model());
    assertEquals(0, run.status(), run.err());
    JsonNode json = Json.parse(run.out());
    assertEquals(
        List.of("answers", "baselines", "draw", "riddle", "seed", "samples"),
        json.propertyNames().stream().toList());
    for (JsonNode rates :
        List.of(
            json.get("answers"), json.at("/baselines/majority"), json.at("/baselines/no_image"))) {
      assertEquals(GROUPS, rates.propertyNames().stream().toList());
      rates.forEach(rate -> assertTrue(rate.doubleValue() >= 0 && rate.doubleValue() <= 1));
    }
    assertTrue(json.at("/draw/found").isNumber());
    assertEquals(
        json.at("/riddle/found"), json.at("/riddle/without_facts"), "the same model twice");
    assertEquals(9, json.get("seed").intValue());
    assertEquals(2, json.get("samples").intValue());
    assertTrue(run.err().contains("of the mean token: "), run.err());
    for (String name : List.of("drawings.png", "riddles.png")) {
      assertEquals(2 * (3 * 64 + 8) + 8, new PictureReader().read(pictures.resolve(name)).width());
    }
  }

  @Test
  void ratesWithoutFactsComeFromAnEarlierEvaluation() throws IOException {
    Path model = TinyModel.copy(TinyModel.model(), folder.resolve("model"));
    Files.writeString(
        model.resolve("evaluation.json"),
        "{\"riddle\": {\"found\": 0.5, \"without_facts\": 0.125}, \"seed\": 3, \"samples\": 40}");
    Run run = eval(model);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("without facts 12.5 %"), run.out());
    assertTrue(run.err().contains("evaluation.json: seed 3, 40 samples"), run.err());
    assertTrue(run.out().contains("seed 9, 2 samples of each kind"), run.out());
  }

  @Test
  void unknownRateIsNull() {
    ShapesScores scores =
        new ShapesScores(
            Map.of("general", 0.5),
            Map.of(
                "general count", new ShapesScores.Form(3, 4),
                "general color", new ShapesScores.Form(1, 4)),
            Map.of("general", 0.25),
            Map.of("general", 0.125),
            0.75,
            1,
            0.8125,
            0.5,
            4,
            8);
    ShapesReport report = new ShapesReport(scores, OptionalDouble.empty());
    assertEquals(
        Json.parse(
                """
                {"answers": {"general": 0.5},
                 "baselines": {"majority": {"general": 0.25}, "no_image": {"general": 0.125}},
                 "draw": {"found": 0.75}, "riddle": {"found": 1.0, "without_facts": null},
                 "seed": 4, "samples": 8}
                """)
            .toString(),
        report.toJson().toString());
    assertEquals(
        "{\"right\":3,\"asked\":4}",
        report.toJsonWithForms().at("/forms/general count").toString());
    assertEquals(
        List.of("general color: 1 of 4", "general count: 3 of 4"),
        report.formLines().stream()
            .map(line -> line.replaceFirst(" {2,}", ": ").replaceAll(" +", " "))
            .toList());
    assertEquals("general          50.0 %    25.0 %    12.5 %", report.lines().get(1));
    assertEquals(
        "cosine of predicted visual tokens with the right ones: 0.813; of the mean token: 0.500",
        report.cosines());
  }
}
