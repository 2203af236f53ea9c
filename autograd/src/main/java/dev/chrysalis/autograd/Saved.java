package dev.chrysalis.autograd;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;

/// The values that an op's gradient will read, out of its inputs and outputs. Everything else may
/// be freed while the forward pass still runs.
final class Saved {
  private static final List<Tensor> NOTHING = List.of();

  private Saved() {}

  /// @param needed which inputs want a gradient
  static List<Tensor> of(Op op, List<Tensor> in, List<Tensor> out, List<Boolean> needed) {
    return switch (op) {
      case Op.Fill _, Op.Range _, Op.Random _ -> NOTHING;

      case Op.Unary(UnaryFn fn) -> unary(fn, in.get(0), out.get(0));
      case Op.Pow _, Op.Clamp _, Op.GeGlu _ -> in;
      case Op.Affine _, Op.Cast _, Op.Tril _ -> NOTHING;
      case Op.Binary(BinaryFn fn) -> binary(fn, in, needed);
      case Op.Where() -> in.subList(0, 1);
      case Op.SwiGlu() -> in;

      case Op.Reshape _, Op.Permute _, Op.Expand _, Op.Slice _, Op.Copy _ -> NOTHING;
      case Op.Cat _, Op.Pad _, Op.Sum _, Op.CumSum _ -> NOTHING;
      case Op.Max _ -> List.of(in.get(0), out.get(0));
      case Op.TopK _, Op.Sort _, Op.MaxPool2d _ -> out.subList(1, 2);

      case Op.MatMul _, Op.Linear _, Op.BlockLinear _ -> factors(in, needed);
      case Op.Conv2d _, Op.ConvTranspose2d _ -> factors(in, needed);
      case Op.AvgPool2d _, Op.Interpolate _ -> NOTHING;

      case Op.LayerNorm _ -> List.of(in.get(0), in.get(1), out.get(1), out.get(2));
      case Op.RmsNorm _ -> List.of(in.get(0), in.get(1), out.get(1));
      case Op.GroupNorm _ -> List.of(in.get(0), in.get(1), in.get(2), out.get(1), out.get(2));
      case Op.L2Normalize _ -> in;

      case Op.Softmax _, Op.LogSoftmax _ -> out;
      case Op.LogSumExp _ -> List.of(in.get(0), out.get(0));
      case Op.CrossEntropy _ -> List.of(in.get(0), in.get(1), out.get(1));
      case Op.Attention _ -> joined(in, out);
      case Op.Rope _ -> needed.get(1) || needed.get(2) ? in : in.subList(1, 3);

      case Op.Embedding _, Op.IndexSelect _, Op.Gather _ -> in.subList(1, 2);
      case Op.IndexAdd _, Op.ScatterAdd _ -> in.subList(1, 2);

      case Op.Compare _, Op.ArgMax _, Op.Dequantize _, Op.AdamW _ -> NOTHING;
      case Op.UnaryGrad _, Op.SwiGluGrad _, Op.GeGluGrad _, Op.SliceGrad _ -> NOTHING;
      case Op.Conv2dInputGrad _, Op.Conv2dWeightGrad _ -> NOTHING;
      case Op.AvgPool2dGrad _, Op.MaxPool2dGrad _ -> NOTHING;
      case Op.LayerNormGrad _, Op.RmsNormGrad _, Op.GroupNormGrad _ -> NOTHING;
      case Op.L2NormalizeGrad _, Op.SoftmaxGrad _, Op.LogSoftmaxGrad _ -> NOTHING;
      case Op.CrossEntropyGrad _, Op.AttentionGrad _, Op.EmbeddingGrad _ -> NOTHING;
      case Op.InterpolateGrad _ -> NOTHING;
    };
  }

  private static List<Tensor> unary(UnaryFn fn, Tensor x, Tensor y) {
    if (ElementGradients.hasConstantDerivative(fn)) {
      return NOTHING;
    }
    return List.of(fn.derivativeReadsOutput() ? y : x);
  }

  private static List<Tensor> binary(BinaryFn fn, List<Tensor> in, List<Boolean> needed) {
    return switch (fn) {
      case ADD, SUB -> NOTHING;
      case MUL -> factors(in, needed);
      case DIV -> needed.get(1) ? in : in.subList(1, 2);
      case MAX, MIN -> in;
    };
  }

  /// Of a product of the first two inputs: each factor, if the other one needs its gradient.
  private static List<Tensor> factors(List<Tensor> in, List<Boolean> needed) {
    List<Tensor> saved = new ArrayList<>();
    if (needed.get(1)) {
      saved.add(in.get(0));
    }
    if (needed.get(0)) {
      saved.add(in.get(1));
    }
    return saved;
  }

  private static List<Tensor> joined(List<Tensor> in, List<Tensor> out) {
    List<Tensor> saved = new ArrayList<>(in);
    saved.addAll(out);
    return saved;
  }
}
