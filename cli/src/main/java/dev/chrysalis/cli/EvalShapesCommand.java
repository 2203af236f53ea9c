package dev.chrysalis.cli;

import dev.chrysalis.models.image.ContactSheet;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureWriter;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.zoo.eval.ShapesEvaluation;
import dev.chrysalis.zoo.eval.ShapesEvaluation.Drawn;
import dev.chrysalis.zoo.eval.ShapesEvaluation.Result;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// Measures a model on unseen scenes of the shapes world.
@Command(
    name = "shapes",
    description = "Measure a model on scenes of the shapes world that nobody trained on.",
    footer = {
      "",
      "Riddles ask for what was only ever read as text. What the same training without those texts"
          + " reaches comes from --ablation, else from evaluation.json in the model's folder (an"
          + " earlier output of --json), else nowhere."
    })
final class EvalShapesCommand extends ChrysalisCommand {
  private static final int SHEET = 20;
  private static final int MAX_SAMPLES = 1_000_000;
  private static final String EARLIER = "evaluation.json";

  @Spec private CommandSpec spec;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "2026",
      description = "Of the scenes and of the drawings' noise. Default: ${DEFAULT-VALUE}.")
  private long seed;

  private int samples = 200;

  @Option(
      names = "--ablation",
      paramLabel = "DIR|NAME",
      description =
          "A model of the same training with the facts withheld, to compare riddles with.")
  private Optional<String> ablation = Optional.empty();

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      description =
          "Write drawings.png and riddles.png there: the first 20 of each, found or not; older ones"
              + " are replaced.")
  private Optional<Path> pictures = Optional.empty();

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Option(
      names = "--forms",
      description = "Also show each form of question, those answered worst first.")
  private boolean forms;

  @Mixin private ModelOptions model;
  @Mixin private DrawingOptions drawing;
  @Mixin private BackendOptions backend;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Questions a group, drawings, and riddles, of each this many; 200 by itself.")
  private void setSamples(int value) {
    samples = Ranges.within(spec, "--samples", value, 1, MAX_SAMPLES);
  }

  @Override
  public Integer call() {
    pictures.ifPresent(Outputs::checkFolder);
    return backend.run(this::measure);
  }

  private int measure() {
    Console console = console();
    MetaMorphFolder folder = model.readArtist();
    Optional<MetaMorphFolder> other = ablation.map(ModelOptions::folder).map(MetaMorphFolder::read);
    OptionalDouble withoutFacts =
        other.isPresent() ? OptionalDouble.empty() : earlier(console, folder.path());
    int steps = ShapesEvaluation.steps(samples);
    Result result;
    try (Progress progress =
        Progress.start(console, "eval shapes", steps + (other.isPresent() ? samples : 0))) {
      result = evaluation(folder).measure(seed, samples, progress::stepTo);
      if (other.isPresent()) {
        withoutFacts = OptionalDouble.of(riddles(other.get(), progress));
      }
    }
    ShapesReport report = new ShapesReport(result.scores(), withoutFacts);
    if (json) {
      console.note(report.cosines());
    }
    pictures.ifPresent(place -> write(place, result));
    if (json) {
      console.json(forms ? report.toJsonWithForms() : report.toJson());
    } else {
      report.lines().forEach(console::line);
      if (forms) {
        report.formLines().forEach(console::line);
      }
    }
    return DONE;
  }

  private ShapesEvaluation evaluation(MetaMorphFolder folder) {
    return new ShapesEvaluation(
        folder.model(),
        folder.tokenizer(),
        (features, noise) -> folder.draw(features, drawing.settings(noise), (done, total) -> {}));
  }

  private double riddles(MetaMorphFolder folder, Progress progress) {
    List<Drawn> drawn =
        evaluation(folder).draw(new ShapesWorld().riddles(seed, samples), seed, progress::step);
    return ShapesEvaluation.shareFound(drawn);
  }

  /// What an earlier evaluation of this model found without the facts.
  private static OptionalDouble earlier(Console console, Path folder) {
    Path file = folder.resolve(EARLIER);
    if (!Files.exists(file)) {
      return OptionalDouble.empty();
    }
    JsonNode json = Json.readObject(file);
    JsonNode found = json.path("riddle").path("without_facts");
    if (!found.isNumber()) {
      return OptionalDouble.empty();
    }
    console.note(
        "riddle.without_facts is not measured now but taken from %s: seed %s, %s samples"
            .formatted(file, json.path("seed").asString("?"), json.path("samples").asString("?")));
    return OptionalDouble.of(found.doubleValue());
  }

  private void write(Path place, Result result) {
    Outputs.makeFolder(place);
    sheet(place.resolve("drawings.png"), result.drawings());
    sheet(place.resolve("riddles.png"), result.riddles());
  }

  private void sheet(Path file, List<Drawn> drawn) {
    List<ContactSheet.Tile> tiles =
        drawn.stream().limit(SHEET).map(EvalShapesCommand::tile).toList();
    PictureWriter.write(new ContactSheet(5, 3).draw(tiles), file);
    console().note("first %d of %d: %s".formatted(tiles.size(), drawn.size(), file));
  }

  private static ContactSheet.Tile tile(Drawn drawn) {
    Picture picture = drawn.picture().orElseGet(() -> Picture.filled(64, 64, 0xC0C0C0));
    return new ContactSheet.Tile(
        picture, (drawn.found() ? "found: " : "not found: ") + drawn.request());
  }
}
