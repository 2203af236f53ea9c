package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.TokenizerParity.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/// Collects the cases of a golden set. Whatever goes wrong in one is that case's failure and not
/// the end of the run.
final class ParityCases {
  private static final int SHOWN_AROUND = 20;

  private final List<Case> results = new ArrayList<>();

  List<Case> results() {
    return List.copyOf(results);
  }

  int count() {
    return results.size();
  }

  /// One case: `actual` must give something equal to `expected`.
  void expect(String at, Object expected, Supplier<?> actual) {
    guard(
        at,
        () -> {
          Object found = actual.get();
          boolean passed = Objects.equals(expected, found);
          results.add(new Case(at, passed, passed ? "" : difference(found, expected)));
        });
  }

  void fail(String at, String message) {
    results.add(new Case(at, false, message));
  }

  void unknown(String at) {
    fail(at, "unknown key: nothing checks it");
  }

  void onlyKeys(String at, JsonNode node, String... known) {
    for (String key : node.propertyNames()) {
      if (!List.of(known).contains(key)) {
        unknown(at + "." + key);
      }
    }
  }

  /// Runs `check` with the name and the value of every element; an empty list checks nothing and
  /// has failed.
  void each(String at, JsonNode array, BiConsumer<String, JsonNode> check) {
    if (!array.isArray() || array.isEmpty()) {
      fail(at, "found " + Json.describe(array) + ", need a non-empty array");
      return;
    }
    for (int i = 0; i < array.size(); i++) {
      String one = "%s[%d]".formatted(at, i);
      JsonNode node = array.get(i);
      guard(one, () -> check.accept(one, node));
    }
  }

  void guard(String at, Runnable body) {
    try {
      body.run();
    } catch (RuntimeException e) {
      fail(at, String.valueOf(e.getMessage()));
    }
  }

  private static String difference(Object found, Object expected) {
    String got = found.toString();
    String need = expected.toString();
    int at = 0;
    while (at < Math.min(got.length(), need.length()) && got.charAt(at) == need.charAt(at)) {
      at++;
    }
    return "got ...%s..., need ...%s... (differ at character %d)"
        .formatted(around(got, at), around(need, at), at);
  }

  private static String around(String s, int at) {
    return s.substring(
        Math.min(s.length(), Math.max(0, at - SHOWN_AROUND)),
        Math.min(s.length(), at + SHOWN_AROUND));
  }
}
