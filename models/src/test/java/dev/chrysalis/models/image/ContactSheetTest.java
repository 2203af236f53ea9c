package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
  @Test
  void picturesStandInAGridAndAreEnlargedByPixels() {
    List<ContactSheet.Tile> tiles =
        List.of(
            new ContactSheet.Tile(Picture.filled(4, 4, 0xFF0000), ""),
            new ContactSheet.Tile(Picture.filled(4, 2, 0x00FF00), ""),
            new ContactSheet.Tile(Picture.filled(1, 1, 0x0000FF), ""));
    Picture sheet = new ContactSheet(2, 3).draw(tiles);
    assertEquals(8 + 20 + 20, sheet.width());
    assertEquals(8 + 20 + 20, sheet.height());
    assertEquals(0xFF0000, sheet.colour(8, 8));
    assertEquals(0xFF0000, sheet.colour(19, 19));
    assertEquals(0xFFFFFF, sheet.colour(20, 19));
    assertEquals(0x00FF00, sheet.colour(28, 13));
    assertEquals(0xFFFFFF, sheet.colour(28, 14));
    assertEquals(0x0000FF, sheet.colour(10, 30));
    assertEquals(0xFFFFFF, sheet.colour(11, 30));
  }

  @Test
  void labelsAreDrawnBelowTheirPictureAndStayThere() {
    Picture dot = Picture.filled(60, 10, 0xFF0000);
    String longText = "a very long label with a word-that-does-not-fit-at-all and more, " + "x ";
    List<ContactSheet.Tile> tiles =
        List.of(
            new ContactSheet.Tile(dot, longText.repeat(9)), new ContactSheet.Tile(dot, "\u0007"));
    Picture sheet = new ContactSheet(2, 1).draw(tiles);
    assertTrue(sheet.height() > 8 + 10 + 8 + 20, "room for three lines: " + sheet);
    int left = 0;
    int outside = 0;
    for (int y = 18; y < sheet.height(); y++) {
      for (int x = 0; x < sheet.width(); x++) {
        if (sheet.colour(x, y) != 0xFFFFFF) {
          left += x < 68 ? 1 : 0;
          outside += x >= 72 ? 1 : 0;
        }
      }
    }
    assertTrue(left > 50, left + " pixels of text");
    assertEquals(0, outside);
  }

  @Test
  void sheetsThatCannotBeAreRefused() {
    assertThrows(PictureException.class, () -> new ContactSheet(0, 1));
    assertThrows(PictureException.class, () -> new ContactSheet(1, 1).draw(List.of()));
    ContactSheet.Tile big = new ContactSheet.Tile(Picture.filled(1000, 1000, 0), "");
    List<ContactSheet.Tile> many = Collections.nCopies(50, big);
    assertThrows(PictureException.class, () -> new ContactSheet(10, 1).draw(many));
  }
}
