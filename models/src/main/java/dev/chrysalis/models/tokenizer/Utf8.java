package dev.chrysalis.models.tokenizer;

import java.nio.charset.StandardCharsets;

/// Strict UTF-16 to UTF-8, and lenient UTF-8 to UTF-16.
final class Utf8 {
  private Utf8() {}

  /// Half of a surrogate pair stands for no character and has no UTF-8 form: refused, not replaced.
  static void requireWellFormed(String text) {
    int at = firstLoneSurrogate(text);
    if (at >= 0) {
      throw new TokenizerException(
          "text: unpaired surrogate U+%04X at index %d, need well-formed Unicode"
              .formatted((int) text.charAt(at), at));
    }
  }

  /// Its index, or -1.
  static int firstLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!pair) {
        return i;
      }
      i++;
    }
    return -1;
  }

  /// The bytes of well-formed text.
  static byte[] encode(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String decode(byte[] bytes) {
    var out = new StringBuilder(bytes.length);
    var decoder = new Utf8Decoder();
    decoder.append(bytes, out);
    decoder.finish(out);
    return out.toString();
  }
}
