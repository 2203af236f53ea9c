package dev.chrysalis.models.llama;

import dev.chrysalis.nn.Embedding;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.MultiHeadAttention;
import dev.chrysalis.nn.RmsNorm;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The LLaMA-3.1 language model: one forward pass for prompts, decoding and training.
///
/// `x = embed[ids]`; per layer `x += attention(rms(x))`, `x += mlp(rms(x))`; `h = rms(x)`; `logits
/// = head·h`. Grouped-query attention, rotary positions, SwiGLU, no biases. Dubey et al. 2024,
/// arXiv:2407.21783, table 3; tensor names as in the published checkpoints.
public record Llama(
    LlamaConfig config, Embedding embedTokens, List<Block> layers, RmsNorm norm, Linear lmHead) {

  /// @param w the root of the checkpoint: `model.*` and `lm_head.*`
  public static Llama load(Weights w, LlamaConfig c) {
    Weights model = w.at("model");
    Embedding embed = Embedding.load(model.at("embed_tokens"), c.vocabSize(), c.hiddenSize());
    List<Block> layers = new ArrayList<>();
    for (int i = 0; i < c.numHiddenLayers(); i++) {
      layers.add(Block.load(model.at("layers." + i), c, i));
    }
    RmsNorm norm = RmsNorm.load(model.at("norm"), c.hiddenSize(), c.rmsNormEps());
    Linear head =
        c.tieWordEmbeddings()
            ? new Linear(embed.weight(), Optional.empty())
            : Linear.loadWithoutBias(w.at("lm_head"), c.hiddenSize(), c.vocabSize());
    return new Llama(c, embed, List.copyOf(layers), norm, head);
  }

  /// Fresh weights: `N(0, initializer_range²)`, norms 1. Projections that write into the residual
  /// stream are divided by `√(2·layers)` (Radford et al. 2019, GPT-2, section 2.3).
  public static Initializer initializer(LlamaConfig c, String name, Shape shape) {
    if (name.endsWith("norm.weight")) {
      return Initializer.constant(1);
    }
    boolean residual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
    return Initializer.normal(
        c.initializerRange() / (residual ? Math.sqrt(2.0 * c.numHiddenLayers()) : 1));
  }

  /// `ids (B, T) → (B, T, D)`
  public Tensor embed(Tensor ids) {
    return embedTokens.forward(ids);
  }

  /// Hidden states after the final norm, without a cache: the way of training. `(B, T, D) → (B, T,
  /// D)`; right-padded rows need no mask, since no position sees what follows it.
  public Tensor hidden(Tensor embeddings) {
    Rope.Table rope = new Rope(config).table(0, embeddings.size(1));
    Tensor x = Trace.record("hidden.0", embeddings);
    for (Block layer : layers) {
      x = layer.forward(x, rope, Optional.empty());
    }
    return normed(x);
  }

  /// Hidden states after the final norm of positions that follow those in `cache`, which grows by
  /// them. `(B, T, D) → (B, T, D)`.
  public Tensor hidden(Tensor embeddings, KvCache cache) {
    int count = embeddings.size(1);
    Rope.Table rope = new Rope(config).table(cache.length(), count);
    Tensor x = Trace.record("hidden.0", embeddings);
    for (Block layer : layers) {
      x = layer.forward(x, rope, Optional.of(cache));
    }
    cache.advance(count);
    return normed(x);
  }

  private Tensor normed(Tensor x) {
    Trace.record("hidden.last_before_norm", x);
    return Trace.record("hidden." + layers.size(), norm.forward(x));
  }

  /// `(…, D) → (…, V)`
  public Tensor logits(Tensor hidden) {
    return lmHead.forward(hidden);
  }

  /// Logits of all positions; `ids (B, T) → (B, T, V)`.
  public Tensor forward(Tensor ids) {
    return logits(hidden(embed(ids)));
  }

  /// One layer.
  public record Block(
      int index, RmsNorm inputNorm, Attention attention, RmsNorm postAttentionNorm, Mlp mlp) {
    static Block load(Weights w, LlamaConfig c, int index) {
      return new Block(
          index,
          RmsNorm.load(w.at("input_layernorm"), c.hiddenSize(), c.rmsNormEps()),
          Attention.load(w.at("self_attn"), c),
          RmsNorm.load(w.at("post_attention_layernorm"), c.hiddenSize(), c.rmsNormEps()),
          Mlp.load(w.at("mlp"), c));
    }

    /// `(B, T, D) → (B, T, D)`
    Tensor forward(Tensor x, Rope.Table rope, Optional<KvCache> cache) {
      String scope = Trace.isOn() ? "layer" + index + "." : "";
      Tensor h = Trace.record(scope + "input_norm", inputNorm.forward(x));
      Tensor a = attention.forward(h, rope, cache.map(c -> new LayerCache(c, index)));
      x = x.add(Trace.record(scope + "attention", a));
      Tensor m = mlp.forward(postAttentionNorm.forward(x));
      x = x.add(Trace.record(scope + "mlp", m));
      return Trace.record("hidden." + (index + 1), x);
    }
  }

  private record LayerCache(KvCache cache, int layer) {}

  /// Grouped-query attention: query head `h` reads key/value head `h div (H/G)`.
  public record Attention(LlamaConfig config, Linear q, Linear k, Linear v, Linear o) {
    static Attention load(Weights w, LlamaConfig c) {
      int query = c.numAttentionHeads() * c.headDim();
      int kv = c.numKeyValueHeads() * c.headDim();
      return new Attention(
          c,
          Linear.loadWithoutBias(w.at("q_proj"), c.hiddenSize(), query),
          Linear.loadWithoutBias(w.at("k_proj"), c.hiddenSize(), kv),
          Linear.loadWithoutBias(w.at("v_proj"), c.hiddenSize(), kv),
          Linear.loadWithoutBias(w.at("o_proj"), query, c.hiddenSize()));
    }

    /// `(B, T, D) → (B, T, D)`
    private Tensor forward(Tensor x, Rope.Table rope, Optional<LayerCache> cache) {
      int groups = config.numKeyValueHeads();
      Tensor query =
          rope.rotate(
              MultiHeadAttention.splitHeads(
                  q.forward(x), config.numAttentionHeads())); // (B, H, T, d)
      Tensor key = rope.rotate(MultiHeadAttention.splitHeads(k.forward(x), groups)); // (B, G, T, d)
      Tensor value = MultiHeadAttention.splitHeads(v.forward(x), groups);
      KvCache.Past past =
          cache
              .map(c -> c.cache().append(c.layer(), key, value)) // both (B, G, S, d)
              .orElseGet(() -> new KvCache.Past(key, value));
      double scale = 1 / Math.sqrt(config.headDim());
      Tensor y =
          Ops.run(new Op.Attention(true, scale), query, past.keys(), past.values()); // (B, H, T, d)
      return o.forward(MultiHeadAttention.mergeHeads(y)); // (B, T, H·d) → (B, T, D)
    }
  }

  /// `down(silu(gate·x) ⊙ up·x)`. Shazeer 2020, arXiv:2002.05202.
  public record Mlp(Linear gate, Linear up, Linear down) {
    static Mlp load(Weights w, LlamaConfig c) {
      return new Mlp(
          Linear.loadWithoutBias(w.at("gate_proj"), c.hiddenSize(), c.intermediateSize()),
          Linear.loadWithoutBias(w.at("up_proj"), c.hiddenSize(), c.intermediateSize()),
          Linear.loadWithoutBias(w.at("down_proj"), c.intermediateSize(), c.hiddenSize()));
    }

    /// `(B, T, D) → (B, T, D)`
    Tensor forward(Tensor x) {
      return down.forward(Ops.run(new Op.SwiGlu(), gate.forward(x), up.forward(x)));
    }
  }
}
