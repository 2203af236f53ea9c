package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.zoo.shapes.Target.Kind;
import dev.chrysalis.zoo.shapes.Target.Wanted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds coloured shapes in a picture by looking at its pixels alone, and says whether what was
/// wanted is there.
///
/// A thing is a connected component of pixels that differ from the ground (`Blobs`). Its colour is
/// the nearest named one in CIELAB. For its shape every figure is drawn with the thing's own area
/// and centre of mass (moments of order 0 and 1) and compared by `Σ min(a, b) / Σ max(a, b)` over
/// the coverage a of the thing and b of the figure; the best one counts if it reaches 0.72.
public final class Checker {
  private static final double LEAST_FIT = 0.72;
  private static final double LEAST_AREA = 24;
  private static final double LEAST_BAND = 0.8;

  /// Area and height of the centre of mass of each figure at radius 1.
  private static final Map<Figure, double[]> MOMENTS = moments();

  /// A thing that was found.
  ///
  /// @param x centre of mass, in pixels
  /// @param area in pixels
  /// @param fit how well the figure matches, 0 to 1
  public record Found(Hue hue, Figure figure, double x, double y, double area, double fit) {}

  private Checker() {}

  /// All things of at least 24 pixels, unrecognisable ones (of fit below 0.72) included.
  public static List<Found> find(Picture picture) {
    List<Found> found = new ArrayList<>();
    for (Blobs.Blob blob : Blobs.of(picture).blobs()) {
      if (blob.area() >= LEAST_AREA) {
        found.add(identify(blob));
      }
    }
    return found;
  }

  /// Whether the picture shows what was wanted and no other thing.
  public static boolean satisfies(Picture picture, Wanted wanted) {
    return switch (wanted) {
      case Wanted.Things things -> things(picture, things);
      case Wanted.Stripes stripes -> stripes(picture, stripes);
    };
  }

  private static boolean things(Picture picture, Wanted.Things wanted) {
    List<Found> left = new ArrayList<>(find(picture));
    List<Found> matched = new ArrayList<>();
    for (Kind kind : wanted.kinds()) {
      Optional<Found> match =
          left.stream()
              .filter(f -> f.hue() == kind.hue() && f.figure() == kind.figure())
              .max(Comparator.comparingDouble(Found::fit))
              .filter(f -> f.fit() >= LEAST_FIT);
      match.ifPresent(left::remove);
      match.ifPresent(matched::add);
    }
    boolean complete = left.isEmpty() && matched.size() == wanted.kinds().size();
    return complete
        && wanted.relation().map(r -> related(matched, r)).orElse(true)
        && wanted.ground().map(Colors.ground(Blobs.ground(picture))::equals).orElse(true);
  }

  private static boolean related(List<Found> two, Relation relation) {
    Found a = two.get(0);
    Found b = two.get(1);
    return Relation.of(a.x() - b.x(), a.y() - b.y()).filter(relation::equals).isPresent();
  }

  private static Found identify(Blobs.Blob blob) {
    Found best = new Found(blob.hue(), Figure.CIRCLE, blob.x(), blob.y(), blob.area(), 0);
    for (Figure figure : Figure.ALL) {
      double[] moments = MOMENTS.get(figure);
      double radius = Math.sqrt(blob.area() / moments[0]);
      float[] cover = Renderer.coverage(figure, blob.x(), blob.y() - moments[1] * radius, radius);
      double fit = overlap(blob.cover(), cover);
      if (fit > best.fit()) {
        best = new Found(blob.hue(), figure, blob.x(), blob.y(), blob.area(), fit);
      }
    }
    return best;
  }

  private static double overlap(float[] a, float[] b) {
    double common = 0;
    double either = 0;
    for (int i = 0; i < a.length; i++) {
      common += Math.min(a[i], b[i]);
      either += Math.max(a[i], b[i]);
    }
    return common / either;
  }

  /// In each stripe, its edges left aside, most pixels must have the stripe's colour.
  private static boolean stripes(Picture picture, Wanted.Stripes wanted) {
    int n = wanted.hues().size();
    double width = Renderer.SIDE / (double) n;
    for (int band = 0; band < n; band++) {
      int right = 0;
      int all = 0;
      for (int along = (int) (width * (band + 0.12)); along < width * (band + 0.88); along++) {
        for (int across = 2; across < Renderer.SIDE - 2; across++) {
          int rgb =
              wanted.upright() ? picture.colour(along, across) : picture.colour(across, along);
          right += Colors.nearest(rgb) == wanted.hues().get(band) ? 1 : 0;
          all++;
        }
      }
      if (right < LEAST_BAND * all) {
        return false;
      }
    }
    return true;
  }

  private static Map<Figure, double[]> moments() {
    Map<Figure, double[]> moments = new EnumMap<>(Figure.class);
    double radius = 24;
    for (Figure figure : Figure.ALL) {
      float[] cover = Renderer.coverage(figure, 32, 32, radius);
      double area = 0;
      double y = 0;
      for (int i = 0; i < cover.length; i++) {
        area += cover[i];
        y += cover[i] * (i / Renderer.SIDE + 0.5 - 32);
      }
      moments.put(figure, new double[] {area / (radius * radius), y / area / radius});
    }
    return moments;
  }
}
