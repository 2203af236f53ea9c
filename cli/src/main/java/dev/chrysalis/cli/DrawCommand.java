package dev.chrysalis.cli;

import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.image.PictureWriter;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// A picture from words, or from pictures and words.
@Command(
    name = "draw",
    description = "Draw what is asked for, or change a picture as told.",
    footer = {
      "",
      "The answer's words are printed, and its first picture is written. An answer that would end"
          + " without a picture is made to draw one."
    })
final class DrawCommand extends ChrysalisCommand {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PROMPT",
      description = "What to draw, in one word of the shell, so put it in quotes.")
  private String prompt;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "Where the picture goes, as PNG; a file of that name is replaced.")
  private Path out;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "A PNG or JPEG picture to go by or to change; again for another.")
  private List<Path> images = List.of();

  @Mixin private ModelOptions model;
  @Mixin private AnswerOptions options;
  @Mixin private DrawingOptions drawing;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    UserText.require(spec, "PROMPT", prompt);
    PictureReader reader = options.pictureReader();
    Outputs.checkFile(out);
    images.forEach(PictureReader::header);
    return backend.run(() -> draw(reader));
  }

  private int draw(PictureReader reader) {
    MetaMorphFolder folder = model.readArtist();
    Talk talk = new Talk(console(), folder);
    List<Tensor> pictures = talk.see(images, reader);
    int[] made = {0};
    talk.say(
        prompt,
        pictures,
        options.generation(0, true),
        features -> {
          if (made[0]++ > 0) {
            return "[another picture, not drawn]";
          }
          PictureWriter.write(talk.draw(features, drawing.settings(options.seed())), out);
          return "[picture: %s]".formatted(out);
        });
    if (made[0] == 0) {
      throw new CommandException(
          "the model made no picture: the prompt leaves no room for one in a context of %d positions"
              .formatted(folder.model().config().language().maxPositionEmbeddings()));
    }
    return DONE;
  }
}
