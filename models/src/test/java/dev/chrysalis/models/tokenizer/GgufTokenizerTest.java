package dev.chrysalis.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.gguf.GgufFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// `tokenizer.gguf` is the golden set's `tokenizer.json`, written by the `gguf` package for Python.
class GgufTokenizerTest {
  @TempDir private Path folder;
  private Path resource;

  @BeforeEach
  void unpack() throws IOException {
    resource = folder.resolve("tokenizer.gguf");
    try (InputStream packed =
            GgufTokenizerTest.class.getResourceAsStream("/gguf/tokenizer.gguf.gz");
        InputStream in = new GZIPInputStream(packed)) {
      Files.copy(in, resource);
    }
  }

  @Test
  void idsAreThoseOfTheSameTokenizerInJson() {
    Tokenizer json = TokenizerFixtures.tokenizer();
    List<String> texts = new ArrayList<>();
    for (JsonNode node :
        Json.readObject(TokenizerFixtures.folder().resolve("encode.json")).get("cases")) {
      texts.add(node.get("text").stringValue());
    }
    assertTrue(texts.size() > 100);
    Random random = new Random(8);
    for (int i = 0; i < 2000; i++) {
      texts.add(TokenizerFixtures.randomText(random));
    }
    try (GgufFile file = GgufFile.open(resource)) {
      Tokenizer gguf = Tokenizer.load(file);
      assertEquals(json.vocabSize(), gguf.vocabSize());
      for (String text : texts) {
        assertArrayEquals(json.encode(text), gguf.encode(text), text);
        assertArrayEquals(
            json.encodeWithSpecials(text, true), gguf.encodeWithSpecials(text, true), text);
        assertEquals(
            json.decode(json.encodeWithSpecials(text, true), true),
            gguf.decode(gguf.encodeWithSpecials(text, true), true));
      }
    }
  }

  /// A text of the file replaced by one of the same length.
  @ParameterizedTest
  @CsvSource({
    "gpt2, bert, 'model: found Text[value=bert], need gpt2'",
    "llama-bpe, qwen2-bpe, 'pre: found Text[value=qwen2-bpe], need llama-bpe or llama-v3 or llama3'",
    "tokenizer.ggml.merges, tokenizer.ggml.mergez, tokenizer.ggml.merges is missing",
    "tokenizer.ggml.model, tokenizer.ggml.modem, 'tokenizer.ggml.model is missing, need gpt2'",
  })
  void whatIsNotSupportedIsNamed(String from, String to, String message) throws IOException {
    byte[] content = Files.readAllBytes(resource);
    byte[] wanted = from.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i <= content.length - wanted.length; i++) {
      if (Arrays.equals(content, i, i + wanted.length, wanted, 0, wanted.length)) {
        System.arraycopy(to.getBytes(StandardCharsets.UTF_8), 0, content, i, wanted.length);
        break;
      }
    }
    Path path = Files.write(folder.resolve("changed.gguf"), content);
    try (GgufFile file = GgufFile.open(path)) {
      String found = assertThrows(ConfigException.class, () -> Tokenizer.load(file)).getMessage();
      assertTrue(found.startsWith(path + ": ") && found.contains(message), found);
    }
  }
}
