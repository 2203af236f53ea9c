package dev.chrysalis.zoo.parity;

/// One expected value held against what this program computes.
///
/// @param set the folder's name
/// @param name the key inside of the set
/// @param error how far off the value is, in the unit of `tolerance`; NaN if there was nothing to
///   compare
/// @param tolerance the largest error that passes
/// @param rule how the two are compared, in words
/// @param passed whether the error is within the tolerance
/// @param message what went wrong; empty if nothing did
public record ParityCase(
    String set,
    String name,
    double error,
    double tolerance,
    String rule,
    boolean passed,
    String message) {
  static final String INFORMATIONAL = "informational, not counted";

  /// Whether the case is shown only, and counts neither as passed nor as failed.
  public boolean isInformational() {
    return rule.equals(INFORMATIONAL);
  }

  /// Whether the case counts and did not pass.
  public boolean failed() {
    return !passed && !isInformational();
  }

  /// This case, shown and not counted.
  ParityCase informational() {
    return new ParityCase(set, name, error, tolerance, INFORMATIONAL, passed, message);
  }
}
