package dev.chrysalis.zoo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where each rule draws its line.
class RuleTest {
  private static ParityCase one(Rule rule, double[] expected, double[] found) {
    Checks checks = new Checks("set");
    checks.tensor(
        "key", rule, Tensor.of(expected, expected.length), () -> Tensor.of(found, found.length));
    return checks.cases().getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "0.099, true",
    "0.101, false",
    "-0.099, true",
    "-0.101, false",
    "NaN, false",
    "Infinity, false"
  })
  void relativeToTheLargest(double off, boolean passes) {
    ParityCase c = one(Rule.relative(0.01), new double[] {-10, 1}, new double[] {-10, 1 + off});
    assertEquals(passes, c.passed());
    assertEquals(0.1, c.tolerance(), 1e-12);
    assertEquals(passes, c.message().isEmpty());
  }

  @Test
  void smallValuesCountAsOneUnderTheRuleOfOps() {
    double[] small = {0.001, 0.002};
    assertTrue(one(Rule.scaled(0.01), small, new double[] {0.01, 0.002}).passed());
    assertFalse(one(Rule.scaled(0.01), small, new double[] {0.012, 0.002}).passed());
    assertFalse(one(Rule.relative(0.01), small, new double[] {0.0011, 0.002}).passed());
  }

  @Test
  void gradientsHaveAFloor() {
    double[] zeros = {0, 0};
    assertTrue(one(Rule.gradient(1e-4, 2e-6), zeros, new double[] {0, 1.9e-6}).passed());
    assertFalse(one(Rule.gradient(1e-4, 2e-6), zeros, new double[] {0, 2.1e-6}).passed());
  }

  @Test
  void equalInfinitiesAndNaNsPass() {
    double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, 1};
    assertTrue(one(Rule.absolute(0), odd, odd.clone()).passed());
    assertFalse(one(Rule.absolute(1), odd, new double[] {0, 0, 1}).passed());
    double[] infinite = {Double.POSITIVE_INFINITY, 1};
    assertFalse(one(Rule.relative(0.1), infinite, new double[] {5, 1}).passed());
    assertFalse(one(Rule.relative(0.1), infinite, new double[] {infinite[0], 2}).passed());
  }

  @Test
  void otherShapesFail() {
    ParityCase c = one(Rule.absolute(1), new double[] {1, 1}, new double[] {1, 1, 1});
    assertFalse(c.passed());
    assertEquals("got shape (3), need (2)", c.message());
  }

  @Test
  void exactMeansDtypeShapeAndValue() {
    Checks checks = new Checks("set");
    Tensor ids = Tensor.of(new long[] {1, 2, 3}, 3);
    checks.exact("same", ids, () -> Tensor.of(new long[] {1, 2, 3}, 3));
    checks.exact("value", ids, () -> Tensor.of(new long[] {1, 2, 4}, 3));
    checks.exact("dtype", ids, () -> Tensor.of(new int[] {1, 2, 3}, 3));
    checks.exact("shape", ids, () -> Tensor.of(new long[] {1, 2, 3}, 1, 3));
    assertEquals(
        List.of(
            "true: ",
            "false: element 2: got 4, need 3",
            "false: got I32(3), need I64(3)",
            "false: got I64(1, 3), need I64(3)"),
        checks.cases().stream().map(c -> c.passed() + ": " + c.message()).toList());
  }

  @Test
  void whatGoesWrongIsTheCasesFailure() {
    Checks checks = new Checks("set");
    checks.equal("ids", List.of(1), () -> List.of(1));
    checks.equal(
        "text",
        "a",
        () -> {
          throw new IllegalStateException("no text");
        });
    assertEquals(List.of("", "no text"), checks.cases().stream().map(ParityCase::message).toList());
    assertEquals("parity: 1 passed, 1 failed", new ParityReport("cpu", checks.cases()).summary());
  }

  @Test
  void rulesReadAsFormulas() {
    assertEquals("max|x-e| <= 2e-5 * max|e|", Rule.relative(2e-5).toString());
    assertEquals("max|x-e| <= 0.0001 * max|e| + 2e-6", Rule.gradient(1e-4, 2e-6).toString());
    assertEquals("max|x-e| <= 1e-5 * max(1, max|e|)", Rule.scaled(1e-5).toString());
    assertEquals("max|x-e| <= 0", Rule.absolute(0).toString());
  }
}
