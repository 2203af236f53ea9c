package dev.chrysalis.models.siglip;

import dev.chrysalis.nn.Embedding;
import dev.chrysalis.nn.LayerNorm;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;

/// The text tower of SigLIP: the vision tower's blocks without any mask, then the last position
/// through a linear layer.
///
/// @param positionEmbedding `(max positions, D)`
public record SiglipText(
    SiglipTextConfig config,
    Embedding tokenEmbedding,
    Tensor positionEmbedding,
    SiglipEncoder encoder,
    LayerNorm finalLayerNorm,
    Linear head) {

  /// @param w scoped to `text_model`
  public static SiglipText load(Weights w, SiglipTextConfig c) {
    Weights embeddings = w.at("embeddings");
    int d = c.hiddenSize();
    return new SiglipText(
        c,
        Embedding.load(embeddings.at("token_embedding"), c.vocabSize(), d),
        embeddings.at("position_embedding").get("weight", c.maxPositionEmbeddings(), d),
        SiglipEncoder.load(w.at("encoder"), c.encoder()),
        LayerNorm.load(w.at("final_layer_norm"), d, c.layerNormEps()),
        Linear.load(w.at("head"), d, c.projectionSize()));
  }

  /// `ids (B, T) → (B, T, D)`, after the final norm.
  public Tensor lastHiddenState(Tensor ids) {
    int length = ids.size(1);
    if (length > config.maxPositionEmbeddings()) {
      throw new ShapeException(
          "siglip text: got %d tokens, at most %d fit"
              .formatted(length, config.maxPositionEmbeddings()));
    }
    Tensor x = tokenEmbedding.forward(ids).add(positionEmbedding.slice(0, 0, length));
    Tensor hidden = encoder.forward(Trace.record("text.embeddings", x), "text");
    return Trace.record("text.last_hidden_state", finalLayerNorm.forward(hidden));
  }

  /// The text as one vector: `ids (B, T) → (B, projection)`, read at the last position.
  public Tensor pooled(Tensor ids) {
    Tensor last = lastHiddenState(ids).select(1, -1); // (B, D)
    return Trace.record("text.pooler_output", head.forward(last));
  }
}
