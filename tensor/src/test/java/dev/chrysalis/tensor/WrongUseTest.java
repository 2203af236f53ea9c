package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Wrong uses of ops: each is refused before anything is computed, in words that name the op and
/// what it got.
final class WrongUseTest {
  /// @param parts what the message begins with, and what else it has to say
  record Wrong(Class<? extends RuntimeException> type, Executable use, String... parts) {
    @Override
    public String toString() {
      return String.join(" … ", parts);
    }
  }

  private static Tensor f32(int... sizes) {
    return Tensor.zeros(DType.F32, sizes);
  }

  private static Tensor f64(int... sizes) {
    return Tensor.zeros(DType.F64, sizes);
  }

  private static Tensor i64(int... sizes) {
    return Tensor.zeros(DType.I64, sizes);
  }

  private static Wrong shape(Executable use, String... parts) {
    return new Wrong(ShapeException.class, use, parts);
  }

  private static Wrong dtype(Executable use, String... parts) {
    return new Wrong(DTypeException.class, use, parts);
  }

  static List<Wrong> elements() {
    return List.of(
        shape(() -> f32(2, 3).add(f32(2)), "ADD: ", "(2, 3)", "(2)"),
        shape(() -> f32(4, 3).mul(f32(2, 3)), "MUL: ", "(4, 3)", "(2, 3)"),
        dtype(() -> f32(2).div(f64(2)), "DIV: ", "F32(2)", "F64(2)"),
        dtype(() -> i64(2).exp(), "EXP: ", "I64(2)"),
        dtype(() -> i64(2).pow(2), "pow: ", "I64(2)"),
        shape(() -> Ops.run(new Op.Compare(Comparison.LT), f32(2), f32(3)), "LT: ", "(2)", "(3)"),
        dtype(() -> Ops.where(f32(2), f32(2), f32(2)), "where: ", "BOOL or U8", "F32(2)"),
        dtype(() -> Ops.where(bool(2), f32(2), f64(2)), "where: ", "F32(2)", "F64(2)"),
        shape(() -> Ops.where(bool(3), f32(2), f32(2)), "where: ", "(3)", "(2)"),
        shape(() -> Ops.run(new Op.SwiGlu(), f32(2), f32(3)), "swiglu: ", "(2)", "(3)"),
        shape(() -> Ops.run(new Op.GeGlu(), f32(2, 3)), "geglu: ", "(2, 3)"),
        shape(() -> Ops.run(new Op.Tril(0), f32(3)), "tril: ", "(3)"),
        shape(() -> Ops.run(new Op.Binary(BinaryFn.ADD), f32(3)), "ADD: ", "2 inputs", "F32(3)"),
        dtype(() -> Ops.normal(DType.I32, 1, 1, 2), "random: ", "I32(2)"));
  }

  private static Tensor bool(int... sizes) {
    return Tensor.zeros(DType.BOOL, sizes);
  }

  static List<Wrong> movement() {
    Tensor x = f32(2, 3);
    return List.of(
        shape(() -> x.reshape(4), "reshape: ", "(2, 3)", "(4)"),
        shape(() -> x.reshape(-1, 4), "reshape: ", "(2, 3)", "[-1, 4]"),
        shape(() -> x.reshape(-1, -1), "reshape: ", "(2, 3)", "[-1, -1]"),
        shape(() -> x.reshape(-1, 0), "reshape: ", "(2, 3)", "[-1, 0]"),
        shape(() -> x.permute(0), "permute: ", "[0]", "(2, 3)"),
        shape(() -> x.permute(0, 0), "permute: ", "[0, 0]", "(2, 3)"),
        shape(() -> x.permute(0, 2), "permute: ", "[0, 2]", "(2, 3)"),
        shape(() -> x.permute(0, -1), "permute: ", "[0, -1]", "(2, 3)"),
        shape(() -> x.swap(0, 2), "swap: ", "axis 2", "(2, 3)"),
        shape(() -> x.expand(2, 4), "expand: ", "(2, 3)", "(2, 4)"),
        shape(() -> x.expand(3), "expand: ", "(2, 3)", "(3)"),
        shape(() -> x.slice(2, 0, 1), "slice: ", "axis 2", "(2, 3)"),
        shape(() -> x.slice(1, 0, 4), "slice: ", "[0, 4)", "axis 1", "(2, 3)"),
        shape(() -> x.slice(1, -1, 2), "slice: ", "[-1, 2)", "(2, 3)"),
        shape(() -> x.slice(1, 2, 1), "slice: ", "[2, 1)", "(2, 3)"),
        shape(() -> x.select(1, 3), "select: ", "index 3", "(2, 3)"),
        shape(() -> x.select(1, -4), "select: ", "index -4", "(2, 3)"),
        shape(() -> x.select(-3, 0), "select: ", "axis -3", "(2, 3)"),
        shape(() -> x.squeeze(0), "squeeze: ", "axis 0", "(2, 3)"),
        shape(() -> x.squeeze(2), "squeeze: ", "axis 2", "(2, 3)"),
        shape(() -> x.unsqueeze(3), "unsqueeze: ", "axis 3", "(2, 3)"),
        shape(() -> x.unsqueeze(-4), "unsqueeze: ", "axis -4", "(2, 3)"),
        shape(() -> Ops.cat(0, List.of()), "cat: "),
        shape(() -> Ops.cat(2, List.of(x, x)), "cat: ", "axis 2", "(2, 3)"),
        shape(() -> Ops.cat(0, List.of(x, f32(2, 4))), "cat: ", "axis 0", "(2, 3)", "(2, 4)"),
        shape(() -> Ops.cat(0, List.of(x, f32(3))), "cat: ", "(2, 3)", "(3)"),
        dtype(() -> Ops.cat(0, List.of(x, f64(2, 3))), "cat: ", "F32(2, 3)", "F64(2, 3)"),
        shape(() -> Ops.stack(0, List.of(x, f32(2, 4))), "cat: ", "(1, 2, 3)", "(1, 2, 4)"),
        shape(() -> Ops.split(x, 1, 1, 1), "split: ", "[1, 1]", "axis 1", "(2, 3)"),
        shape(() -> Ops.split(x, 5, 1, 1), "split: ", "axis 5", "(2, 3)"),
        shape(() -> Ops.pad(x, 0, -1, 0, 0), "pad: ", "-1"),
        shape(() -> Ops.pad(x, 2, 1, 0, 0), "pad: ", "axis 2", "(2, 3)"),
        shape(() -> Ops.sumTo(x, Shape.of(2)), "sum_to: ", "(2, 3)", "(2)"),
        shape(() -> Ops.sumTo(x, Shape.of(1, 2, 3)), "sum_to: ", "(1, 2, 3)", "(2, 3)"));
  }

  static List<Wrong> reductions() {
    Tensor x = f32(2, 3);
    return List.of(
        shape(() -> x.sum(2, false), "sum: ", "axis 2", "(2, 3)"),
        shape(() -> Ops.sum(x, false, 0, -2), "sum: ", "twice", "[0, 0]"),
        shape(() -> Ops.max(x, true, 4), "max: ", "axis 4", "(2, 3)"),
        shape(() -> Ops.max(f32(2, 0), true, 1), "max: ", "axis 1", "(2, 0)"),
        shape(() -> Ops.argMax(x, -3), "argmax: ", "axis -3", "(2, 3)"),
        shape(() -> Ops.run(new Op.TopK(1, 4), x), "topk: ", "k 4", "(2, 3)"),
        shape(() -> Ops.run(new Op.TopK(2, 1), x), "topk: ", "axis 2", "(2, 3)"),
        shape(() -> Ops.run(new Op.Sort(2, true), x), "sort: ", "axis 2", "(2, 3)"),
        shape(() -> Ops.run(new Op.CumSum(2, true), x), "cumsum: ", "axis 2", "(2, 3)"),
        shape(() -> x.softmax(2), "softmax: ", "axis 2", "(2, 3)"),
        shape(() -> Ops.l2Normalize(x, 3, 0), "l2_normalize: ", "axis 3", "(2, 3)"),
        shape(() -> Ops.run(new Op.LogSumExp(2, true), x), "logsumexp: ", "axis 2", "(2, 3)"),
        dtype(() -> i64(2).softmax(0), "softmax: ", "I64(2)"),
        dtype(() -> bool(2, 3).sum(), "sum: ", "BOOL(2, 3)", "convert it"),
        dtype(() -> Ops.cumSum(Tensor.zeros(DType.U8, 2), 0), "cumsum: ", "U8(2)", "convert it"),
        dtype(() -> i64(2).mean(), "mean: ", "I64(2)"),
        shape(() -> Ops.run(new Op.Sum(List.of(-1, 1), true), x), "sum: ", "twice", "[-1, 1]"),
        shape(x::item, "item: ", "(2, 3)"),
        new Wrong(IndexOutOfBoundsException.class, () -> x.getDouble(6), "Index 6", "length 6"),
        new Wrong(IndexOutOfBoundsException.class, () -> x.getLong(-1), "Index -1", "length 6"),
        new Wrong(IndexOutOfBoundsException.class, () -> f32(0).getDouble(0), "Index 0"));
  }

  static List<Wrong> products() {
    Conv2dSpec plain = new Conv2dSpec(1, 1, 0, 0, 0, 0, 1, 1, 1);
    return List.of(
        shape(() -> f32(2, 3).matmul(f32(4, 5)), "matmul: ", "(2, 3)", "(4, 5)"),
        shape(() -> f32(2, 2, 3).matmul(f32(3, 3, 4)), "matmul: ", "(2)", "(3)"),
        shape(() -> f32(3).matmul(f32(4)), "matmul: ", "(1, 3)", "(4, 1)"),
        dtype(() -> f32(2, 3).matmul(f64(3, 2)), "matmul: ", "F32(2, 3)", "F64(3, 2)"),
        dtype(() -> i64(2, 3).matmul(i64(3, 2)), "matmul: ", "I64(2, 3)"),
        shape(() -> Ops.linear(f32(2, 3), f32(4, 5)), "linear: ", "(2, 3)", "(4, 5)"),
        shape(() -> Ops.linear(f32(2, 3), f32(4)), "linear weight: ", "(4)"),
        shape(() -> Ops.linear(f32(2, 3), f32(4, 3), f32(3)), "linear: bias", "(3)", "(4)"),
        shape(
            () -> Ops.conv2d(f32(1, 3, 5, 5), f32(8, 4, 3, 3), f32(8), plain),
            "conv2d: ",
            "(1, 3, 5, 5)",
            "(8, 4, 3, 3)"),
        shape(
            () -> Ops.conv2d(f32(1, 3, 2, 2), f32(8, 3, 3, 3), f32(8), plain),
            "conv2d: ",
            "(1, 3, 2, 2)",
            "(8, 3, 3, 3)"),
        shape(() -> Ops.conv2d(f32(3, 2, 2), f32(8, 3, 1, 1), f32(8), plain), "conv2d: ", "(3, 2"),
        shape(
            () -> Ops.attention(f32(1, 4, 2, 8), f32(1, 3, 2, 8), f32(1, 3, 2, 8), true),
            "attention: ",
            "(1, 4, 2, 8)",
            "(1, 3, 2, 8)"),
        shape(
            () -> Ops.attention(f32(1, 4, 2, 8), f32(1, 4, 2, 6), f32(1, 4, 2, 8), true),
            "attention: ",
            "(1, 4, 2, 8)",
            "(1, 4, 2, 6)"),
        shape(
            () ->
                Ops.run(
                    new Op.Attention(false, 1),
                    f32(1, 2, 3, 4),
                    f32(1, 2, 5, 4),
                    f32(1, 2, 5, 4),
                    f32(3, 4)),
            "attention mask: ",
            "(3, 4)",
            "(1, 2, 3, 5)"),
        shape(
            () -> Ops.interpolate(f32(1, 1, 0, 2), 2, 2, Resampling.BILINEAR),
            "interpolate: ",
            "(1, 1, 0, 2)"),
        shape(
            () -> Ops.conv2d(f32(1, 3, 2, 2), f32(8, 3, 0, 1), f32(8), plain),
            "conv2d: ",
            "(8, 3, 0, 1)"),
        shape(
            () -> Ops.run(new Op.ConvTranspose2d(plain, -5, 0), f32(1, 1, 3, 3), f32(1, 1, 3, 3)),
            "conv_transpose2d: ",
            "-5"),
        shape(
            () -> Ops.run(new Op.MaxPool2d(0, 1, 1, 1, 0, 0), f32(1, 1, 3, 3)),
            "max_pool2d: ",
            "0 x 1"));
  }

  /// Gradient ops called by hand: what does not belong together would read other tensors' memory.
  static List<Wrong> gradients() {
    Tensor x = f32(2, 3);
    Tensor picture = f32(1, 1, 3, 3);
    return List.of(
        shape(
            () -> Ops.run(new Op.SliceGrad(Shape.of(2, 2), List.of(0, 0), List.of(1, 1)), x),
            "slice grad: ",
            "axis 1",
            "(2, 2)"),
        shape(
            () -> Ops.run(new Op.SliceGrad(Shape.of(2, 3), List.of(0), List.of(1)), x),
            "slice grad: ",
            "(2, 3)"),
        shape(
            () -> Ops.run(new Op.EmbeddingGrad(4), i64(2), f32(1, 3)),
            "embedding grad: ",
            "F32(2, 3)",
            "F32(1, 3)"),
        shape(
            () -> Ops.run(new Op.LayerNormGrad(), x, f32(3), f32(1), f32(2), x),
            "layer_norm grad: ",
            "F32(2)",
            "F32(1)"),
        shape(() -> Ops.run(new Op.RmsNormGrad(), x, f32(2), f32(2), x), "rms_norm grad: ", "(2)"),
        shape(
            () -> {
              Op op = new Op.GroupNormGrad(1, false);
              Ops.run(op, x, f32(3), f32(3), f32(2, 3), f32(2, 1), x);
            },
            "group_norm grad: ",
            "F32(2, 1)",
            "F32(2, 3)"),
        shape(
            () -> {
              var loss = new Op.CrossEntropy(0, Reduction.MEAN, 0);
              Ops.run(new Op.CrossEntropyGrad(loss), x, i64(2), f32(3), f32());
            },
            "cross_entropy grad: ",
            "F32(2)",
            "F32(3)"),
        shape(
            () -> Ops.run(new Op.AvgPool2dGrad(new Op.AvgPool2d(2, 2, 2, 2), 4, 4), picture),
            "avg_pool2d grad: ",
            "(1, 1, 2, 2)",
            "(1, 1, 3, 3)"),
        shape(
            () -> Ops.run(new Op.MaxPool2dGrad(4, 4), picture, i64(1, 1, 1, 1)),
            "max_pool2d grad: ",
            "I64(1, 1, 3, 3)",
            "I64(1, 1, 1, 1)"),
        shape(
            () -> Ops.run(new Op.InterpolateGrad(0, 2, Resampling.BILINEAR), picture),
            "interpolate: ",
            "0 x 2"),
        shape(
            () -> {
              Tensor q = f32(1, 2, 3, 4);
              Op op = new Op.AttentionGrad(false, 1, false, false);
              Ops.run(op, q, q, q, q, f32(1, 2, 4), q);
            },
            "attention grad: ",
            "(1, 2, 3)",
            "(1, 2, 4)"),
        dtype(
            () -> Ops.run(new Op.UnaryGrad(UnaryFn.EXP), i64(2), i64(2), i64(2)),
            "EXP: ",
            "I64(2)"));
  }

  static List<Wrong> layers() {
    Tensor x = f32(2, 3);
    return List.of(
        shape(() -> Ops.layerNorm(x, f32(2), f32(3), 0), "layer_norm: ", "(2)", "(3)"),
        shape(() -> Ops.layerNorm(x, f32(3), f32(2), 0), "layer_norm: ", "(2)", "(3)"),
        shape(() -> Ops.rmsNorm(x, f32(3, 1), 0), "rms_norm: ", "(3, 1)", "(3)"),
        dtype(() -> Ops.rmsNorm(x, f64(3), 0), "rms_norm: ", "F32(2, 3)", "F64(3)"),
        shape(
            () -> Ops.run(new Op.GroupNorm(2, 0, false), f32(1, 3, 4), f32(3), f32(3)),
            "group_norm: ",
            "2 groups",
            "(1, 3, 4)"),
        shape(() -> Ops.crossEntropy(x, i64(3), -100), "cross_entropy: ", "(2, 3)", "(2)", "(3)"),
        dtype(() -> Ops.crossEntropy(x, f32(2), -100), "cross_entropy target: ", "F32(2)"),
        shape(() -> Ops.crossEntropy(f32(3), i64(3), -100), "cross_entropy logits: ", "(3)"),
        dtype(() -> Ops.embedding(x, f32(2)), "embedding ids: ", "F32(2)"),
        shape(() -> Ops.embedding(f32(3), i64(2)), "embedding table: ", "(3)"),
        shape(
            () -> Ops.run(new Op.Rope(false), f32(2, 3), f32(2, 1), f32(2, 1)), "rope: ", "(2, 3)"),
        shape(
            () -> Ops.run(new Op.Rope(false), f32(2, 4), f32(3, 2), f32(3, 2)),
            "rope: ",
            "(3, 2)",
            "(2, 2)"),
        shape(
            () -> Ops.run(new Op.IndexSelect(2), x, i64(1)), "index_select: ", "axis 2", "(2, 3)"),
        dtype(() -> Ops.run(new Op.IndexSelect(0), x, f32(1)), "index_select index: ", "F32(1)"),
        shape(
            () -> Ops.run(new Op.Gather(1), x, i64(3, 1)),
            "gather: ",
            "axis 1",
            "(2, 3)",
            "(3, 1)"),
        shape(() -> Ops.run(new Op.Gather(2), x, i64(2, 3)), "gather: ", "axis 2", "(2, 3)"),
        shape(
            () -> Ops.run(new Op.ScatterAdd(0), x, i64(1, 3), f32(2, 3)),
            "scatter_add: ",
            "(1, 3)",
            "(2, 3)"),
        shape(() -> Ops.copyInto(x, f32(3, 2)), "update: ", "(2, 3)", "(3, 2)"),
        shape(() -> Ops.copyInto(x, f64(2, 3)), "update: ", "F32(2, 3)", "F64(2, 3)"),
        shape(() -> Tensor.of(new float[5], 2, 3), "tensor: ", "5", "(2, 3)"),
        shape(() -> Tensor.of(DType.I8, new byte[5], 2, 3), "tensor: ", "6", "5"),
        shape(() -> Tensor.zeros(DType.F32, 2, -1), "shape: negative size: ", "[2, -1]"));
  }

  static List<Wrong> all() {
    List<Wrong> all = new ArrayList<>(elements());
    all.addAll(movement());
    all.addAll(reductions());
    all.addAll(products());
    all.addAll(layers());
    all.addAll(gradients());
    return all;
  }

  @ParameterizedTest
  @MethodSource("all")
  void isRefusedInWordsThatHelp(Wrong wrong) {
    RuntimeException refusal = assertThrows(RuntimeException.class, wrong.use());
    assertEquals(wrong.type(), refusal.getClass(), refusal.toString());
    String message = refusal.getMessage();
    assertTrue(message.startsWith(wrong.parts()[0]), message);
    for (String part : wrong.parts()) {
      assertTrue(message.contains(part), () -> "no '" + part + "' in: " + message);
    }
  }
}
