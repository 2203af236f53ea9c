package dev.chrysalis.models.siglip;

import dev.chrysalis.nn.Activation;
import dev.chrysalis.nn.LayerNorm;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.MultiHeadAttention;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Pre-norm transformer blocks without any mask: `x += attention(ln1(x))`, `x += mlp(ln2(x))`.
/// Dosovitskiy et al. 2021, arXiv:2010.11929, eq. 2-3.
public record SiglipEncoder(List<Block> layers) {
  static SiglipEncoder load(Weights w, EncoderShape c) {
    List<Block> layers = new ArrayList<>();
    for (int i = 0; i < c.numHiddenLayers(); i++) {
      layers.add(Block.load(w.at("layers." + i), c));
    }
    return new SiglipEncoder(List.copyOf(layers));
  }

  /// `(B, N, D) → (B, N, D)`, the output of the last block.
  ///
  /// @param scope where a trace finds the values: `SCOPE.hidden.i`
  Tensor forward(Tensor x, String scope) {
    Trace.record(scope + ".hidden.0", x);
    for (int i = 0; i < layers.size(); i++) {
      x = Trace.record(scope + ".hidden." + (i + 1), layers.get(i).forward(x));
    }
    return x;
  }

  /// One block.
  public record Block(LayerNorm norm1, MultiHeadAttention attention, LayerNorm norm2, Mlp mlp) {
    static Block load(Weights w, EncoderShape c) {
      Weights a = w.at("self_attn");
      int d = c.hiddenSize();
      return new Block(
          LayerNorm.load(w.at("layer_norm1"), d, c.layerNormEps()),
          new MultiHeadAttention(
              Linear.load(a.at("q_proj"), d, d),
              Linear.load(a.at("k_proj"), d, d),
              Linear.load(a.at("v_proj"), d, d),
              Linear.load(a.at("out_proj"), d, d),
              c.numAttentionHeads()),
          LayerNorm.load(w.at("layer_norm2"), d, c.layerNormEps()),
          Mlp.load(w.at("mlp"), c));
    }

    Tensor forward(Tensor x) {
      Tensor h = norm1.forward(x);
      x = x.add(attention.forward(h, h));
      return x.add(mlp.forward(norm2.forward(x)));
    }
  }

  /// `fc2(act(fc1(x)))`
  public record Mlp(Linear fc1, Activation act, Linear fc2) {
    static Mlp load(Weights w, EncoderShape c) {
      return new Mlp(
          Linear.load(w.at("fc1"), c.hiddenSize(), c.intermediateSize()),
          Activation.named(c.hiddenAct()),
          Linear.load(w.at("fc2"), c.intermediateSize(), c.hiddenSize()));
    }

    Tensor forward(Tensor x) {
      return fc2.forward(act.forward(fc1.forward(x)));
    }
  }
}
