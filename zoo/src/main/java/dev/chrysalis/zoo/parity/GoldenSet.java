package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The folder of one set with an `expected.json`: its files, its tolerances, and what of them was
/// used.
final class GoldenSet implements AutoCloseable {
  /// Files that a model folder may hold beside what a set is made of.
  private static final Set<String> COMPANIONS =
      Set.of(
          "README.md",
          "expected.json",
          "config.json",
          "generation_config.json",
          "preprocessor_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json");

  /// Keys of `expected.json` that are about comparing and not expected themselves.
  private static final Set<String> ABOUT = Set.of("tolerance", "reference_noise");

  private static final String STRIDES = "_strides";
  private static final String UNKNOWN = "%s: nothing checks this key";

  private final Path folder;
  private final Checks checks;
  private final ObjectNode expected;
  private final Set<String> used = new HashSet<>(ABOUT);
  private final Map<String, Optional<GoldenTensors>> files = new LinkedHashMap<>();

  GoldenSet(String name, Path folder) {
    this.folder = folder;
    checks = new Checks(name);
    expected = Json.readObject(folder.resolve("expected.json"));
  }

  Path folder() {
    return folder;
  }

  Checks checks() {
    return checks;
  }

  /// The tensors of `file`, opened once; opening fails as the case `file`.
  Optional<GoldenTensors> tensors(String file) {
    if (!files.containsKey(file)) {
      files.put(file, Optional.empty());
      Path path = folder.resolve(file);
      checks.guard(file, () -> files.put(file, Optional.of(new GoldenTensors(path))));
    }
    return files.get(file);
  }

  // ---- expected.json ----

  boolean has(String key) {
    return expected.has(key);
  }

  /// The value at `key` of `expected.json`, from now on taken as read; missing if there is none.
  JsonNode take(String key) {
    used.add(key);
    return expected.path(key);
  }

  /// The number that `expected.json` gives as `tolerance.KEY`.
  double tolerance(String key) {
    return Json.requireDouble(expected.path("tolerance"), "expected.json: tolerance", key);
  }

  /// The rule for tensors of a forward pass.
  Rule forward() {
    return Rule.relative(tolerance("forward"));
  }

  /// The rule for losses.
  Rule loss() {
    return Rule.absolute(tolerance("loss_abs"));
  }

  /// The rule for gradients.
  Rule gradient() {
    return Rule.gradient(tolerance("grads"), tolerance("grads_abs_floor"));
  }

  /// The number at `key` of `expected.json`, if it is there.
  void number(String key, Rule rule, DoubleSupplier found) {
    if (has(key)) {
      String name = "expected." + key;
      JsonNode value = take(key);
      checks.guard(name, () -> numberCase(name, value, rule, found));
    }
  }

  private void numberCase(String name, JsonNode value, Rule rule, DoubleSupplier found) {
    if (value.isNumber()) {
      checks.number(name, rule, value.doubleValue(), found);
    } else {
      checks.fail(name, "found %s, need a number".formatted(Json.describe(value)));
    }
  }

  /// The integers at `key` of `expected.json`, or the one there, if it is there.
  void integers(String key, Supplier<List<Integer>> found) {
    if (has(key)) {
      JsonNode value = take(key);
      checks.guard(
          "expected." + key, () -> checks.equal("expected." + key, integers(value, key), found));
    }
  }

  /// A list of integers; a single one is a list of one.
  static List<Integer> integers(JsonNode value, String key) {
    List<Integer> list = new ArrayList<>();
    for (JsonNode one : value.isArray() ? value.values() : List.of(value)) {
      if (!one.isIntegralNumber() || !one.canConvertToInt()) {
        throw new IllegalArgumentException(
            "expected.json: %s: found %s, need integers".formatted(key, Json.describe(one)));
      }
      list.add(one.intValue());
    }
    return list;
  }

  /// Every value that `trace` holds under a name that `io` has too.
  void trace(GoldenTensors io, Trace trace, Predicate<String> wanted) {
    for (String name : io.names()) {
      if (wanted.test(name) && trace.values().containsKey(name)) {
        checks.tensor(name, forward(), io.get(name), () -> trace.values().get(name));
      }
    }
  }

  /// The tensor `name` of a forward pass, if `io` has it.
  void forward(GoldenTensors io, String name, Supplier<Tensor> found) {
    if (io.has(name)) {
      checks.tensor(name, forward(), io.get(name), found);
    }
  }

  /// Parameters whose gradient is zero in theory, from every list of `expected.json` that names
  /// such.
  Set<String> vanishing() {
    Set<String> names = new HashSet<>();
    for (JsonNode place : List.of(expected, expected.path("reference_noise"))) {
      for (String key : place.propertyNames()) {
        if (key.equals("gradients_that_vanish") || key.endsWith("vanishing_grads")) {
          names.addAll(Json.requireStrings(place, "expected.json", key));
          used.add(key);
        }
      }
    }
    return names;
  }

  /// Keys of `node` beside `known` are failed cases.
  void onlyKeys(String at, JsonNode node, String... known) {
    for (String key : node.propertyNames()) {
      if (!List.of(known).contains(key)) {
        checks.fail(at + "." + key, UNKNOWN.formatted("expected.json"));
      }
    }
  }

  // ---- the end ----

  /// Ends the set: whatever nothing has used is a failed case.
  ///
  /// @param own files and folders that belong to a set of this kind
  List<ParityCase> finish(Predicate<String> own) {
    for (String key : expected.propertyNames()) {
      if (!used.contains(key) && !key.endsWith(STRIDES)) {
        checks.fail("expected." + key, UNKNOWN.formatted("expected.json"));
      }
    }
    files.forEach((file, golden) -> golden.ifPresent(tensors -> unused(file, tensors)));
    unknownFiles(own).forEach(file -> checks.fail(file, "not part of a set of this kind"));
    return checks.cases();
  }

  private void unused(String file, GoldenTensors tensors) {
    for (String name : tensors.unused()) {
      checks.fail(Gradients.caseName(file, name), UNKNOWN.formatted(file));
    }
  }

  private List<String> unknownFiles(Predicate<String> own) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !Files.isDirectory(path) || !ParityRunner.isSet(path))
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .filter(name -> !COMPANIONS.contains(name) && !files.containsKey(name))
          .filter(own.negate())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    files.values().forEach(file -> file.ifPresent(GoldenTensors::close));
  }
}
