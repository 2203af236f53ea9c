package dev.chrysalis.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class ImageProcessorTest {
  private static final String FLAT =
      """
      {"size": {"height": 6, "width": 8}, "resample": 2, "rescale_factor": 0.5,
       "image_mean": [1, 2, 3], "image_std": [1, 2, 4]}\
      """;

  private static ImageProcessor parse(String json) {
    return ImageProcessor.parse("test.json", JsonMapper.builder().build().readTree(json));
  }

  @Test
  void flatAndNestedConfigsAreTheSame(@TempDir Path folder) throws IOException {
    ImageProcessor expected =
        new ImageProcessor(
            6, 8, Filter.BILINEAR, 0.5, List.of(1.0, 2.0, 3.0), List.of(1.0, 2.0, 4.0));
    assertEquals(expected, parse(FLAT));
    Files.writeString(
        folder.resolve("processor_config.json"),
        "{\"image_processor\": " + FLAT + ", \"processor_class\": \"SiglipProcessor\"}");
    assertEquals(expected, ImageProcessor.load(folder));
    expected.save(folder);
    Files.delete(folder.resolve("processor_config.json"));
    assertEquals(expected, ImageProcessor.load(folder));
  }

  @Test
  void switchedOffStepsDoNothing() {
    ImageProcessor p =
        parse("{\"size\": 4, \"do_rescale\": false, \"do_normalize\": false, \"resample\": null}");
    float[] pixels = p.process(Picture.filled(4, 4, 0x0A64FF));
    assertEquals(10, pixels[0]);
    assertEquals(100, pixels[16]);
    assertEquals(255, pixels[47]);
    assertEquals(Filter.BICUBIC, p.resample());
  }

  @Test
  void channelsHaveTheirOwnMeanAndDeviation() {
    float[] pixels = parse(FLAT).process(Picture.filled(3, 3, 0x0A1428));
    assertEquals(4, pixels[0]);
    assertEquals(4, pixels[48]);
    assertEquals(4.25, pixels[96]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "size | {'size': {'shortest_edge': 4}}",
        "size.height | {'size': {'height': 0, 'width': 4}, 'do_normalize': false}",
        "size.height | {'size': {'height': 4.5, 'width': 4}}",
        "size.width | {'size': {'height': 4, 'width': 5000}, 'do_normalize': false}",
        "resample | {'size': 4, 'resample': 5}",
        "resample | {'size': 4, 'resample': 'bicubic'}",
        "do_resize | {'size': 4, 'do_resize': false}",
        "do_resize | {'size': 4, 'do_resize': 1}",
        "image_mean | {'size': 4, 'image_std': [1, 1, 1]}",
        "image_mean | {'size': 4, 'image_mean': [1, 1], 'image_std': [1, 1, 1]}",
        "image_std | {'size': 4, 'image_mean': [1, 1, 1], 'image_std': [1, 0, 1]}",
        "rescale_factor | {'size': 4, 'rescale_factor': 'x'}",
        "settings | {'image_processor': 3}",
        "settings | [1]",
      })
  void badSettingsAreNamed(String key, String json) {
    PictureException e = assertThrows(PictureException.class, () -> parse(json.replace('\'', '"')));
    assertTrue(e.getMessage().startsWith("test.json: " + key), e.getMessage());
  }

  @Test
  void missingAndBrokenFilesAreNamed(@TempDir Path folder) throws IOException {
    PictureException missing =
        assertThrows(PictureException.class, () -> ImageProcessor.load(folder));
    assertTrue(missing.getMessage().contains("preprocessor_config.json"), missing.getMessage());
    Files.writeString(folder.resolve("preprocessor_config.json"), "{\"size\": ");
    ConfigException broken = assertThrows(ConfigException.class, () -> ImageProcessor.load(folder));
    assertTrue(broken.getMessage().contains("not valid JSON"), broken.getMessage());
  }

  @Test
  void everyPixelSurvivesTheWayThereAndBack() {
    byte[] rgb = new byte[16 * 16 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 + i % 3 * 85);
    }
    Picture picture = new Picture(16, 16, rgb);
    float[] pixels = ImageProcessor.siglip(16).process(picture);
    assertEquals(picture, ImageProcessor.toPicture(pixels, 16, 16));
  }

  @Test
  void valuesOutsideAreClippedAndNanIsRefused() {
    float[] pixels = {-1, 1, 5, -7, 0, Float.POSITIVE_INFINITY};
    Picture picture = ImageProcessor.toPicture(pixels, 1, 2);
    assertEquals(0x00FF80, picture.colour(0, 0)); // 127.5 goes to the even 128
    assertEquals(0xFF00FF, picture.colour(1, 0));
    pixels[3] = Float.NaN;
    PictureException e =
        assertThrows(PictureException.class, () -> ImageProcessor.toPicture(pixels, 1, 2));
    assertTrue(e.getMessage().contains("NaN in channel 1 at (0, 1)"), e.getMessage());
    assertThrows(PictureException.class, () -> ImageProcessor.toPicture(pixels, 2, 2));
  }
}
