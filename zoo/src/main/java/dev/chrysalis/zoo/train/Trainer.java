package dev.chrysalis.zoo.train;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.nn.Ema;
import dev.chrysalis.nn.GradientClipping;
import dev.chrysalis.nn.Optimizer;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Runs a stage to its end, from its last checkpoint if there is one. A run may be killed at any
/// moment and started again: it goes on with the same numbers, bit for bit on one backend.
public final class Trainer {
  private static final String SUMMARY = "summary.txt";

  private final Path folder;
  private final Duration checkpointEvery;
  private final Duration reportEvery;
  private final TrainingListener listener;

  /// @param folder where checkpoints and `metrics.jsonl` go
  public Trainer(
      Path folder, Duration checkpointEvery, Duration reportEvery, TrainingListener listener) {
    this.folder = folder;
    this.checkpointEvery = checkpointEvery;
    this.reportEvery = reportEvery;
    this.listener = listener;
  }

  /// Trains to the end and returns the result by name: the averaged parameters if the stage
  /// averages, else the parameters themselves.
  ///
  /// @throws CheckpointException if checkpoints cannot be written, or one fits another stage
  /// @throws TrainingException if loss or gradients stop being finite ten times in a row
  public <B> Map<String, Tensor> run(Stage<B> stage) {
    return new Run<>(stage).toEnd();
  }

  /// What a stage reached that ended in this folder.
  public Optional<String> summary(String stage) {
    Path file = folder.resolve(stage).resolve(SUMMARY);
    try {
      return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read", e);
    }
  }

  private final class Run<B> {
    private static final int MAX_SKIPPED = 10;

    private final Stage<B> stage;
    private final Stage.Plan plan;
    private final Optimizer optimizer;
    private final Map<String, Tensor> parameters;
    private final Optional<Ema> ema;
    private final CheckpointStore store;
    private final Metrics metrics;
    private final CountingBackend backend = new CountingBackend(Backends.current());

    /// One for each part of a step.
    private final List<Backend> backends;

    private final long begun = System.nanoTime();
    private int step;
    private int skippedInARow;

    /// Of the runs before this one.
    private long flopsBefore;

    private double secondsBefore;

    Run(Stage<B> stage) {
      this.stage = stage;
      this.plan = stage.plan();
      this.optimizer = plan.optimizer();
      this.parameters = optimizer.parameters();
      this.ema =
          plan.emaDecay() > 0
              ? Optional.of(new Ema(parameters, plan.emaDecay()))
              : Optional.empty();
      Path place = folder.resolve(plan.name());
      this.store = new CheckpointStore(place);
      int parts = stage.parts(backend.threads());
      this.backends =
          parts == 1 ? List.of(backend) : Stream.generate(backend::alone).limit(parts).toList();
      this.metrics = new Metrics(place.resolve("metrics.jsonl"), plan.lossNames());
    }

    Map<String, Tensor> toEnd() {
      resume();
      listener.started(plan.name(), step, plan.steps());
      Backends.with(
          backend,
          () -> {
            steps();
            return step;
          });
      return ema.map(Ema::averages).orElse(parameters);
    }

    private void steps() {
      long lastCheckpoint = begun;
      long lastReport = begun;
      int first = step;
      Window window = new Window(plan.lossNames());
      while (step < plan.steps()) {
        Scope.run(() -> takeStep(window));
        step++;
        long now = System.nanoTime();
        if (now - lastReport >= reportEvery.toNanos() || step == plan.steps()) {
          double seconds = (now - begun) * 1e-9;
          double left = seconds / (step - first) * (plan.steps() - step);
          report(window, backend.flops() / seconds * 1e-9, left);
          lastReport = now;
        }
        if (step < plan.steps() && now - lastCheckpoint >= checkpointEvery.toNanos()) {
          save();
          lastCheckpoint = now;
        }
      }
      Optional<String> before = first < step ? Optional.empty() : summary(plan.name());
      end(before.orElseGet(() -> reached(window)), first);
    }

    /// @param first the step this run began at
    private void end(String summary, int first) {
      Path file = folder.resolve(plan.name()).resolve(SUMMARY);
      try {
        Files.writeString(file, summary + "\n");
      } catch (IOException e) {
        throw new UncheckedIOException(file + ": cannot be written", e);
      }
      if (first < step) {
        save();
      }
      listener.finished(plan.name(), summary);
    }

    private double seconds() {
      return secondsBefore + (System.nanoTime() - begun) * 1e-9;
    }

    private long flops() {
      return flopsBefore + backend.flops();
    }

    private void takeStep(Window window) {
      Differentiated result = differentiated();
      List<String> names = new ArrayList<>();
      List<Tensor> gradients = new ArrayList<>();
      int i = 0;
      for (String name : parameters.keySet()) {
        result
            .gradients()
            .get(i++)
            .ifPresent(gradient -> {
              names.add(name);
              gradients.add(gradient);
            });
      }
      GradientClipping.Clipped clipped = GradientClipping.toNorm(gradients, plan.clipNorm());
      List<Double> losses = result.values().stream().map(Tensor::item).toList();
      if (!Double.isFinite(clipped.norm()) || !Double.isFinite(losses.getFirst())) {
        skip(losses.getFirst(), clipped.norm());
        return;
      }
      skippedInARow = 0;
      Map<String, Tensor> byName = new LinkedHashMap<>();
      for (int k = 0; k < names.size(); k++) {
        byName.put(names.get(k), clipped.gradients().get(k));
      }
      optimizer.step(byName, plan.learningRate() * plan.schedule().factor(step));
      ema.ifPresent(average -> average.update(parameters, step));
      window.add(losses, clipped.norm());
    }

    /// Losses and gradients of the step, those of parts computed side by side.
    private Differentiated differentiated() {
      List<Tensor> all = List.copyOf(parameters.values());
      return backends.size() == 1
          ? differentiated(all, Stage.Part.WHOLE)
          : SideBySide.mean(
              backends, index -> differentiated(all, new Stage.Part(index, backends.size())));
    }

    private Differentiated differentiated(List<Tensor> all, Stage.Part part) {
      B batch = stage.batch(step, part);
      return Autograd.valuesAndGradients(all, () -> stage.losses(batch));
    }

    private void skip(double loss, double norm) {
      listener.noted(
          plan.name(), "step %d skipped: loss %s, gradient norm %s".formatted(step, loss, norm));
      if (++skippedInARow == MAX_SKIPPED) {
        throw new TrainingException(
            "%s: loss or gradients were not finite in %d steps in a row, last in step %d"
                .formatted(plan.name(), MAX_SKIPPED, step));
      }
    }

    private void report(Window window, double gigaflops, double secondsLeft) {
      double rate = plan.learningRate() * plan.schedule().factor(step - 1);
      var report =
          new TrainingListener.Report(
              plan.name(),
              step,
              plan.steps(),
              window.means(),
              window.meanNorm(),
              rate,
              gigaflops,
              secondsLeft);
      metrics.append(report);
      listener.progressed(report);
      window.restart();
    }

    /// Operations and time of all runs, as far as they led to this result.
    private String reached(Window window) {
      return "%d steps, %s; %.3g FLOP, %.1f GFLOP/s, %.0f s"
          .formatted(
              step,
              window.lastMeans(),
              (double) flops(),
              flops() / Math.max(1e-9, seconds()) * 1e-9,
              seconds());
    }

    private void save() {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      parameters.forEach((name, tensor) -> tensors.put("parameter/" + name, tensor));
      optimizer.state().forEach((name, tensor) -> tensors.put("moment/" + name, tensor));
      ema.ifPresent(average ->
          average.averages().forEach((name, tensor) -> tensors.put("ema/" + name, tensor)));
      store.save(
          step,
          tensors,
          Map.of(
              "stage",
              plan.name(),
              "step",
              Integer.toString(step),
              "optimizer_step",
              Integer.toString(optimizer.step()),
              "flop",
              Long.toString(flops()),
              "seconds",
              Double.toString(seconds())));
    }

    private void resume() {
      store
          .newest(message -> listener.noted(plan.name(), message))
          .ifPresent(file -> {
            try (file) {
              restore(file);
            }
          });
    }

    private void restore(SafetensorsFile file) {
      Map<String, String> metadata = file.metadata();
      if (!plan.name().equals(metadata.get("stage"))) {
        throw new CheckpointException(
            "%s: is of stage '%s', need '%s'"
                .formatted(file.path(), metadata.get("stage"), plan.name()));
      }
      parameters.forEach((name, tensor) -> copy(file, "parameter/" + name, tensor));
      Map<String, Tensor> moments = new LinkedHashMap<>();
      optimizer.state().keySet().forEach(name -> moments.put(name, file.get("moment/" + name)));
      optimizer.restore(moments, count(file, "optimizer_step"));
      ema.ifPresent(average ->
          average.averages().forEach((name, tensor) -> copy(file, "ema/" + name, tensor)));
      step = count(file, "step");
      flopsBefore = Long.parseLong(metadata.getOrDefault("flop", "0"));
      secondsBefore = Double.parseDouble(metadata.getOrDefault("seconds", "0"));
    }

    private static int count(SafetensorsFile file, String key) {
      String value = file.metadata().getOrDefault(key, "");
      if (!value.matches("\\d{1,9}")) {
        throw new CheckpointException(
            "%s: metadata: %s: found '%s', need a count".formatted(file.path(), key, value));
      }
      return Integer.parseInt(value);
    }

    private void copy(SafetensorsFile file, String name, Tensor target) {
      if (!file.type(name).equals(target.type())) {
        throw new CheckpointException(
            "%s: %s: found %s, need %s"
                .formatted(file.path(), name, file.type(name), target.type()));
      }
      Ops.copyInto(file.get(name), target);
    }
  }
}
