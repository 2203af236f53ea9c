package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.llama.LlamaFile;
import dev.chrysalis.models.tokenizer.ChatMessage;
import dev.chrysalis.models.tokenizer.ChatOptions;
import dev.chrysalis.models.tokenizer.ChatTemplate;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A LLaMA that knows nothing, with the golden tokenizer.
class GenerateCommandTest {
  private static final int POSITIONS = 1300;

  private static final Set<String> ENDS = Set.of("<|end_of_text|>", "<|eot_id|>", "<|eom_id|>");

  @TempDir private static Path folder;

  @BeforeAll
  static void writeModel() {
    Tokenizer tokenizer = Tokenizer.load(Run.fixtures().resolve("tokenizer"));
    tokenizer.save(folder);
    write(folder, tokenizer.vocabSize());
  }

  /// @return its weights
  private static Map<String, Tensor> write(Path folder, int words) {
    LlamaConfig config =
        new LlamaConfig(
            words,
            32,
            64,
            2,
            4,
            2,
            8,
            1e-5,
            10_000,
            Optional.empty(),
            POSITIONS,
            false,
            1,
            new int[] {2},
            1);
    Weights weights = Weights.fresh((name, shape) -> Llama.initializer(config, name, shape), 1);
    Llama.load(weights, config);
    SafetensorsWriter.write(folder.resolve("model.safetensors"), weights.tensors(), Map.of());
    Json.write(folder.resolve("config.json"), config.toJson());
    return weights.tensors();
  }

  /// What a model says that reads all from the beginning for every token.
  private static String slowly(boolean raw, String prompt, int count) {
    try (LlamaFile file = LlamaFile.open(folder)) {
      Tokenizer tokenizer = file.tokenizer();
      int[] ids =
          raw
              ? tokenizer.encode(prompt, true)
              : ChatTemplate.render(
                      List.of(new ChatMessage.Text("user", prompt)), ChatOptions.DEFAULT, true)
                  .encode(tokenizer);
      List<Integer> made = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Tensor logits = file.model().forward(Tensor.of(ids, 1, ids.length)).select(1, -1);
        int best = -1;
        for (int id = 0; id < tokenizer.vocabSize(); id++) {
          boolean said = !tokenizer.isAdded(id) || ENDS.contains(tokenizer.tokenOf(id));
          if (said && (best < 0 || logits.getDouble(id) > logits.getDouble(best))) {
            best = id;
          }
        }
        made.add(best);
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = best;
      }
      return tokenizer.decode(made.stream().mapToInt(id -> id).toArray(), true);
    }
  }

  @Test
  void messagesAndTextsAreContinued() {
    for (boolean raw : new boolean[] {true, false}) {
      String prompt = "two red squares <|eot_id|> and 一";
      List<Object> args =
          new ArrayList<>(List.of("generate", "--model", folder, "-n40", "--json", prompt));
      if (raw) {
        args.add("--raw");
      }
      Run run = Run.of(args.toArray());
      assertEquals(0, run.status(), run.err());
      JsonNode said = Json.parse(run.out(), "generate");
      assertEquals(40, said.get("new_tokens").intValue());
      assertEquals(slowly(raw, prompt, 40), said.get("text").stringValue());
      assertFalse(said.get("complete").booleanValue());
      assertTrue(said.get("prompt_tokens").intValue() > (raw ? 8 : 40), run.out());
    }
  }

  @Test
  void theSameSeedSaysTheSameAndStreamsIt() {
    List<String> said = new ArrayList<>();
    for (String seed : List.of("1", "1", "2")) {
      Run run =
          Run.of(
              "generate",
              "--model",
              folder,
              "--raw",
              "-n8",
              "--temperature=1",
              "--top-p=0.9",
              "--top-k=50",
              "--seed=" + seed,
              "a red square");
      assertEquals(0, run.status(), run.err());
      assertTrue(run.err().contains("; cut off by -n)"), run.err());
      said.add(run.out());
    }
    assertEquals(said.get(0), said.get(1));
    assertFalse(said.get(0).equals(said.get(2)));
  }

  @Test
  void theContextEndsATextAndRefusesAPrompt() {
    String half = "red ".repeat(600); // more than is read at a time
    Run run = Run.of("generate", "--model", folder, "--raw", "-n999", "--json", half);
    assertEquals(0, run.status(), run.err());
    JsonNode said = Json.parse(run.out(), "generate");
    int tokens = said.get("prompt_tokens").intValue() + said.get("new_tokens").intValue();
    assertTrue(said.get("complete").booleanValue() || tokens == POSITIONS + 1, run.out());
    Run refused = Run.of("generate", "--model", folder, "--raw", half.repeat(4));
    assertEquals(1, refused.status());
    assertTrue(refused.err().contains("positions, need 1 to 1299"), refused.err());
  }

  /// All logits are 0, so that the first token that may be said is chosen: an end.
  @Test
  void anEndIsNotSaid(@TempDir Path other) {
    Tokenizer tokenizer = Tokenizer.load(Run.fixtures().resolve("tokenizer"));
    tokenizer.save(other);
    Map<String, Tensor> weights = new HashMap<>(write(other, tokenizer.vocabSize()));
    weights.computeIfPresent("lm_head.weight", (_, w) -> Ops.zerosLike(w));
    SafetensorsWriter.write(other.resolve("model.safetensors"), weights, Map.of());
    ObjectNode config = Json.readObject(other.resolve("config.json"));
    config.putArray("eos_token_id").add(0);
    Json.write(other.resolve("config.json"), config);
    Run run = Run.of("generate", "--model", other, "--json", "a red square");
    assertEquals(0, run.status(), run.err());
    JsonNode said = Json.parse(run.out(), "generate");
    assertTrue(said.get("complete").booleanValue());
    assertEquals("", said.get("text").stringValue());
    assertEquals(1, said.get("new_tokens").intValue());
  }

  @Test
  void aTokenizerThatDoesNotFitIsRefused(@TempDir Path other) {
    Tokenizer.load(Run.fixtures().resolve("tokenizer")).save(other);
    write(other, 64);
    Run run = Run.of("generate", "--model", other, "hello");
    assertEquals(1, run.status());
    assertTrue(run.err().contains(other + ": the tokenizer has "), run.err());
  }
}
