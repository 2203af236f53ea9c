package dev.chrysalis.autograd;

import static dev.chrysalis.autograd.Arg.bits;
import static dev.chrysalis.autograd.Arg.floats;
import static dev.chrysalis.autograd.Arg.indices;
import static dev.chrysalis.autograd.Arg.lateBits;
import static dev.chrysalis.autograd.Arg.positive;
import static dev.chrysalis.autograd.Arg.smallIndices;
import static dev.chrysalis.autograd.Arg.targets;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Every op at the shapes that can go wrong: broadcast, strided, empty, one element, no multiple of
/// a vector.
final class OpCases {
  private static final Set<UnaryFn> OF_POSITIVE =
      Set.of(UnaryFn.SQRT, UnaryFn.RSQRT, UnaryFn.LOG, UnaryFn.RECIPROCAL);

  private OpCases() {}

  /// Ops without a gradient: nothing flows in, nothing continuous comes out, or they are gradients
  /// or updates themselves. And one that has a gradient but computes in F32 alone, which is too
  /// coarse for differences: `GradientTest` compares it with what it is made of.
  static final Set<Class<? extends Op>> NOT_DIFFERENTIABLE =
      Set.of(
          Op.Fill.class,
          Op.Range.class,
          Op.Random.class,
          Op.Compare.class,
          Op.ArgMax.class,
          Op.Dequantize.class,
          Op.BlockLinear.class,
          Op.UnaryGrad.class,
          Op.SwiGluGrad.class,
          Op.GeGluGrad.class,
          Op.SliceGrad.class,
          Op.Conv2dInputGrad.class,
          Op.Conv2dWeightGrad.class,
          Op.AvgPool2dGrad.class,
          Op.MaxPool2dGrad.class,
          Op.LayerNormGrad.class,
          Op.RmsNormGrad.class,
          Op.GroupNormGrad.class,
          Op.L2NormalizeGrad.class,
          Op.SoftmaxGrad.class,
          Op.LogSoftmaxGrad.class,
          Op.CrossEntropyGrad.class,
          Op.AttentionGrad.class,
          Op.EmbeddingGrad.class,
          Op.InterpolateGrad.class,
          Op.AdamW.class);

  static List<OpCase> all() {
    return Stream.of(
            elements(),
            binary(),
            views(),
            reductions(),
            products(),
            convolutions(),
            norms(),
            softmax(),
            attention(),
            indexing(),
            pictures())
        .flatMap(List::stream)
        .toList();
  }

  private static List<OpCase> elements() {
    List<OpCase> cases = new ArrayList<>();
    for (UnaryFn fn : UnaryFn.values()) {
      Op op = new Op.Unary(fn);
      if (OF_POSITIVE.contains(fn)) {
        cases.add(OpCase.of(op, positive(3, 7)));
        cases.add(OpCase.of(op, positive(4, 5).reversed()));
        cases.add(OpCase.of(op, positive(0)));
      } else {
        cases.add(OpCase.of(op, floats(3, 7)));
        cases.add(OpCase.of(op, floats(4, 5).reversed()));
        cases.add(OpCase.of(op, floats(9).stepped()));
        cases.add(OpCase.of(op, floats(0)));
        cases.add(OpCase.of(op, floats()));
      }
    }
    for (double exponent : new double[] {1.7, -0.5, 1, 0}) {
      cases.add(OpCase.of(new Op.Pow(exponent), positive(2, 5)));
    }
    cases.add(OpCase.of(new Op.Pow(2), floats(3, 3).reversed()));
    cases.add(OpCase.of(new Op.Pow(3), floats(0, 3)));
    for (Arg x : List.of(floats(3, 6), floats(3, 6).reversed(), floats(0), floats(1))) {
      cases.add(OpCase.of(new Op.Affine(-1.5, 0.25), x));
      cases.add(OpCase.of(new Op.Clamp(-0.81, 1.13), x));
      cases.add(OpCase.of(new Op.Copy(), x));
      cases.add(OpCase.of(new Op.Cast(DType.F64), x));
    }
    for (Arg x : List.of(floats(2, 10), floats(2, 3, 2).reversed(), floats(0, 4), floats(34))) {
      cases.add(OpCase.of(new Op.GeGlu(), x));
    }
    cases.add(OpCase.of(new Op.SwiGlu(), floats(2, 9), floats(2, 9)));
    cases.add(OpCase.of(new Op.SwiGlu(), floats(3, 4).reversed(), floats(3, 4).stepped()));
    cases.add(OpCase.of(new Op.SwiGlu(), floats(0), floats(0)));
    return cases;
  }

  private static List<OpCase> binary() {
    List<OpCase> cases = new ArrayList<>();
    for (BinaryFn fn : BinaryFn.values()) {
      Op op = new Op.Binary(fn);
      cases.add(OpCase.of(op, floats(3, 5), positive(3, 5)));
      cases.add(OpCase.of(op, floats(2, 1, 5), positive(3, 1)));
      cases.add(OpCase.of(op, floats(5), positive(2, 3, 5)));
      cases.add(OpCase.of(op, floats(2, 3), positive()));
      cases.add(OpCase.of(op, floats(4, 3).reversed(), positive(4, 3).stepped()));
      cases.add(OpCase.of(op, floats(4, 3).repeated(), positive(1, 3)));
      cases.add(OpCase.of(op, floats(0, 3), positive(1, 3)));
    }
    Op where = new Op.Where();
    cases.add(OpCase.of(where, bits(2, 1, 5), floats(2, 3, 5), floats(5)));
    cases.add(OpCase.of(where, bits(4), floats(3, 1), floats()));
    cases.add(OpCase.of(where, bits(3, 3).reversed(), floats(3, 3).reversed(), floats(3, 3)));
    cases.add(OpCase.of(where, bits(0, 2), floats(1, 2), floats(0, 2)));
    return cases;
  }

  private static List<OpCase> views() {
    return List.of(
        OpCase.of(new Op.Reshape(Shape.of(4, 3)), floats(2, 6)),
        OpCase.of(new Op.Reshape(Shape.of(12)), floats(3, 4).reversed()),
        OpCase.of(new Op.Reshape(Shape.of()), floats(1, 1)),
        OpCase.of(new Op.Reshape(Shape.of(3, 0)), floats(0, 2)),
        OpCase.of(new Op.Permute(List.of(2, 0, 3, 1)), floats(2, 3, 1, 4)),
        OpCase.of(new Op.Permute(List.of(1, 0)), floats(3, 4).stepped()),
        OpCase.of(new Op.Permute(List.of(1, 0)), floats(0, 2)),
        OpCase.of(new Op.Expand(Shape.of(2, 3, 5)), floats(3, 1)),
        OpCase.of(new Op.Expand(Shape.of(4)), floats()),
        OpCase.of(new Op.Expand(Shape.of(0, 2)), floats(1, 2)),
        OpCase.of(slice(List.of(0, 1), List.of(2, 10), List.of(1, 2)), floats(3, 11)),
        OpCase.of(slice(List.of(1, 0), List.of(4, 3), List.of(3, 1)), floats(4, 3).reversed()),
        OpCase.of(slice(List.of(1, 2), List.of(1, 3), List.of(1, 1)), floats(2, 3)),
        OpCase.of(new Op.Cat(1), floats(2, 3), floats(2, 4).reversed(), floats(2, 1)),
        OpCase.of(new Op.Cat(0), floats(0, 3), floats(2, 3), floats(0, 3)),
        OpCase.of(new Op.Cat(2), floats(2, 1, 3), floats(2, 1, 17)),
        OpCase.of(new Op.Pad(List.of(0, 1), List.of(3, 2), 0.5), floats(2, 5)),
        OpCase.of(new Op.Pad(List.of(1, 0), List.of(0, 0), -1), floats(3, 2).reversed()),
        OpCase.of(new Op.Pad(List.of(2), List.of(1), 3), floats(0)),
        OpCase.of(new Op.Tril(0), floats(2, 5, 5)),
        OpCase.of(new Op.Tril(1), floats(3, 4).reversed()),
        OpCase.of(new Op.Tril(-2), floats(4, 3)),
        OpCase.of(new Op.Tril(0), floats(0, 3)));
  }

  private static Op slice(List<Integer> starts, List<Integer> stops, List<Integer> steps) {
    return new Op.Slice(starts, stops, steps);
  }

  private static List<OpCase> reductions() {
    List<OpCase> cases = new ArrayList<>();
    for (boolean keep : new boolean[] {true, false}) {
      cases.add(OpCase.of(new Op.Sum(List.of(0, 2), keep), floats(2, 3, 5)));
      cases.add(OpCase.of(new Op.Sum(List.of(1), keep), floats(3, 17).reversed()));
      cases.add(OpCase.of(new Op.Sum(List.of(0), keep), floats(0, 3)));
      cases.add(OpCase.of(new Op.Sum(List.of(), keep), floats()));
      cases.add(OpCase.of(new Op.Max(List.of(1), keep), floats(2, 11, 3)));
      cases.add(OpCase.of(new Op.Max(List.of(0, 1), keep), floats(3, 5).reversed()));
      cases.add(OpCase.of(new Op.Max(List.of(1), keep), floats(0, 5)));
    }
    for (boolean flag : new boolean[] {true, false}) {
      cases.add(OpCase.of(new Op.CumSum(1, flag), floats(2, 11, 3)));
      cases.add(OpCase.of(new Op.CumSum(0, flag), floats(5, 2).reversed()));
      cases.add(OpCase.of(new Op.CumSum(0, flag), floats(0)));
      cases.add(OpCase.of(new Op.Sort(1, flag), floats(3, 9)));
      cases.add(OpCase.of(new Op.Sort(0, flag), floats(5, 3).reversed()));
      cases.add(OpCase.of(new Op.Sort(1, flag), floats(2, 0)));
    }
    cases.add(OpCase.of(new Op.TopK(1, 3), floats(2, 11)));
    cases.add(OpCase.of(new Op.TopK(0, 2), floats(4, 3).reversed()));
    cases.add(OpCase.of(new Op.TopK(0, 0), floats(3)));
    return cases;
  }

  private static List<OpCase> products() {
    List<OpCase> cases = new ArrayList<>();
    for (boolean ta : new boolean[] {false, true}) {
      for (boolean tb : new boolean[] {false, true}) {
        Op op = new Op.MatMul(ta, tb);
        for (Shape batches : List.of(Shape.of(), Shape.of(2))) {
          cases.add(OpCase.of(op, left(ta, batches, 3, 5), right(tb, batches, 5, 4)));
        }
        cases.add(OpCase.of(op, left(ta, Shape.of(2, 1), 3, 4), right(tb, Shape.of(3), 4, 2)));
        cases.add(OpCase.of(op, left(ta, Shape.of(2, 2), 3, 4), right(tb, Shape.of(), 4, 2)));
        cases.add(OpCase.of(op, left(ta, Shape.of(), 3, 4), right(tb, Shape.of(2), 4, 2)));
        cases.add(
            OpCase.of(
                op,
                left(ta, Shape.of(2), 3, 4).reversed(),
                right(tb, Shape.of(2), 4, 3).stepped()));
        cases.add(OpCase.of(op, left(ta, Shape.of(), 1, 1), right(tb, Shape.of(), 1, 17)));
        cases.add(OpCase.of(op, left(ta, Shape.of(), 2, 0), right(tb, Shape.of(), 0, 3)));
        cases.add(OpCase.of(op, left(ta, Shape.of(2), 0, 2), right(tb, Shape.of(), 2, 3)));
      }
    }
    Op linear = new Op.Linear();
    cases.add(OpCase.of(linear, floats(2, 3, 4), floats(5, 4), floats(5)));
    cases.add(OpCase.of(linear, floats(3, 9).reversed(), floats(2, 9).reversed()));
    cases.add(OpCase.of(linear, floats(4), floats(3, 4), floats(3).stepped()));
    cases.add(OpCase.of(linear, floats(0, 4), floats(3, 4), floats(3)));
    cases.add(OpCase.of(linear, floats(2, 0), floats(3, 0), floats(3)));
    return cases;
  }

  private static Arg left(boolean transposed, Shape batches, int m, int k) {
    return floats(batches.concat(transposed ? Shape.of(k, m) : Shape.of(m, k)).toArray());
  }

  private static Arg right(boolean transposed, Shape batches, int k, int n) {
    return floats(batches.concat(transposed ? Shape.of(n, k) : Shape.of(k, n)).toArray());
  }

  private static List<OpCase> convolutions() {
    Conv2dSpec uneven = new Conv2dSpec(1, 2, 1, 0, 0, 2, 1, 1, 2);
    Conv2dSpec dilated = new Conv2dSpec(1, 1, 0, 0, 0, 0, 2, 2, 2);
    Conv2dSpec wide = new Conv2dSpec(2, 2, 1, 1, 1, 1, 3, 3, 1);
    return List.of(
        OpCase.of(
            new Op.Conv2d(Conv2dSpec.of(1, 1)), floats(2, 2, 4, 5), floats(3, 2, 3, 3), floats(3)),
        OpCase.of(new Op.Conv2d(Conv2dSpec.of(2, 1)), floats(1, 2, 5, 4), floats(2, 2, 3, 3)),
        OpCase.of(new Op.Conv2d(uneven), floats(2, 4, 4, 5), floats(6, 2, 3, 2), floats(6)),
        OpCase.of(new Op.Conv2d(dilated), floats(1, 2, 5, 6), floats(2, 1, 3, 2)),
        OpCase.of(
            new Op.Conv2d(Conv2dSpec.of(1, 0)),
            floats(2, 3, 2, 3).reversed(),
            floats(2, 3, 1, 1).reversed()),
        OpCase.of(new Op.Conv2d(Conv2dSpec.of(2, 0)), floats(1, 1, 4, 4), floats(2, 1, 2, 2)),
        OpCase.of(
            new Op.Conv2d(Conv2dSpec.of(1, 1)), floats(0, 2, 3, 3), floats(1, 2, 3, 3), floats(1)),
        OpCase.of(
            new Op.ConvTranspose2d(Conv2dSpec.of(2, 1), 0, 0),
            floats(2, 2, 3, 2),
            floats(2, 3, 4, 3),
            floats(3)),
        OpCase.of(
            new Op.ConvTranspose2d(Conv2dSpec.of(2, 1).withGroups(2), 1, 1),
            floats(1, 4, 2, 3).reversed(),
            floats(4, 2, 3, 3)),
        OpCase.of(new Op.ConvTranspose2d(wide, 2, 3), floats(1, 2, 2, 2), floats(2, 1, 2, 3)),
        OpCase.of(
            new Op.ConvTranspose2d(Conv2dSpec.of(1, 0), 0, 0),
            floats(0, 1, 2, 2),
            floats(1, 1, 2, 2)),
        OpCase.of(new Op.AvgPool2d(2, 2, 2, 2), floats(2, 2, 5, 4)),
        OpCase.of(new Op.AvgPool2d(3, 2, 1, 2), floats(1, 2, 4, 5).reversed()),
        OpCase.of(new Op.AvgPool2d(1, 1, 1, 1), floats(0, 1, 2, 2)),
        OpCase.of(new Op.MaxPool2d(3, 3, 2, 2, 1, 1), floats(2, 2, 5, 4)),
        OpCase.of(new Op.MaxPool2d(2, 1, 1, 1, 0, 0), floats(1, 2, 4, 3).reversed()),
        OpCase.of(new Op.MaxPool2d(2, 2, 2, 2, 0, 0), floats(0, 1, 2, 2)));
  }

  private static List<OpCase> norms() {
    Op layerNorm = new Op.LayerNorm(1e-6);
    Op rmsNorm = new Op.RmsNorm(1e-5);
    return List.of(
        OpCase.of(layerNorm, floats(2, 3, 9), floats(9), floats(9)),
        OpCase.of(layerNorm, floats(3, 5).reversed(), floats(5).stepped(), floats(5)),
        OpCase.of(layerNorm, floats(7), floats(7), floats(7)),
        OpCase.of(layerNorm, floats(0, 4), floats(4), floats(4)),
        OpCase.of(rmsNorm, floats(2, 3, 9), floats(9)),
        OpCase.of(rmsNorm, floats(3, 5).reversed(), floats(5).stepped()),
        OpCase.of(rmsNorm, floats(1), floats(1)),
        OpCase.of(rmsNorm, floats(0, 4), floats(4)),
        OpCase.of(new Op.GroupNorm(2, 1e-5, false), floats(2, 4, 2, 3), floats(4), floats(4)),
        OpCase.of(new Op.GroupNorm(2, 1e-6, true), floats(2, 4, 5), floats(4), floats(4)),
        OpCase.of(
            new Op.GroupNorm(3, 1e-5, true), floats(2, 3, 4).reversed(), floats(3), floats(3)),
        OpCase.of(new Op.GroupNorm(1, 1e-5, false), floats(2, 5), floats(5), floats(5)),
        OpCase.of(new Op.GroupNorm(1, 1e-5, true), floats(0, 2, 3), floats(2), floats(2)),
        OpCase.of(new Op.L2Normalize(2, 1e-12), floats(2, 3, 9)),
        OpCase.of(new Op.L2Normalize(0, 1e-12), floats(4, 3).reversed()),
        OpCase.of(new Op.L2Normalize(1, 100), floats(2, 5)),
        OpCase.of(new Op.L2Normalize(1, 1e-12), floats(0, 5)));
  }

  private static List<OpCase> softmax() {
    List<OpCase> cases = new ArrayList<>();
    for (int axis = 0; axis < 2; axis++) {
      for (Arg x : List.of(floats(3, 11), floats(4, 3).reversed(), floats(1, 1))) {
        cases.add(OpCase.of(new Op.Softmax(axis), x));
        cases.add(OpCase.of(new Op.LogSoftmax(axis), x));
        cases.add(OpCase.of(new Op.LogSumExp(axis, axis == 0), x));
      }
    }
    cases.add(OpCase.of(new Op.Softmax(1), floats(0, 3)));
    cases.add(OpCase.of(new Op.LogSoftmax(1), floats(0, 3)));
    cases.add(OpCase.of(new Op.LogSumExp(1, false), floats(0, 3)));
    for (Reduction reduction : Reduction.values()) {
      for (double smoothing : new double[] {0, 0.1}) {
        Op op = new Op.CrossEntropy(-1, reduction, smoothing);
        cases.add(OpCase.of(op, floats(6, 9), targets(9, 6)));
        cases.add(OpCase.of(op, floats(4, 5).reversed(), smallIndices(5, 4)));
        cases.add(OpCase.of(op, floats(0, 5), targets(5, 0)));
      }
    }
    cases.add(OpCase.of(new Op.CrossEntropy(0, Reduction.MEAN, 0), floats(3, 4), indices(1, 3)));
    return cases;
  }

  private static List<OpCase> attention() {
    Op plain = new Op.Attention(false, 0.5);
    Op causal = new Op.Attention(true, 0.37);
    Arg q = floats(2, 4, 3, 2);
    Arg k = floats(2, 2, 5, 2);
    Arg v = floats(2, 2, 5, 3);
    return List.of(
        OpCase.of(plain, floats(1, 2, 3, 4), floats(1, 2, 5, 4), floats(1, 2, 5, 3)),
        OpCase.of(causal, floats(1, 1, 4, 2), floats(1, 1, 4, 2), floats(1, 1, 4, 2)),
        OpCase.of(plain, q, k, v),
        OpCase.of(causal, q, k, v),
        OpCase.of(causal, q.reversed(), k.reversed(), v.stepped()),
        OpCase.of(causal, floats(1, 1, 4, 2), floats(1, 1, 2, 2), floats(1, 1, 2, 2)),
        OpCase.of(plain, q, k, v, bits(2, 1, 3, 5)),
        OpCase.of(plain, q, k, v, lateBits(2, 1, 1, 5)),
        OpCase.of(plain, q, k, v, floats(2, 1, 3, 5)),
        OpCase.of(causal, q, k, v, floats(3, 5).reversed()),
        OpCase.of(plain, q, k, v, floats(2, 4, 1, 1)),
        OpCase.of(plain, floats(1, 1, 0, 2), floats(1, 1, 3, 2), floats(1, 1, 3, 2)),
        OpCase.of(plain, floats(1, 1, 2, 2), floats(1, 1, 0, 2), floats(1, 1, 0, 2)),
        OpCase.of(new Op.Rope(false), floats(2, 2, 3, 4), floats(3, 2), floats(3, 2)),
        OpCase.of(new Op.Rope(true), floats(2, 3, 6).reversed(), floats(3, 3), floats(3, 3)),
        OpCase.of(new Op.Rope(false), floats(2, 0, 4), floats(0, 2), floats(0, 2)));
  }

  private static List<OpCase> indexing() {
    return List.of(
        OpCase.of(new Op.Embedding(), floats(4, 3), indices(4, 2, 5)),
        OpCase.of(new Op.Embedding(), floats(3, 9).reversed(), smallIndices(3, 4)),
        OpCase.of(new Op.Embedding(), floats(3, 2), indices(3, 0)),
        OpCase.of(new Op.IndexSelect(1), floats(2, 5, 3), indices(5, 7)),
        OpCase.of(new Op.IndexSelect(0), floats(4, 2).reversed(), smallIndices(4, 3)),
        OpCase.of(new Op.IndexSelect(0), floats(4, 2), indices(4, 0)),
        OpCase.of(new Op.IndexAdd(0), floats(4, 3), indices(4, 6), floats(6, 3)),
        OpCase.of(
            new Op.IndexAdd(1),
            floats(2, 5).reversed(),
            smallIndices(5, 3),
            floats(2, 3).stepped()),
        OpCase.of(new Op.IndexAdd(0), floats(4, 3), indices(4, 0), floats(0, 3)),
        OpCase.of(new Op.Gather(1), floats(2, 5, 3), indices(5, 2, 4, 3)),
        OpCase.of(new Op.Gather(0), floats(4, 3).reversed(), indices(4, 6, 3).reversed()),
        OpCase.of(new Op.Gather(0), floats(4), indices(4, 0)),
        OpCase.of(new Op.ScatterAdd(1), floats(2, 5), indices(5, 2, 7), floats(2, 7)),
        OpCase.of(
            new Op.ScatterAdd(0),
            floats(4, 3).reversed(),
            smallIndices(4, 5, 3),
            floats(5, 3).reversed()),
        OpCase.of(new Op.ScatterAdd(0), floats(4), indices(4, 0), floats(0)));
  }

  private static List<OpCase> pictures() {
    List<OpCase> cases = new ArrayList<>();
    for (Resampling.Mode mode : Resampling.Mode.values()) {
      Resampling edges = new Resampling(mode, false, false);
      cases.add(OpCase.of(new Op.Interpolate(5, 7, edges), floats(1, 2, 3, 4)));
      cases.add(OpCase.of(new Op.Interpolate(2, 3, edges), floats(2, 1, 5, 4).reversed()));
    }
    for (Resampling.Mode mode : List.of(Resampling.Mode.BILINEAR, Resampling.Mode.BICUBIC)) {
      Resampling corners = new Resampling(mode, true, false);
      cases.add(OpCase.of(new Op.Interpolate(5, 2, corners), floats(1, 1, 3, 4)));
      cases.add(OpCase.of(new Op.Interpolate(1, 1, corners), floats(1, 1, 2, 2)));
      Resampling smooth = new Resampling(mode, false, true);
      cases.add(OpCase.of(new Op.Interpolate(2, 3, smooth), floats(1, 2, 7, 5)));
    }
    return cases;
  }
}
