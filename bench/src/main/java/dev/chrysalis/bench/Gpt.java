package dev.chrysalis.bench;

import dev.chrysalis.nn.Embedding;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.LayerNorm;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.MultiHeadAttention;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;

/// A small GPT to measure training with: learned positions, pre-norm blocks `x +=
/// attention(ln1(x))`, `x += mlp(ln2(x))` with a GELU of four times the width, and the embedding
/// table as output matrix. Radford et al. 2019, GPT-2.
///
/// @param wte `(V, D)` words
/// @param wpe `(T, D)` positions
record Gpt(Config config, Embedding wte, Embedding wpe, List<Block> blocks, LayerNorm lnF) {
  private static final double EPS = 1e-5;
  private static final int NO_TARGET = -100;

  /// Sizes.
  ///
  /// @param tokens context length
  record Config(int layers, int width, int heads, int tokens, int vocab) {
    Config {
      if (layers < 1 || heads < 1 || width < 1 || tokens < 1 || vocab < 1 || width % heads != 0) {
        throw new IllegalArgumentException(
            "gpt: got layers %d, width %d, heads %d, tokens %d, vocab %d, need 1 or more of each and a width that heads divides"
                .formatted(layers, width, heads, tokens, vocab));
      }
    }
  }

  static Gpt load(Weights w, Config c) {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < c.layers(); i++) {
      blocks.add(Block.load(w.at("h." + i), c));
    }
    return new Gpt(
        c,
        Embedding.load(w.at("wte"), c.vocab(), c.width()),
        Embedding.load(w.at("wpe"), c.tokens(), c.width()),
        List.copyOf(blocks),
        LayerNorm.load(w.at("ln_f"), c.width(), EPS));
  }

  /// `N(0, 0.02²)`, divided by `√(2·layers)` where a projection writes into the residual stream;
  /// biases 0, norms 1.
  static Initializer initializer(Config c, String name, Shape shape) {
    if (name.endsWith("bias")) {
      return Initializer.constant(0);
    }
    if (shape.rank() == 1) {
      return Initializer.constant(1);
    }
    boolean residual = name.endsWith("c_proj.weight");
    return Initializer.normal(0.02 / (residual ? Math.sqrt(2.0 * c.layers()) : 1));
  }

  /// Mean cross-entropy of the next word; `ids (B, T), targets (B, T) → ()`.
  Tensor loss(Tensor ids, Tensor targets) {
    Tensor x = wte.forward(ids).add(wpe.weight().dense().slice(0, 0, ids.size(1))); // (B, T, D)
    for (Block block : blocks) {
      x = block.forward(x);
    }
    Tensor logits = wte.weight().times(lnF.forward(x)); // (B, T, V)
    return Ops.crossEntropy(logits.reshape(-1, config.vocab()), targets.reshape(-1), NO_TARGET);
  }

  /// One layer.
  record Block(
      int heads,
      LayerNorm ln1,
      Linear q,
      Linear k,
      Linear v,
      Linear attentionOut,
      LayerNorm ln2,
      Linear fc,
      Linear mlpOut) {
    private static Block load(Weights w, Config c) {
      int d = c.width();
      return new Block(
          c.heads(),
          LayerNorm.load(w.at("ln_1"), d, EPS),
          Linear.load(w.at("attn.q"), d, d),
          Linear.load(w.at("attn.k"), d, d),
          Linear.load(w.at("attn.v"), d, d),
          Linear.load(w.at("attn.c_proj"), d, d),
          LayerNorm.load(w.at("ln_2"), d, EPS),
          Linear.load(w.at("mlp.c_fc"), d, 4 * d),
          Linear.load(w.at("mlp.c_proj"), 4 * d, d));
    }

    /// `(B, T, D) → (B, T, D)`
    private Tensor forward(Tensor x) {
      Tensor h = ln1.forward(x);
      Tensor y =
          Ops.attention(
              MultiHeadAttention.splitHeads(q.forward(h), heads), // (B, H, T, d)
              MultiHeadAttention.splitHeads(k.forward(h), heads),
              MultiHeadAttention.splitHeads(v.forward(h), heads),
              true);
      x = x.add(attentionOut.forward(MultiHeadAttention.mergeHeads(y)));
      Tensor wide = fc.forward(ln2.forward(x)).unary(UnaryFn.GELU); // (B, T, 4·D)
      return x.add(mlpOut.forward(wide));
    }
  }
}
