package dev.chrysalis.models.tokenizer;

/// UTF-8 to text, a few bytes at a time: a character whose bytes are not all there yet is held
/// back.
///
/// Broken input becomes U+FFFD once per maximal part that could have begun a character (Unicode
/// standard, section 3.9, "U+FFFD substitution of maximal subparts"). The JDK's decoder does the
/// same but for encoded surrogates, which it replaces as one part and the standard as three.
final class Utf8Decoder {
  private static final char REPLACEMENT = '\ufffd';

  private int missing; // continuation bytes still to come
  private int codePoint;
  private int lowest = 0x80; // range of the next continuation byte
  private int highest = 0xbf;

  void append(byte[] bytes, StringBuilder out) {
    for (byte signed : bytes) {
      int b = signed & 0xff;
      if (missing > 0 && (b < lowest || b > highest)) {
        finish(out); // and b starts anew
      }
      if (missing == 0) {
        start(b, out);
      } else {
        lowest = 0x80;
        highest = 0xbf;
        codePoint = codePoint << 6 | b & 0x3f;
        if (--missing == 0) {
          out.appendCodePoint(codePoint);
        }
      }
    }
  }

  /// End of input: an unfinished character is broken.
  void finish(StringBuilder out) {
    if (missing > 0) {
      out.append(REPLACEMENT);
    }
    missing = 0;
    lowest = 0x80;
    highest = 0xbf;
  }

  private void start(int b, StringBuilder out) {
    if (b < 0x80) {
      out.append((char) b);
    } else if (b >= 0xc2 && b <= 0xdf) {
      missing = 1;
      codePoint = b & 0x1f;
    } else if (b >= 0xe0 && b <= 0xef) {
      missing = 2;
      codePoint = b & 0x0f;
      lowest = b == 0xe0 ? 0xa0 : 0x80; // no overlong forms
      highest = b == 0xed ? 0x9f : 0xbf; // no surrogates
    } else if (b >= 0xf0 && b <= 0xf4) {
      missing = 3;
      codePoint = b & 0x07;
      lowest = b == 0xf0 ? 0x90 : 0x80; // no overlong forms
      highest = b == 0xf4 ? 0x8f : 0xbf; // nothing above U+10FFFF
    } else {
      out.append(REPLACEMENT);
    }
  }
}
