package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that lie, are damaged, or are no pictures: one clear exception and nothing else.
class BadPictureTest {
  private static final int VARIANTS = 300;
  private static final PictureReader READER = new PictureReader();

  private static PictureException refused(String name, byte[] data) {
    PictureException e = assertThrows(PictureException.class, () -> READER.read(name, data));
    assertTrue(e.getMessage().startsWith(name + ": "), e.getMessage());
    return e;
  }

  private static void assertContains(String part, PictureException e) {
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "GIF89a123, GIF",
    "BM123456, BMP",
    "RIFF1234WEBP, WebP",
    "%PDF-1.7, PDF",
    "hello world, starting with bytes 68 65",
    "'', empty"
  })
  void otherFormatsAreNamed(String content, String name) {
    byte[] data = content.getBytes(StandardCharsets.ISO_8859_1);
    assertContains(name, refused("file.png", data));
  }

  @Test
  void hugePicturesAreRefusedByTheirHeader() {
    byte[] png = hugePng();
    assertContains(
        "PNG of 65535 x 65535 pixels, need at most 40 megapixels", refused("huge.png", png));
    byte[] jpeg = Samples.jpeg(Samples.gradient(16, 16), false);
    int frame = indexOf(jpeg, 0xFF, 0xC0);
    Arrays.fill(jpeg, frame + 5, frame + 9, (byte) 0xFF);
    assertContains("65535 x 65535", refused("huge.jpg", jpeg));
    byte[] negative = Samples.join(Samples.PNG_SIGNATURE, Samples.header(-1, -1, 8, 2, 0));
    assertContains("4294967295", refused("negative.png", negative));
    byte[] none = Samples.join(Samples.PNG_SIGNATURE, Samples.header(0, 5, 8, 2, 0));
    assertContains("0 x 5", refused("none.png", none));
    byte[] above = Samples.join(Samples.PNG_SIGNATURE, Samples.header(8001, 5000, 8, 2, 0));
    assertContains("at most 40 megapixels", refused("above.png", above));
  }

  private static byte[] hugePng() {
    return Samples.join(
        Samples.PNG_SIGNATURE,
        Samples.header(65535, 65535, 8, 2, 0),
        Samples.chunk("IDAT", Samples.deflate(new byte[50_000_000])),
        Samples.chunk("IEND", new byte[0]));
  }

  /// In a JVM of its own with a heap of 16 MiB; the time leaves out the loading of classes.
  @Test
  void aBombCostsNeitherTimeNorMemory(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("bomb.png");
    byte[] png = hugePng();
    assertTrue(png.length < 100_000, png.length + " bytes");
    Files.write(file, png);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx16m",
                "-cp",
                root(PictureReader.class) + File.pathSeparator + root(BombProbe.class),
                BombProbe.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output);
    String[] lines = output.strip().split("\\R");
    assertTrue(lines[lines.length - 2].contains("megapixels"), output);
    double millis = Double.parseDouble(lines[lines.length - 1]);
    assertTrue(millis <= 50, millis + " ms");
  }

  /// The folder or archive a class was loaded from, also when it was patched into a module.
  private static String root(Class<?> type) {
    String url = type.getResource(type.getSimpleName() + ".class").toString();
    String path = type.getName().replace('.', '/') + ".class";
    String base = url.substring(0, url.length() - path.length());
    return Path.of(URI.create(base.replaceAll("^jar:|!/$", ""))).toString();
  }

  @Test
  void filesCutAnywhereAreRefused() {
    byte[] png = PictureWriter.png(Samples.gradient(24, 17));
    byte[] jpeg = Samples.jpeg(Samples.gradient(24, 17), false);
    byte[] progressive = Samples.jpeg(Samples.gradient(24, 17), true);
    for (byte[] whole : new byte[][] {png, jpeg, progressive}) {
      READER.read("whole", whole);
      for (int length = 0; length < whole.length; length++) {
        refused("cut", Arrays.copyOf(whole, length));
      }
    }
  }

  /// The chunks are whole and their checksums right, but the data inside ends early.
  @Test
  void shortDataInWholeChunksIsRefused() {
    byte[] rows = new byte[10 * 30];
    byte[] half =
        Samples.join(
            Samples.PNG_SIGNATURE,
            Samples.header(10, 20, 8, 2, 0),
            Samples.chunk("IDAT", Samples.deflate(rows)),
            Samples.chunk("IEND", new byte[0]));
    assertContains("damaged png data", refused("half.png", half));
    byte[] stream = Samples.deflate(new byte[20 * 31]);
    byte[] cut =
        Samples.join(
            Samples.PNG_SIGNATURE,
            Samples.header(10, 20, 8, 2, 0),
            Samples.chunk("IDAT", Arrays.copyOf(stream, stream.length / 2)),
            Samples.chunk("IEND", new byte[0]));
    assertContains("damaged png data", refused("cut.png", cut));
  }

  /// The end marker is there, but the coded data in front of it is missing in part.
  @Test
  void aHoleInJpegDataIsRefused() {
    byte[] jpeg = Samples.jpeg(Samples.gradient(64, 64), false);
    byte[] holed = Samples.join(Arrays.copyOf(jpeg, jpeg.length - 400), Samples.bytes(0xFF, 0xD9));
    assertContains("damaged jpeg data", refused("holed.jpg", holed));
  }

  @Test
  void damageIsReportedOrHarmlessButNeverAnotherError() {
    byte[][] wholes = {
      PictureWriter.png(Samples.gradient(24, 17)),
      Samples.png(4, 2, 2, 3, Samples.bytes(0x1B, 0xE4), Samples.chunk("PLTE", new byte[12])),
      Samples.splice(Samples.jpeg(Samples.gradient(24, 17), false), 0xE1, Samples.exif(6, true)),
      Samples.jpeg(Samples.gradient(24, 17), true),
      Samples.splice(Samples.rawJpeg(16, 16, 9, 99, 200, 255), 0xEE, Samples.adobe(2)),
    };
    Random random = new Random(20240611);
    int refused = 0;
    for (byte[] whole : wholes) {
      for (int i = 0; i < VARIANTS; i++) {
        byte[] damaged = damage(whole, random);
        try {
          READER.read("damaged", damaged);
        } catch (PictureException e) {
          refused++;
          assertTrue(e.getMessage().startsWith("damaged: "), e.getMessage());
        }
      }
    }
    assertTrue(refused > VARIANTS, "only " + refused + " variants were refused");
  }

  /// Flips up to eight bytes; every third time also repairs the PNG checksums or cuts the file.
  private static byte[] damage(byte[] whole, Random random) {
    byte[] damaged = whole.clone();
    int flips = 1 + random.nextInt(8);
    for (int i = 0; i < flips; i++) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    return switch (random.nextInt(3)) {
      case 0 -> damaged;
      case 1 -> repaired(damaged);
      default -> Arrays.copyOf(damaged, 1 + random.nextInt(damaged.length));
    };
  }

  /// Sets right the checksum of every chunk that can be walked, so that damage gets deeper.
  private static byte[] repaired(byte[] png) {
    ByteBuffer buffer = ByteBuffer.wrap(png);
    for (int at = 8; at + 12 <= png.length; ) {
      int length = buffer.getInt(at);
      if (length < 0 || length > png.length - at - 12) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(png, at + 4, length + 4);
      buffer.putInt(at + 8 + length, (int) crc.getValue());
      at += length + 12;
    }
    return png;
  }

  @Test
  void missingFilesAndFoldersAreNamed(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.png");
    PictureException e = assertThrows(PictureException.class, () -> READER.read(missing));
    assertContains("missing.png: got no such file", e);
    assertContains("a folder", assertThrows(PictureException.class, () -> READER.read(folder)));
    Path text = Files.writeString(folder.resolve("text.jpg"), "no picture");
    assertContains("PNG or JPEG", assertThrows(PictureException.class, () -> READER.read(text)));
  }

  @Test
  void unusualJpegsAreRefusedByName() {
    byte[] jpeg = Samples.jpeg(Samples.gradient(16, 16), false);
    int frame = indexOf(jpeg, 0xFF, 0xC0);
    byte[] arithmetic = jpeg.clone();
    arithmetic[frame + 1] = (byte) 0xC9;
    assertContains("arithmetic", refused("arithmetic.jpg", arithmetic));
    byte[] twelve = jpeg.clone();
    twelve[frame + 4] = 12;
    assertContains("12 bits", refused("twelve.jpg", twelve));
  }

  /// A scan repeated many times makes a small file slow.
  @Test
  void tooManyScansAreRefused() {
    byte[] jpeg = Samples.jpeg(Samples.gradient(16, 16), true);
    int last = jpeg.length - 2;
    int scan = last;
    while ((jpeg[scan] & 0xFF) != 0xFF || (jpeg[scan + 1] & 0xFF) != 0xDA) {
      scan--;
    }
    byte[] again = Arrays.copyOfRange(jpeg, scan, last);
    byte[][] parts = new byte[130][];
    Arrays.fill(parts, again);
    parts[0] = Arrays.copyOf(jpeg, last);
    parts[129] = Samples.bytes(0xFF, 0xD9);
    assertContains("scans", refused("scans.jpg", Samples.join(parts)));
  }

  private static int indexOf(byte[] data, int first, int second) {
    for (int i = 0; i + 1 < data.length; i++) {
      if ((data[i] & 0xFF) == first && (data[i + 1] & 0xFF) == second) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
