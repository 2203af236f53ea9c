package dev.chrysalis.cli;

import dev.chrysalis.zoo.shapes.ShapesWorld;
import dev.chrysalis.zoo.train.BorrowedParts;
import dev.chrysalis.zoo.train.ShapesStage;
import dev.chrysalis.zoo.train.ShapesTraining;
import dev.chrysalis.zoo.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Trains a MetaMorph on the shapes world, as the shipped one was.
@Command(
    name = "shapes",
    description =
        "Train a MetaMorph on the shapes world, as the shipped one was, and write it as a model"
            + " folder.",
    footer = {
      "",
      "The training may be stopped at any moment and started again with the same --out: it goes on"
          + " from its last checkpoint, with the same numbers bit for bit.",
      "Stages: tokenizer, siglip, reading, language, alignment, looking, vpit, autoencoder, decoder,"
          + " assemble."
    })
final class TrainShapesCommand extends ChrysalisCommand {
  private static final String ASSEMBLE = "assemble";
  private static final double MAX_SCALE = 1e6;
  private static final double MAX_MINUTES = 1e6;

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "runs/shapes",
      description = "Folder of checkpoints and results. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--assemble",
      paramLabel = "DIR",
      description =
          "Where the model goes; a model there is replaced. By itself DIR/model of --out.")
  private Optional<Path> assemble = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of data and first weights; 1 by itself. The shipped model's is in its README.")
  private Optional<Long> seed = Optional.empty();

  private Optional<Double> scale = Optional.empty();

  @Option(
      names = "--stages",
      paramLabel = "NAME",
      split = ",",
      description = "Only these, with commas, and what they need; all by itself.")
  private List<String> stages = List.of();

  @Option(names = "--tiny", description = "Tiny models and a few steps, to try the machinery.")
  private boolean tiny;

  @Option(
      names = "--withhold-facts",
      description = "Leave all facts out of the texts: the comparison for riddles.")
  private boolean withholdFacts;

  @ArgGroup(multiplicity = "0..1")
  private Source source = new Source();

  @ArgGroup(multiplicity = "0..1")
  private Beginning beginning = new Beginning();

  private double checkpointEvery = 2;

  @Mixin private BackendOptions backend;

  /// The model whose parts are taken.
  static final class Source {
    @Option(
        names = "--from",
        paramLabel = "DIR|NAME",
        description =
            "Take tokenizer, SigLIP, autoencoder and decoder from this model, but for those that"
                + " --stages names; language, alignment and vpit are left to train.")
    private Optional<String> from = Optional.empty();

    @Option(
        names = "--continue",
        paramLabel = "DIR|NAME",
        description =
            "Take all of this model and train vpit further, and what --stages names before it. With"
                + " another --seed than the model's, it sees samples that it has not seen yet.")
    private Optional<String> further = Optional.empty();

    private Optional<String> model() {
      return from.or(() -> further);
    }
  }

  /// Whether to go on or to begin anew.
  static final class Beginning {
    @Option(
        names = "--resume",
        description = "Go on with what is in the folder; so it is by itself.")
    private boolean resume;

    @Option(
        names = "--fresh",
        description = "Begin anew, and refuse if something is in the folder.")
    private boolean fresh;
  }

  @Option(
      names = "--scale",
      paramLabel = "F",
      description = "Make all stages F times as long; 1 by itself.")
  private void setScale(double value) {
    scale = Optional.of(Ranges.within(spec, "--scale", value, 1e-6, MAX_SCALE));
  }

  @Option(
      names = "--checkpoint-every",
      paramLabel = "MIN",
      description = "Minutes between checkpoints; 2 by itself, 0 for one after every step.")
  private void setCheckpointEvery(double value) {
    checkpointEvery = Ranges.within(spec, "--checkpoint-every", value, 0, MAX_MINUTES);
  }

  @Override
  public Integer call() {
    List<ShapesStage> wanted = wanted();
    boolean assembles = stages.isEmpty() || stages.contains(ASSEMBLE);
    Outputs.checkFolder(out);
    Path target = assemble.orElse(out.resolve("model"));
    if (assembles) {
      ModelTarget.check(target);
    }
    ShapesRun run = ShapesRun.of(out, wish(), beginning.fresh);
    Outputs.makeFolder(out);
    try (FileChannel _ = ShapesRun.lock(out)) {
      run.write(out);
      return backend.run(
          () -> train(run, wanted, assembles ? Optional.of(target) : Optional.empty()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ShapesRun.Wish wish() {
    return new ShapesRun.Wish(
        tiny ? Optional.of(true) : Optional.empty(),
        seed,
        scale,
        withholdFacts ? Optional.of(false) : Optional.empty(),
        source.model().map(_ -> true),
        source.model().map(_ -> source.further.isPresent()));
  }

  /// The stages to run, in their order.
  private List<ShapesStage> wanted() {
    List<ShapesStage> wanted = new ArrayList<>();
    for (String name : stages) {
      if (!name.equals(ASSEMBLE)) {
        wanted.add(ShapesStage.of(name).orElseThrow(() -> unknownStage(name)));
      }
    }
    boolean all = stages.isEmpty() || stages.contains(ASSEMBLE);
    return Stream.of(ShapesStage.values()).filter(s -> all || wanted.contains(s)).toList();
  }

  /// The named stages that begin with a model's weights when it is continued.
  private List<ShapesStage> begun() {
    return BorrowedParts.BEGUN_WITH.stream().filter(s -> stages.contains(s.label())).toList();
  }

  private ParameterException unknownStage(String name) {
    String known =
        Stream.of(ShapesStage.values()).map(ShapesStage::label).collect(Collectors.joining(", "));
    return new ParameterException(
        spec.commandLine(),
        "Invalid value for option '--stages': got '%s', need %s or %s"
            .formatted(name, known, ASSEMBLE));
  }

  private int train(ShapesRun run, List<ShapesStage> wanted, Optional<Path> target) {
    Console console = console();
    try (TrainingProgress progress = new TrainingProgress(console)) {
      Trainer trainer =
          new Trainer(
              out,
              Duration.ofMillis(Math.round(checkpointEvery * 60_000)),
              Duration.ofSeconds(console.terminal() ? 2 : 30),
              progress);
      ShapesTraining training =
          new ShapesTraining(run.recipe(), new ShapesWorld(!run.facts()), out, trainer);
      Set<ShapesStage> parts =
          run.continued() ? BorrowedParts.BEFORE_VPIT : BorrowedParts.WITHOUT_LANGUAGE;
      List<ShapesStage> borrowed = parts.stream().filter(s -> !stages.contains(s.label())).toList();
      source
          .model()
          .ifPresent(model -> BorrowedParts.take(ModelOptions.folder(model), training, borrowed));
      source.further.ifPresent(
          model -> BorrowedParts.begin(ModelOptions.folder(model), training, begun()));
      if (run.borrowed() && !borrowed.stream().allMatch(training::isDone)) {
        throw new CommandException(
            "%s: was begun with the parts of another model and lacks some; give --%s again"
                .formatted(out, run.continued() ? "continue" : "from"));
      }
      for (ShapesStage stage : wanted) {
        run(training, trainer, stage);
      }
      target.ifPresent(folder -> {
        ModelTarget.write(folder, training::assemble);
        console.line("model: " + folder);
      });
    }
    return DONE;
  }

  private void run(ShapesTraining training, Trainer trainer, ShapesStage stage) {
    Console console = console();
    if (training.isDone(stage)) {
      console.line(
          "%s: done before%s"
              .formatted(
                  stage.label(), trainer.summary(stage.label()).map(s -> "; " + s).orElse("")));
      return;
    }
    if (stage == ShapesStage.TOKENIZER) {
      console.note("tokenizer: learns from texts");
    }
    training.run(stage);
    if (stage == ShapesStage.TOKENIZER) {
      console.line("tokenizer: %d tokens".formatted(training.tokenizer().vocabSize()));
    }
  }
}
