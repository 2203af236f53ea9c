package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.TexturePaint;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.util.List;

/// Draws scenes with Java2D, antialiased; the same scene gives the same bytes on every machine.
public final class Renderer {
  /// Pictures are square with this side.
  public static final int SIDE = 64;

  private static final int UNIT = 10; // pixels of bar height to a unit of value
  private static final int FLOOR = 59; // the row on which bars stand
  private static final int GRID = 0xC4C4C8;
  private static final int AXIS = 0x505054;

  private Renderer() {}

  static Picture render(Scene scene) {
    return render(scene, 0, 0, SIDE);
  }

  /// The square of side `side` whose corner is (left, top), enlarged to a whole picture.
  static Picture render(Scene scene, double left, double top, double side) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    double zoom = SIDE / side;
    g.setTransform(new AffineTransform(zoom, 0, 0, zoom, -left * zoom, -top * zoom));
    ground(g, scene.ground());
    switch (scene) {
      case Scene.Things things -> things.items().forEach(item -> item(g, item));
      case Scene.Writing writing -> writing(g, writing);
      case Scene.Chart chart -> chart(g, chart.bars());
      case Scene.Flag flag -> flag(g, flag);
    }
    g.dispose();
    return Picture.of(image);
  }

  /// How much of each pixel `figure` covers, 0 to 1, row by row.
  static float[] coverage(Figure figure, double x, double y, double radius) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setColor(Color.WHITE);
    g.fill(figure.outline(x, y, radius));
    g.dispose();
    int[] levels = image.getRaster().getPixels(0, 0, SIDE, SIDE, (int[]) null);
    float[] cover = new float[levels.length];
    for (int i = 0; i < cover.length; i++) {
      cover[i] = levels[i] / 255f;
    }
    return cover;
  }

  private static void ground(Graphics2D g, Ground ground) {
    for (int y = 0; y < SIDE; y++) {
      g.setColor(new Color(mixed(ground.top(), ground.bottom(), y / (SIDE - 1.0))));
      g.fillRect(0, y, SIDE, 1);
    }
  }

  private static void item(Graphics2D g, Item item) {
    g.setPaint(paint(item));
    g.fill(item.figure().outline(item.x(), item.y(), item.radius()));
  }

  /// Stripes and dots are of a lighter tint on dark colours and of a darker one on light colours.
  private static Paint paint(Item item) {
    int rgb = item.rgb();
    int light = (rgb >> 16 & 255) * 3 + (rgb >> 8 & 255) * 6 + (rgb & 255);
    int mark = light > 1200 ? mixed(rgb, 0, 0.55) : mixed(rgb, 0xFFFFFF, 0.8);
    return switch (item.texture()) {
      case PLAIN -> new Color(rgb);
      case STRIPED -> tile(rgb, mark, 1, 5, List.of(new Rectangle(0, 0, 1, 2)));
      case DOTTED ->
          tile(rgb, mark, 6, 6, List.of(new Rectangle(0, 0, 2, 2), new Rectangle(3, 3, 2, 2)));
    };
  }

  private static Paint tile(int rgb, int mark, int width, int height, List<Rectangle> marks) {
    BufferedImage tile = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = tile.createGraphics();
    g.setColor(new Color(rgb));
    g.fillRect(0, 0, width, height);
    g.setColor(new Color(mark));
    marks.forEach(g::fill);
    g.dispose();
    return new TexturePaint(tile, new Rectangle(0, 0, width, height));
  }

  private static void writing(Graphics2D g, Scene.Writing w) {
    g.setColor(new Color(w.rgb()));
    for (int i = 0; i < w.text().length(); i++) {
      for (int column = 0; column < PixelFont.WIDTH; column++) {
        for (int row = 0; row < PixelFont.HEIGHT; row++) {
          if (PixelFont.dot(w.text().charAt(i), column, row)) {
            int x = w.x() + w.scale() * (i * (PixelFont.WIDTH + 1) + column);
            g.fillRect(x, w.y() + w.scale() * row, w.scale(), w.scale());
          }
        }
      }
    }
  }

  private static void chart(Graphics2D g, List<Scene.Bar> bars) {
    g.setColor(new Color(GRID));
    for (int value = 1; value <= 5; value++) {
      g.fillRect(5, FLOOR - UNIT * value, SIDE - 7, 1);
    }
    int pitch = 56 / bars.size();
    int width = Math.min(16, pitch - 4);
    for (int i = 0; i < bars.size(); i++) {
      Scene.Bar bar = bars.get(i);
      g.setColor(new Color(bar.rgb()));
      int x = 6 + i * pitch + (pitch - width) / 2;
      g.fillRect(x, FLOOR - UNIT * bar.value(), width, UNIT * bar.value());
    }
    g.setColor(new Color(AXIS));
    g.fillRect(4, FLOOR, SIDE - 6, 1);
    g.fillRect(4, FLOOR - 5 * UNIT - 3, 1, 5 * UNIT + 4);
  }

  private static void flag(Graphics2D g, Scene.Flag flag) {
    Scene.Frame f = flag.frame();
    if (f != Scene.Frame.FULL) {
      g.setColor(new Color(AXIS));
      g.fillRect(f.x - 1, f.y - 1, f.width + 2, f.height + 2);
    }
    switch (flag.look()) {
      case Scene.Look.Stripes stripes -> stripes(g, stripes, f);
      case Scene.Look.Emblem e -> {
        g.setColor(new Color(Ground.of(e.field()).top()));
        g.fillRect(f.x, f.y, f.width, f.height);
        double radius =
            f == Scene.Frame.FULL ? SceneSampler.BIG : 0.36 * Math.min(f.width, f.height);
        item(g, Item.plain(e.figure(), e.hue(), f.x + f.width / 2.0, f.y + f.height / 2.0, radius));
      }
    }
  }

  private static void stripes(Graphics2D g, Scene.Look.Stripes stripes, Scene.Frame f) {
    int n = stripes.hues().size();
    for (int i = 0; i < n; i++) {
      g.setColor(new Color(stripes.hues().get(i).rgb()));
      int from = i * (stripes.upright() ? f.width : f.height) / n;
      int to = (i + 1) * (stripes.upright() ? f.width : f.height) / n;
      if (stripes.upright()) {
        g.fillRect(f.x + from, f.y, to - from, f.height);
      } else {
        g.fillRect(f.x, f.y + from, f.width, to - from);
      }
    }
  }

  /// `a + (b - a) * t`, a channel at a time.
  private static int mixed(int a, int b, double t) {
    int rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = a >> shift & 255;
      rgb |= (int) Math.round(from + ((b >> shift & 255) - from) * t) << shift;
    }
    return rgb;
  }
}
