package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.Comparison;
import java.util.List;
import java.util.Locale;

/// A comparison of backends and peers as one HTML page that needs nothing else.
final class ComparePage {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Chrysalis: backends compared</title>
      <style>
        :root { color-scheme: light dark; --page: #f6f5f2; --card: #fff; --text: #22242a; --soft: #6b6f78;
          --line: #dddad2; --c0: #3b6ea8; --c1: #c0723a; --c2: #4f8f5a; --c3: #8a5fa8; --c4: #a8506b; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #17181b; --card: #202226; --text: #e8e6e1; --soft: #9a9ea7; --line: #35373c;
            --c0: #6fa0d8; --c1: #e09a63; --c2: #7fbf8a; --c3: #b48fd0; --c4: #d98aa2; }
        }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.2rem 4rem; }
        h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
        h2 { font-size: 1rem; margin: 0 0 .5rem; }
        h2 span, .soft { color: var(--soft); font-weight: normal; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: .9rem 1.1rem; margin: .9rem 0; }
        .row { display: grid; grid-template-columns: 6rem 1fr 26rem; gap: .7rem; align-items: center; }
        .bar { height: .8rem; border-radius: 4px; min-width: 2px; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        .c0 { background: var(--c0); } .c1 { background: var(--c1); } .c2 { background: var(--c2); }
        .c3 { background: var(--c3); } .c4 { background: var(--c4); }
        table { width: 100%; border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
        td, th { text-align: right; padding: .1rem .4rem; } td:first-child { text-align: left; }
        svg { width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 11px; }
        svg .grid { stroke: var(--line); } svg .roof { fill: none; stroke-width: 2; }
        .s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); }
        .s3 { stroke: var(--c3); } .s4 { stroke: var(--c4); }
        .f0 { fill: var(--c0); } .f1 { fill: var(--c1); } .f2 { fill: var(--c2); }
        .f3 { fill: var(--c3); } .f4 { fill: var(--c4); }
      </style>
      </head>
      <body>
      <main>
      <h1>Backends compared</h1>
      """;

  /// After so many, colours begin anew.
  static final int COLORS = 5;

  /// One that was measured.
  ///
  /// @param name of a backend or peer
  record Column(String name, String description) {}

  private final List<Column> columns;
  private final Comparison.Result result;
  private final String machine;
  private final StringBuilder page = new StringBuilder(HEAD);

  /// @param columns the first is the one that others are held against
  ComparePage(List<Column> columns, Comparison.Result result, String machine) {
    this.columns = List.copyOf(columns);
    this.result = result;
    this.machine = machine;
  }

  String html() {
    page.append(
        """
        <p class="soft">%s. Times are medians, in brackets the fastest and the slowest call; a longer
        bar is faster. What a backend computed was checked before it was timed; what another library computed was not.</p>
        """
            .formatted(escape(machine)));
    page.append("<ul>\n");
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      page.append(
          "<li><svg viewBox=\"0 0 10 10\" style=\"width:.7em\"><circle class=\"f%d\" cx=\"5\" cy=\"5\" r=\"5\"/></svg> <b>%s</b>: %s</li>\n"
              .formatted(i % COLORS, escape(column.name()), escape(column.description())));
    }
    page.append("</ul>\n");
    new Roofline(columns, result).appendTo(page);
    result.lines().forEach(this::append);
    columns.stream()
        .map(Column::name)
        .filter(result.variants()::containsKey)
        .forEach(this::appendVariants);
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  private void appendVariants(String backend) {
    page.append(
        "<section><details><summary>Kernels that %s ran</summary>\n<table>\n"
            .formatted(escape(backend)));
    result
        .variants()
        .get(backend)
        .forEach((variant, count) ->
            page.append("<tr><td>%s</td><td>%d</td></tr>\n".formatted(escape(variant), count)));
    page.append("</table></details></section>\n");
  }

  private void append(Comparison.Line line) {
    page.append(
        "<section><h2>%s <span>%s %s</span></h2>\n"
            .formatted(escape(line.name()), escape(line.shape()), escape(line.dtype())));
    double fastest =
        line.rows().values().stream().mapToDouble(row -> row.timing().medianMs()).min().orElse(1);
    for (int i = 0; i < columns.size(); i++) {
      append(line, i, fastest);
    }
    page.append("</section>\n");
  }

  private void append(Comparison.Line line, int column, double fastest) {
    String name = columns.get(column).name();
    String reference = columns.getFirst().name();
    BenchRow row = line.rows().get(name);
    page.append("<div class=\"row\"><div>%s</div>".formatted(escape(name)));
    if (row == null) {
      page.append(
          "<div class=\"soft\">%s</div><div></div></div>\n"
              .formatted(escape(line.problems().getOrDefault(name, "not measured"))));
      return;
    }
    page.append(
        String.format(
            Locale.ROOT,
            "<div><div class=\"bar c%d\" style=\"width:%.1f%%\"></div></div>",
            column % COLORS,
            100 * fastest / row.timing().medianMs()));
    String ratio =
        line.speedUp(reference, name)
            .map(times -> String.format(Locale.ROOT, ", %.2f of %s", times, reference))
            .orElse("");
    page.append(
        String.format(
            Locale.ROOT,
            "<div class=\"number\">%.3f ms <span class=\"soft\">(%.3f to %.3f)</span>, %.2f %s%s</div></div>\n",
            row.timing().medianMs(),
            row.timing().minMs(),
            row.timing().maxMs(),
            row.rate().value(),
            row.rate().unit().label(),
            name.equals(reference) ? "" : escape(ratio)));
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
