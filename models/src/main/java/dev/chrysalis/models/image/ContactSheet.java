package dev.chrysalis.models.image;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/// Pictures in a grid on white, each enlarged by a whole factor and with its text below.
///
/// @param columns pictures in a row
/// @param scale factor of enlargement; pixels become squares
public record ContactSheet(int columns, int scale) {
  private static final int GAP = 8;
  private static final int FONT_SIZE = 12;
  private static final int MAX_LINES = 3;

  public ContactSheet {
    if (columns < 1 || scale < 1) {
      throw new PictureException(
          "contact sheet: got %d columns, scale %d, need 1 or more".formatted(columns, scale));
    }
  }

  /// One picture of the sheet.
  ///
  /// @param label text below it, at most three lines of it; may be empty
  public record Tile(Picture picture, String label) {}

  /// Where things lie: a cell holds a picture and, below it, the lines of its label.
  private record Layout(int cellWidth, int cellHeight, int lineHeight, List<List<String>> labels) {
    int stepX() {
      return cellWidth + GAP;
    }

    int stepY() {
      return cellHeight + labels.stream().mapToInt(List::size).max().orElse(0) * lineHeight + GAP;
    }
  }

  /// Draws the tiles in order, row by row.
  public Picture draw(List<Tile> tiles) {
    if (tiles.isEmpty()) {
      throw new PictureException("contact sheet: got no pictures, need at least one");
    }
    Layout layout = layout(tiles);
    int across = Math.min(columns, tiles.size());
    int down = (tiles.size() + columns - 1) / columns;
    BufferedImage sheet =
        blank((long) across * layout.stepX() + GAP, (long) down * layout.stepY() + GAP);
    Graphics2D g = sheet.createGraphics();
    try {
      for (int i = 0; i < tiles.size(); i++) {
        int x = GAP + i % columns * layout.stepX();
        int y = GAP + i / columns * layout.stepY();
        g.drawImage(enlarged(tiles.get(i).picture()).toImage(), x, y, null);
        if (!layout.labels.get(i).isEmpty()) {
          drawLabel(g, layout.labels.get(i), x, y + layout.cellHeight, layout.lineHeight);
        }
      }
    } finally {
      g.dispose();
    }
    return Picture.of(sheet);
  }

  private Layout layout(List<Tile> tiles) {
    int width = 0;
    int height = 0;
    for (Tile tile : tiles) {
      width = Math.max(width, Math.multiplyExact(tile.picture().width(), scale));
      height = Math.max(height, Math.multiplyExact(tile.picture().height(), scale));
    }
    List<List<String>> labels = new ArrayList<>();
    if (tiles.stream().allMatch(tile -> tile.label().isBlank())) { // no fonts needed
      tiles.forEach(tile -> labels.add(List.of()));
      return new Layout(width, height, 0, labels);
    }
    FontMetrics metrics = metrics();
    for (Tile tile : tiles) {
      labels.add(wrap(tile.label(), width, metrics));
    }
    return new Layout(width, height, metrics.getHeight(), labels);
  }

  private Picture enlarged(Picture picture) {
    int width = picture.width() * scale;
    return Resize.apply(picture, width, picture.height() * scale, Filter.NEAREST);
  }

  private static BufferedImage blank(long width, long height) {
    if (width * height > PictureHeader.MAX_PIXELS) {
      throw new PictureException(
          "contact sheet: got %d x %d pixels, need at most %d in all"
              .formatted(width, height, PictureHeader.MAX_PIXELS));
    }
    BufferedImage sheet = new BufferedImage((int) width, (int) height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = sheet.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    g.dispose();
    return sheet;
  }

  private static Font font() {
    return new Font(Font.SANS_SERIF, Font.PLAIN, FONT_SIZE);
  }

  private static FontMetrics metrics() {
    Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
    try {
      return g.getFontMetrics(font());
    } finally {
      g.dispose();
    }
  }

  private static void drawLabel(Graphics2D g, List<String> lines, int x, int y, int lineHeight) {
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setFont(font());
    g.setColor(Color.BLACK);
    int baseline = y + g.getFontMetrics().getAscent();
    for (String line : lines) {
      g.drawString(line, x, baseline);
      baseline += lineHeight;
    }
  }

  /// Breaks a label between words, or inside one that is too long; what is left over ends in "…".
  private static List<String> wrap(String label, int width, FontMetrics metrics) {
    List<String> lines = new ArrayList<>();
    String rest = label.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    while (!rest.isEmpty()) {
      int fit = fit(rest, width, metrics, "");
      boolean last = lines.size() == MAX_LINES - 1;
      if (fit == rest.length()) {
        lines.add(rest);
        break;
      }
      if (last) {
        lines.add(rest.substring(0, fit(rest, width, metrics, "…")) + "…");
        break;
      }
      int space = rest.lastIndexOf(' ', fit);
      int cut = space > 0 ? space : Math.max(fit, rest.offsetByCodePoints(0, 1));
      lines.add(rest.substring(0, cut).strip());
      rest = rest.substring(cut).strip();
    }
    return lines;
  }

  /// Longest start of `text`, in whole characters, that fits with `end` behind it.
  private static int fit(String text, int width, FontMetrics metrics, String end) {
    int fit = 0;
    while (fit < text.length()) {
      int next = text.offsetByCodePoints(fit, 1);
      if (metrics.stringWidth(text.substring(0, next) + end) > width) {
        break;
      }
      fit = next;
    }
    return fit;
  }
}
