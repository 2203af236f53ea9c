package dev.chrysalis.models.image;

import dev.chrysalis.models.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// SigLIP's picture preprocessing and its inverse.
///
/// `pixel = (u8 · rescaleFactor − mean) / std` after resizing to `(height, width)` whatever the
/// shape of the picture. A config with `do_rescale` false has factor 1; one with `do_normalize`
/// false has mean 0 and standard deviation 1.
///
/// Source: `preprocessor_config.json` of google/siglip-so400m-patch14-384, or the same settings
/// under `image_processor` in `processor_config.json`.
public record ImageProcessor(
    int height,
    int width,
    Filter resample,
    double rescaleFactor,
    List<Double> imageMean,
    List<Double> imageStd) {
  private static final int MAX_SIDE = 4096;
  private static final String CONFIG = "preprocessor_config.json";
  private static final String NESTED_CONFIG = "processor_config.json";
  private static final String NESTED_KEY = "image_processor";

  public ImageProcessor {
    imageMean = List.copyOf(imageMean);
    imageStd = List.copyOf(imageStd);
    check(height >= 1 && height <= MAX_SIDE, "size.height", height, "1 to " + MAX_SIDE);
    check(width >= 1 && width <= MAX_SIDE, "size.width", width, "1 to " + MAX_SIDE);
    check(
        Double.isFinite(rescaleFactor) && rescaleFactor > 0,
        "rescale_factor",
        rescaleFactor,
        "a number above 0");
    check(
        imageMean.size() == Picture.CHANNELS && imageMean.stream().allMatch(Double::isFinite),
        "image_mean",
        imageMean,
        "three numbers");
    check(
        imageStd.size() == Picture.CHANNELS
            && imageStd.stream().allMatch(v -> Double.isFinite(v) && v > 0),
        "image_std",
        imageStd,
        "three numbers above 0");
  }

  /// Values in [-1, 1], bicubic: what every SigLIP checkpoint uses, at this size.
  public static ImageProcessor siglip(int size) {
    List<Double> half = List.of(0.5, 0.5, 0.5);
    return new ImageProcessor(size, size, Filter.BICUBIC, 1 / 255.0, half, half);
  }

  /// Reads `preprocessor_config.json` of a model folder, or else `processor_config.json`.
  ///
  /// @throws PictureException if there is neither, or a setting is not supported
  /// @throws dev.chrysalis.models.json.ConfigException if the file is not JSON
  public static ImageProcessor load(Path folder) {
    Path config = folder.resolve(CONFIG);
    Path file = Files.exists(config) ? config : folder.resolve(NESTED_CONFIG);
    if (!Files.exists(file)) {
      throw PictureException.of(
          folder.toString(), "neither " + CONFIG + " nor " + NESTED_CONFIG, "one of them");
    }
    return parse(file.toString(), Json.read(file));
  }

  /// Reads a parsed config, flat or nested under `image_processor`; `name` is for messages.
  public static ImageProcessor parse(String name, JsonNode config) {
    JsonNode c = config.has(NESTED_KEY) ? config.get(NESTED_KEY) : config;
    try {
      if (!c.isObject()) {
        throw PictureException.of("settings", c.getNodeType().toString(), "an object");
      }
      if (!flag(c, "do_resize")) {
        throw PictureException.of("do_resize", "false", "true: the model has a fixed size");
      }
      JsonNode size = c.path("size");
      int height = integer(size.isObject() ? size.path("height") : size, "size.height");
      int width = integer(size.isObject() ? size.path("width") : size, "size.width");
      List<Double> zero = List.of(0.0, 0.0, 0.0);
      List<Double> one = List.of(1.0, 1.0, 1.0);
      boolean normalize = flag(c, "do_normalize");
      return new ImageProcessor(
          height,
          width,
          resample(c.path("resample")),
          flag(c, "do_rescale") ? number(c, "rescale_factor", 1 / 255.0) : 1,
          normalize ? numbers(c, "image_mean") : zero,
          normalize ? numbers(c, "image_std") : one);
    } catch (PictureException e) {
      throw new PictureException(name + ": " + e.getMessage(), e);
    }
  }

  /// Writes `preprocessor_config.json` into a model folder.
  public void save(Path folder) {
    ObjectNode c = Json.newObject();
    c.put("do_normalize", true).put("do_rescale", true).put("do_resize", true);
    addAll(c.putArray("image_mean"), imageMean);
    c.put("image_processor_type", "SiglipImageProcessor");
    addAll(c.putArray("image_std"), imageStd);
    c.put("processor_class", "SiglipProcessor").put("resample", resample.code());
    c.put("rescale_factor", rescaleFactor);
    c.putObject("size").put("height", height).put("width", width);
    Json.write(folder.resolve(CONFIG), c);
  }

  /// `(h, w) → [3, height, width]`, row-major: resized, then normalized.
  public float[] process(Picture picture) {
    return normalized(resized(picture));
  }

  /// `(h, w) → (height, width)` in 8 bits.
  public Picture resized(Picture picture) {
    return Resize.apply(picture, width, height, resample);
  }

  /// `(height, width) → [3, height, width]`: values of a picture that has the right size.
  public float[] normalized(Picture picture) {
    if (picture.width() != width || picture.height() != height) {
      throw PictureException.of(
          "normalize", picture.toString(), "%d x %d pixels".formatted(width, height));
    }
    byte[] rgb = picture.rgb();
    int plane = width * height;
    float[] pixels = new float[Picture.CHANNELS * plane];
    for (int channel = 0; channel < Picture.CHANNELS; channel++) {
      float[] value = values(channel);
      for (int i = 0; i < plane; i++) {
        pixels[channel * plane + i] = value[rgb[i * Picture.CHANNELS + channel] & 0xFF];
      }
    }
    return pixels;
  }

  /// What each of the 256 samples becomes; rounded to f32 after each step, as the reference does.
  private float[] values(int channel) {
    float mean = imageMean.get(channel).floatValue();
    float std = imageStd.get(channel).floatValue();
    float[] value = new float[256];
    for (int v = 0; v < value.length; v++) {
      value[v] = ((float) (v * rescaleFactor) - mean) / std;
    }
    return value;
  }

  /// `[3, height, width]` with values in [-1, 1] to a picture: `round(clamp(v / 2 + 0.5, 0, 1) ·
  /// 255)`, halves to even. This is how a decoder's output is shown; values outside are clipped,
  /// NaN is refused.
  public static Picture toPicture(float[] chw, int height, int width) {
    long need = (long) Picture.CHANNELS * height * width;
    if (height < 1 || width < 1 || chw.length != need) {
      throw new PictureException(
          "picture from [3, %d, %d]: got %d values, need %d"
              .formatted(height, width, chw.length, need));
    }
    int plane = height * width;
    byte[] rgb = new byte[chw.length];
    for (int channel = 0; channel < Picture.CHANNELS; channel++) {
      for (int i = 0; i < plane; i++) {
        float v = chw[channel * plane + i];
        if (Float.isNaN(v)) {
          throw new PictureException(
              "picture from [3, %d, %d]: got NaN in channel %d at (%d, %d), need numbers"
                  .formatted(height, width, channel, i / width, i % width));
        }
        float unit = Math.clamp(v / 2 + 0.5f, 0f, 1f);
        rgb[i * Picture.CHANNELS + channel] = (byte) (int) Math.rint(unit * 255f);
      }
    }
    return new Picture(width, height, rgb);
  }

  private static void check(boolean right, String key, Object found, String expected) {
    if (!right) {
      throw PictureException.of(key, String.valueOf(found), expected);
    }
  }

  private static boolean flag(JsonNode c, String key) {
    JsonNode value = c.path(key);
    check(absent(value) || value.isBoolean(), key, value, "true or false");
    return absent(value) || value.booleanValue();
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static int integer(JsonNode value, String key) {
    check(value.isInt(), key, absent(value) ? "nothing" : value, "a whole number");
    return value.intValue();
  }

  private static double number(JsonNode c, String key, double standard) {
    JsonNode value = c.path(key);
    check(absent(value) || value.isNumber(), key, value, "a number");
    return absent(value) ? standard : value.doubleValue();
  }

  private static List<Double> numbers(JsonNode c, String key) {
    JsonNode value = c.path(key);
    boolean right =
        value.isArray()
            && value.size() == Picture.CHANNELS
            && value.valueStream().allMatch(JsonNode::isNumber);
    check(right, key, absent(value) ? "nothing" : value, "three numbers");
    return value.valueStream().map(JsonNode::doubleValue).toList();
  }

  private static Filter resample(JsonNode value) {
    if (absent(value)) {
      return Filter.BICUBIC;
    }
    for (Filter filter : Filter.values()) {
      if (value.isInt() && filter.code() == value.intValue()) {
        return filter;
      }
    }
    throw PictureException.of(
        "resample", value.toString(), "0 nearest, 1 lanczos, 2 bilinear, 3 bicubic or 4 box");
  }

  private static void addAll(ArrayNode array, List<Double> values) {
    values.forEach(array::add);
  }
}
