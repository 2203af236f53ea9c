package dev.chrysalis.examples;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureException;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Content;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Role;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Turn;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.Answer;
import dev.chrysalis.zoo.metamorph.Conversation;
import dev.chrysalis.zoo.metamorph.Event;
import dev.chrysalis.zoo.metamorph.GenerationOptions;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.file.Path;
import java.util.List;

/// Asks a MetaMorph about a picture. Words appear as they are found; pictures in the answer are
/// counted, not drawn.
public final class AskMetaMorph {
  private static final String USAGE =
      """
      usage: AskMetaMorph FOLDER PICTURE QUESTION

      FOLDER holds a MetaMorph in the layout of Hugging Face: config.json, safetensors, tokenizer.json
      and preprocessor_config.json. The command `chrysalis train shapes` makes one; those that ship with
      the project lie in zoo/pretrained. PICTURE is a PNG or JPEG file.\
      """;

  private AskMetaMorph() {}

  public static void main(String[] args) {
    if (args.length != 3) {
      System.out.println(USAGE);
      return;
    }
    try (MetaMorphFolder folder = MetaMorphFolder.read(Path.of(args[0]))) {
      ask(folder, new PictureReader().read(Path.of(args[1])), args[2]);
    } catch (ConfigException | CheckpointException | PictureException e) {
      System.out.println(e.getMessage());
      System.out.println(USAGE);
    }
  }

  private static void ask(MetaMorphFolder folder, Picture picture, String question) {
    Tensor features = folder.see(picture); // visual tokens, (m, C)
    int positions = folder.model().config().language().maxPositionEmbeddings();
    Conversation conversation =
        new Conversation(folder.model(), folder.tokenizer(), MetaMorphPrompt.DEFAULT, positions);
    Turn turn =
        new Turn(Role.USER, List.of(new Content.Image(), new Content.Text("\n" + question)));
    conversation.say(turn, List.of(features));

    Answer answer =
        conversation.answer(
            GenerationOptions.GREEDY,
            event -> {
              switch (event) {
                case Event.Text(String piece) -> System.out.print(piece);
                case Event.VisualToken _, Event.Picture _ -> {} // progress of a picture
              }
            });
    System.out.printf("%n[%d pictures]%n", answer.pictures().size());
  }
}
