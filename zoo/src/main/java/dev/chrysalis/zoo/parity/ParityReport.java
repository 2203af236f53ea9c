package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.json.Json;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The cases of a run, counted and written out.
///
/// @param backend what computed them
public record ParityReport(String backend, List<ParityCase> cases) {
  public ParityReport {
    cases = List.copyOf(cases);
  }

  /// How many cases passed; informational ones do not count.
  public long passed() {
    return cases.stream().filter(one -> one.passed() && !one.isInformational()).count();
  }

  /// How many cases failed.
  public long failed() {
    return cases.stream().filter(ParityCase::failed).count();
  }

  /// `parity: N passed, M failed`
  public String summary() {
    return "parity: %d passed, %d failed".formatted(passed(), failed());
  }

  /// A line for each case: name, error, tolerance, verdict.
  public List<String> lines() {
    return cases.stream().map(ParityReport::line).toList();
  }

  private static String line(ParityCase one) {
    String verdict = one.isInformational() ? "info" : one.passed() ? "ok" : "FAILED";
    String error = Double.isNaN(one.error()) ? "-" : number(one.error());
    String line =
        "%s/%s  error %s  tolerance %s  %s"
            .formatted(one.set(), one.name(), error, number(one.tolerance()), verdict);
    return one.message().isEmpty() ? line : line + ": " + one.message();
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.3g", value);
  }

  /// `{"backend", "passed", "failed", "cases": [{"set", "name", "error", "tolerance", "rule",
  /// "passed", "message"}]}`; an error that could not be measured is null. Informational cases
  /// stand apart, in `informational`.
  public ObjectNode toJson() {
    ObjectNode json =
        Json.newObject().put("backend", backend).put("passed", passed()).put("failed", failed());
    ArrayNode counted = json.putArray("cases");
    ArrayNode informational = json.putArray("informational");
    for (ParityCase one : cases) {
      write(one, (one.isInformational() ? informational : counted).addObject());
    }
    return json;
  }

  private static void write(ParityCase one, ObjectNode json) {
    json.put("set", one.set()).put("name", one.name());
    if (Double.isFinite(one.error())) {
      json.put("error", one.error());
    } else {
      json.putNull("error");
    }
    if (Double.isFinite(one.tolerance())) {
      json.put("tolerance", one.tolerance());
    } else {
      json.putNull("tolerance");
    }
    json.put("rule", one.rule()).put("passed", one.passed()).put("message", one.message());
  }
}
