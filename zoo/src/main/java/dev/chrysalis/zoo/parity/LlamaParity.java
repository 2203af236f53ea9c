package dev.chrysalis.zoo.parity;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.KvCache;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.llama.Rope;
import dev.chrysalis.models.llama.TokenSampler;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// A small LLaMA against its expected values: every layer, greedy decoding with a cache, a padded
/// batch with its loss and gradients, and the same weights in bf16.
final class LlamaParity {
  private static final String IO = "io.safetensors";
  private static final String GRADIENTS = "grads.safetensors";
  private static final String BF16 = "bf16-sharded";
  private static final int IGNORE = -100;

  private final GoldenSet set;
  private final Checks checks;

  private LlamaParity(GoldenSet set) {
    this.set = set;
    checks = set.checks();
  }

  /// A model and the checkpoint it reads from.
  private record Loaded(Llama model, Map<String, Tensor> parameters) {}

  static List<ParityCase> run(String name, Path folder) {
    try (GoldenSet set = new GoldenSet(name, folder)) {
      LlamaParity parity = new LlamaParity(set);
      Optional<GoldenTensors> io = set.tensors(IO);
      set.tensors(GRADIENTS);
      io.ifPresent(tensors ->
          parity.checks.guard(
              "model",
              () -> {
                try (Checkpoint weights = Checkpoint.open(folder)) {
                  parity.model(load(folder, weights), tensors);
                }
              }));
      io.filter(tensors -> tensors.names().stream().anyMatch(key -> key.startsWith("bf16.")))
          .ifPresent(tensors -> parity.checks.guard(BF16, () -> parity.bf16(tensors)));
      return set.finish(
          file -> file.startsWith("model") && file.contains(".safetensors") || file.equals(BF16));
    }
  }

  private static Loaded load(Path folder, Checkpoint checkpoint) {
    Path file = folder.resolve("config.json");
    Weights weights = Weights.of(checkpoint);
    Llama model = Llama.load(weights, LlamaConfig.read(Json.readObject(file), file.toString()));
    weights.finish();
    return new Loaded(model, weights.tensors());
  }

  private void model(Loaded loaded, GoldenTensors io) {
    Llama model = loaded.model();
    Tensor ids = io.get("input_ids"); // (1, S)
    checks.guard("forward", () -> forward(model, ids, io));
    checks.guard("rope", () -> rope(model.config(), ids.size(1), io));
    checks.guard("greedy", () -> greedy(model, ids, io));
    checks.guard("batch", () -> batch(loaded, io));
    set.integers("seq_len", () -> List.of(ids.size(1)));
    set.integers("prompt_ids", () -> list(ids));
  }

  // ---- one prompt ----

  private void forward(Llama model, Tensor ids, GoldenTensors io) {
    Trace trace = new Trace();
    Tensor logits = trace.during(() -> model.forward(ids)); // (1, S, V)
    checks.guard(
        "logits", () -> checks.tensor("logits", set.forward(), io.get("logits"), () -> logits));
    set.trace(io, trace, name -> name.startsWith("hidden.") || name.startsWith("layer"));
  }

  private void rope(LlamaConfig config, int length, GoldenTensors io) {
    Rope rope = new Rope(config);
    double[] frequencies = rope.frequencies();
    Rope.Table table = rope.table(0, length);
    set.forward(io, "rope.inv_freq", () -> Tensor.of(frequencies, frequencies.length));
    set.forward(io, "rope.cos", () -> repeated(table.cos()));
    set.forward(io, "rope.sin", () -> repeated(table.sin()));
  }

  /// `(S, d/2) → (1, S, d)`, both halves the same.
  private static Tensor repeated(Tensor half) {
    return Ops.cat(1, List.of(half, half)).unsqueeze(0);
  }

  // ---- decoding ----

  private void greedy(Llama model, Tensor ids, GoldenTensors io) {
    if (io.has("greedy.ids")) {
      Tensor expected = io.get("greedy.ids"); // (n)
      Continuation found = continued(model, ids, expected.size(0), id -> false);
      checks.exact("greedy.ids", expected, () -> tensor(found.ids()));
      set.forward(io, "greedy.logits", () -> Ops.cat(0, found.logits()));
      set.integers("greedy_ids", found::ids);
    }
    if (set.has("greedy_with_eos")) {
      JsonNode expected = set.take("greedy_with_eos");
      set.onlyKeys("expected.greedy_with_eos", expected, "eos_token_id", "ids");
      List<Integer> eos = GoldenSet.integers(expected.path("eos_token_id"), "eos_token_id");
      List<Integer> need = GoldenSet.integers(expected.path("ids"), "greedy_with_eos.ids");
      checks.equal(
          "expected.greedy_with_eos.ids",
          need,
          () -> continued(model, ids, need.size() + 1, eos::contains).ids());
    }
  }

  /// Ids that were chosen, and the logits `(1, V)` each was chosen from.
  record Continuation(List<Integer> ids, List<Tensor> logits) {}

  private static Continuation continued(Llama model, Tensor prompt, int count, IntPredicate isEnd) {
    try (KvCache cache = new KvCache(model.config(), 1, prompt.size(1) + count)) {
      Tensor hidden = model.hidden(model.embed(prompt), cache);
      return continued(model, cache, hidden, count, isEnd);
    }
  }

  /// The likeliest words after `hidden (1, T, D)`, the states of the last positions in `cache`:
  /// `count` of them, or up to and including one that ends.
  static Continuation continued(
      Llama model, KvCache cache, Tensor hidden, int count, IntPredicate isEnd) {
    TokenSampler sampler = TokenSampler.greedy();
    Continuation found = new Continuation(new ArrayList<>(), new ArrayList<>());
    Tensor state = hidden;
    while (found.ids().size() < count) {
      Tensor logits = model.logits(state.select(1, -1)); // (1, V)
      int id = sampler.choose(logits.toFloats());
      found.ids().add(id);
      found.logits().add(logits);
      if (isEnd.test(id)) {
        break;
      }
      state = model.hidden(model.embed(Tensor.of(new long[] {id}, 1, 1)), cache);
    }
    return found;
  }

  static Tensor tensor(List<Integer> ids) {
    return Tensor.of(ids.stream().mapToLong(Integer::longValue).toArray(), ids.size());
  }

  static List<Integer> list(Tensor ids) {
    return Arrays.stream(ids.toLongs()).mapToObj(Math::toIntExact).toList();
  }

  // ---- a padded batch ----

  private void batch(Loaded loaded, GoldenTensors io) {
    Llama model = loaded.model();
    Tensor ids = io.get("batch.input_ids"); // (B, S)
    Tensor mask = io.get("batch.attention_mask");
    Tensor labels = io.get("batch.labels");
    Tensor targets = labels.slice(1, 1, labels.size(1)).contiguous().reshape(-1);
    List<Tensor> parameters = List.copyOf(loaded.parameters().values());
    Differentiated step =
        Autograd.valuesAndGradients(
            parameters,
            () -> {
              Tensor logits = model.forward(ids); // (B, S, V)
              Tensor predicting = logits.slice(1, 0, ids.size(1) - 1).reshape(-1, logits.size(2));
              return List.of(Ops.crossEntropy(predicting, targets, IGNORE), logits);
            });
    set.forward(io, "batch.logits_valid", () -> valid(step.values().get(1), mask));
    if (io.has("batch.loss")) {
      checks.tensor("batch.loss", set.loss(), io.get("batch.loss"), step::value);
    }
    set.number("loss", set.loss(), () -> step.value().item());
    set.integers("batch", () -> List.of(ids.size(0)));
    set.integers("lengths", () -> list(mask.to(DType.F32).sum(1, false)));
    set.integers("supervised_tokens", () -> List.of(counted(targets)));
    gradients(loaded.parameters(), step);
  }

  private static int counted(Tensor targets) {
    return (int) Arrays.stream(targets.toLongs()).filter(label -> label != IGNORE).count();
  }

  /// The rows of `x (B, S, V)` where `mask (B, S)` is not 0, concatenated.
  static Tensor valid(Tensor x, Tensor mask) {
    long[] flags = mask.toLongs();
    long[] rows =
        IntStream.range(0, flags.length).filter(i -> flags[i] != 0).asLongStream().toArray();
    return Ops.embedding(x.reshape(-1, x.size(2)), Tensor.of(rows, rows.length));
  }

  private void gradients(Map<String, Tensor> parameters, Differentiated step) {
    JsonNode strides = set.take("grad_sample_strides");
    Gradients gradients = new Gradients(checks, set.gradient(), strides, Set.of(), set.gradient());
    set.tensors(GRADIENTS)
        .ifPresent(golden -> gradients.check(GRADIENTS, golden, named(parameters, step)));
  }

  /// The gradients that `step` has, by name of the parameter.
  static Map<String, Tensor> named(Map<String, Tensor> parameters, Differentiated step) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    int index = 0;
    for (String name : parameters.keySet()) {
      step.gradients().get(index++).ifPresent(gradient -> named.put(name, gradient));
    }
    return named;
  }

  // ---- bf16 ----

  /// Each key by itself: without the weights, each has failed.
  private void bf16(GoldenTensors io) {
    Tensor ids = io.get("input_ids");
    set.forward(io, "bf16.logits_f32_compute", () -> bf16Logits(ids));
    String rounded = "bf16.logits_bf16_compute";
    if (io.has(rounded)) {
      checks.informational(
          rounded,
          Rule.relative(set.tolerance(rounded)),
          io.get(rounded),
          () -> Backends.with(new Bf16Rounding(Backends.current()), () -> bf16Logits(ids)));
    }
  }

  private Tensor bf16Logits(Tensor ids) {
    Path folder = set.folder().resolve(BF16);
    try (Checkpoint weights = Checkpoint.open(folder)) {
      return load(folder, weights).model().forward(ids);
    }
  }
}
