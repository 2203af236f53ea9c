package dev.chrysalis.nn;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// `out(concat_h softmax(q_h·k_hᵀ / √d)·v_h)` with `q = Wq·x`, `k = Wk·context`, `v = Wv·context`.
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.2. Self-attention when `context` is `x`.
public record MultiHeadAttention(Linear q, Linear k, Linear v, Linear out, int heads) {
  /// `x (B, T, D), context (B, S, C) → (B, T, D)`
  public Tensor forward(Tensor x, Tensor context) {
    Tensor y =
        Ops.attention(
            splitHeads(q.forward(x), heads), // (B, H, T, d)
            splitHeads(k.forward(context), heads), // (B, H, S, d)
            splitHeads(v.forward(context), heads),
            false);
    return out.forward(mergeHeads(y));
  }

  /// `(B, T, H·d) → (B, H, T, d)`
  public static Tensor splitHeads(Tensor x, int heads) {
    return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).swap(1, 2);
  }

  /// `(B, H, T, d) → (B, T, H·d)`
  public static Tensor mergeHeads(Tensor x) {
    return x.swap(1, 2).reshape(x.size(0), x.size(2), x.size(1) * x.size(3));
  }
}
