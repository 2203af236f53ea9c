package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Splits a picture into its ground and the connected things on it. Works on pictures of 64 x 64
/// pixels.
final class Blobs {
  /// A smoothed pixel farther than this from the ground belongs to a thing.
  private static final double APART = 48;

  /// A second colour splits a component if it has at least this share of its inner pixels.
  private static final double SECOND = 0.2;

  private static final int SIDE = Renderer.SIDE;
  private static final int[] STEPS = {-1, 1, -SIDE, SIDE};

  /// A thing: its colour, centre of mass, area, and how much of each pixel it covers.
  record Blob(Hue hue, double x, double y, double area, float[] cover) {}

  private final Picture picture;
  private final Picture smooth;
  private final int ground;
  private final int[] owner = new int[SIDE * SIDE];
  private final List<Blob> blobs = new ArrayList<>();

  private Blobs(Picture picture) {
    this.picture = picture;
    this.smooth = smoothed(picture);
    this.ground = ground(picture);
    Arrays.fill(owner, -1);
    List<List<Integer>> parts = new ArrayList<>();
    for (List<Integer> component : components()) {
      parts.addAll(split(component));
    }
    for (int i = 0; i < parts.size(); i++) {
      for (int at : parts.get(i)) {
        owner[at] = i;
      }
    }
    for (int i = 0; i < parts.size(); i++) {
      blobs.add(blob(i, parts.get(i)));
    }
  }

  static Blobs of(Picture picture) {
    if (picture.width() != SIDE || picture.height() != SIDE) {
      throw new IllegalArgumentException(
          "checker: picture of the wrong size: got %d x %d, need %d x %d"
              .formatted(picture.width(), picture.height(), SIDE, SIDE));
    }
    return new Blobs(picture);
  }

  List<Blob> blobs() {
    return blobs;
  }

  /// The mean of the largest group of like pixels on the border.
  static int ground(Picture picture) {
    List<Integer> border = new ArrayList<>();
    for (int i = 0; i < SIDE; i++) {
      for (int depth = 0; depth < 2; depth++) {
        border.add(picture.colour(i, depth));
        border.add(picture.colour(i, SIDE - 1 - depth));
        border.add(picture.colour(depth, i));
        border.add(picture.colour(SIDE - 1 - depth, i));
      }
    }
    List<Integer> largest = List.of();
    for (int i = 0; i < border.size(); i += 7) {
      int center = border.get(i);
      List<Integer> like = border.stream().filter(p -> Hue.distance(p, center) < 40).toList();
      if (like.size() > largest.size()) {
        largest = like;
      }
    }
    return mean(largest);
  }

  private List<List<Integer>> components() {
    boolean[] inside = new boolean[SIDE * SIDE];
    for (int i = 0; i < inside.length; i++) {
      inside[i] = Hue.distance(smooth(i), ground) > APART;
    }
    List<List<Integer>> components = new ArrayList<>();
    for (int i = 0; i < inside.length; i++) {
      if (inside[i]) {
        components.add(flood(inside, i));
      }
    }
    return components;
  }

  /// The component of `start`, which it takes out of `inside`.
  private static List<Integer> flood(boolean[] inside, int start) {
    List<Integer> component = new ArrayList<>();
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(start));
    inside[start] = false;
    while (!open.isEmpty()) {
      int at = open.remove();
      component.add(at);
      for (int step : STEPS) {
        int next = at + step;
        boolean neighbor = next >= 0 && next < inside.length && adjacent(at, next);
        if (neighbor && inside[next]) {
          inside[next] = false;
          open.add(next);
        }
      }
    }
    return component;
  }

  private static boolean adjacent(int a, int b) {
    return Math.abs(a % SIDE - b % SIDE) <= 1;
  }

  /// A component of two things of different colours that run into each other becomes two.
  private List<List<Integer>> split(List<Integer> component) {
    List<Integer> inner = inner(component);
    Map<Hue, List<Integer>> byHue = new EnumMap<>(Hue.class);
    for (int at : inner) {
      byHue.computeIfAbsent(Colors.nearest(smooth(at)), h -> new ArrayList<>()).add(at);
    }
    List<Hue> hues = new ArrayList<>(byHue.keySet());
    hues.sort((a, b) -> byHue.get(b).size() - byHue.get(a).size());
    if (hues.size() < 2 || byHue.get(hues.get(1)).size() < SECOND * inner.size()) {
      return List.of(component);
    }
    int first = color(byHue.get(hues.get(0)));
    int second = color(byHue.get(hues.get(1)));
    if (mixed(first, second) || mixed(second, first) || !Hue.contrast(first, second)) {
      return List.of(component);
    }
    List<Integer> one = new ArrayList<>();
    List<Integer> two = new ArrayList<>();
    for (int at : component) {
      boolean nearer = Hue.distance(smooth(at), first) <= Hue.distance(smooth(at), second);
      (nearer ? one : two).add(at);
    }
    return List.of(one, two);
  }

  /// Whether `b` is what a soft edge between the ground and `a` looks like.
  private boolean mixed(int a, int b) {
    double t = share(b, a);
    return t > 0 && t < 1 && Hue.distance(b, blend(a, t)) < 30;
  }

  private Blob blob(int index, List<Integer> pixels) {
    int color = color(inner(pixels));
    float[] cover = new float[SIDE * SIDE];
    double area = 0;
    double x = 0;
    double y = 0;
    for (int at = 0; at < cover.length; at++) {
      if (near(index, at)) {
        double share = share(at(at), color);
        cover[at] = share < 0.12 ? 0 : (float) Math.min(1, share);
        area += cover[at];
        x += cover[at] * (at % SIDE + 0.5);
        y += cover[at] * (at / SIDE + 0.5);
      }
    }
    return area == 0
        ? new Blob(Colors.nearest(color), 0, 0, 0, cover)
        : new Blob(Colors.nearest(color), x / area, y / area, area, cover);
  }

  /// Whether a pixel belongs to this part, or to none and lies within two pixels of this one.
  private boolean near(int index, int at) {
    if (owner[at] >= 0) {
      return owner[at] == index;
    }
    int x = at % SIDE;
    int y = at / SIDE;
    for (int dy = -2; dy <= 2; dy++) {
      for (int dx = -2; dx <= 2; dx++) {
        boolean inside = x + dx >= 0 && x + dx < SIDE && y + dy >= 0 && y + dy < SIDE;
        if (inside && owner[(y + dy) * SIDE + x + dx] == index) {
          return true;
        }
      }
    }
    return false;
  }

  /// The pixels farthest inside: all eight neighbours belong to the part too. All of them if there
  /// are none such.
  private static List<Integer> inner(List<Integer> pixels) {
    boolean[] member = new boolean[SIDE * SIDE];
    pixels.forEach(at -> member[at] = true);
    List<Integer> inner = pixels.stream().filter(at -> surrounded(member, at)).toList();
    return inner.isEmpty() ? pixels : inner;
  }

  private static boolean surrounded(boolean[] member, int at) {
    for (int dy = -SIDE; dy <= SIDE; dy += SIDE) {
      for (int dx = -1; dx <= 1; dx++) {
        int next = at + dy + dx;
        if (next < 0 || next >= member.length || !adjacent(at, next) || !member[next]) {
          return false;
        }
      }
    }
    return true;
  }

  /// The median of each channel over the half of the pixels that differs most from the ground.
  private int color(List<Integer> pixels) {
    List<Integer> far =
        pixels.stream()
            .sorted((a, b) -> Double.compare(distance(b), distance(a)))
            .limit((pixels.size() + 1) / 2)
            .toList();
    int rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int by = shift;
      int[] levels = far.stream().mapToInt(at -> at(at) >> by & 255).sorted().toArray();
      rgb |= levels[levels.length / 2] << shift;
    }
    return rgb;
  }

  private double distance(int at) {
    return Hue.distance(at(at), ground);
  }

  /// `t` of the point `ground + t (color - ground)` that is nearest to `rgb`.
  private double share(int rgb, int color) {
    double dot = 0;
    double square = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int g = ground >> shift & 255;
      int d = (color >> shift & 255) - g;
      dot += d * ((rgb >> shift & 255) - g);
      square += d * d;
    }
    return square == 0 ? 0 : dot / square;
  }

  private int blend(int color, double t) {
    int rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int g = ground >> shift & 255;
      rgb |= (int) Math.round(g + t * ((color >> shift & 255) - g)) << shift;
    }
    return rgb;
  }

  private int at(int at) {
    return picture.colour(at % SIDE, at / SIDE);
  }

  private int smooth(int at) {
    return smooth.colour(at % SIDE, at / SIDE);
  }

  private static int mean(List<Integer> values) {
    int rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int by = shift;
      double level = values.stream().mapToInt(v -> v >> by & 255).average().orElse(255);
      rgb |= (int) Math.round(level) << shift;
    }
    return rgb;
  }

  /// A light blur, so that noise neither bridges things nor leaves holes.
  private static Picture smoothed(Picture picture) {
    return Wear.apply(picture, 0.6, 0, new Dice());
  }
}
