package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.llama.LlamaConfig;
import dev.chrysalis.models.llama.LlamaFile;
import dev.chrysalis.models.llama.TextGenerator;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A LLaMA that knows nothing, with the golden tokenizer.
class GenerateCommandTest {
  private static final int POSITIONS = 300;

  @TempDir private static Path folder;

  @BeforeAll
  static void writeModel() {
    Tokenizer tokenizer = Tokenizer.load(Run.fixtures().resolve("tokenizer"));
    tokenizer.save(folder);
    write(folder, tokenizer.vocabSize());
  }

  private static void write(Path folder, int words) {
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
  }

  /// What a model says that reads all from the beginning for every token.
  private static String slowly(boolean raw, String prompt, int count) {
    try (LlamaFile file = LlamaFile.open(folder)) {
      Tokenizer tokenizer = file.tokenizer();
      var generator = new TextGenerator(file.model(), tokenizer);
      int[] ids = raw ? generator.beginning(prompt) : generator.question(prompt);
      List<Integer> made = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Tensor logits = file.model().forward(Tensor.of(ids, 1, ids.length)).select(1, -1);
        int best = -1;
        for (int id = 0; id < tokenizer.vocabSize(); id++) {
          boolean said = !tokenizer.isAdded(id) || tokenizer.tokenOf(id).startsWith("<|e");
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
      assertTrue(run.err().contains("; cut off)"), run.err());
      said.add(run.out());
    }
    assertEquals(said.get(0), said.get(1));
    assertFalse(said.get(0).equals(said.get(2)));
  }

  @Test
  void theContextEndsATextAndRefusesAPrompt() {
    String half = "red ".repeat(100);
    Run run = Run.of("generate", "--model", folder, "--raw", "-n999", "--json", half);
    assertEquals(0, run.status(), run.err());
    JsonNode said = Json.parse(run.out(), "generate");
    int tokens = said.get("prompt_tokens").intValue() + said.get("new_tokens").intValue();
    assertTrue(said.get("complete").booleanValue() || tokens == POSITIONS + 1, run.out());
    Run refused = Run.of("generate", "--model", folder, "--raw", half.repeat(5));
    assertEquals(1, refused.status());
    assertTrue(refused.err().contains("positions, need 1 to 299"), refused.err());
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
