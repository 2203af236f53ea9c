package dev.chrysalis.bench;

import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.zoo.storage.WeightStorage;
import dev.chrysalis.zoo.train.ShapesRecipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// The same work on several backends: operations first, then networks with random weights.
///
/// Every measurement checks what it computes before it is timed; one that fails on a backend is
/// named and has no time there.
public final class Comparison {
  /// Kinds of work, in their order.
  public static final List<String> KINDS =
      List.of("gemm", "conv", "attention", "rows", "llm", "siglip", "draw", "train");

  /// How large the work is.
  public enum Scale {
    /// Minutes on two cores.
    SMALL,
    /// Published sizes: for graphics processors.
    FULL
  }

  /// All that was measured.
  ///
  /// @param roofs the limits of the machine with each backend, by its name
  /// @param variants how often each variant of a kernel ran, for each backend that counts them
  public record Result(
      List<Line> lines, Map<String, Roofs> roofs, Map<String, SortedMap<String, Long>> variants) {
    public Result {
      lines = List.copyOf(lines);
      roofs = Collections.unmodifiableMap(new LinkedHashMap<>(roofs));
      variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
    }
  }

  /// What was measured, of one kind of work.
  ///
  /// @param rows by backend or peer; one that failed is missing
  /// @param problems by backend or peer
  public record Line(
      String name,
      String shape,
      String dtype,
      Map<String, BenchRow> rows,
      Map<String, String> problems) {
    /// How many times as fast as `reference` a backend was, by the median; empty if one of the two
    /// is missing.
    public Optional<Double> speedUp(String reference, String backend) {
      return rows.containsKey(reference) && rows.containsKey(backend)
          ? Optional.of(
              rows.get(reference).timing().medianMs() / rows.get(backend).timing().medianMs())
          : Optional.empty();
    }
  }

  /// One kind of work, which gives one row or several.
  ///
  /// @param config of a network, for peers
  /// @param ownPlan of work that takes a number of runs of its own
  record Task(
      String name, ObjectNode config, Optional<Timing.Plan> ownPlan, Measurement measurement) {
    Task(String name, ObjectNode config, Measurement measurement) {
      this(name, config, Optional.empty(), measurement);
    }

    Task(String name, Measurement measurement) {
      this(name, Json.newObject(), measurement);
    }
  }

  @FunctionalInterface
  interface Measurement {
    List<BenchRow> run(Timing.Plan plan);
  }

  private final List<Backend> backends;
  private final List<? extends Peer> peers;
  private final Timing.Plan plan;
  private final BiConsumer<String, String> progress;
  private final Map<List<String>, Line> lines = new LinkedHashMap<>();

  private Comparison(
      List<Backend> backends,
      List<? extends Peer> peers,
      Timing.Plan plan,
      BiConsumer<String, String> progress) {
    this.backends = backends;
    this.peers = peers;
    this.plan = plan;
    this.progress = progress;
  }

  /// Measures everything on every backend and by every peer, one after the other for each kind of
  /// work, so that a machine that changes its speed changes it for all.
  ///
  /// @param kinds of work, of `KINDS`
  /// @param limit begins nothing new after this time; what is left out is a problem of its kind
  /// @param progress hears what is measured next, and where
  public static Result run(
      List<Backend> backends,
      List<? extends Peer> peers,
      Scale scale,
      Set<String> kinds,
      Optional<Duration> limit,
      Timing.Plan plan,
      BiConsumer<String, String> progress) {
    GemmShape product = scale == Scale.FULL ? new GemmShape(4096, 4096, 4096) : ModelBench.ROOF;
    Limits limits = new Limits(product, MemoryBench.SIDE);
    return run(backends, peers, limits, tasks(scale, kinds), limit, plan, progress);
  }

  /// What is measured for the roofs.
  ///
  /// @param side of the square tensor that is read
  record Limits(GemmShape product, int side) {}

  static Result run(
      List<Backend> backends,
      List<? extends Peer> peers,
      Limits limits,
      List<Task> tasks,
      Optional<Duration> limit,
      Timing.Plan plan,
      BiConsumer<String, String> progress) {
    Comparison comparison = new Comparison(backends, peers, plan, progress);
    long begun = System.nanoTime();
    Map<String, Roofs> roofs = comparison.roofs(limits);
    for (Task task : tasks) {
      Duration passed = Duration.ofNanos(System.nanoTime() - begun);
      if (limit.isPresent() && passed.compareTo(limit.get()) > 0) {
        comparison.leaveOut(task, passed);
      } else {
        comparison.measure(task);
      }
    }
    Map<String, SortedMap<String, Long>> variants = new LinkedHashMap<>();
    for (Backend backend : backends) {
      if (!backend.variants().isEmpty()) {
        variants.put(backend.name(), backend.variants());
      }
    }
    return new Result(List.copyOf(comparison.lines.values()), roofs, variants);
  }

  private Map<String, Roofs> roofs(Limits limits) {
    Map<String, Roofs> roofs = new LinkedHashMap<>();
    for (Backend backend : backends) {
      progress.accept("roofs", backend.name());
      try {
        roofs.put(
            backend.name(),
            Backends.with(
                backend,
                () ->
                    new Roofs(
                        GemmBench.run(limits.product(), plan).rate().value(),
                        MemoryBench.read(limits.side(), plan).rate().value())));
      } catch (RuntimeException e) {
        line("roofs", "", "").problems().put(backend.name(), words(e));
      }
    }
    return roofs;
  }

  private void leaveOut(Task task, Duration passed) {
    String words = "left out after %d s".formatted(passed.toSeconds());
    for (Backend backend : backends) {
      progress.accept(task.name(), backend.name());
      line(task.name(), "", "").problems().putIfAbsent(backend.name(), words);
    }
    peers.forEach(peer -> progress.accept(task.name(), peer.name()));
  }

  private void measure(Task task) {
    Map<List<String>, BenchRow> done = new LinkedHashMap<>();
    for (Backend backend : backends) {
      progress.accept(task.name(), backend.name());
      try {
        for (BenchRow row : Backends.with(backend, () -> task.measurement().run(plan))) {
          line(row).rows().put(backend.name(), row);
          done.putIfAbsent(List.of(row.name(), row.shape(), row.dtype()), row);
        }
      } catch (RuntimeException e) {
        line(task.name(), "", "").problems().put(backend.name(), words(e));
      }
    }
    for (Peer peer : peers) {
      progress.accept(task.name(), peer.name());
      done.values().forEach(row -> measure(row, peer, task));
    }
  }

  private void measure(BenchRow row, Peer peer, Task task) {
    try {
      peer.measure(row, task.config(), task.ownPlan().orElse(plan))
          .ifPresent(its -> line(row).rows().put(peer.name(), its));
    } catch (PeerException e) {
      line(row).problems().put(peer.name(), words(e));
    }
  }

  private static String words(RuntimeException e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private Line line(BenchRow row) {
    return line(row.name(), row.shape(), row.dtype());
  }

  private Line line(String name, String shape, String dtype) {
    return lines.computeIfAbsent(
        List.of(name, shape, dtype),
        _ -> new Line(name, shape, dtype, new LinkedHashMap<>(), new LinkedHashMap<>()));
  }

  /// How many measurements `run` takes.
  public static int count(int backends, int peers, Scale scale, Set<String> kinds) {
    return backends + (backends + peers) * tasks(scale, kinds).size();
  }

  private static List<Task> tasks(Scale scale, Set<String> kinds) {
    return tasks(scale).stream().filter(task -> kinds.contains(task.name())).toList();
  }

  private static List<Task> tasks(Scale scale) {
    List<Task> tasks = new ArrayList<>();
    boolean full = scale == Scale.FULL;
    gemms(full)
        .map(GemmShape::parse)
        .forEach(s -> each(tasks, full, "gemm", (dtype, plan) -> GemmBench.run(s, dtype, plan)));
    convolutions(full)
        .map(ConvShape::parse)
        .forEach(s -> each(tasks, full, "conv", (dtype, plan) -> ConvBench.run(s, dtype, plan)));
    attentions(full)
        .map(AttentionShape::parse)
        .forEach(s ->
            each(tasks, full, "attention", (dtype, plan) -> AttentionBench.run(s, dtype, plan)));
    int rows = full ? 8192 : 1024;
    int columns = full ? 4096 : 384;
    Arrays.stream(RowKernel.values())
        .forEach(kernel ->
            tasks.add(
                new Task(
                    "rows", plan -> List.of(RowKernelBench.run(kernel, rows, columns, plan)))));
    LlamaConfig llama = full ? LlamaConfig.llama32With1B() : smallLlama();
    LlmBench.Work work = full ? new LlmBench.Work(512, 64, 3) : new LlmBench.Work(64, 16, 3);
    Timing.Plan repeats = new Timing.Plan(Duration.ZERO, Duration.ZERO, work.repeats());
    tasks.add(
        new Task("llm", llama.toJson(), Optional.of(repeats), plan -> llm(llama, work, plan)));
    SiglipVisionConfig vision = vision(full);
    tasks.add(
        new Task(
            "siglip",
            vision.toJson().put("images", 1),
            plan -> networks(VisionBench.run(vision, WeightStorage.F32, 1, plan))));
    tasks.add(
        new Task(
            "draw",
            plan ->
                networks(
                    DrawBench.run(unet(full), autoencoder(full), WeightStorage.F32, 0, plan))));
    List<TrainBench.Size> sizes =
        full
            ? List.of(TrainBench.Size.DEFAULT, TrainBench.Size.GPT_2)
            : List.of(new TrainBench.Size(2, 256, 4, 128, 4, 512));
    sizes.forEach(size ->
        tasks.add(new Task("train", size.toJson(), plan -> networks(TrainBench.run(size, plan)))));
    return tasks;
  }

  /// Work in F32 and, at published sizes, in BF16, which graphics processors are made for.
  private static void each(
      List<Task> tasks, boolean full, String name, BiFunction<DType, Timing.Plan, BenchRow> run) {
    for (DType dtype : full ? List.of(DType.F32, DType.BF16) : List.of(DType.F32)) {
      tasks.add(new Task(name, plan -> List.of(run.apply(dtype, plan))));
    }
  }

  /// Without the product that others are held against, which stands by itself.
  private static List<BenchRow> networks(List<BenchRow> rows) {
    return rows.stream().filter(row -> !row.name().equals("gemm")).toList();
  }

  private static Stream<String> gemms(boolean full) {
    return full
        ? Stream.of(
            "512x512x512",
            "1024x1024x1024",
            "2048x2048x2048",
            "4096x4096x4096",
            "8192x8192x8192",
            "4096x14336x4096",
            "64x4096x4096",
            "512x4096x4096",
            "1x4096x4096")
        : Stream.of("512x512x512", "64x1024x1024", "1x2048x2048");
  }

  private static Stream<String> convolutions(boolean full) {
    return full
        ? Stream.of(
            "1x320x320x64x64x3",
            "1x640x640x32x32x3",
            "1x1280x1280x16x16x3",
            "1x1280x1280x8x8x3",
            "1x512x512x64x64x3",
            "1x128x128x512x512x3")
        : Stream.of("1x64x64x32x32x3", "1x256x256x8x8x3");
  }

  private static Stream<String> attentions(boolean full) {
    return full
        ? Stream.of(
            "1x16x729x729x72",
            "1x32x512x512x128:causal",
            "1x32x4096x4096x128:causal",
            "1x8x4096x4096x40")
        : Stream.of("1x8x256x256x64:causal", "1x4x196x196x64");
  }

  private static List<BenchRow> llm(LlamaConfig config, LlmBench.Work work, Timing.Plan plan) {
    Llama model =
        Llama.load(
            RandomWeights.of(
                (name, shape) -> Llama.initializer(config, name, shape),
                w -> Llama.load(w, config),
                WeightStorage.F32),
            config);
    return LlmBench.run(model, work, plan).stream()
        .filter(row -> row.name().matches("(pp|tg)\\d+"))
        .toList();
  }

  private static LlamaConfig smallLlama() {
    return new LlamaConfig(
        4096,
        512,
        1408,
        4,
        8,
        2,
        64,
        1e-5,
        10_000,
        Optional.empty(),
        2048,
        true,
        0,
        new int[] {1},
        0.02);
  }

  private static SiglipVisionConfig vision(boolean full) {
    return full
        ? Siglip.Config.so400m().vision()
        : new SiglipVisionConfig(256, 1024, 6, 4, 3, 112, 8, 1e-6, "gelu_pytorch_tanh");
  }

  private static UNetConfig unet(boolean full) {
    return full ? UNetConfig.stableDiffusion15() : ShapesRecipe.full(1).unetConfig();
  }

  private static AutoencoderKlConfig autoencoder(boolean full) {
    return full
        ? AutoencoderKlConfig.stableDiffusion15()
        : ShapesRecipe.full(1).autoencoderConfig();
  }
}
