package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Holds every backend of this machine to what it should compute.
@Command(
    name = "selfcheck",
    description =
        "Hold the backends of this machine to what they should compute: each operation against the"
            + " plain one, the golden values, and the model's answers against those of the backend"
            + " cpu.")
final class SelfCheckCommand extends ChrysalisCommand {
  private static final String REFERENCE = "cpu";
  private static final int SHOWN = 20;

  @Option(
      names = "--backends",
      split = ",",
      paramLabel = "NAME",
      description = "Which backends; all that this machine has, but the plain one, by itself.")
  private List<String> names = List.of();

  @Option(
      names = "--fixtures",
      paramLabel = "DIR",
      description = "Folder of golden values; those of the project by itself.")
  private Optional<Path> fixtures = Optional.empty();

  @Mixin private ModelOptions model;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  /// One backend and what its parts came to.
  private record Checked(Backend backend, List<SelfCheck.Part> parts, double seconds) {}

  @Override
  public Integer call() {
    List<Backend> backends = BackendOptions.named(names);
    Optional<Path> golden = golden();
    Optional<MetaMorphFolder> artist = artist();
    Optional<SelfCheck.Performance> expected =
        artist.map(folder -> SelfCheck.performance(Backends.named(REFERENCE), folder));
    List<Checked> all = new ArrayList<>();
    for (Backend backend : backends) {
      console().note("selfcheck: %s: %s".formatted(backend.name(), backend.description()));
      long begun = System.nanoTime();
      List<SelfCheck.Part> parts = new ArrayList<>();
      parts.add(SelfCheck.operations(backend));
      if (!backend.roundsOperands()) { // others compute what they say, but not these values
        golden.ifPresent(folder -> parts.add(SelfCheck.golden(backend, folder)));
        artist.ifPresent(
            folder -> parts.add(SelfCheck.model(expected.orElseThrow(), backend, folder)));
      }
      Checked checked = new Checked(backend, parts, (System.nanoTime() - begun) * 1e-9);
      all.add(checked);
      if (!json) {
        print(checked);
      }
    }
    if (json) {
      console().json(json(all));
    }
    return all.stream().flatMap(c -> c.parts().stream()).allMatch(p -> p.problems().isEmpty())
        ? DONE
        : FAILED;
  }

  /// Where the golden values are; a bundle may have been made without them.
  private Optional<Path> golden() {
    Path place = fixtures.orElseGet(() -> ModelOptions.home().resolve("fixtures"));
    if (Files.isDirectory(place)) {
      return Optional.of(place);
    }
    if (fixtures.isPresent()) {
      throw new CommandException(place + ": no such folder of golden values");
    }
    console().note("selfcheck: golden values left out: they are not here");
    return Optional.empty();
  }

  /// The model; a bundle may have been made without the one that ships.
  private Optional<MetaMorphFolder> artist() {
    boolean shipped = Files.isDirectory(ModelOptions.home().resolve("zoo"));
    if (!shipped && model.isDefault()) {
      console().note("selfcheck: the model left out: it is not here");
      return Optional.empty();
    }
    return Optional.of(model.readArtist());
  }

  private void print(Checked checked) {
    for (SelfCheck.Part part : checked.parts()) {
      part.problems().stream()
          .limit(SHOWN)
          .forEach(problem -> console().line("  " + Console.oneLine(problem)));
      console()
          .line(
              "%-8s %-14s %d passed, %d failed"
                  .formatted(
                      checked.backend().name(),
                      part.what(),
                      part.passed(),
                      part.problems().size()));
    }
    console().line("%-8s %.0f s".formatted(checked.backend().name(), checked.seconds()));
  }

  private static ArrayNode json(List<Checked> all) {
    ArrayNode array = Json.newArray();
    for (Checked checked : all) {
      ObjectNode one =
          array
              .addObject()
              .put("backend", checked.backend().name())
              .put("description", checked.backend().description())
              .put("seconds", checked.seconds());
      ArrayNode parts = one.putArray("parts");
      for (SelfCheck.Part part : checked.parts()) {
        ArrayNode problems =
            parts
                .addObject()
                .put("what", part.what())
                .put("passed", part.passed())
                .put("failed", part.problems().size())
                .putArray("problems");
        part.problems().forEach(problems::add);
      }
    }
    return array;
  }
}
