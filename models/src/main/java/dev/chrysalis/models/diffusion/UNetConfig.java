package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` of a `UNet2DConditionModel` as Stable Diffusion 1.5 and 2 use it.
///
/// @param blockOutChannels channels of each level, finest first
/// @param layersPerBlock residual blocks of a level on the way down; one more on the way up
/// @param attentionHeads heads at each level. The file calls it `attention_head_dim`, which in this
///   model has always meant the number of heads
/// @param normEps of residual blocks and of the output norm
/// @param sampleSize height and width of the latents it was trained on
/// @param useLinearProjection whether `proj_in` and `proj_out` are stored as matrices instead of 1
///   × 1 convolutions
public record UNetConfig(
    int inChannels,
    int outChannels,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    List<String> downBlockTypes,
    List<String> upBlockTypes,
    int crossAttentionDim,
    List<Integer> attentionHeads,
    int normNumGroups,
    double normEps,
    boolean flipSinToCos,
    double freqShift,
    boolean useLinearProjection,
    int sampleSize) {
  static final String CLASS_NAME = "UNet2DConditionModel";
  private static final List<String> DOWN_TYPES = List.of("CrossAttnDownBlock2D", "DownBlock2D");
  private static final List<String> UP_TYPES = List.of("CrossAttnUpBlock2D", "UpBlock2D");
  private static final String MODEL = "unet";

  /// Settings of newer models that this one does not have.
  private static final List<String> ONLY_ONE =
      List.of(
          "downsample_padding",
          "mid_block_scale_factor",
          "transformer_layers_per_block",
          "resnet_out_scale_factor");

  private static final List<String> ONLY_FALSE =
      List.of(
          "center_input_sample",
          "dual_cross_attention",
          "only_cross_attention",
          "mid_block_only_cross_attention",
          "resnet_skip_time_act",
          "class_embeddings_concat");
  private static final List<String> ONLY_ABSENT =
      List.of(
          "class_embed_type",
          "num_class_embeds",
          "addition_embed_type",
          "encoder_hid_dim",
          "encoder_hid_dim_type",
          "cross_attention_norm",
          "time_embedding_dim",
          "time_embedding_act_fn",
          "timestep_post_act",
          "time_cond_proj_dim",
          "reverse_transformer_layers_per_block");

  public UNetConfig {
    Supported.check(inChannels > 0, MODEL, "in_channels", inChannels, "1 or more");
    Supported.check(outChannels > 0, MODEL, "out_channels", outChannels, "1 or more");
    Supported.check(layersPerBlock > 0, MODEL, "layers_per_block", layersPerBlock, "1 or more");
    Supported.check(
        crossAttentionDim > 0, MODEL, "cross_attention_dim", crossAttentionDim, "1 or more");
    Supported.check(normEps > 0, MODEL, "norm_eps", normEps, "more than 0");
    Supported.check(sampleSize > 0, MODEL, "sample_size", sampleSize, "1 or more");
    Supported.checkChannels(MODEL, blockOutChannels, normNumGroups);
    Supported.check(
        blockOutChannels.getFirst() % 2 == 0,
        MODEL,
        "block_out_channels",
        blockOutChannels,
        "an even first one, half of it cosines and half sines of the time");
    blockOutChannels = List.copyOf(blockOutChannels);
    downBlockTypes = List.copyOf(downBlockTypes);
    upBlockTypes = List.copyOf(upBlockTypes);
    attentionHeads = List.copyOf(attentionHeads);
    int levels = blockOutChannels.size();
    Supported.checkTypes(MODEL, "down_block_types", downBlockTypes, levels, DOWN_TYPES);
    Supported.checkTypes(MODEL, "up_block_types", upBlockTypes, levels, UP_TYPES);
    Supported.check(
        attentionHeads.size() == levels,
        MODEL,
        "attention_head_dim",
        attentionHeads,
        "one for each of %d levels".formatted(levels));
    for (int i = 0; i < levels; i++) {
      int heads = attentionHeads.get(i);
      int channels = blockOutChannels.get(i);
      Supported.check(
          heads > 0 && channels % heads == 0,
          MODEL,
          "attention_head_dim",
          heads,
          "a number of heads that divides the %d channels of level %d".formatted(channels, i));
    }
  }

  /// A network whose every level but the coarsest attends, with the settings of Stable Diffusion
  /// 1.5 elsewhere.
  public static UNetConfig of(
      int latentChannels,
      List<Integer> blockOutChannels,
      int layersPerBlock,
      int crossAttentionDim,
      int heads,
      int normNumGroups,
      int sampleSize) {
    int levels = blockOutChannels.size();
    List<String> down =
        IntStream.range(0, levels)
            .mapToObj(i -> i < levels - 1 ? "CrossAttnDownBlock2D" : "DownBlock2D")
            .toList();
    List<String> up =
        IntStream.range(0, levels)
            .mapToObj(i -> i > 0 ? "CrossAttnUpBlock2D" : "UpBlock2D")
            .toList();
    return new UNetConfig(
        latentChannels,
        latentChannels,
        blockOutChannels,
        layersPerBlock,
        down,
        up,
        crossAttentionDim,
        Collections.nCopies(levels, heads),
        normNumGroups,
        1e-5,
        true,
        0,
        false,
        sampleSize);
  }

  /// The configuration of Stable Diffusion 1.5.
  public static UNetConfig stableDiffusion15() {
    return of(4, List.of(320, 640, 1280, 1280), 2, 768, 8, 32, 64);
  }

  /// Number of resolutions.
  public int levels() {
    return blockOutChannels.size();
  }

  /// Width of the time embedding.
  public int timeEmbedDim() {
    return 4 * blockOutChannels.getFirst();
  }

  boolean downAttends(int level) {
    return downBlockTypes.get(level).equals("CrossAttnDownBlock2D");
  }

  /// @param index of the up block, coarsest first
  boolean upAttends(int index) {
    return upBlockTypes.get(index).equals("CrossAttnUpBlock2D");
  }

  /// Reads a config; absent keys have the values that the Python implementation gives them.
  ///
  /// @param source what error messages call it
  /// @throws ConfigException if a value is not supported
  public static UNetConfig read(JsonNode json, String source) {
    Json.asObject(json, source);
    refuseUnsupported(json, source);
    UNetConfig otherwise = stableDiffusion15();
    List<Integer> channels = ints(json, source, "block_out_channels", otherwise.blockOutChannels);
    String heads =
        Json.has(json, "num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
    return new UNetConfig(
        Json.optionalInt(json, source, "in_channels", 4),
        Json.optionalInt(json, source, "out_channels", 4),
        channels,
        Json.optionalInt(json, source, "layers_per_block", 2),
        types(json, source, "down_block_types", otherwise.downBlockTypes),
        types(json, source, "up_block_types", otherwise.upBlockTypes),
        Json.optionalInt(json, source, "cross_attention_dim", 1280),
        perLevel(json, source, heads, channels.size()),
        Json.optionalInt(json, source, "norm_num_groups", 32),
        Json.optionalDouble(json, source, "norm_eps", 1e-5),
        Json.optionalBoolean(json, source, "flip_sin_to_cos", true),
        Json.optionalDouble(json, source, "freq_shift", 0),
        Json.optionalBoolean(json, source, "use_linear_projection", false),
        Json.optionalInt(json, source, "sample_size", 64));
  }

  private static void refuseUnsupported(JsonNode json, String source) {
    Supported.only(json, source, "_class_name", CLASS_NAME);
    Supported.only(json, source, "act_fn", "silu", "swish");
    Supported.only(json, source, "mid_block_type", "UNetMidBlock2DCrossAttn");
    Supported.only(json, source, "attention_type", "default");
    Supported.only(json, source, "resnet_time_scale_shift", "default");
    Supported.only(json, source, "time_embedding_type", "positional");
    Supported.only(json, source, "dropout", 0);
    Supported.only(json, source, "conv_in_kernel", 3);
    Supported.only(json, source, "conv_out_kernel", 3);
    ONLY_ONE.forEach(key -> Supported.only(json, source, key, 1));
    ONLY_FALSE.forEach(key -> Supported.only(json, source, key, false));
    ONLY_ABSENT.forEach(key -> Supported.only(json, source, key));
  }

  static List<Integer> ints(JsonNode json, String source, String key, List<Integer> otherwise) {
    return Json.has(json, key)
        ? IntStream.of(Json.requireInts(json, source, key)).boxed().toList()
        : otherwise;
  }

  static List<String> types(JsonNode json, String source, String key, List<String> otherwise) {
    return Json.has(json, key) ? Json.requireStrings(json, source, key) : otherwise;
  }

  private static List<Integer> perLevel(JsonNode json, String source, String key, int levels) {
    if (Json.has(json, key) && json.get(key).isArray()) {
      return ints(json, source, key, List.of());
    }
    return Collections.nCopies(levels, Json.optionalInt(json, source, key, 8));
  }

  /// The config as the Python implementation reads it.
  public ObjectNode toJson() {
    ObjectNode json =
        Json.newObject()
            .put("_class_name", CLASS_NAME)
            .put("act_fn", "silu")
            .put("center_input_sample", false)
            .put("downsample_padding", 1)
            .put("mid_block_scale_factor", 1)
            .put("in_channels", inChannels)
            .put("out_channels", outChannels)
            .put("layers_per_block", layersPerBlock)
            .put("cross_attention_dim", crossAttentionDim)
            .put("norm_num_groups", normNumGroups)
            .put("norm_eps", normEps)
            .put("flip_sin_to_cos", flipSinToCos);
    if (freqShift == Math.rint(freqShift)) {
      json.put("freq_shift", (int) freqShift);
    } else {
      json.put("freq_shift", freqShift);
    }
    json.put("use_linear_projection", useLinearProjection).put("sample_size", sampleSize);
    putInts(json, "block_out_channels", blockOutChannels);
    if (attentionHeads.stream().distinct().count() == 1) {
      json.put("attention_head_dim", attentionHeads.getFirst());
    } else {
      putInts(json, "attention_head_dim", attentionHeads);
    }
    putStrings(json, "down_block_types", downBlockTypes);
    putStrings(json, "up_block_types", upBlockTypes);
    return json;
  }

  static void putInts(ObjectNode json, String key, List<Integer> values) {
    ArrayNode array = json.putArray(key);
    values.forEach(array::add);
  }

  static void putStrings(ObjectNode json, String key, List<String> values) {
    ArrayNode array = json.putArray(key);
    values.forEach(array::add);
  }
}
