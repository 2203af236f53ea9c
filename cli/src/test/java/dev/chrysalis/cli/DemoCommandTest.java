package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DemoCommandTest {
  private static final Pattern IMAGE =
      Pattern.compile("<img alt=\"([^\"]+)\" src=\"data:image/png;base64,([^\"]+)\">");

  @TempDir private Path folder;

  @Test
  void everythingIsWrittenAndNamedAndThePageNeedsNothingElse() throws IOException {
    Path out = folder.resolve("demo");
    Files.createDirectories(out);
    Files.writeString(out.resolve("mine.txt"), "stays");
    Files.writeString(out.resolve("index.html"), "older");
    Run run = Run.of("demo", "--out", out, "--model", TinyModel.model(), "--steps=1");
    assertEquals(0, run.status(), run.err());
    List<Path> files;
    try (Stream<Path> all = Files.list(out)) {
      files = all.filter(file -> !file.endsWith("mine.txt")).toList();
    }
    for (Path file : files) {
      assertTrue(run.out().contains("wrote " + file + System.lineSeparator()), file.toString());
    }
    assertEquals("stays", Files.readString(out.resolve("mine.txt")));
    String page = Files.readString(out.resolve("index.html"));
    int pictures = 0;
    for (Matcher m = IMAGE.matcher(page); m.find(); pictures++) {
      Picture inside = new PictureReader().read(m.group(1), Base64.getDecoder().decode(m.group(2)));
      assertEquals(new PictureReader().read(out.resolve(m.group(1))), inside);
    }
    assertTrue(pictures >= 8, pictures + " pictures");
    assertEquals(files.size(), pictures + 4, files.toString());
    String rest = IMAGE.matcher(page).replaceAll("");
    assertFalse(Pattern.compile("src=|href=|url\\(|https?:|<script").matcher(rest).find(), rest);
    JsonNode json = Json.read(out.resolve("conversation.json"));
    assertEquals(5, json.get("sections").size());
    JsonNode draw = json.at("/sections/2/turns");
    assertEquals(6, draw.size());
    assertEquals("Draw the flag of Japan.", draw.get(4).get("text").stringValue());
    assertEquals("draw-3.png", draw.at("/5/pictures/0").stringValue());
    assertEquals("edit-1.png", json.at("/sections/4/turns/0/pictures/0").stringValue());
    assertEquals("edit-2.png", json.at("/sections/4/turns/1/pictures/0").stringValue());
  }

  @Test
  void textOnThePageIsNotTakenForMarkup() {
    var line =
        new DemoStory.Line(
            DemoStory.Speaker.MODEL, "<b>\"&\u001b[31m", List.of(), Optional.of("a<b"));
    var story = new DemoStory("m", "s", List.of(new DemoStory.Section("t", "u", List.of(line))));
    String page = DemoPage.of(story);
    assertTrue(page.contains("&lt;b&gt;&quot;&amp;\\u001b[31m</div>"), page);
    assertTrue(page.contains("a&lt;b"), page);
  }
}
