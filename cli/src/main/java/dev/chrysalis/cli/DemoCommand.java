package dev.chrysalis.cli;

import dev.chrysalis.models.image.ContactSheet;
import dev.chrysalis.models.image.PictureWriter;
import dev.chrysalis.models.json.JsonText;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Shows what the model can do, and leaves it on the disk to look at.
@Command(
    name = "demo",
    description =
        "Let the shipped model look, read, draw, talk and edit, and write all of it as a web page.",
    footer = {
      "",
      "Writes index.html, which needs no other file, the pictures as PNG, contact-sheet.png,"
          + " conversation.txt and conversation.json. Files of these names are replaced, others"
          + " stay."
    })
final class DemoCommand extends ChrysalisCommand {
  private static final int JSON_INDENT = 2;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "demo",
      description = "Folder to write to. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "2026",
      description = "Of the scenes and of the drawings' noise. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private ModelOptions model;
  @Mixin private DrawingOptions drawing;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    Outputs.checkFolder(out);
    return backend.run(this::show);
  }

  private int show() {
    Console console = console();
    MetaMorphFolder folder = model.readArtist();
    DemoStory story;
    try (Progress progress = Progress.start(console, "demo", Demo.STEPS)) {
      List<DemoStory.Section> sections =
          new Demo(folder, drawing::settings, seed, progress::step).sections();
      story =
          new DemoStory(
              folder.path().toAbsolutePath().normalize().getFileName().toString(),
              "seed %d, %d steps a drawing".formatted(seed, drawing.steps()),
              sections);
    }
    Map<String, byte[]> files = files(story);
    Outputs.makeFolder(out);
    files.forEach((name, content) -> Outputs.write(out.resolve(name), content));
    story.toText().lines().map(UserText::visible).forEach(console::line);
    console.line("");
    files.keySet().forEach(name -> console.line("wrote " + out.resolve(name)));
    console.line("open " + out.resolve("index.html").toAbsolutePath().normalize().toUri());
    return DONE;
  }

  private static Map<String, byte[]> files(DemoStory story) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    story.shots().forEach(shot -> files.put(shot.file(), PictureWriter.png(shot.picture())));
    List<ContactSheet.Tile> tiles =
        story.shots().stream()
            .map(shot -> new ContactSheet.Tile(shot.picture(), shot.file()))
            .toList();
    files.put("contact-sheet.png", PictureWriter.png(new ContactSheet(3, 3).draw(tiles)));
    files.put("conversation.txt", bytes(story.toText()));
    files.put("conversation.json", bytes(JsonText.indented(story.toJson(), JSON_INDENT) + "\n"));
    files.put("index.html", bytes(DemoPage.of(story)));
    return files;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
