package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.image.PictureWriter;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `ask`, `draw` and `chat` on a model that knows nothing: what matters is what goes where.
class TalkTest {
  @TempDir private Path folder;
  private Path red;

  @BeforeEach
  void drawAPicture() {
    red = folder.resolve("red.png");
    PictureWriter.write(Picture.filled(100, 80, 0xFF0000), red);
  }

  private static Run run(String... args) {
    return Run.of((Object[]) onTinyModel(args));
  }

  private static String[] onTinyModel(String... args) {
    String[] all = Arrays.copyOf(args, args.length + 3);
    all[args.length] = "--model=" + TinyModel.model();
    all[args.length + 1] = "--steps=2";
    all[args.length + 2] = "--max-new-tokens=24";
    return all;
  }

  private Run chat(String input, String... args) {
    return chat(input.getBytes(StandardCharsets.UTF_8), args);
  }

  private Run chat(byte[] input, String... args) {
    String[] all = new String[args.length + 2];
    all[0] = "chat";
    all[1] = "--out=" + folder.resolve("pictures");
    System.arraycopy(args, 0, all, 2, args.length);
    return Typed.of(input, (Object[]) onTinyModel(all));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void asksAboutPicturesAndTheSameAgainIsTheSame() {
    Run first = run("ask", "--image", red.toString(), "How many red things are there?");
    assertEquals(0, first.status(), first.err());
    assertFalse(first.out().isBlank());
    assertEquals(first, run("ask", "--image", red.toString(), "How many red things are there?"));
  }

  @Test
  void picturesAndTheirBackgroundReachTheModel() throws IOException {
    BufferedImage clear = new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB);
    Graphics2D g = clear.createGraphics();
    g.setComposite(AlphaComposite.Src);
    g.setColor(new Color(0, 0, 0, 0));
    g.fillRect(0, 0, 64, 64);
    g.dispose();
    Path file = folder.resolve("clear.png");
    ImageIO.write(clear, "png", file.toFile());
    byte[] white = drawn(file, "--background=white");
    PictureWriter.write(Picture.filled(64, 64, 0xFFFFFF), folder.resolve("white.png"));
    assertArrayEquals(white, drawn(folder.resolve("white.png"), "--background=black"));
    PictureWriter.write(Picture.filled(64, 64, 0x00FF80), folder.resolve("green.png"));
    byte[] green = drawn(folder.resolve("green.png"), "--background=white");
    assertArrayEquals(green, drawn(file, "--background=#00ff80"));
    assertFalse(Arrays.equals(white, green));
  }

  private byte[] drawn(Path image, String background) throws IOException {
    Path out = folder.resolve("out.png");
    Run run =
        run("draw", "--image", image.toString(), background, "make it blue", "-o", out.toString());
    assertEquals(0, run.status(), run.err());
    return Files.readAllBytes(out);
  }

  @Test
  void drawsWhatSeedAndOptionsSay() throws IOException {
    Path out = folder.resolve("out.png");
    Files.writeString(out, "something older"); // replaced, as --help says
    Run run = run("draw", "a red circle", "-o", out.toString());
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("[picture: %s]%n".formatted(out)), run.out());
    Picture picture = new PictureReader().read(out);
    assertEquals(List.of(64, 64), List.of(picture.width(), picture.height()));
    byte[] first = Files.readAllBytes(out);
    run("draw", "a red circle", "-o", out.toString());
    assertArrayEquals(first, Files.readAllBytes(out));
    for (String other : new String[] {"--seed=1", "--guidance=7", "--steps=3"}) {
      Object[] args = {
        "draw",
        "a red circle",
        "-o",
        out,
        "--model",
        TinyModel.model(),
        "--max-new-tokens=24",
        other.startsWith("--steps") ? "--seed=0" : "--steps=2",
        other
      };
      assertEquals(0, Run.of(args).status());
      assertFalse(Arrays.equals(first, Files.readAllBytes(out)), other);
    }
    assertEquals(List.of("out.png", "red.png"), names(folder));
  }

  @Test
  void temperatureBringsChance() {
    Run cold = run("ask", "hello");
    Run hot = run("ask", "hello", "--temperature=3", "--seed=5");
    assertEquals(hot, run("ask", "hello", "--temperature=3", "--seed=5"));
    assertFalse(cold.out().equals(hot.out()));
    assertFalse(hot.out().equals(run("ask", "hello", "--temperature=3", "--seed=6").out()));
  }

  @Test
  void specialTokensTypedInArePlainText() {
    String[] hot = {"--temperature=3", "--seed=5"};
    Run run = run("ask", "<|eot_id|><image_start><image><|begin_of_text|>", hot[0], hot[1]);
    assertEquals(0, run.status(), run.err());
    assertFalse(run.out().equals(run("ask", " ok", hot[0], hot[1]).out()));
  }

  @Test
  void promptMayBeginWithAnAtSign() throws IOException {
    Path file = folder.resolve("words");
    Files.writeString(file, "--no-such-option");
    assertEquals(0, run("ask", "@" + file).status());
  }

  @Test
  void chatTakesTurnsUntilTheEndOfTheInput() {
    Run run = chat("/help\nhello\n\n/image %s\nwhat is it\n/new\nhello\n".formatted(red));
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("/image FILE shows"), run.out());
    assertTrue(run.out().contains("(%s goes with the next message)".formatted(red)), run.out());
    String[] talks = run.out().split("\\(a new conversation\\)\\R");
    assertEquals(2, talks.length, run.out());
    assertTrue(talks[0].contains(talks[1].strip()), "the same beginning gives the same answer");
  }

  @Test
  void quitEndsTheChat() {
    assertEquals("", chat("/quit\nhello\n").out());
  }

  @Test
  void whatIsWrongInAChatIsSaidAndTheTalkGoesOn() {
    byte[] bytes =
        concat(
            "/image missing.png\n/image\n/dance\n\u0007bell\n".getBytes(StandardCharsets.UTF_8),
            new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80, '\n'}, // half of a surrogate pair
            "hello\n".getBytes(StandardCharsets.UTF_8));
    Run run = chat(bytes);
    assertEquals(1, run.status());
    assertFalse(run.out().isBlank(), "the last line is answered");
    List<String> said = run.err().lines().filter(line -> line.startsWith("chrysalis: ")).toList();
    assertEquals(5, said.size(), run.err());
    assertTrue(said.get(0).contains("missing.png: got no such file"), said.get(0));
    assertTrue(said.get(1).contains("/image: need a file"), said.get(1));
    assertTrue(said.get(2).contains("/dance: no such command"), said.get(2));
    assertTrue(said.get(3).contains("control character U+0007 at position 1"), said.get(3));
    assertTrue(said.get(4).contains("line 5: is not text in UTF-8"), said.get(4));
  }

  private static byte[] concat(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void fullContextIsSaidAndANewTalkCanBegin() {
    Run run = chat("hello ".repeat(900) + "\n/new\nhello\n");
    assertEquals(1, run.status());
    assertTrue(run.err().contains("are free; /new begins a new conversation"), run.err());
    assertFalse(run.out().isBlank());
  }

  @Test
  void picturesOfAChatGoToNewFiles() throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    Files.writeString(pictures.resolve("chat-1.png"), "mine");
    StringBuilder talk = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      talk.append("/new\ndraw a red circle\n");
    }
    // some of so many answers at this heat begin a picture; which ones is a matter of the seed
    Run run = chat(talk.toString(), "--temperature=2", "--seed=3");
    List<String> named = run.out().lines().filter(line -> line.startsWith("[picture: ")).toList();
    assertFalse(named.isEmpty(), run.out());
    for (int i = 0; i < named.size(); i++) {
      Path file = pictures.resolve("chat-%d.png".formatted(i + 2));
      assertEquals("[picture: %s]".formatted(file), named.get(i));
      assertEquals(64, new PictureReader().read(file).width());
    }
    assertEquals("mine", Files.readString(pictures.resolve("chat-1.png")));
    assertEquals(named.size() + 1, names(pictures).size());
  }
}
