package dev.chrysalis.models.siglip;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Losses;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Both towers of SigLIP, trained to agree: `logits = exp(logitScale)·text·imageᵀ + logitBias` on
/// vectors of length 1. Zhai et al. 2023, arXiv:2303.15343.
///
/// @param logitScale `(1)`, a logarithm
/// @param logitBias `(1)`
public record Siglip(SiglipVision vision, SiglipText text, Tensor logitScale, Tensor logitBias) {

  /// The `config.json` of a two-tower checkpoint.
  public record Config(SiglipVisionConfig vision, SiglipTextConfig text) {
    public Config {
      if (!vision.useHead()) {
        throw new ConfigException(
            "siglip vision config: vision_use_head: found false, need true to match pictures and texts");
      }
    }

    /// `siglip-so400m-patch14-384`, as its `config.json` has it.
    public static Config so400m() {
      String act = "gelu_pytorch_tanh";
      return new Config(
          new SiglipVisionConfig(1152, 4304, 27, 16, 3, 384, 14, 1e-6, act),
          new SiglipTextConfig(32_000, 1152, 4304, 27, 16, 64, 1152, 1e-6, act));
    }

    /// The config as transformers reads it.
    public ObjectNode toJson() {
      ObjectNode json = Json.newObject().put("model_type", "siglip");
      json.set("vision_config", vision.toJson());
      json.set("text_config", text.toJson());
      return json;
    }

    /// @param source what error messages call it
    public static Config read(JsonNode json, String source) {
      return new Config(
          SiglipVisionConfig.read(
              Json.requireObject(json, source, "vision_config"), source + ": vision_config"),
          SiglipTextConfig.read(
              Json.requireObject(json, source, "text_config"), source + ": text_config"));
    }
  }

  /// @param w the root of the checkpoint: `vision_model`, `text_model`, `logit_scale`, `logit_bias`
  public static Siglip load(Weights w, Config c) {
    return new Siglip(
        SiglipVision.load(w.at("vision_model"), c.vision()),
        SiglipText.load(w.at("text_model"), c.text()),
        w.get("logit_scale", 1),
        w.get("logit_bias", 1));
  }

  /// Fresh weights as the authors' code has them: attention, MLP and probe Xavier-uniform, patches
  /// and tokens scaled by fan-in, positions `N(0, 1/D)`, norms 1, biases 0, `logit_scale = ln 10`,
  /// `logit_bias = −10`.
  public static Initializer initializer(String name, Shape shape) {
    if (name.equals("logit_scale")) {
      return Initializer.constant(Math.log(10));
    }
    if (name.equals("logit_bias")) {
      return Initializer.constant(-10);
    }
    if (name.endsWith("bias")) {
      return Initializer.constant(0);
    }
    if (name.contains("norm")) {
      return Initializer.constant(1);
    }
    if (name.endsWith("patch_embedding.weight")) {
      return Initializer.fanInNormal(1);
    }
    if (name.contains("_embedding.weight")) {
      return Initializer.normal(1 / Math.sqrt(shape.size(-1)));
    }
    return name.endsWith("probe")
        ? Initializer.uniform(Math.sqrt(6.0 / (1 + shape.size(-1))))
        : Initializer.xavierUniform();
  }

  /// `pixels (B, 3, H, W) → (B, D)`, rows of length 1.
  public Tensor imageEmbeddings(Tensor pixels) {
    return unit(vision.pooled(pixels));
  }

  /// `ids (B, T) → (B, D)`, rows of length 1.
  public Tensor textEmbeddings(Tensor ids) {
    return unit(text.pooled(ids));
  }

  private static Tensor unit(Tensor vectors) {
    return Ops.l2Normalize(vectors, -1, 1e-12);
  }

  /// `(m, D), (n, D) → (n, m)`
  public Tensor logitsPerText(Tensor image, Tensor texts) {
    return texts.matmul(image.swap(0, 1)).mul(logitScale.exp()).add(logitBias);
  }

  /// The sigmoid contrastive loss of matching pictures and texts.
  public Tensor loss(Tensor pixels, Tensor ids) {
    return lossOfFeatures(vision.features(pixels), ids);
  }

  /// The same loss, of pictures that the vision tower has seen already.
  ///
  /// @param features `(B, N, D)`, from `SiglipVision.features`
  public Tensor lossOfFeatures(Tensor features, Tensor ids) {
    return Losses.sigmoidContrastive(
        unit(vision.pool(features)), textEmbeddings(ids), logitScale, logitBias);
  }
}
