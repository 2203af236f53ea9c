package dev.chrysalis.zoo.parity;

import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/// Compares the values of one set and collects the cases. What goes wrong while a value is worked
/// out is that case's failure and not the end of the run.
final class Checks {
  private static final String EXACT = "equal";
  private static final int SHOWN_AROUND = 20;

  private final String set;
  private final List<ParityCase> cases = new ArrayList<>();

  Checks(String set) {
    this.set = set;
  }

  /// The cases so far, in the order in which they were checked.
  List<ParityCase> cases() {
    return List.copyOf(cases);
  }

  void add(ParityCase one) {
    cases.add(one);
  }

  void add(
      String name, double error, double tolerance, String rule, boolean passed, String message) {
    cases.add(new ParityCase(set, name, error, tolerance, rule, passed, message));
  }

  /// A case that could not be compared.
  void fail(String name, String message) {
    add(name, Double.NaN, 0, EXACT, false, message);
  }

  /// Runs `part`; if it throws, that is the failed case `name`.
  void guard(String name, Runnable part) {
    try {
      part.run();
    } catch (RuntimeException | AssertionError e) {
      fail(name, reason(e));
    }
  }

  private static String reason(Throwable e) {
    String text = e.getMessage();
    return text == null || text.isBlank() ? e.getClass().getSimpleName() : text;
  }

  /// Floats within `rule`. Shapes must be equal, except that `(1)` and a scalar are the same.
  void tensor(String name, Rule rule, Tensor expected, Supplier<Tensor> found) {
    guard(name, () -> cases.add(compared(name, rule, expected, found.get())));
  }

  /// As `tensor`, shown and not counted.
  void informational(String name, Rule rule, Tensor expected, Supplier<Tensor> found) {
    Checks apart = new Checks(set);
    apart.tensor(name, rule, expected, found);
    apart.cases.forEach(one -> cases.add(one.informational()));
  }

  private ParityCase compared(String name, Rule rule, Tensor expected, Tensor found) {
    boolean oneElement = found.count() == 1 && expected.count() == 1;
    if (!oneElement && !found.shape().equals(expected.shape())) {
      String message = "got shape %s, need %s".formatted(found.shape(), expected.shape());
      return new ParityCase(set, name, Double.NaN, 0, rule.toString(), false, message);
    }
    return compared(name, rule, expected.toDoubles(), found.toDoubles());
  }

  private ParityCase compared(String name, Rule rule, double[] expected, double[] found) {
    double largest = 0;
    double error = 0;
    int worst = 0;
    for (int i = 0; i < expected.length; i++) {
      boolean same = Double.compare(found[i], expected[i]) == 0; // infinities and NaN among them
      double off = same ? 0 : Math.abs(found[i] - expected[i]);
      if (!(off <= error) && !Double.isNaN(error)) {
        error = off;
        worst = i;
      }
      if (Double.isFinite(expected[i])) {
        largest = Math.max(largest, Math.abs(expected[i]));
      }
    }
    double bound = rule.bound(largest);
    boolean passed = error <= bound;
    String message =
        passed
            ? ""
            : String.format(
                Locale.ROOT,
                "element %d of %d: got %.9g, need %.9g",
                worst,
                expected.length,
                found[worst],
                expected[worst]);
    return new ParityCase(set, name, error, bound, rule.toString(), passed, message);
  }

  /// One number within `rule`.
  void number(String name, Rule rule, double expected, DoubleSupplier found) {
    guard(
        name,
        () ->
            cases.add(
                compared(name, rule, new double[] {expected}, new double[] {found.getAsDouble()})));
  }

  /// The same dtype, shape and values. The error counts the elements that differ.
  void exact(String name, Tensor expected, Supplier<Tensor> found) {
    guard(name, () -> cases.add(identical(name, expected, found.get())));
  }

  private ParityCase identical(String name, Tensor expected, Tensor found) {
    if (!found.type().equals(expected.type())) {
      String message = "got %s, need %s".formatted(found.type(), expected.type());
      return new ParityCase(set, name, Double.NaN, 0, EXACT, false, message);
    }
    long count = expected.count();
    long differing = 0;
    String message = "";
    for (long i = 0; i < count; i++) {
      boolean same =
          expected.dtype().isFloat()
              ? Double.compare(found.getDouble(i), expected.getDouble(i)) == 0
              : found.getLong(i) == expected.getLong(i);
      if (!same && differing++ == 0) {
        message =
            expected.dtype().isFloat()
                ? "element %d: got %s, need %s"
                    .formatted(i, found.getDouble(i), expected.getDouble(i))
                : "element %d: got %d, need %d".formatted(i, found.getLong(i), expected.getLong(i));
      }
    }
    return new ParityCase(set, name, differing, 0, EXACT, differing == 0, message);
  }

  /// Equal values: ids, texts, counts. The error is 0 or 1.
  void equal(String name, Object expected, Supplier<?> found) {
    guard(
        name,
        () -> {
          Object got = found.get();
          boolean passed = Objects.equals(expected, got);
          add(name, passed ? 0 : 1, 0, EXACT, passed, passed ? "" : difference(got, expected));
        });
  }

  private static String difference(Object found, Object expected) {
    String got = String.valueOf(found);
    String need = String.valueOf(expected);
    if (got.length() <= 2 * SHOWN_AROUND && need.length() <= 2 * SHOWN_AROUND) {
      return "got %s, need %s".formatted(got, need);
    }
    int at = 0;
    while (at < Math.min(got.length(), need.length()) && got.charAt(at) == need.charAt(at)) {
      at++;
    }
    return "got ...%s..., need ...%s... (differ at character %d)"
        .formatted(around(got, at), around(need, at), at);
  }

  private static String around(String text, int at) {
    int from = Math.min(text.length(), Math.max(0, at - SHOWN_AROUND));
    return text.substring(from, Math.min(text.length(), at + SHOWN_AROUND));
  }
}
