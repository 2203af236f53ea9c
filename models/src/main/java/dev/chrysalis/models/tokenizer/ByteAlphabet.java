package dev.chrysalis.models.tokenizer;

import java.util.Arrays;

/// The 256 printable characters that stand for bytes in a byte-level vocabulary file.
///
/// The printable bytes `!`..`~`, `¡`..`¬`, `®`..`ÿ` stand for themselves; the other 68, in order,
/// are U+0100, U+0101, and so on. So a blank is written `Ġ` and a line feed `Ċ`.
final class ByteAlphabet {
  static final int SIZE = 256;
  private static final int FIRST_SHIFTED = 0x100;
  private static final char[] CHAR_OF_BYTE = charOfByte();
  private static final short[] BYTE_OF_CHAR = byteOfChar();

  private ByteAlphabet() {}

  static char charOf(int unsignedByte) {
    return CHAR_OF_BYTE[unsignedByte];
  }

  static String encode(byte[] bytes) {
    var chars = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      chars[i] = CHAR_OF_BYTE[bytes[i] & 0xff];
    }
    return new String(chars);
  }

  static boolean covers(String token) {
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
        return false;
      }
    }
    return true;
  }

  /// The bytes of a token that the alphabet `covers`.
  static byte[] decode(String token) {
    var bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) BYTE_OF_CHAR[token.charAt(i)];
    }
    return bytes;
  }

  private static boolean printable(int b) {
    return b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
  }

  private static char[] charOfByte() {
    var table = new char[SIZE];
    int shifted = FIRST_SHIFTED;
    for (int b = 0; b < SIZE; b++) {
      table[b] = (char) (printable(b) ? b : shifted++);
    }
    return table;
  }

  private static short[] byteOfChar() {
    int largest = 0;
    for (char c : CHAR_OF_BYTE) {
      largest = Math.max(largest, c);
    }
    var table = new short[largest + 1];
    Arrays.fill(table, (short) -1);
    for (int b = 0; b < SIZE; b++) {
      table[CHAR_OF_BYTE[b]] = (short) b;
    }
    return table;
  }
}
