package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.Comparison;
import dev.chrysalis.tensor.Backend;
import java.util.List;
import java.util.Locale;

/// A comparison of backends as one HTML page that needs nothing else.
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
          --line: #dddad2; --c0: #3b6ea8; --c1: #c0723a; --c2: #4f8f5a; --c3: #8a5fa8; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #17181b; --card: #202226; --text: #e8e6e1; --soft: #9a9ea7; --line: #35373c;
            --c0: #6fa0d8; --c1: #e09a63; --c2: #7fbf8a; --c3: #b48fd0; }
        }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.2rem 4rem; }
        h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
        h2 { font-size: 1rem; margin: 0 0 .5rem; }
        h2 span, .soft { color: var(--soft); font-weight: normal; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: .9rem 1.1rem; margin: .9rem 0; }
        .row { display: grid; grid-template-columns: 5rem 1fr 19rem; gap: .7rem; align-items: center; }
        .bar { height: .8rem; border-radius: 4px; min-width: 2px; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        .c0 { background: var(--c0); } .c1 { background: var(--c1); } .c2 { background: var(--c2); }
        .c3 { background: var(--c3); }
      </style>
      </head>
      <body>
      <main>
      <h1>Backends compared</h1>
      """;

  private static final int COLORS = 4;

  private ComparePage() {}

  /// @param backends the first is the one that others are held against
  static String of(List<Backend> backends, List<Comparison.Line> lines, String machine) {
    StringBuilder page = new StringBuilder(HEAD);
    page.append(
        "<p class=\"soft\">%s. Times are medians; a longer bar is faster. Every result was checked before it was timed.</p>\n"
            .formatted(escape(machine)));
    page.append("<ul>\n");
    backends.forEach(backend ->
        page.append(
            "<li><b>%s</b>: %s</li>\n"
                .formatted(escape(backend.name()), escape(backend.description()))));
    page.append("</ul>\n");
    lines.forEach(line -> append(page, backends, line));
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  private static void append(StringBuilder page, List<Backend> backends, Comparison.Line line) {
    page.append(
        "<section><h2>%s <span>%s %s</span></h2>\n"
            .formatted(escape(line.name()), escape(line.shape()), escape(line.dtype())));
    double fastest =
        line.rows().values().stream().mapToDouble(row -> row.timing().medianMs()).min().orElse(1);
    String reference = backends.getFirst().name();
    for (int i = 0; i < backends.size(); i++) {
      String name = backends.get(i).name();
      BenchRow row = line.rows().get(name);
      page.append("<div class=\"row\"><div>%s</div>".formatted(escape(name)));
      if (row == null) {
        page.append(
            "<div class=\"soft\">%s</div><div></div></div>\n"
                .formatted(escape(line.problems().getOrDefault(name, "not measured"))));
        continue;
      }
      double width = 100 * fastest / row.timing().medianMs();
      page.append(
          String.format(
              Locale.ROOT,
              "<div><div class=\"bar c%d\" style=\"width:%.1f%%\"></div></div>",
              i % COLORS,
              width));
      String ratio =
          line.speedUp(reference, name)
              .map(times -> String.format(Locale.ROOT, ", %.2f of %s", times, reference))
              .orElse("");
      page.append(
          String.format(
              Locale.ROOT,
              "<div class=\"number\">%.3f ms, %.2f %s%s</div></div>\n",
              row.timing().medianMs(),
              row.rate().value(),
              row.rate().unit(),
              name.equals(reference) ? "" : escape(ratio)));
    }
    page.append("</section>\n");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
