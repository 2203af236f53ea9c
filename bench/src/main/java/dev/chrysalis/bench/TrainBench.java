package dev.chrysalis.bench;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.train.CountingBackend;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.node.ObjectNode;

/// One training step of a small GPT in F32 on the current backend: forward, backward, AdamW.
///
/// Operations are those of the matrix products and of attention, as the backend is asked for them,
/// so the rate also pays for all that they do not count. The first loss must be that of guessing,
/// and later ones smaller, or nothing is reported.
public final class TrainBench {
  private static final GemmShape SGEMM = new GemmShape(1024, 1024, 1024);
  private static final double LEARNING_RATE = 1e-3;

  /// How far from `log V` the first loss may be.
  private static final double FIRST_LOSS_SLACK = 0.5;

  /// What is trained.
  ///
  /// @param tokens length of a row
  /// @param batch rows
  public record Size(int layers, int width, int heads, int tokens, int batch, int vocab) {
    /// 6 layers of width 384 with 6 heads, 8 rows of 256 tokens, 512 words.
    public static final Size DEFAULT = new Size(6, 384, 6, 256, 8, 512);

    /// The smallest GPT-2 (Radford et al. 2019), 124 million parameters, 4 rows of 1,024 tokens.
    public static final Size GPT_2 = new Size(12, 768, 12, 1024, 4, 50_304);

    public Size {
      config(layers, width, heads, tokens, vocab);
      if (batch < 1 || vocab < 2) {
        throw new IllegalArgumentException(
            "train: got batch %d, vocab %d, need a batch of 1 or more and 2 words or more"
                .formatted(batch, vocab));
      }
    }

    private static Gpt.Config config(int layers, int width, int heads, int tokens, int vocab) {
      return new Gpt.Config(layers, width, heads, tokens, vocab);
    }

    private Gpt.Config config() {
      return config(layers, width, heads, tokens, vocab);
    }

    /// The sizes by their names.
    ObjectNode toJson() {
      return Json.newObject()
          .put("layers", layers)
          .put("width", width)
          .put("heads", heads)
          .put("tokens", tokens)
          .put("batch", batch)
          .put("vocab", vocab);
    }

    @Override
    public String toString() {
      return "layers %d, width %d, heads %d, tokens %d, batch %d, vocab %d"
          .formatted(layers, width, heads, tokens, batch, vocab);
    }
  }

  private final CountingBackend backend = new CountingBackend(Backends.current());
  private final Gpt gpt;
  private final Tensor ids;
  private final Tensor targets;
  private final Map<String, Tensor> parameters;
  private final AdamW optimizer = new AdamW();

  TrainBench(Size size) {
    Gpt.Config config = size.config();
    Weights weights = Weights.fresh((name, shape) -> Gpt.initializer(config, name, shape), 1);
    gpt = Gpt.load(weights, config);
    parameters = weights.tensors();
    optimizer.group(parameters, AdamW.Settings.withDecay(0.1));
    long[] words =
        new SplittableRandom(1)
            .ints((long) size.batch() * (size.tokens() + 1), 0, size.vocab())
            .asLongStream()
            .toArray();
    Tensor rows = Tensor.of(words, size.batch(), size.tokens() + 1);
    ids = rows.slice(1, 0, size.tokens()).contiguous();
    targets = rows.slice(1, 1, size.tokens() + 1).contiguous();
  }

  /// Measures the matrix product of 1024 x 1024 x 1024, then the step.
  ///
  /// @return the product, then the step with its ratio to it
  /// @throws BenchException if the backend computes wrongly
  public static List<BenchRow> run(Size size, Timing.Plan plan) {
    return run(size, SGEMM, plan);
  }

  /// As above, with a product of another size.
  static List<BenchRow> run(Size size, GemmShape sgemm, Timing.Plan plan) {
    BenchRow product = GemmBench.run(sgemm, plan);
    BenchRow step = Scope.compute(() -> new TrainBench(size).measure(size, plan), _ -> List.of());
    return List.of(product, step.against(product));
  }

  private BenchRow measure(Size size, Timing.Plan plan) {
    double first = step();
    double guessing = Math.log(size.vocab());
    if (!(Math.abs(first - guessing) <= FIRST_LOSS_SLACK)) {
      throw new BenchException(
          "train: the first loss is %s, need log(%d) = %.3f: not timed"
              .formatted(first, size.vocab(), guessing));
    }
    double flops = backend.flops();
    Timing timing = Timing.measure(plan, this::step);
    double last = step();
    if (!(last < first)) {
      throw new BenchException(
          "train: the loss went from %s to %s on one batch, need a fall: not reported"
              .formatted(first, last));
    }
    Rate rate = Rate.gflops(flops / timing.medianMs() * 1e-6);
    return BenchRow.of("train_step", size.toString(), timing, rate);
  }

  /// Operations so far.
  long flops() {
    return backend.flops();
  }

  /// Takes one step and returns the loss before it.
  double step() {
    return Backends.with(backend, () -> Scope.compute(this::loss, _ -> List.of()));
  }

  private double loss() {
    List<String> names = List.copyOf(parameters.keySet());
    Differentiated result =
        Autograd.valueAndGradients(
            new ArrayList<>(parameters.values()), () -> gpt.loss(ids, targets));
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      gradients.put(names.get(i), result.gradient(i));
    }
    optimizer.step(gradients, LEARNING_RATE);
    return result.value().item();
  }
}
