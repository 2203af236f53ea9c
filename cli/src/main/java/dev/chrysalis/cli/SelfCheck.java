package dev.chrysalis.cli;

import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.cases.BackendCases;
import dev.chrysalis.zoo.eval.Artist;
import dev.chrysalis.zoo.eval.ShapesEvaluation;
import dev.chrysalis.zoo.eval.ShapesEvaluation.Asked;
import dev.chrysalis.zoo.eval.ShapesEvaluation.Drawn;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import dev.chrysalis.zoo.parity.ParityCase;
import dev.chrysalis.zoo.parity.ParityReport;
import dev.chrysalis.zoo.parity.ParityRunner;
import dev.chrysalis.zoo.shapes.Group;
import dev.chrysalis.zoo.shapes.ShapesWorld;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What a backend is held to on a machine that has nothing but the program: each operation against
/// the scalar backend, the golden values, and the model's answers against those of the backend
/// `cpu`.
final class SelfCheck {
  private static final int QUESTIONS = 12;
  private static final int DRAWINGS = 3;
  private static final int STEPS = 10;
  private static final double GUIDANCE = 2;
  private static final long SEED = 404;

  /// Levels of 255 that a drawing may differ by on the average: rounding, but no other picture.
  private static final double MEAN_LEVELS = 1;

  /// What one part of the check came to.
  ///
  /// @param problems each in a line
  record Part(String what, int passed, List<String> problems) {
    Part {
      problems = List.copyOf(problems);
    }
  }

  /// What a model says and draws.
  record Performance(List<Asked> answers, List<Drawn> drawings) {}

  private SelfCheck() {}

  /// All operations.
  static Part operations(Backend backend) {
    List<String> problems = new ArrayList<>();
    List<BackendCases.Case> cases = BackendCases.of(backend).toList();
    for (BackendCases.Case each : cases) {
      problem(each, backend).ifPresent(text -> problems.add(each.name() + ": " + text));
    }
    return new Part("operations", cases.size() - problems.size(), problems);
  }

  private static Optional<String> problem(BackendCases.Case each, Backend backend) {
    try {
      return each.check().apply(backend);
    } catch (RuntimeException e) {
      return Optional.of(e.toString());
    }
  }

  /// A folder of golden values.
  static Part golden(Backend backend, Path folder) {
    return guarded(
        "golden values",
        () -> {
          List<ParityCase> cases = Backends.with(backend, () -> ParityRunner.run(folder));
          List<ParityCase> failed = cases.stream().filter(ParityCase::failed).toList();
          return new Part(
              "golden values",
              cases.size() - failed.size(),
              new ParityReport(backend.name(), failed).lines());
        });
  }

  /// A part that fails as a whole where it cannot be finished.
  private static Part guarded(String what, Supplier<Part> part) {
    try {
      return part.get();
    } catch (RuntimeException e) {
      return new Part(what, 0, List.of(e.toString()));
    }
  }

  /// The model on a backend, held against what it does elsewhere.
  static Part model(Performance expected, Backend backend, MetaMorphFolder folder) {
    return guarded("the model", () -> same(expected, performance(backend, folder)));
  }

  /// What the model says and draws on a backend.
  static Performance performance(Backend backend, MetaMorphFolder folder) {
    return Backends.with(
        backend,
        () -> {
          Artist artist =
              (features, seed) ->
                  folder.draw(
                      features, new LatentDiffusion.Settings(STEPS, GUIDANCE, seed), (_, _) -> {});
          var evaluation = new ShapesEvaluation(folder.model(), folder.tokenizer(), artist);
          ShapesWorld world = new ShapesWorld();
          return new Performance(
              evaluation.ask(world.evalQuestions(Group.GENERAL, SEED, QUESTIONS), true, () -> {}),
              evaluation.draw(world.drawPrompts(SEED, DRAWINGS), SEED, () -> {}));
        });
  }

  /// The same words, and the same pictures but for rounding.
  private static Part same(Performance expected, Performance found) {
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < QUESTIONS; i++) {
      Asked e = expected.answers().get(i);
      Asked f = found.answers().get(i);
      if (!e.answer().equals(f.answer())) {
        problems.add(
            "%s: got '%s', cpu has '%s'"
                .formatted(e.question().replace('\n', ' '), f.answer(), e.answer()));
      }
    }
    for (int i = 0; i < DRAWINGS; i++) {
      Drawn e = expected.drawings().get(i);
      double distance = distance(e.picture(), found.drawings().get(i).picture());
      if (distance > MEAN_LEVELS) {
        problems.add("%s: %.1f levels from cpu's picture".formatted(e.request(), distance));
      }
    }
    return new Part("the model", QUESTIONS + DRAWINGS - problems.size(), problems);
  }

  /// Mean difference of the levels; infinite if only one of the two is there.
  private static double distance(Optional<Picture> a, Optional<Picture> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() && b.isEmpty() ? 0 : Double.POSITIVE_INFINITY;
    }
    byte[] x = a.get().rgb();
    byte[] y = b.get().rgb();
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.abs((x[i] & 255) - (y[i] & 255));
    }
    return sum / x.length;
  }
}
