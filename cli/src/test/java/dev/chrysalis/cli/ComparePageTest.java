package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.Comparison;
import dev.chrysalis.bench.Rate;
import dev.chrysalis.bench.Roofs;
import dev.chrysalis.bench.Timing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ComparePageTest {
  private static final List<ComparePage.Column> COLUMNS =
      List.of(
          new ComparePage.Column("cpu", "2 threads"),
          new ComparePage.Column("opencl", "device <0> & driver"),
          new ComparePage.Column("torch-cpu", "PyTorch"));

  private static BenchRow row(String name, String backend, double ms, Rate... rates) {
    return new BenchRow(
        name,
        "8x9",
        "f32",
        backend,
        2,
        new Timing(ms, ms / 2, 2 * ms, 5),
        List.of(rates),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  private static Comparison.Line line(String name, Map<String, String> problems, BenchRow... rows) {
    Map<String, BenchRow> byName = new LinkedHashMap<>();
    for (BenchRow row : rows) {
      byName.put(row.backend(), row);
    }
    return new Comparison.Line(name, "8x9", "f32", byName, problems);
  }

  private static int count(String page, String regex) {
    return (int) Pattern.compile(regex).matcher(page).results().count();
  }

  @Test
  void showsEveryMeasurementUnderItsRoof() {
    Comparison.Result result =
        new Comparison.Result(
            List.of(
                line(
                    "gemm",
                    Map.of(),
                    row("gemm", "cpu", 4, Rate.gflops(50), Rate.gbytes(1)),
                    row("gemm", "opencl", 8, Rate.gflops(25), Rate.gbytes(0.5)),
                    row("gemm", "torch-cpu", 2, Rate.gflops(100), Rate.gbytes(2))),
                line(
                    "add",
                    Map.of("opencl", "no <memory> left"),
                    row("add", "cpu", 1, Rate.gbytes(5)))),
            Map.of("cpu", new Roofs(100, 10), "opencl", new Roofs(50, 10)),
            Map.of("opencl", new TreeMap<>(Map.of("gemm of products.cl", 7L))));
    String page = new ComparePage(COLUMNS, result, "2 processors").html();
    assertEquals(2, count(page, "<polyline"), "a roof for each backend");
    assertEquals(
        3, count(page, "<circle[^>]*><title>"), "a point where bytes and operations count");
    assertTrue(
        page.contains("4.000 ms <span class=\"soft\">(2.000 to 8.000)</span>, 50.00 GFLOP/s"));
    assertTrue(page.contains("100.00 GFLOP/s, 2.00 of cpu"), page);
    assertTrue(page.contains("<td>50.00</td><td>0.50</td><td>0.50</td>"), "parts of the roofs");
    assertTrue(
        page.contains("<td></td><td>0.50</td><td></td>"), "a pass over memory has no operations");
    assertTrue(page.contains("no &lt;memory> left") && page.contains("device &lt;0> &amp; driver"));
    assertTrue(page.contains("<tr><td>gemm of products.cl</td><td>7</td></tr>"));
    assertFalse(page.contains("http"), "needs nothing else");
    assertEquals(count(page, "<section>"), count(page, "</section>"));
    assertFalse(page.contains("NaN") || page.contains("Infinity"), page);
  }

  @Test
  void withoutRoofsThereIsNoPlot() {
    Comparison.Result result =
        new Comparison.Result(List.of(line("gemm", Map.of("cpu", "wrong"))), Map.of(), Map.of());
    String page = new ComparePage(COLUMNS, result, "").html();
    assertFalse(page.contains("<polyline"));
    assertTrue(page.contains("wrong"));
  }
}
