package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.TokenizerParity;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Runs folders of expected values on the current backend.
///
/// A set is a folder with a marker: `ops.json`; `encode.json` (tokenizer); `model_index.json` with
/// `expected.json` (diffusion); `config.json` with `expected.json`, by its `model_type`. What has
/// no marker, or one that nobody knows, is a failed case: nothing is skipped.
public final class ParityRunner {
  private static final String MARKER = "marker";
  private static final String NO_SET =
      "no set of expected values: need ops.json, encode.json,"
          + " or expected.json beside config.json or model_index.json";

  private ParityRunner() {}

  /// All cases of a set, or of the sets in a folder, sorted by name.
  ///
  /// @throws ParityException if `folder` is missing or no folder
  public static List<ParityCase> run(Path folder) {
    if (!Files.isDirectory(folder)) {
      String found = Files.exists(folder) ? "is a file, need a folder" : "no such folder";
      throw new ParityException("%s: %s".formatted(folder, found));
    }
    List<ParityCase> cases = new ArrayList<>();
    List<Path> subFolders = subFolders(folder);
    if (isSet(folder)) {
      cases.addAll(runSet(folder));
      subFolders = subFolders.stream().filter(ParityRunner::isSet).toList();
    } else if (subFolders.isEmpty()) {
      cases.add(failed(name(folder), NO_SET));
    }
    for (Path one : subFolders) {
      cases.addAll(isSet(one) ? runSet(one) : List.of(failed(name(one), NO_SET)));
    }
    return List.copyOf(cases);
  }

  private static List<Path> subFolders(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .sorted((a, b) -> name(a).compareTo(name(b)))
          .toList();
    } catch (IOException e) {
      throw new ParityException("%s: cannot be listed: %s".formatted(folder, e.getMessage()), e);
    }
  }

  private static String name(Path folder) {
    Path last = folder.toAbsolutePath().normalize().getFileName();
    return last == null ? folder.toString() : last.toString();
  }

  private static ParityCase failed(String set, String message) {
    Checks checks = new Checks(set);
    checks.fail(MARKER, message);
    return checks.cases().getFirst();
  }

  // ---- one set ----

  /// Whether `folder` has the marker of a set.
  static boolean isSet(Path folder) {
    boolean expected = Files.exists(folder.resolve("expected.json"));
    return Files.exists(folder.resolve("ops.json"))
        || Files.exists(folder.resolve("encode.json"))
        || expected && Files.exists(folder.resolve("model_index.json"))
        || expected && Files.exists(folder.resolve("config.json"));
  }

  private static List<ParityCase> runSet(Path folder) {
    Checks failures = new Checks(name(folder));
    List<ParityCase> cases = new ArrayList<>();
    failures.guard("run", () -> Scope.run(() -> cases.addAll(cases(folder))));
    cases.addAll(failures.cases());
    if (cases.isEmpty()) {
      cases.add(failed(name(folder), "expects nothing"));
    }
    return cases;
  }

  private static List<ParityCase> cases(Path folder) {
    String set = name(folder);
    if (Files.exists(folder.resolve("ops.json"))) {
      return OpsParity.run(set, folder);
    }
    if (Files.exists(folder.resolve("encode.json"))) {
      return tokenizer(set, folder);
    }
    if (Files.exists(folder.resolve("model_index.json"))) {
      return DiffusionParity.run(set, folder);
    }
    Path file = folder.resolve("config.json");
    JsonNode config = Json.readObject(file);
    String type = Json.requireString(config, file.toString(), "model_type");
    return switch (type) {
      case "llama" -> LlamaParity.run(set, folder);
      case "siglip" -> SiglipParity.run(set, folder);
      case MetaMorphConfig.MODEL_TYPE -> MetaMorphParity.run(set, folder);
      default ->
          List.of(
              failed(
                  set,
                  "config.json: model_type: found '%s', need one of llama, siglip, %s"
                      .formatted(type, MetaMorphConfig.MODEL_TYPE)));
    };
  }

  private static List<ParityCase> tokenizer(String set, Path folder) {
    return TokenizerParity.check(folder).stream()
        .map(one ->
            new ParityCase(
                set, one.name(), one.passed() ? 0 : 1, 0, "equal", one.passed(), one.message()))
        .toList();
  }
}
