package dev.chrysalis.bench;

import com.sun.management.ThreadMXBean;
import dev.chrysalis.models.llama.KvCache;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.Matrix;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Reading a prompt and generating text, by the names of llama-bench: `ppN` reads N tokens at once,
/// `tgN` makes N tokens, one after the other, from an empty context.
///
/// Words are random, logits are computed as for real: of the last position of a prompt, of every
/// generated token. Before anything is timed, a prompt must give the same logits in one piece and
/// token by token.
public final class LlmBench {
  private static final int CHECKED = 8;
  private static final double TOLERANCE = 1e-3;

  /// What to measure.
  ///
  /// @param prompt tokens of a prompt, 0 for no such measurement
  /// @param generate tokens to generate, 0 for no such measurement
  /// @param repeats timed runs of each, after one that is not
  public record Work(int prompt, int generate, int repeats) {
    public Work {
      if (prompt < 0 || generate < 0 || repeats < 1) {
        throw new IllegalArgumentException(
            "llm: got %d tokens to read, %d to make, %d repeats; need no negative numbers and 1 repeat"
                .formatted(prompt, generate, repeats));
      }
    }
  }

  private final Llama model;

  private LlmBench(Llama model) {
    this.model = model;
  }

  /// Measures a model.
  ///
  /// @param plan of the machine's limits, which are measured first
  /// @return the limits, a large matrix product and a pass over the memory; then tokens a second,
  ///   with the GFLOP/s behind reading and the GB/s of weights and cache behind making, and the
  ///   heap that a token takes
  /// @throws BenchException if the model contradicts itself
  public static List<BenchRow> run(Llama model, Work work, Timing.Plan plan) {
    LlmBench bench = new LlmBench(model);
    bench.check();
    List<BenchRow> rows = new ArrayList<>();
    if (work.prompt() > 0) {
      BenchRow roof = GemmBench.run(ModelBench.ROOF, plan);
      rows.add(roof);
      rows.add(bench.read(work.prompt(), work.repeats()).below(roof));
    }
    if (work.generate() > 0) {
      BenchRow roof = MemoryBench.read(plan);
      rows.add(roof);
      rows.add(bench.generate(work.generate(), work.repeats()).below(roof));
    }
    return rows;
  }

  private void check() {
    int[] ids = ids(CHECKED);
    float[] atOnce = logits(ids, ids.length);
    float[] oneByOne = logits(ids, 1);
    double largest = 0;
    for (float value : atOnce) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < atOnce.length; i++) {
      if (!(Math.abs(atOnce[i] - oneByOne[i]) <= TOLERANCE * largest)) {
        throw new BenchException(
            "llm: logit %d is %s for a prompt at once and %s token by token: not timed"
                .formatted(i, atOnce[i], oneByOne[i]));
      }
    }
  }

  /// Logits of the last of `ids`, read in pieces of `step`.
  private float[] logits(int[] ids, int step) {
    return Scope.compute(
        () -> {
          try (KvCache cache = new KvCache(model.config(), 1, ids.length)) {
            for (int at = 0; at < ids.length - step; at += step) {
              forward(Arrays.copyOfRange(ids, at, at + step), cache);
            }
            return forward(Arrays.copyOfRange(ids, ids.length - step, ids.length), cache)
                .toFloats();
          }
        },
        _ -> List.of());
  }

  /// Logits of the last of `ids`.
  private Tensor forward(int[] ids, KvCache cache) {
    return Scope.compute(() -> {
      Tensor hidden = model.hidden(model.embed(Tensor.of(ids, 1, ids.length)), cache);
      return model.logits(hidden.slice(1, ids.length - 1, ids.length));
    });
  }

  private int[] ids(int count) {
    return new SplittableRandom(1).ints(count, 0, model.config().vocabSize()).toArray();
  }

  private BenchRow read(int count, int repeats) {
    int[] ids = ids(count);
    Timing timing;
    try (KvCache cache = new KvCache(model.config(), 1, count)) {
      timing =
          Timing.measure(
              repeats,
              () -> {
                cache.truncate(0);
                Scope.run(() -> forward(ids, cache));
              });
    }
    LlamaConfig c = model.config();
    double inner = matrices().mapToDouble(m -> (double) m.rows() * m.columns()).sum();
    double head = (double) c.vocabSize() * c.hiddenSize();
    double attention =
        2.0 * c.numHiddenLayers() * c.numAttentionHeads() * c.headDim() * count * (count + 1);
    double flops = 2 * inner * count + 2 * head + attention;
    return row("pp" + count, count, timing, Rate.gflops(flops / timing.medianMs() * 1e-6));
  }

  private BenchRow generate(int count, int repeats) {
    int[] ids = ids(count);
    Timing timing;
    double heap;
    try (KvCache cache = new KvCache(model.config(), 1, count)) {
      Runnable make =
          () -> {
            cache.truncate(0);
            for (int id : ids) {
              Scope.run(() -> forward(new int[] {id}, cache));
            }
          };
      timing = Timing.measure(repeats, make);
      heap = heapBytes(make) / (double) count;
    }
    LlamaConfig c = model.config();
    double weights =
        Stream.concat(matrices(), Stream.of(model.lmHead().weight()))
            .mapToDouble(LlmBench::bytes)
            .sum();
    double cached =
        4.0
            * c.numHiddenLayers()
            * c.numKeyValueHeads()
            * c.headDim()
            * (count + 1); // both, half full
    double bytes = (weights + cached) * count;
    return row("tg" + count, count, timing, Rate.gbytes(bytes / timing.medianMs() * 1e-6))
        .allocating(heap);
  }

  /// What all threads take from the heap while `body` runs.
  private static long heapBytes(Runnable body) {
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    long before = threads.getTotalThreadAllocatedBytes();
    body.run();
    return threads.getTotalThreadAllocatedBytes() - before;
  }

  private BenchRow row(String test, int tokens, Timing timing, Rate behind) {
    Rate speed = Rate.tokens(tokens / timing.medianMs() * 1e3);
    return BenchRow.of(test, size(), storage(), timing, speed, behind);
  }

  private String size() {
    double parameters =
        matrices().mapToDouble(m -> (double) m.rows() * m.columns()).sum()
            + (double) model.config().vocabSize() * model.config().hiddenSize();
    return String.format(Locale.ROOT, "llama %.2f B", parameters * 1e-9);
  }

  private String storage() {
    return switch (model.layers().getFirst().mlp().gate().weight()) {
      case Matrix.Dense(Tensor values) -> values.dtype().name().toLowerCase(Locale.ROOT);
      case Matrix.Blocks(_, BlockFormat format) -> format.name().toLowerCase(Locale.ROOT);
    };
  }

  /// The matrices that every token goes through, but for the head.
  private Stream<Matrix> matrices() {
    return model.layers().stream()
        .flatMap(layer ->
            Stream.of(
                layer.attention().q(),
                layer.attention().k(),
                layer.attention().v(),
                layer.attention().o(),
                layer.mlp().gate(),
                layer.mlp().up(),
                layer.mlp().down()))
        .map(Linear::weight);
  }

  private static double bytes(Matrix matrix) {
    return switch (matrix) {
      case Matrix.Dense(Tensor values) -> values.type().sizeBytes();
      case Matrix.Blocks(Tensor bytes, _) -> bytes.type().sizeBytes();
    };
  }
}
