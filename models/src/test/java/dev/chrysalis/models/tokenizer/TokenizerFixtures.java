package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/// Where the golden tokenizer set lies, and texts to try on it.
final class TokenizerFixtures {
  /// Control tokens of the set, and near misses.
  static final String[] CONTROLS = {
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|python_tag|>",
    "<image>",
    "<image_start>",
    "<image_end>"
  };

  private TokenizerFixtures() {}

  static Path folder() {
    String configured = System.getProperty("chrysalis.fixtures");
    if (configured != null) {
      return Path.of(configured, "tokenizer");
    }
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      if (Files.isDirectory(p.resolve("fixtures/tokenizer"))) {
        return p.resolve("fixtures/tokenizer");
      }
    }
    throw new IllegalStateException("no folder fixtures/tokenizer above the working folder");
  }

  static Tokenizer tokenizer() {
    return Tokenizer.load(folder());
  }

  static ObjectNode tokenizerJson() {
    return Json.readObject(folder().resolve("tokenizer.json"));
  }

  /// Well-formed text over all planes, dense in blanks, digits, quotes and control tokens.
  static String randomText(RandomGenerator random) {
    var out = new StringBuilder();
    int n = random.nextInt(40);
    for (int i = 0; i < n; i++) {
      switch (random.nextInt(8)) {
        case 0 -> out.append(" \n\r\t\u00a0\u3000'".charAt(random.nextInt(7)));
        case 1 -> out.append((char) ('0' + random.nextInt(10)));
        case 2, 3 -> out.append((char) ('a' + random.nextInt(26)));
        case 4 -> out.append(CONTROLS[random.nextInt(CONTROLS.length)]);
        case 5 -> out.appendCodePoint(random.nextInt(0x80, 0x3000));
        default -> {
          int c = random.nextInt(Character.MAX_CODE_POINT + 1);
          out.appendCodePoint(c >= 0xd800 && c <= 0xdfff ? 'x' : c);
        }
      }
    }
    return out.toString();
  }
}
