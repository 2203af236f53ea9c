package dev.chrysalis.zoo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A set whose output matrix is the embedding table. What it expects comes from a model that has
/// both, with equal values: the gradient of the one table is the sum of theirs.
class TiedHeadTest {
  private static final String TABLE = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  @TempDir Path folder;

  @Test
  void theTableIsTheHead() {
    Path copy = GoldenCopy.of("llama-tiny", folder);
    GoldenCopy.delete(copy.resolve("bf16-sharded"));
    Map<String, Tensor> batch = new LinkedHashMap<>();
    GoldenCopy.tensors(copy.resolve("io.safetensors"), batch::putAll);
    GoldenCopy.tensors(copy.resolve("model.safetensors"), all -> all.remove(HEAD));
    Backends.with(
        Backends.named("scalar"),
        () -> {
          expectWhatTwoTablesGive(copy, batch);
          return copy;
        });
    GoldenCopy.json(copy.resolve("config.json"), o -> o.put("tie_word_embeddings", true));
    List<ParityCase> cases = Backends.with(Backends.named("scalar"), () -> ParityRunner.run(copy));
    assertEquals(List.of(), cases.stream().filter(ParityCase::failed).toList());
    assertTrue(cases.stream().anyMatch(one -> one.name().equals("grads." + TABLE)));
    assertTrue(cases.stream().noneMatch(one -> one.name().contains(HEAD)));
  }

  private static void expectWhatTwoTablesGive(Path copy, Map<String, Tensor> batch) {
    try (Checkpoint checkpoint = Checkpoint.open(copy)) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      checkpoint.names().forEach(name -> weights.put(name, checkpoint.get(name)));
      weights.put(HEAD, checkpoint.get(TABLE)); // a tensor of its own on the same memory
      Llama model =
          Llama.load(
              Weights.of("two tables", weights),
              LlamaConfig.read(Json.readObject(copy.resolve("config.json")), "config.json"));
      Tensor ids = batch.get("batch.input_ids");
      Tensor labels = batch.get("batch.labels");
      Tensor targets = labels.slice(1, 1, labels.size(1)).contiguous().reshape(-1);
      Differentiated step =
          Autograd.valueAndGradients(
              List.copyOf(weights.values()),
              () -> {
                Tensor logits = model.forward(ids);
                Tensor predicting = logits.slice(1, 0, ids.size(1) - 1).reshape(-1, logits.size(2));
                return Ops.crossEntropy(predicting, targets, -100);
              });
      Map<String, Tensor> gradients = LlamaParity.named(weights, step);
      gradients.put(TABLE, gradients.get(TABLE).add(gradients.remove(HEAD)));
      Tensor prompt = batch.get("input_ids");
      Tensor logits = model.forward(prompt);
      GoldenCopy.tensors(
          copy.resolve("io.safetensors"),
          all -> {
            all.keySet().removeIf(key -> !key.startsWith("batch.") && !key.equals("input_ids"));
            all.remove("batch.logits_valid");
            all.put("logits", logits);
            all.put("batch.loss", step.value().reshape(1));
          });
      GoldenCopy.tensors(
          copy.resolve("grads.safetensors"),
          all -> {
            all.clear();
            all.putAll(gradients);
          });
      GoldenCopy.json(
          copy.resolve("expected.json"),
          o -> o.put("loss", step.value().item()).remove(List.of("greedy_ids", "greedy_with_eos")));
    }
  }
}
