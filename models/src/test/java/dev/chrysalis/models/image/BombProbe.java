package dev.chrysalis.models.image;

import java.nio.file.Path;

/// Started by `BadPictureTest` with a small heap: reads one file that must be refused and prints
/// why, then how many milliseconds that took.
final class BombProbe {
  private BombProbe() {}

  public static void main(String[] args) {
    Path file = Path.of(args[0]);
    refusal(file); // loads the classes
    long start = System.nanoTime();
    String message = refusal(file);
    double millis = (System.nanoTime() - start) / 1e6;
    System.out.println(message);
    System.out.println(millis);
  }

  private static String refusal(Path file) {
    try {
      return "read " + new PictureReader().read(file);
    } catch (PictureException e) {
      return e.getMessage();
    }
  }
}
