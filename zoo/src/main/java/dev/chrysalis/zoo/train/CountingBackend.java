package dev.chrysalis.zoo.train;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.atomic.LongAdder;

/// A backend that counts the floating-point operations of another: two for each multiply-add of
/// matrix products, convolutions and attention. Ops that move or touch each element once are not
/// counted.
public final class CountingBackend implements Backend {
  private final Backend backend;
  private final LongAdder flops;

  public CountingBackend(Backend backend) {
    this(backend, new LongAdder());
  }

  private CountingBackend(Backend backend, LongAdder flops) {
    this.backend = backend;
    this.flops = flops;
  }

  /// Operations so far, those of `alone` included.
  public long flops() {
    return flops.sum();
  }

  @Override
  public Backend alone() {
    return new CountingBackend(backend.alone(), flops);
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public int priority() {
    return backend.priority();
  }

  @Override
  public boolean isAvailable() {
    return backend.isAvailable();
  }

  @Override
  public Storage allocate(long sizeBytes) {
    return backend.allocate(sizeBytes);
  }

  @Override
  public void reserve(long sizeBytes) {
    backend.reserve(sizeBytes);
  }

  @Override
  public void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    flops.add(count(op, inputs, outputs));
    backend.execute(op, inputs, outputs);
  }

  @Override
  public void finish() {
    backend.finish();
  }

  @Override
  public SortedMap<String, Long> variants() {
    return backend.variants();
  }

  @Override
  public String description() {
    return backend.description();
  }

  @Override
  public int threads() {
    return backend.threads();
  }

  /// Operations of one op.
  public static long count(Op op, List<Tensor> in, List<Tensor> out) {
    return switch (op) {
      case Op.MatMul(boolean transposeA, _) ->
          2 * out.getFirst().count() * in.get(0).size(transposeA ? -2 : -1);
      case Op.Linear(), Op.BlockLinear _ -> 2 * out.getFirst().count() * in.get(0).size(-1);
      case Op.Conv2d _ -> conv(out.getFirst().shape(), in.get(1).shape());
      case Op.Conv2dInputGrad _ -> conv(in.get(0).shape(), in.get(1).shape());
      case Op.Conv2dWeightGrad _ -> conv(in.get(1).shape(), out.getFirst().shape());
      case Op.ConvTranspose2d _ -> conv(in.get(0).shape(), in.get(1).shape().with(0, 1));
      case Op.Attention(boolean causal, _) -> attention(in, causal, 2);
      case Op.AttentionGrad grad -> attention(in, grad.causal(), 5);
      case Op.Fill _,
          Op.Range _,
          Op.Random _,
          Op.Unary _,
          Op.UnaryGrad _,
          Op.Pow _,
          Op.Affine _,
          Op.Clamp _,
          Op.Binary _,
          Op.Compare _,
          Op.Where _,
          Op.Cast _,
          Op.Dequantize _,
          Op.SwiGlu _,
          Op.SwiGluGrad _,
          Op.GeGlu _,
          Op.GeGluGrad _,
          Op.Tril _,
          Op.Reshape _,
          Op.Permute _,
          Op.Expand _,
          Op.Slice _,
          Op.Copy _,
          Op.SliceGrad _,
          Op.Cat _,
          Op.Pad _,
          Op.Sum _,
          Op.Max _,
          Op.ArgMax _,
          Op.TopK _,
          Op.Sort _,
          Op.CumSum _,
          Op.AvgPool2d _,
          Op.AvgPool2dGrad _,
          Op.MaxPool2d _,
          Op.MaxPool2dGrad _,
          Op.LayerNorm _,
          Op.LayerNormGrad _,
          Op.RmsNorm _,
          Op.RmsNormGrad _,
          Op.GroupNorm _,
          Op.GroupNormGrad _,
          Op.L2Normalize _,
          Op.L2NormalizeGrad _,
          Op.Softmax _,
          Op.SoftmaxGrad _,
          Op.LogSoftmax _,
          Op.LogSoftmaxGrad _,
          Op.LogSumExp _,
          Op.CrossEntropy _,
          Op.CrossEntropyGrad _,
          Op.Rope _,
          Op.Embedding _,
          Op.EmbeddingGrad _,
          Op.IndexSelect _,
          Op.IndexAdd _,
          Op.Gather _,
          Op.ScatterAdd _,
          Op.Interpolate _,
          Op.InterpolateGrad _,
          Op.AdamW _ ->
          0;
    };
  }

  /// @param dense the shape on the side of the output channels
  private static long conv(Shape dense, Shape weight) {
    return 2 * dense.count() * weight.size(1) * weight.size(2) * weight.size(3);
  }

  /// @param products matrix products over queries and keys
  private static long attention(List<Tensor> in, boolean causal, int products) {
    Shape q = in.get(0).shape();
    long pairs = (long) q.size(0) * q.size(1) * q.size(2) * in.get(1).size(2);
    return 2 * products * pairs * q.size(3) / (causal ? 2 : 1);
  }
}
