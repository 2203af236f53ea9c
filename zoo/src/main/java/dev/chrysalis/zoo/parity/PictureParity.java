package dev.chrysalis.zoo.parity;

import dev.chrysalis.models.image.Filter;
import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.image.PictureReader;
import dev.chrysalis.models.image.Resize;
import dev.chrysalis.models.image.Transparency;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Pictures of a SigLIP set: decoded, resized with every filter, normalized. Alpha is dropped, as
/// the reference does.
final class PictureParity {
  static final String FOLDER = "images";
  private static final String FILE = "preprocess.safetensors";
  private static final String RESIZED = "resized_u8";
  private static final String IMAGES = "images";

  private final GoldenSet set;
  private final Checks checks;

  PictureParity(GoldenSet set) {
    this.set = set;
    checks = set.checks();
  }

  /// Checks all of `preprocess.safetensors` and the list of pictures.
  void run() {
    Map<String, Picture> pictures = new HashMap<>();
    checks.guard(
        "expected." + IMAGES,
        () -> {
          List<JsonNode> images =
              Json.requireArray(
                  Json.newObject().set(IMAGES, set.take(IMAGES)), "expected.json", IMAGES);
          for (int i = 0; i < images.size(); i++) {
            picture("expected.%s[%d]".formatted(IMAGES, i), images.get(i), pictures);
          }
        });
    set.tensors(FILE)
        .ifPresent(golden -> checks.guard("preprocess", () -> preprocess(golden, pictures)));
  }

  /// Decodes the picture of one entry; its size is the case.
  private void picture(String name, JsonNode entry, Map<String, Picture> pictures) {
    checks.guard(
        name,
        () -> {
          set.onlyKeys(name, entry, "file", "mode", "width", "height");
          String file = Json.requireString(entry, name, "file");
          Picture picture =
              new PictureReader(new Transparency.Dropped()).read(set.folder().resolve(file));
          pictures.put(stem(file), picture);
          List<Integer> size =
              List.of(
                  Json.requireInt(entry, name, "width"), Json.requireInt(entry, name, "height"));
          checks.equal(name, size, () -> List.of(picture.width(), picture.height()));
        });
  }

  private static String stem(String file) {
    String last = Path.of(file).getFileName().toString();
    return last.substring(0, last.lastIndexOf('.'));
  }

  private void preprocess(GoldenTensors golden, Map<String, Picture> pictures) {
    ImageProcessor processor = ImageProcessor.load(set.folder());
    for (String key : golden.names()) {
      int dot = key.lastIndexOf('.');
      Picture picture = pictures.get(key.substring(0, Math.max(dot, 0)));
      if (picture != null) {
        checks.guard(key, () -> one(key, key.substring(dot + 1), picture, golden, processor));
      }
    }
  }

  private void one(
      String key, String what, Picture picture, GoldenTensors golden, ImageProcessor processor) {
    switch (what) {
      case "rgb_u8" -> checks.exact(key, golden.get(key), () -> tensor(picture));
      case RESIZED -> resized(key, golden.get(key), processor.resized(picture));
      case "pixel_values" -> pixelValues(key, picture, golden, processor);
      default -> {
        if (what.startsWith(RESIZED + "_")) {
          String filter = what.substring(RESIZED.length() + 1).toUpperCase(Locale.ROOT);
          Picture small =
              Resize.apply(picture, processor.width(), processor.height(), Filter.valueOf(filter));
          resized(key, golden.get(key), small);
        }
      }
    }
  }

  /// Samples that are off by little, and few that are off at all.
  private void resized(String key, Tensor expected, Picture found) {
    double most = set.tolerance("resized_u8_max_abs");
    double share = set.tolerance("resized_u8_share_of_pixels_off_by_one");
    if (!tensor(found).shape().equals(expected.shape())) {
      checks.fail(key, "got %s, need %s".formatted(tensor(found), expected));
      return;
    }
    int channels = Picture.CHANNELS;
    int largest = 0;
    int pixelsOff = 0;
    for (int pixel = 0; pixel < found.width() * found.height(); pixel++) {
      int off = 0;
      for (int i = pixel * channels; i < (pixel + 1) * channels; i++) {
        off = Math.max(off, Math.abs((int) expected.getLong(i) - (found.rgb()[i] & 0xFF)));
      }
      largest = Math.max(largest, off);
      pixelsOff += off > 0 ? 1 : 0;
    }
    double shareOff = (double) pixelsOff / (found.width() * found.height());
    boolean passed = largest <= most && shareOff <= share;
    checks.add(
        key,
        largest,
        most,
        "max|x-e| <= %s and share of pixels off <= %s".formatted(most, share),
        passed,
        passed ? "" : "off by up to %d, %.4f of the pixels".formatted(largest, shareOff));
  }

  /// The whole way from the file; where resizing was off by one somewhere, from the expected
  /// resized picture.
  private void pixelValues(
      String key, Picture picture, GoldenTensors golden, ImageProcessor processor) {
    Picture resized = processor.resized(picture);
    String stem = key.substring(0, key.lastIndexOf('.') + 1);
    Picture start = golden.has(stem + RESIZED) ? picture(golden.get(stem + RESIZED)) : resized;
    checks.tensor(
        key,
        Rule.absolute(set.tolerance("pixel_values_abs_when_u8_equal")),
        golden.get(key),
        () ->
            Tensor.of(
                processor.normalized(start.equals(resized) ? resized : start),
                Picture.CHANNELS,
                processor.height(),
                processor.width()));
  }

  /// `(H, W, 3)`, U8.
  private static Tensor tensor(Picture picture) {
    return Tensor.of(DType.U8, picture.rgb(), picture.height(), picture.width(), Picture.CHANNELS);
  }

  private static Picture picture(Tensor u8) {
    byte[] rgb = new byte[(int) u8.count()];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) u8.getLong(i);
    }
    return new Picture(u8.size(1), u8.size(0), rgb);
  }
}
