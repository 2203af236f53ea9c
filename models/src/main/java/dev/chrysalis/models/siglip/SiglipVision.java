package dev.chrysalis.models.siglip;

import dev.chrysalis.nn.Conv2d;
import dev.chrysalis.nn.LayerNorm;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.MultiHeadAttention;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import java.util.Optional;

/// The vision tower of SigLIP. Zhai et al. 2023, arXiv:2303.15343; tensor names as in Hugging Face
/// checkpoints, below `vision_model`.
///
/// @param positionEmbedding `(grid·grid, D)`
/// @param head if the config has one
public record SiglipVision(
    SiglipVisionConfig config,
    Conv2d patchEmbedding,
    Tensor positionEmbedding,
    SiglipEncoder encoder,
    LayerNorm postLayernorm,
    Optional<PoolingHead> head) {

  /// @param w scoped to `vision_model`, or to where a composed model keeps it
  public static SiglipVision load(Weights w, SiglipVisionConfig c) {
    Weights embeddings = w.at("embeddings");
    int d = c.hiddenSize();
    return new SiglipVision(
        c,
        Conv2d.load(
            embeddings.at("patch_embedding"),
            c.numChannels(),
            d,
            c.patchSize(),
            Conv2dSpec.of(c.patchSize(), 0)),
        embeddings.at("position_embedding").get("weight", c.grid() * c.grid(), d),
        SiglipEncoder.load(w.at("encoder"), c.encoder()),
        LayerNorm.load(w.at("post_layernorm"), d, c.layerNormEps()),
        c.useHead() ? Optional.of(PoolingHead.load(w.at("head"), c)) : Optional.empty());
  }

  /// Output of the last block before `post_layernorm`, which MetaMorph uses. `pixels (B, 3, H, W) →
  /// (B, N, D)`.
  public Tensor features(Tensor pixels) {
    Tensor patches = patchEmbedding.forward(pixels); // (B, D, h, w)
    int rows = patches.size(2);
    int columns = patches.size(3);
    Tensor x =
        patches
            .reshape(patches.size(0), patches.size(1), rows * columns)
            .swap(1, 2) // (B, N, D)
            .add(positions(rows, columns));
    return encoder.forward(Trace.record("vision.embeddings", x), "vision");
  }

  /// The table for a grid of another size: resized from its square grid by bicubic interpolation.
  private Tensor positions(int rows, int columns) {
    int grid = config.grid();
    if (rows == grid && columns == grid) {
      return positionEmbedding;
    }
    int d = config.hiddenSize();
    Tensor image = positionEmbedding.reshape(1, grid, grid, d).permute(0, 3, 1, 2);
    return Ops.interpolate(image, rows, columns, Resampling.BICUBIC)
        .reshape(d, rows * columns)
        .swap(0, 1);
  }

  /// `pixels (B, 3, H, W) → (B, N, D)`, after `post_layernorm`.
  public Tensor lastHiddenState(Tensor pixels) {
    return normed(features(pixels));
  }

  private Tensor normed(Tensor features) {
    return Trace.record("vision.last_hidden_state", postLayernorm.forward(features));
  }

  /// The picture as one vector: `pixels (B, 3, H, W) → (B, D)`.
  ///
  /// @throws IllegalStateException if there is no pooling head
  public Tensor pooled(Tensor pixels) {
    return pool(features(pixels));
  }

  /// The picture whose `features` these are, as one vector: `(B, N, D) → (B, D)`.
  ///
  /// @throws IllegalStateException if there is no pooling head
  public Tensor pool(Tensor features) {
    PoolingHead pooling =
        head.orElseThrow(
            () -> new IllegalStateException("SigLIP's vision tower has no pooling head"));
    return Trace.record("vision.pooler_output", pooling.forward(normed(features)));
  }

  /// One learned query attends to all patches, then `y + mlp(layernorm(y))`.
  ///
  /// @param probe `(1, 1, D)`
  /// @param inProjWeight `(3·D, D)`: rows of query, key, value
  /// @param inProjBias `(3·D)`
  public record PoolingHead(
      Tensor probe,
      Tensor inProjWeight,
      Tensor inProjBias,
      Linear outProj,
      LayerNorm layernorm,
      SiglipEncoder.Mlp mlp,
      int heads) {
    static PoolingHead load(Weights w, SiglipVisionConfig c) {
      int d = c.hiddenSize();
      Weights attention = w.at("attention");
      return new PoolingHead(
          w.get("probe", 1, 1, d),
          attention.get("in_proj_weight", 3 * d, d),
          attention.get("in_proj_bias", 3 * d),
          Linear.load(attention.at("out_proj"), d, d),
          LayerNorm.load(w.at("layernorm"), d, c.layerNormEps()),
          SiglipEncoder.Mlp.load(w.at("mlp"), c.encoder()),
          c.numAttentionHeads());
    }

    /// `(B, N, D) → (B, D)`
    Tensor forward(Tensor x) {
      int d = x.size(2);
      Tensor query = probe.expand(x.size(0), 1, d); // (B, 1, D)
      MultiHeadAttention attention =
          new MultiHeadAttention(part(0, d), part(1, d), part(2, d), outProj, heads);
      Tensor y = attention.forward(query, x);
      return y.add(mlp.forward(layernorm.forward(y))).reshape(x.size(0), d);
    }

    private Linear part(int index, int d) {
      return new Linear(
          inProjWeight.slice(0, index * d, (index + 1) * d),
          Optional.of(inProjBias.slice(0, index * d, (index + 1) * d)));
    }
  }
}
