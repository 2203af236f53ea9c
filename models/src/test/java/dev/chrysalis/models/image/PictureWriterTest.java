package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureWriterTest {
  @Test
  void whatIsWrittenIsRead(@TempDir Path folder) throws IOException {
    Picture picture = Samples.gradient(37, 21);
    Path file = folder.resolve("out.png");
    Files.writeString(file, "something older");
    PictureWriter.write(picture, file);
    assertEquals(picture, new PictureReader().read(file));
    assertEquals(new PictureHeader(PictureHeader.Format.PNG, 37, 21), PictureReader.header(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void theSamePixelsGiveTheSameBytesWithoutMetadata() {
    byte[] png = PictureWriter.png(Samples.gradient(37, 21));
    assertArrayEquals(png, PictureWriter.png(Samples.gradient(37, 21)));
    String text = new String(png, StandardCharsets.ISO_8859_1);
    for (String chunk : List.of("tEXt", "zTXt", "iTXt", "tIME", "pHYs", "gAMA", "iCCP", "eXIf")) {
      assertFalse(text.contains(chunk), chunk);
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamedAndLeftClean(@TempDir Path folder) throws IOException {
    Picture picture = Picture.filled(2, 2, 0xFF0000);
    Path nowhere = folder.resolve("missing/out.png");
    PictureException e =
        assertThrows(PictureException.class, () -> PictureWriter.write(picture, nowhere));
    assertTrue(e.getMessage().contains("out.png: cannot be written"), e.getMessage());
    PictureException onFolder =
        assertThrows(PictureException.class, () -> PictureWriter.write(picture, folder));
    assertTrue(onFolder.getMessage().contains("a folder"), onFolder.getMessage());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void picturesCheckTheirSize() {
    assertThrows(PictureException.class, () -> new Picture(2, 2, new byte[11]));
    assertThrows(PictureException.class, () -> new Picture(0, 2, new byte[0]));
    assertThrows(PictureException.class, () -> new Picture(1 << 16, 1 << 16, new byte[0]));
  }

  @Test
  void java2dImagesKeepTheirColours() {
    Picture picture = Samples.gradient(7, 5);
    assertEquals(picture, Picture.of(picture.toImage()));
    BufferedImage grey = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY);
    assertThrows(PictureException.class, () -> Picture.of(grey));
  }

  @Test
  void backgroundsAreReadFromText() {
    assertEquals(new Transparency.Over(0x12ABEF), Transparency.over("#12abEF"));
    assertEquals(Transparency.OVER_WHITE, Transparency.over("white"));
    assertThrows(PictureException.class, () -> Transparency.over("#12"));
    assertThrows(PictureException.class, () -> Transparency.over("mauve"));
  }
}
