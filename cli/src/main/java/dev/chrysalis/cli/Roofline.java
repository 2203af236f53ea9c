package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.Comparison;
import dev.chrysalis.bench.Rate;
import dev.chrysalis.bench.Roofs;
import dev.chrysalis.cli.ComparePage.Column;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/// What was measured under the limits of the machine, as a plot of SVG and a table: operations a
/// second over operations for each byte, both axes logarithmic (Williams, Waterman & Patterson
/// 2009, "Roofline").
final class Roofline {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 380;
  private static final int LEFT = 56;
  private static final int RIGHT = 12;
  private static final int TOP = 12;
  private static final int BOTTOM = 36;

  /// Powers of two of the intensities shown, operations for each byte.
  private static final int LEAST = -3;

  private static final int MOST = 12;

  private final List<Column> columns;
  private final Comparison.Result result;
  private final double floor;
  private final double ceiling;

  Roofline(List<Column> columns, Comparison.Result result) {
    this.columns = columns;
    this.result = result;
    double most = 1;
    double least = Double.MAX_VALUE;
    for (Comparison.Line line : result.lines()) {
      for (BenchRow row : line.rows().values()) {
        if (row.intensity().isPresent()) {
          double gflops = gflops(row);
          most = Math.max(most, gflops);
          least = Math.min(least, gflops);
        }
      }
    }
    for (Roofs roofs : result.roofs().values()) {
      most = Math.max(most, roofs.gflops());
      least = Math.min(least, roofs.gflops());
    }
    this.floor = Math.floor(Math.log10(least));
    this.ceiling = Math.ceil(Math.log10(most));
  }

  void appendTo(StringBuilder page) {
    if (result.roofs().isEmpty()) {
      return;
    }
    page.append(
        """
        <section><h2>Under the roofs <span>operations a second over operations for each byte</span></h2>
        <p class="soft">The roofs are a large matrix product and a pass over memory in no cache, of this run. Bytes are
        counted as if each operand were read or written once; what lies in a cache may be above the slope.</p>
        """);
    plot(page);
    table(page);
    page.append("</section>\n");
  }

  private void plot(StringBuilder page) {
    page.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Roofline plot\">\n"
            .formatted(WIDTH, HEIGHT));
    for (int power = LEAST; power <= MOST; power += 3) {
      double x = x(Math.pow(2, power));
      line(page, "grid", x, TOP, x, HEIGHT - BOTTOM);
      String label = power < 0 ? "1/" + (1 << -power) : Integer.toString(1 << power);
      text(page, x, HEIGHT - BOTTOM + 15, "middle", label);
    }
    for (int power = (int) floor; power <= ceiling; power++) {
      double y = y(Math.pow(10, power));
      line(page, "grid", LEFT, y, WIDTH - RIGHT, y);
      text(page, LEFT - 6, y + 4, "end", BigDecimal.ONE.scaleByPowerOfTen(power).toPlainString());
    }
    text(page, LEFT, HEIGHT - 4, "start", "FLOP for each byte");
    text(page, LEFT + 4, TOP + 10, "start", "GFLOP/s");
    for (int i = 0; i < columns.size(); i++) {
      Roofs roofs = result.roofs().get(columns.get(i).name());
      if (roofs != null) {
        roof(page, i % ComparePage.COLORS, roofs);
      }
    }
    result.lines().forEach(line -> points(page, line));
    page.append("</svg>\n");
  }

  private void roof(StringBuilder page, int color, Roofs roofs) {
    StringBuilder points = new StringBuilder();
    double ridge = roofs.gflops() / roofs.gbytesPerSecond();
    double[] bends = {
      Math.max(Math.pow(2, LEAST), Math.pow(10, floor) / roofs.gbytesPerSecond()),
      ridge,
      Math.pow(2, MOST)
    };
    for (double intensity : bends) {
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(intensity), y(roofs.at(intensity))));
    }
    page.append(
        "<polyline class=\"roof s%d\" points=\"%s\"/>\n"
            .formatted(color, points.toString().strip()));
  }

  private void points(StringBuilder page, Comparison.Line line) {
    for (int i = 0; i < columns.size(); i++) {
      BenchRow row = line.rows().get(columns.get(i).name());
      if (row != null && row.intensity().isPresent()) {
        page.append(
            String.format(
                Locale.ROOT,
                "<circle class=\"f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"><title>%s</title></circle>\n",
                i % ComparePage.COLORS,
                x(row.intensity().getAsDouble()),
                y(gflops(row)),
                ComparePage.escape(
                    String.format(
                        Locale.ROOT,
                        "%s: %s %s, %.1f GFLOP/s",
                        columns.get(i).name(),
                        row.name(),
                        row.shape(),
                        gflops(row)))));
      }
    }
  }

  /// What part of its roof each measurement of a backend reached.
  private void table(StringBuilder page) {
    List<String> names =
        columns.stream().map(Column::name).filter(result.roofs()::containsKey).toList();
    page.append("<table><tr><th></th><th>FLOP/byte</th>");
    names.forEach(name -> page.append("<th>%s</th>".formatted(ComparePage.escape(name))));
    page.append("</tr>\n");
    for (Comparison.Line line : result.lines()) {
      if (line.rows().isEmpty()) {
        continue;
      }
      BenchRow any = line.rows().values().iterator().next();
      page.append(
          "<tr><td>%s <span class=\"soft\">%s</span></td><td>%s</td>"
              .formatted(
                  ComparePage.escape(line.name()),
                  ComparePage.escape(line.shape()),
                  any.intensity().isPresent()
                      ? String.format(Locale.ROOT, "%.2f", any.intensity().getAsDouble())
                      : ""));
      names.forEach(name -> page.append("<td>%s</td>".formatted(part(line.rows(), name))));
      page.append("</tr>\n");
    }
    page.append("</table>\n");
  }

  private String part(Map<String, BenchRow> rows, String name) {
    if (!rows.containsKey(name)) {
      return "";
    }
    OptionalDouble part = result.roofs().get(name).fraction(rows.get(name));
    return part.isPresent() ? String.format(Locale.ROOT, "%.2f", part.getAsDouble()) : "";
  }

  private static double gflops(BenchRow row) {
    return row.rate(Rate.Unit.GFLOPS).orElseThrow();
  }

  private static double x(double intensity) {
    double part = (Math.log(intensity) / Math.log(2) - LEAST) / (MOST - LEAST);
    return LEFT + Math.clamp(part, 0, 1) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double gflops) {
    double part = (Math.log10(gflops) - floor) / Math.max(1, ceiling - floor);
    return HEIGHT - BOTTOM - Math.clamp(part, 0, 1) * (HEIGHT - TOP - BOTTOM);
  }

  private static void line(StringBuilder page, String kind, double... ends) {
    page.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
            kind,
            ends[0],
            ends[1],
            ends[2],
            ends[3]));
  }

  private static void text(StringBuilder page, double x, double y, String anchor, String words) {
    page.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
            x,
            y,
            anchor,
            words));
  }
}
