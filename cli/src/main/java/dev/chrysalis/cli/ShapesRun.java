package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.json.JsonText;
import dev.chrysalis.zoo.train.ShapesRecipe;
import dev.chrysalis.zoo.train.ShapesStage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// What a folder of a training on the shapes world was begun with, kept there as `recipe.json`, so
/// that nobody goes on with another.
///
/// @param tiny whether models and stages are tiny
/// @param scale factor on the lengths of the stages
/// @param facts whether the texts hold the facts
/// @param borrowed whether tokenizer, SigLIP, autoencoder and decoder are those of another model
/// @param continued whether language and alignment are, too
record ShapesRun(
    boolean tiny, long seed, double scale, boolean facts, boolean borrowed, boolean continued) {
  static final long SEED = 1;
  private static final String FILE = "recipe.json";
  private static final String LOCK = ".lock";
  private static final double MAX_SCALE = 1e6;

  /// What the command line says; what it leaves open is as the folder has it, or else as usual.
  record Wish(
      Optional<Boolean> tiny,
      Optional<Long> seed,
      Optional<Double> scale,
      Optional<Boolean> facts,
      Optional<Boolean> borrowed,
      Optional<Boolean> continued) {
    private ShapesRun over(ShapesRun run) {
      return new ShapesRun(
          tiny.orElse(run.tiny),
          seed.orElse(run.seed),
          scale.orElse(run.scale),
          facts.orElse(run.facts),
          borrowed.orElse(run.borrowed),
          continued.orElse(run.continued));
    }
  }

  /// The training to go on with in `folder`, or to begin there.
  ///
  /// @param fresh whether there may be nothing yet
  /// @throws CommandException if the folder holds another training, or something else
  static ShapesRun of(Path folder, Wish wish, boolean fresh) {
    Path file = folder.resolve(FILE);
    if (fresh && !isEmpty(folder)) {
      throw new CommandException(
          folder
              + ": is not empty, and --fresh wants to begin anew; remove it or choose another"
              + " --out");
    }
    if (!Files.exists(file)) {
      if (Stream.of(ShapesStage.values()).anyMatch(s -> Files.exists(folder.resolve(s.label())))) {
        throw new CommandException(
            "%s: holds stages of a training, but no %s that says which; choose another --out"
                .formatted(folder, FILE));
      }
      return wish.over(new ShapesRun(false, SEED, 1, true, false, false));
    }
    ShapesRun there = read(file);
    ShapesRun wanted = wish.over(there);
    if (!wanted.equals(there)) {
      throw new CommandException(
          "%s: holds the training %s, asked for is %s; choose another --out"
              .formatted(folder, there.text(), wanted.text()));
    }
    return there;
  }

  private static boolean isEmpty(Path folder) {
    if (!Files.exists(folder)) {
      return true;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.allMatch(path -> path.endsWith(LOCK));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ShapesRun read(Path file) {
    ObjectNode json = Json.readObject(file);
    String source = file.toString();
    double scale = Json.requireDouble(json, source, "scale");
    if (!(scale > 0 && scale <= MAX_SCALE)) {
      throw new CommandException(
          "%s: scale: found %s, need above 0, at most %s".formatted(file, scale, MAX_SCALE));
    }
    return new ShapesRun(
        Json.requireBoolean(json, source, "tiny"),
        Json.requireLong(json, source, "seed"),
        scale,
        Json.requireBoolean(json, source, "facts"),
        Json.requireBoolean(json, source, "borrowed"),
        Json.requireBoolean(json, source, "continued"));
  }

  /// Leaves word in the folder.
  void write(Path folder) {
    Json.write(folder.resolve(FILE), json());
  }

  private ObjectNode json() {
    return Json.newObject()
        .put("tiny", tiny)
        .put("seed", seed)
        .put("scale", scale)
        .put("facts", facts)
        .put("borrowed", borrowed)
        .put("continued", continued);
  }

  private String text() {
    return JsonText.compact(json());
  }

  ShapesRecipe recipe() {
    ShapesRecipe recipe = tiny ? ShapesRecipe.tiny(seed) : ShapesRecipe.full(seed);
    return scale == 1 ? recipe : recipe.scaled(scale);
  }

  /// Keeps a second training out of the folder until closed; the system lets go of it when the
  /// program dies.
  static FileChannel lock(Path folder) {
    Path file = folder.resolve(LOCK);
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw new CommandException(folder + ": another training runs in this folder");
      }
      return channel;
    } catch (IOException e) {
      throw new CommandException("%s: cannot be locked: %s".formatted(file, e.getMessage()), e);
    }
  }
}
