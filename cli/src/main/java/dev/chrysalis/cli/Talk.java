package dev.chrysalis.cli;

import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.llama.ContextFullException;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Content;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Role;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.Answer;
import dev.chrysalis.zoo.metamorph.Conversation;
import dev.chrysalis.zoo.metamorph.Event;
import dev.chrysalis.zoo.metamorph.GenerationOptions;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// One conversation on the console: words appear as they come, pictures go to a gallery as soon as
/// their tokens are there.
final class Talk {
  /// Takes the pictures an answer makes.
  @FunctionalInterface
  interface Gallery {
    /// Draws and keeps one picture.
    ///
    /// @param features `(m, C)`
    /// @return what the console says in its place
    String keep(Tensor features);
  }

  private final Console console;
  private final MetaMorphFolder model;
  private Conversation conversation;
  private Optional<Progress> looking = Optional.empty();
  private boolean lineOpen;

  Talk(Console console, MetaMorphFolder model) {
    this.console = console;
    this.model = model;
    this.conversation = fresh();
  }

  private Conversation fresh() {
    return new Conversation(model.model(), model.tokenizer(), MetaMorphPrompt.DEFAULT, context());
  }

  private int context() {
    return model.model().config().language().maxPositionEmbeddings();
  }

  /// Forgets all that was said.
  void restart() {
    conversation.close();
    conversation = fresh();
  }

  /// Visual tokens of pictures, each `(m, C)`; more than the context can hold are refused before
  /// any is read.
  List<Tensor> see(List<Path> files, PictureReader reader) {
    int tokens = model.model().config().numImageTokens();
    if ((long) files.size() * tokens > context()) {
      throw new ContextFullException(
          "%d pictures of %d positions each: the context holds %d positions"
              .formatted(files.size(), tokens, context()));
    }
    List<Tensor> features = new ArrayList<>();
    for (Path file : files) {
      features.add(model.see(reader.read(file)));
    }
    return features;
  }

  /// The layout of training: pictures first, then the words on a line of their own.
  static MetaMorphPrompt.Turn turn(int pictures, String text) {
    List<Content> content = new ArrayList<>(Collections.nCopies(pictures, new Content.Image()));
    content.add(new Content.Text(pictures == 0 ? text : "\n" + text));
    return new MetaMorphPrompt.Turn(Role.USER, content);
  }

  /// Says something and lets the answer appear.
  ///
  /// @throws ContextFullException if there is no room for it; the conversation is then as it was
  Answer say(String text, List<Tensor> pictures, GenerationOptions options, Gallery gallery) {
    conversation.say(turn(pictures.size(), text), pictures);
    Answer answer =
        conversation.answer(
            options,
            event -> {
              switch (event) {
                case Event.Text(String piece) -> show(piece);
                case Event.VisualToken(int index, int count) -> look(index, count);
                case Event.Picture(Tensor features) -> {
                  endLine();
                  console.line(gallery.keep(features));
                }
              }
            });
    endLine();
    if (!answer.complete()) {
      console.note("(the answer was cut off: no tokens or no positions of the context were left)");
    }
    return answer;
  }

  private void look(int index, int count) {
    if (index == 1) {
      endLine(); // a bar would be drawn over the words
      looking = Optional.of(Progress.start(console, "visual tokens", count));
    }
    looking.ifPresent(progress -> progress.stepTo(index));
    if (index == count) {
      looking.ifPresent(Progress::close);
    }
  }

  private void show(String piece) {
    String text = lineOpen ? piece : piece.stripLeading();
    if (!text.isEmpty()) {
      console.out().print(UserText.visible(text));
      console.out().flush();
      lineOpen = !text.endsWith("\n");
    }
  }

  private void endLine() {
    if (lineOpen) {
      console.out().println();
      lineOpen = false;
    }
  }

  /// Draws visual tokens and shows how far that is.
  Picture draw(Tensor features, LatentDiffusion.Settings settings) {
    try (Progress progress = Progress.start(console, "drawing", settings.steps())) {
      return model.draw(features, settings, (done, total) -> progress.stepTo(done));
    }
  }
}
