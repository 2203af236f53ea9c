package dev.chrysalis.cli;

import dev.chrysalis.cli.DemoStory.Line;
import dev.chrysalis.cli.DemoStory.Section;
import dev.chrysalis.cli.DemoStory.Shot;
import dev.chrysalis.cli.DemoStory.Speaker;
import dev.chrysalis.models.image.PictureWriter;
import java.util.Base64;

/// A demo as one HTML page that needs nothing else: style and pictures are inside.
final class DemoPage {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Chrysalis demo</title>
      <style>
        :root { color-scheme: light dark; --page: #f6f5f2; --card: #ffffff; --text: #22242a; --soft: #6b6f78;
          --user: #e4ecf7; --model: #f1efe9; --line: #dddad2; }
        @media (prefers-color-scheme: dark) {
          :root { --page: #17181b; --card: #202226; --text: #e8e6e1; --soft: #9a9ea7; --user: #25344a;
            --model: #2b2c30; --line: #35373c; }
        }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.2rem 4rem; }
        h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
        h2 { font-size: 1.15rem; margin: 0 0 .2rem; }
        .soft { color: var(--soft); font-size: .9rem; margin: 0 0 1rem; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
          padding: 1.2rem 1.4rem; margin: 1.4rem 0; }
        .turn { display: flex; flex-direction: column; margin: .7rem 0; }
        .user { align-items: flex-end; }
        .model { align-items: flex-start; }
        .said { padding: .5rem .85rem; border-radius: 12px; max-width: 85%; white-space: pre-wrap;
          overflow-wrap: anywhere; }
        .user .said { background: var(--user); }
        .model .said { background: var(--model); }
        .said:empty { display: none; }
        img { width: 192px; height: auto; image-rendering: pixelated; border: 1px solid var(--line);
          border-radius: 8px; margin: .35rem 0; }
        .check { color: var(--soft); font-size: .82rem; margin-top: .15rem; }
      </style>
      </head>
      <body>
      <main>
      """;

  private DemoPage() {}

  static String of(DemoStory story) {
    StringBuilder page = new StringBuilder(HEAD);
    page.append("<h1>Chrysalis demo</h1>\n");
    page.append(
        "<p class=\"soft\">%s, %s. Nothing on this page was chosen by hand or tried twice.</p>\n"
            .formatted(escape(story.model()), escape(story.settings())));
    story.sections().forEach(section -> append(page, section));
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  private static void append(StringBuilder page, Section section) {
    page.append("<section>\n<h2>%s</h2>\n".formatted(escape(section.title())));
    page.append("<p class=\"soft\">%s</p>\n".formatted(escape(section.about())));
    section.lines().forEach(line -> append(page, line));
    page.append("</section>\n");
  }

  private static void append(StringBuilder page, Line line) {
    boolean user = line.speaker() == Speaker.USER;
    page.append("<div class=\"turn %s\">\n".formatted(user ? "user" : "model"));
    StringBuilder pictures = new StringBuilder();
    line.shots().forEach(shot -> append(pictures, shot));
    String said = "<div class=\"said\">%s</div>\n".formatted(escape(line.text()));
    page.append(user ? pictures + said : said + pictures); // as each side puts them
    line.remark()
        .ifPresent(
            remark -> page.append("<div class=\"check\">%s</div>\n".formatted(escape(remark))));
    page.append("</div>\n");
  }

  private static void append(StringBuilder page, Shot shot) {
    String data = Base64.getEncoder().encodeToString(PictureWriter.png(shot.picture()));
    page.append(
        "<img alt=\"%s\" src=\"data:image/png;base64,%s\">\n".formatted(escape(shot.file()), data));
  }

  static String escape(String text) {
    return UserText.visible(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
