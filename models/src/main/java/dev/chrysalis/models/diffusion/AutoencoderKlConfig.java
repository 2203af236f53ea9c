package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` of an `AutoencoderKL`.
///
/// @param blockOutChannels channels of each level, finest first; neighbouring levels differ by a
///   factor 2 in size
/// @param layersPerBlock residual blocks of a level in the encoder; the decoder has one more
/// @param scalingFactor what latents are multiplied by before diffusion, so that they have
///   deviation 1
/// @param sampleSize height and width of the pictures it was trained on
public record AutoencoderKlConfig(
    int inChannels,
    int outChannels,
    int latentChannels,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    int normNumGroups,
    double scalingFactor,
    int sampleSize) {
  /// Of the autoencoder of Stable Diffusion 1, whose config does not name it.
  public static final double DEFAULT_SCALING_FACTOR = 0.18215;

  static final String CLASS_NAME = "AutoencoderKL";
  private static final String DOWN_TYPE = "DownEncoderBlock2D";
  private static final String UP_TYPE = "UpDecoderBlock2D";
  private static final String MODEL = "autoencoder";

  public AutoencoderKlConfig {
    Supported.check(inChannels > 0, MODEL, "in_channels", inChannels, "1 or more");
    Supported.check(outChannels > 0, MODEL, "out_channels", outChannels, "1 or more");
    Supported.check(latentChannels > 0, MODEL, "latent_channels", latentChannels, "1 or more");
    Supported.check(layersPerBlock > 0, MODEL, "layers_per_block", layersPerBlock, "1 or more");
    Supported.check(scalingFactor > 0, MODEL, "scaling_factor", scalingFactor, "more than 0");
    Supported.check(sampleSize > 0, MODEL, "sample_size", sampleSize, "1 or more");
    blockOutChannels = List.copyOf(blockOutChannels);
    Supported.checkChannels(MODEL, blockOutChannels, normNumGroups);
  }

  /// The configuration of Stable Diffusion 1.5.
  public static AutoencoderKlConfig stableDiffusion15() {
    return new AutoencoderKlConfig(
        3, 3, 4, List.of(128, 256, 512, 512), 2, 32, DEFAULT_SCALING_FACTOR, 512);
  }

  /// Number of resolutions.
  public int levels() {
    return blockOutChannels.size();
  }

  /// Pixels to one latent along an axis.
  public int downsampling() {
    return 1 << (levels() - 1);
  }

  /// This configuration with another scaling factor, known once the latents of a trained encoder
  /// were measured.
  public AutoencoderKlConfig withScalingFactor(double factor) {
    return new AutoencoderKlConfig(
        inChannels,
        outChannels,
        latentChannels,
        blockOutChannels,
        layersPerBlock,
        normNumGroups,
        factor,
        sampleSize);
  }

  /// Reads a config; absent keys have the values that the Python implementation gives them.
  ///
  /// @param source what error messages call it
  /// @throws ConfigException if a value is not supported
  public static AutoencoderKlConfig read(JsonNode json, String source) {
    Json.asObject(json, source);
    refuseUnsupported(json, source);
    List<Integer> channels = UNetConfig.ints(json, source, "block_out_channels", List.of(64));
    for (String key : List.of("down_block_types", "up_block_types")) {
      String type = key.startsWith("down") ? DOWN_TYPE : UP_TYPE;
      List<String> otherwise = Collections.nCopies(channels.size(), type);
      Supported.checkTypes(
          MODEL,
          key,
          UNetConfig.types(json, source, key, otherwise),
          channels.size(),
          List.of(type));
    }
    return new AutoencoderKlConfig(
        Json.optionalInt(json, source, "in_channels", 3),
        Json.optionalInt(json, source, "out_channels", 3),
        Json.optionalInt(json, source, "latent_channels", 4),
        channels,
        Json.optionalInt(json, source, "layers_per_block", 1),
        Json.optionalInt(json, source, "norm_num_groups", 32),
        Json.optionalDouble(json, source, "scaling_factor", DEFAULT_SCALING_FACTOR),
        Json.optionalInt(json, source, "sample_size", 32));
  }

  private static void refuseUnsupported(JsonNode json, String source) {
    Supported.only(json, source, "_class_name", CLASS_NAME);
    Supported.only(json, source, "act_fn", "silu", "swish");
    Supported.only(json, source, "use_quant_conv", true);
    Supported.only(json, source, "use_post_quant_conv", true);
    Supported.only(json, source, "mid_block_add_attention", true);
    Supported.only(json, source, "shift_factor", 0);
    Supported.only(json, source, "latents_mean");
    Supported.only(json, source, "latents_std");
  }

  /// The config as the Python implementation reads it.
  public ObjectNode toJson() {
    ObjectNode json =
        Json.newObject()
            .put("_class_name", CLASS_NAME)
            .put("act_fn", "silu")
            .put("in_channels", inChannels)
            .put("out_channels", outChannels)
            .put("latent_channels", latentChannels)
            .put("layers_per_block", layersPerBlock)
            .put("norm_num_groups", normNumGroups)
            .put("scaling_factor", scalingFactor)
            .put("sample_size", sampleSize);
    UNetConfig.putInts(json, "block_out_channels", blockOutChannels);
    UNetConfig.putStrings(json, "down_block_types", Collections.nCopies(levels(), DOWN_TYPE));
    UNetConfig.putStrings(json, "up_block_types", Collections.nCopies(levels(), UP_TYPE));
    return json;
  }
}
