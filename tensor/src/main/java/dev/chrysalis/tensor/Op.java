package dev.chrysalis.tensor;

import java.util.List;

/// All ops. `ShapeRules`, the gradients of `autograd` and every backend switch over this interface
/// without a default: a new op compiles once all of them answer for it.
///
/// `in → out` below lists tensors in the order in which they are given and returned. Ops whose name
/// ends in `Grad` are vector-Jacobian products of the op they are named after; they have no
/// gradient themselves. `dy` is the gradient of the loss with respect to the output `y`.
public sealed interface Op {

  // ---- values from nothing ----

  /// `→ y`, every element `value`.
  record Fill(TensorType type, double value) implements Op {}

  /// `→ y (n)`, `y_i = start + i·step`.
  record Range(DType dtype, int count, double start, double step) implements Op {}

  /// `→ y`, numbers of the counter-based generator Philox4x32-10 (Salmon et al. 2011, "Parallel
  /// random numbers: as easy as 1, 2, 3"): element `i` is a pure function of `(seed, stream, i)`.
  record Random(TensorType type, Distribution distribution, long seed, long stream) implements Op {
    /// What the numbers follow.
    public enum Distribution {
      /// Uniform in `[0, 1)`, 24 bits.
      UNIFORM,
      /// Mean 0, deviation 1, by Box and Muller.
      NORMAL
    }
  }

  // ---- element by element ----

  /// `x → y = f(x)`
  record Unary(UnaryFn fn) implements Op {}

  /// `x, y, dy → dx = f'(x) ⊙ dy`, with `y = f(x)`. Only one of `x` and `y` is read, see
  /// `UnaryFn.derivativeReadsOutput`; the other may hold anything.
  record UnaryGrad(UnaryFn fn) implements Op {}

  /// `x → y = x^exponent`
  record Pow(double exponent) implements Op {}

  /// `x → y = scale·x + shift`
  record Affine(double scale, double shift) implements Op {}

  /// `x → y = min(max(x, min), max)`
  record Clamp(double min, double max) implements Op {}

  /// `a, b → y = f(a, b)`; shapes broadcast.
  record Binary(BinaryFn fn) implements Op {}

  /// `a, b → y` of BOOL; shapes broadcast.
  record Compare(Comparison relation) implements Op {}

  /// `condition, a, b → y = condition ? a : b`; condition is BOOL or U8; shapes broadcast.
  record Where() implements Op {}

  /// `x → y` in another dtype. Floats round to nearest, ties to even; floats become integers by
  /// truncation.
  record Cast(DType dtype) implements Op {}

  /// `gate, up → y = silu(gate) ⊙ up`. Shazeer 2020, arXiv:2002.05202.
  record SwiGlu() implements Op {}

  /// `gate, up, dy → dgate, dup`
  record SwiGluGrad() implements Op {}

  /// `x (…, 2n) → y (…, n) = a ⊙ gelu(b)`, `a`, `b` the halves of the last axis. Shazeer 2020,
  /// arXiv:2002.05202.
  record GeGlu() implements Op {}

  /// `x, dy → dx`
  record GeGluGrad() implements Op {}

  /// `x (…, m, n) → y`, zero where `column − row > diagonal`.
  record Tril(int diagonal) implements Op {}

  // ---- views: the output shares the input's memory ----

  /// `x → y` of `shape`, elements in row-major order; copies only when `x` is strided so that no
  /// view exists.
  record Reshape(Shape shape) implements Op {}

  /// `x → y`, axis `i` of `y` is axis `axes[i]` of `x`.
  record Permute(List<Integer> axes) implements Op {}

  /// `x → y` of `shape`: axes of size 1 repeat, new axes may come in front.
  record Expand(Shape shape) implements Op {}

  /// `x → y`, indices `start, start + step, … < stop` of every axis; `step ≥ 1`.
  record Slice(List<Integer> starts, List<Integer> stops, List<Integer> steps) implements Op {}

  // ---- moving data ----

  /// `x → y` with the same values, row-major.
  record Copy() implements Op {}

  /// `dy → dx` of `shape`: zeros, with `dy` at the places that `Slice` read.
  record SliceGrad(Shape shape, List<Integer> starts, List<Integer> steps) implements Op {}

  /// `x_0, x_1, … → y`, joined along `axis`.
  record Cat(int axis) implements Op {}

  /// `x → y` with `value` around it: `before[i]` and `after[i]` elements on axis `i`.
  record Pad(List<Integer> before, List<Integer> after, double value) implements Op {}

  /// `x (…, bytes) U8 → y (…, k)` of F32: rows stored in blocks, spelled out.
  record Dequantize(BlockFormat format) implements Op {}

  // ---- reductions; negative axes count from the end, here and below ----

  /// `x → y = Σ x` over `axes`, which stay with size 1 or go; floats, I64 or I32, in that dtype.
  record Sum(List<Integer> axes, boolean keepDims) implements Op {}

  /// `x → y = max x` over `axes`.
  record Max(List<Integer> axes, boolean keepDims) implements Op {}

  /// `x → y` of I64: the first index of the maximum along `axis`.
  record ArgMax(int axis, boolean keepDims) implements Op {}

  /// `x → values, indices (I64)`: the `k` largest along `axis`, in falling order, earlier index
  /// first among equals.
  record TopK(int axis, int k) implements Op {}

  /// `x → values, indices (I64)`, stable; NaN is larger than everything.
  record Sort(int axis, boolean descending) implements Op {}

  /// `x → y`, `y_i = Σ_{j ≤ i} x_j` along `axis`; from the end if `reverse`.
  record CumSum(int axis, boolean reverse) implements Op {}

  // ---- products ----

  /// `a (…, m, k), b (…, k, n) → y (…, m, n)`, with the last two axes of `a` or `b` swapped first
  /// if so flagged; leading axes broadcast. Accumulates in f32 (f64 for F64).
  record MatMul(boolean transposeA, boolean transposeB) implements Op {}

  /// `x (…, k), w (n, k)[, bias (n)] → y (…, n) = x·wᵀ + bias`; `w` may be F16 or BF16 where the
  /// rest is F32.
  record Linear() implements Op {}

  /// `x (…, k) F32, w (n, bytes) U8[, bias (n)] → y (…, n) = x·wᵀ + bias`, the rows of `w` stored
  /// in blocks.
  record BlockLinear(BlockFormat format) implements Op {}

  /// `x (B, C, H, W), w (O, C/groups, kh, kw)[, bias (O)] → y (B, O, H', W')`, cross-correlation.
  record Conv2d(Conv2dSpec spec) implements Op {}

  /// `dy (B, O, H', W'), w (O, C/groups, kh, kw) → dx (B, C, height, width)`
  record Conv2dInputGrad(Conv2dSpec spec, int height, int width) implements Op {}

  /// `x (B, C, H, W), dy (B, O, H', W') → dw (O, C/groups, kernelH, kernelW)`
  record Conv2dWeightGrad(Conv2dSpec spec, int kernelH, int kernelW) implements Op {}

  /// `x (B, C, H, W), w (C, O/groups, kh, kw)[, bias (O)] → y (B, O, H', W')`, `H' = (H−1)·stride −
  /// pads + dilation·(kh−1) + outputPadding + 1`: the adjoint of `Conv2d`.
  record ConvTranspose2d(Conv2dSpec spec, int outputPadH, int outputPadW) implements Op {}

  /// `x (B, C, H, W) → y`, mean of windows without padding.
  record AvgPool2d(int kernelH, int kernelW, int strideH, int strideW) implements Op {}

  /// `dy → dx (B, C, height, width)`
  record AvgPool2dGrad(AvgPool2d forward, int height, int width) implements Op {}

  /// `x (B, C, H, W) → y, indices (I64, into H·W of the channel's plane)`, maximum of windows.
  record MaxPool2d(int kernelH, int kernelW, int strideH, int strideW, int padH, int padW)
      implements Op {}

  /// `dy, indices → dx (B, C, height, width)`
  record MaxPool2dGrad(int height, int width) implements Op {}

  // ---- normalisation ----

  /// `x (…, D), w (D), bias (D) → y, mean (…), rstd (…)`, `y = (x − mean)·rstd·w + bias`, `rstd =
  /// 1/√(var + eps)`, biased variance. Ba et al. 2016, arXiv:1607.06450.
  record LayerNorm(double eps) implements Op {}

  /// `x, w, mean, rstd, dy → dx, dw, dbias`
  record LayerNormGrad() implements Op {}

  /// `x (…, D), w (D) → y, rstd (…)`, `y = x·rstd·w`, `rstd = 1/√(mean(x²) + eps)`. Zhang &
  /// Sennrich 2019, arXiv:1910.07467, eq. 4.
  record RmsNorm(double eps) implements Op {}

  /// `x, w, rstd, dy → dx, dw`
  record RmsNormGrad() implements Op {}

  /// `x (B, C, …), w (C), bias (C) → y, mean (B, groups), rstd (B, groups)`, then `silu` if so
  /// flagged. Wu & He 2018, arXiv:1803.08494.
  record GroupNorm(int groups, double eps, boolean silu) implements Op {}

  /// `x, w, bias, mean, rstd, dy → dx, dw, dbias`
  record GroupNormGrad(int groups, boolean silu) implements Op {}

  /// `x → y = x / max(‖x‖₂, eps)` along `axis`.
  record L2Normalize(int axis, double eps) implements Op {}

  /// `x, dy → dx`
  record L2NormalizeGrad(int axis, double eps) implements Op {}

  // ---- softmax and losses ----

  /// `x → y_i = exp(x_i − max x) / Σ_j exp(x_j − max x)` along `axis`.
  record Softmax(int axis) implements Op {}

  /// `y, dy → dx = y ⊙ (dy − Σ y⊙dy)`
  record SoftmaxGrad(int axis) implements Op {}

  /// `x → y = x − logsumexp(x)` along `axis`.
  record LogSoftmax(int axis) implements Op {}

  /// `y, dy → dx = dy − exp(y)·Σ dy`
  record LogSoftmaxGrad(int axis) implements Op {}

  /// `x → y = log Σ exp(x)` along `axis`, which stays with size 1 or goes.
  record LogSumExp(int axis, boolean keepDims) implements Op {}

  /// `logits (N, V), target (N, I64 or I32) → loss (), logsumexp (N)`; targets equal to
  /// `ignoreIndex` do not count.
  ///
  /// `loss = reduce_n [(1 − s)·(lse_n − x_{n,target}) + s·(lse_n − mean_v x_{n,v})]`, `s` the label
  /// smoothing. The mean over no targets at all is 0.
  record CrossEntropy(int ignoreIndex, Reduction reduction, double labelSmoothing) implements Op {}

  /// `logits, target, logsumexp, dloss → dlogits`
  record CrossEntropyGrad(CrossEntropy forward) implements Op {}

  // ---- attention ----

  /// `q (B, H, T, d), k (B, G, S, d), v (B, G, S, e)[, mask] → y (B, H, T, e), lse (B, H, T)`:
  /// `softmax(scale·q·kᵀ + mask)·v` with an online softmax; query head `h` reads key/value head `h
  /// div (H/G)`.
  ///
  /// `causal`: query `t` sees keys `0 … t + S − T`. The mask broadcasts to `(B, H, T, S)`: BOOL or
  /// U8 with 1 = may attend, or floats that are added. A query that may attend to nothing gives
  /// zeros. Dao et al. 2022, arXiv:2205.14135.
  record Attention(boolean causal, double scale) implements Op {}

  /// `q, k, v[, mask], y, lse, dy → dq, dk, dv[, dmask]`, `dmask` only if `maskGrad`.
  record AttentionGrad(boolean causal, double scale, boolean hasMask, boolean maskGrad)
      implements Op {}

  /// `x (B, H, T, d), cos (T, d/2), sin (T, d/2) → y`: rotates the pairs `(x_i, x_{i+d/2})`, `y_i =
  /// x_i·cos_i − x_{i+d/2}·sin_i`, `y_{i+d/2} = x_{i+d/2}·cos_i + x_i·sin_i`; backwards if
  /// `inverse`. Su et al. 2021, arXiv:2104.09864; halves as in Hugging Face checkpoints.
  record Rope(boolean inverse) implements Op {}

  // ---- indexing ----

  /// `table (V, D), ids (…, I64 or I32) → y (…, D)`
  record Embedding() implements Op {}

  /// `ids, dy → dtable (rows, D)`; rows of repeated ids add up.
  record EmbeddingGrad(int rows) implements Op {}

  /// `x, index (n) → y`, the named indices of `axis` in order.
  record IndexSelect(int axis) implements Op {}

  /// `x, index (n), source → y = x` with the slices of `source` added at `index` along `axis`.
  record IndexAdd(int axis) implements Op {}

  /// `x, index → y` of the shape of `index`: `y[…, i, …] = x[…, index[…, i, …], …]` along `axis`.
  record Gather(int axis) implements Op {}

  /// `x, index, source → y = x`, then `y[…, index[…, i, …], …] += source[…, i, …]` along `axis`.
  record ScatterAdd(int axis) implements Op {}

  // ---- pictures ----

  /// `x (B, C, H, W) → y (B, C, height, width)`
  record Interpolate(int height, int width, Resampling resampling) implements Op {}

  /// `dy → dx (B, C, height, width)`, the adjoint of an interpolation from that size.
  record InterpolateGrad(int height, int width, Resampling resampling) implements Op {}

  // ---- in place; see `Ops.update` ----

  /// `p, g, m, v → p, m, v`, written over: `p ← p·(1 − lr·weightDecay)`, `m ← β₁m + (1−β₁)g`, `v ←
  /// β₂v + (1−β₂)g²`, `p ← p − lr·m̂ / (√v̂ + eps)` with `m̂ = m/(1−β₁^step)`, `v̂ =
  /// v/(1−β₂^step)`; step counts from 1. Loshchilov & Hutter 2019, arXiv:1711.05101.
  record AdamW(
      double learningRate, double beta1, double beta2, double eps, double weightDecay, int step)
      implements Op {}
}
