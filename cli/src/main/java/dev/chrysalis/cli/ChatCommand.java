package dev.chrysalis.cli;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureException;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.image.PictureWriter;
import dev.chrysalis.models.llama.ContextFullException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.io.BufferedInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Several turns, read from standard input line by line.
@Command(
    name = "chat",
    description = "Talk with the model in words and pictures, a line a turn.",
    footer = {
      "",
      "Lines that begin with / are commands:",
      "  /image FILE  show a picture with the next message; again for another",
      "  /new         begin a new conversation",
      "  /help        list these commands",
      "  /quit        end, as the end of the input does",
      "",
      "Pictures the model makes are written to new files chat-1.png, chat-2.png, ...; none is"
          + " replaced.",
      "Standard input need not be a terminal; the exit status is then 1 if any line was refused."
    })
final class ChatCommand extends ChrysalisCommand {
  private static final String HELP =
      "/image FILE shows a picture with the next message, /new begins anew, /quit ends";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "",
      description = "Folder for the pictures the model makes. Default: the current one.")
  private Path out;

  @Mixin private ModelOptions model;
  @Mixin private AnswerOptions options;
  @Mixin private DrawingOptions drawing;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    PictureReader reader = options.pictureReader();
    Outputs.checkFolder(out);
    return backend.run(() -> new Session(model.readArtist(), reader).run());
  }

  private final class Session {
    private final Talk talk;
    private final PictureReader reader;
    private final boolean typed;
    private final List<Tensor> shown = new ArrayList<>();
    private int turns;
    private int lastNumber;
    private boolean failed;

    Session(MetaMorphFolder folder, PictureReader reader) {
      this.talk = new Talk(console(), folder);
      this.reader = reader;
      this.typed = System.console() != null && System.console().isTerminal();
    }

    int run() {
      Charset charset =
          typed ? Charset.forName(System.getProperty("stdin.encoding")) : StandardCharsets.UTF_8;
      var lines = new InputLines(new BufferedInputStream(System.in), charset);
      if (typed) {
        console().line(HELP);
      }
      boolean on = true;
      while (on) {
        ask();
        try {
          Optional<String> line = lines.next();
          on = line.isPresent() && take(line.get());
        } catch (ContextFullException e) {
          refuse(e.getMessage() + "; /new begins a new conversation");
        } catch (RuntimeException e) {
          if (!Failures.isOfUser(e)) {
            throw e;
          }
          refuse(Failures.describe(e));
        }
      }
      return failed && !typed ? FAILED : DONE;
    }

    private void refuse(String why) {
      failed = true;
      console().note("chrysalis: " + Console.oneLine(why));
    }

    private void ask() {
      if (typed) {
        console().out().print("> ");
        console().out().flush();
      }
    }

    /// Does what a line says; false ends the talk.
    private boolean take(String line) {
      String[] words = line.strip().split("\\s+", 2);
      switch (words[0]) {
        case "" -> {}
        case "/quit" -> {
          return false;
        }
        case "/help" -> console().line(HELP);
        case "/new" -> {
          talk.restart();
          shown.clear();
          console().line("(a new conversation)");
        }
        case "/image" -> show(words.length > 1 ? words[1] : "");
        default -> {
          if (words[0].startsWith("/")) {
            throw new CommandException(words[0] + ": no such command; /help lists them");
          }
          say(line);
        }
      }
      return true;
    }

    private void show(String file) {
      if (file.isEmpty()) {
        throw new CommandException("/image: need a file");
      }
      shown.addAll(talk.see(List.of(Path.of(file)), reader));
      console().line("(%s goes with the next message)".formatted(Console.oneLine(file)));
    }

    private void say(String line) {
      UserText.problem(line)
          .ifPresent(problem -> {
            throw new CommandException("message: " + problem);
          });
      List<Tensor> pictures = List.copyOf(shown);
      shown.clear();
      talk.say(line, pictures, options.generation(turns++, false), this::keep);
    }

    private String keep(Tensor features) {
      Path file;
      do {
        lastNumber++;
        file = out.resolve("chat-%d.png".formatted(lastNumber));
      } while (Files.exists(file));
      Picture picture = talk.draw(features, drawing.settings(options.seed() + lastNumber));
      try {
        Outputs.makeFolder(out);
        PictureWriter.write(picture, file);
      } catch (CommandException | PictureException e) { // the talk goes on
        refuse(e.getMessage());
        return "[a picture, not kept]";
      }
      return "[picture: %s]".formatted(file);
    }
  }
}
