package dev.chrysalis.cli;

import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.image.PictureWriter;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// One question, one answer.
@Command(
    name = "ask",
    description = "Ask a question about pictures, or without any.",
    footer = {
      "",
      "An answer may hold a picture. It is drawn if there is -o for it, else only mentioned."
    })
final class AskCommand extends ChrysalisCommand {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "QUESTION",
      description = "In one word of the shell, so put it in quotes.")
  private String question;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "A PNG or JPEG picture to ask about; again for another.")
  private List<Path> images = List.of();

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "Where the answer's picture goes, as PNG; a file of that name is replaced.")
  private Optional<Path> out = Optional.empty();

  @Mixin private ModelOptions model;
  @Mixin private AnswerOptions options;
  @Mixin private DrawingOptions drawing;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    UserText.require(spec, "QUESTION", question);
    PictureReader reader = options.pictureReader();
    out.ifPresent(Outputs::checkFile);
    images.forEach(PictureReader::header);
    return backend.run(() -> answer(reader));
  }

  private int answer(PictureReader reader) {
    MetaMorphFolder folder = out.isPresent() ? model.readArtist() : model.read();
    Talk talk = new Talk(console(), folder);
    List<Tensor> pictures = talk.see(images, reader);
    boolean[] drawn = {false};
    talk.say(
        question,
        pictures,
        options.generation(0, false),
        features -> {
          if (out.isEmpty() || drawn[0]) {
            return "[a picture, not drawn: " + (drawn[0] ? "-o takes one]" : "there is no -o]");
          }
          drawn[0] = true;
          PictureWriter.write(talk.draw(features, drawing.settings(options.seed())), out.get());
          return "[picture: %s]".formatted(out.get());
        });
    return DONE;
  }
}
