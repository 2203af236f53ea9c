package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.GroupNorm;
import dev.chrysalis.nn.LayerNorm;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.MultiHeadAttention;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;

/// One transformer block over the pixels of a feature map: norm, projection in, block, projection
/// out, plus the input.
///
/// Rombach et al. 2022, arXiv:2112.10752, section 3.3 and appendix E.2.1; names as in Stable
/// Diffusion checkpoints.
///
/// @param name of the module, for traces
/// @param norm eps 1e-6, unlike the residual blocks
public record SpatialTransformer(
    String name, GroupNorm norm, Projection projIn, Block block, Projection projOut) {
  private static final double NORM_EPS = 1e-6;
  private static final double LAYER_NORM_EPS = 1e-5;

  /// @param w scoped to `name`
  static SpatialTransformer load(Weights w, String name, UNetConfig c, int channels, int heads) {
    return new SpatialTransformer(
        name,
        GroupNorm.load(w.at("norm"), c.normNumGroups(), channels, NORM_EPS),
        Projection.load(w.at("proj_in"), channels, c.useLinearProjection()),
        Block.load(w.at("transformer_blocks.0"), channels, c.crossAttentionDim(), heads),
        Projection.load(w.at("proj_out"), channels, c.useLinearProjection()));
  }

  /// `x (B, C, H, W), context (B, S, D) → (B, C, H, W)`
  Tensor forward(Tensor x, Tensor context) {
    return Memory.scoped(() -> {
      int batch = x.size(0);
      int channels = x.size(1);
      Tensor tokens = norm.forward(x).reshape(batch, channels, -1).swap(1, 2); // (B, N, C)
      Tensor y = block.forward(projIn.forward(tokens), context);
      Trace.record(name + ".transformer_blocks.0", y);
      Tensor back = projOut.forward(y).swap(1, 2); // (B, C, N)
      return x.add(back.reshape(batch, channels, x.size(2), x.size(3)));
    });
  }

  /// A 1 × 1 convolution, applied to tokens as the matrix that it is.
  ///
  /// @param weight `(C, C, 1, 1)` or `(C, C)`, as the file has it
  public record Projection(Tensor weight, Tensor bias) {
    static Projection load(Weights w, int channels, boolean matrix) {
      return new Projection(
          matrix ? w.get("weight", channels, channels) : w.get("weight", channels, channels, 1, 1),
          w.get("bias", channels));
    }

    /// `(B, N, C) → (B, N, C)`
    Tensor forward(Tensor x) {
      return Ops.linear(x, weight.reshape(weight.size(0), weight.size(1)), bias);
    }
  }

  /// `x += attn1(norm1(x))`, `x += attn2(norm2(x), context)`, `x += ff(norm3(x))`, with `ff`
  /// linear, `a ⊙ gelu(b)`, linear.
  public record Block(
      LayerNorm norm1,
      MultiHeadAttention attn1,
      LayerNorm norm2,
      MultiHeadAttention attn2,
      LayerNorm norm3,
      Linear ffIn,
      Linear ffOut) {
    static Block load(Weights w, int channels, int contextDim, int heads) {
      Weights net = w.at("ff.net");
      return new Block(
          LayerNorm.load(w.at("norm1"), channels, LAYER_NORM_EPS),
          attention(w.at("attn1"), channels, channels, heads),
          LayerNorm.load(w.at("norm2"), channels, LAYER_NORM_EPS),
          attention(w.at("attn2"), channels, contextDim, heads),
          LayerNorm.load(w.at("norm3"), channels, LAYER_NORM_EPS),
          Linear.load(net.at("0.proj"), channels, 8 * channels),
          Linear.load(net.at("2"), 4 * channels, channels));
    }

    private static MultiHeadAttention attention(Weights w, int dim, int contextDim, int heads) {
      return new MultiHeadAttention(
          Linear.loadWithoutBias(w.at("to_q"), dim, dim),
          Linear.loadWithoutBias(w.at("to_k"), contextDim, dim),
          Linear.loadWithoutBias(w.at("to_v"), contextDim, dim),
          Linear.load(w.at("to_out.0"), dim, dim),
          heads);
    }

    /// `x (B, N, C), context (B, S, D) → (B, N, C)`
    Tensor forward(Tensor x, Tensor context) {
      Tensor a = Memory.scoped(() -> attendToItself(x));
      Tensor b = Memory.scoped(() -> a.add(attn2.forward(norm2.forward(a), context)));
      return Memory.scoped(() -> {
        Tensor gated = Ops.run(new Op.GeGlu(), ffIn.forward(norm3.forward(b))); // (B, N, 4·C)
        return b.add(ffOut.forward(gated));
      });
    }

    private Tensor attendToItself(Tensor x) {
      Tensor h = norm1.forward(x);
      return x.add(attn1.forward(h, h));
    }
  }
}
