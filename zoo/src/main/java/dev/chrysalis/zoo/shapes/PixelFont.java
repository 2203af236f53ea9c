package dev.chrysalis.zoo.shapes;

/// Capital letters and digits as 5 x 7 dots: the machine's own fonts differ, these do not.
final class PixelFont {
  static final int WIDTH = 5;
  static final int HEIGHT = 7;

  /// Seven rows a character, two hexadecimal digits a row, the leftmost dot in bit 4.
  private static final String LETTERS =
      "0E11111F111111" // A
          + "1E11111E11111E"
          + "0E11101010110E"
          + "1E11111111111E"
          + "1F10101E10101F" // E
          + "1F10101E101010"
          + "0E11101713110F"
          + "1111111F111111"
          + "0E04040404040E" // I
          + "0702020202120C"
          + "11121418141211"
          + "1010101010101F"
          + "111B1515111111" // M
          + "11191513111111"
          + "0E11111111110E"
          + "1E11111E101010"
          + "0E11111115120D" // Q
          + "1E11111E141211"
          + "0F10100E01011E"
          + "1F040404040404"
          + "1111111111110E" // U
          + "11111111110A04"
          + "11111115151B11"
          + "11110A040A1111"
          + "11110A04040404" // Y
          + "1F01020408101F";

  private static final String DIGITS =
      "0E11131519110E" // 0
          + "040C040404040E"
          + "0E11010204081F"
          + "1F02040201110E"
          + "02060A121F0202" // 4
          + "1F101E0101110E"
          + "0608101E11110E"
          + "1F010204080808"
          + "0E11110E11110E" // 8
          + "0E11110F01020C";

  private PixelFont() {}

  /// Whether the dot in this column (0 to 4) and row (0 to 6) of `c` is inked; `c` is A to Z or 0
  /// to 9.
  static boolean dot(char c, int column, int row) {
    boolean digit = c >= '0' && c <= '9';
    String table = digit ? DIGITS : LETTERS;
    int at = 2 * (HEIGHT * (c - (digit ? '0' : 'A')) + row);
    return (Integer.parseInt(table, at, at + 2, 16) >> (WIDTH - 1 - column) & 1) == 1;
  }

  /// Dots from the first to the last column of `text`, one free column between characters.
  static int width(String text) {
    return text.length() * (WIDTH + 1) - 1;
  }
}
