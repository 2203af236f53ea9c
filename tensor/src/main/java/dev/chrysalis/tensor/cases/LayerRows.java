package dev.chrysalis.tensor.cases;

import static dev.chrysalis.tensor.cases.OpTable.EXACT;
import static dev.chrysalis.tensor.cases.OpTable.ROUNDED;
import static dev.chrysalis.tensor.cases.OpTable.SUMMED;
import static dev.chrysalis.tensor.cases.OpTable.integers;
import static dev.chrysalis.tensor.cases.OpTable.name;
import static dev.chrysalis.tensor.cases.OpTable.positive;
import static dev.chrysalis.tensor.cases.OpTable.shape;
import static dev.chrysalis.tensor.cases.OpTable.shapes;
import static dev.chrysalis.tensor.cases.OpTable.special;
import static dev.chrysalis.tensor.cases.OpTable.strided;
import static dev.chrysalis.tensor.cases.OpTable.x;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Reduction;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Norms, softmax and its kin, losses.
final class LayerRows {
  private LayerRows() {}

  static void addTo(OpTable table) {
    norms(table);
    softmaxes(table);
    losses(table);
  }

  private static void norms(OpTable table) {
    for (int[] s : shapes(shape(1, 1), shape(3, 5), shape(2, 7, 17), shape(90, 384), shape(0, 4))) {
      int[] d = {s[s.length - 1]};
      int[] lead = Arrays.copyOf(s, s.length - 1);
      table.add(
          name("layer norm", s),
          new Op.LayerNorm(1e-5),
          SUMMED,
          () -> List.of(x(1, s), x(2, d), x(3, d)));
      table.add(
          name("layer norm grad", s),
          new Op.LayerNormGrad(),
          SUMMED,
          () -> List.of(x(1, s), x(2, d), x(3, lead).mul(0.1), positive(4, lead), x(5, s)));
      table.add(name("rms norm", s), new Op.RmsNorm(1e-5), SUMMED, () -> List.of(x(1, s), x(2, d)));
      table.add(
          name("rms norm grad", s),
          new Op.RmsNormGrad(),
          SUMMED,
          () -> List.of(x(1, s), x(2, d), positive(4, lead), x(5, s)));
    }
    table.add(
        "layer norm, strided",
        new Op.LayerNorm(1e-5),
        SUMMED,
        () -> List.of(strided(1, 9, 33), x(2, 33), x(3, 33)));
    table.add(
        "layer norm, heads",
        new Op.LayerNorm(1e-5),
        SUMMED,
        () -> List.of(x(1, 2, 5, 3, 20).swap(1, 2), x(2, 20), x(3, 20)));
    int[][] pictures = {{2, 6, 3, 3}, {1, 4, 17}, {2, 8, 20, 20}, {3, 4}, {1, 8, 1, 1}};
    for (int[] s : pictures) {
      for (boolean silu : new boolean[] {false, true}) {
        int[] c = {s[1]};
        int[] stats = {s[0], 2};
        table.add(
            name("group norm", s, silu),
            new Op.GroupNorm(2, 1e-5, silu),
            SUMMED,
            () -> List.of(x(1, s), x(2, c), x(3, c)));
        table.add(
            name("group norm grad", s, silu),
            new Op.GroupNormGrad(2, silu),
            SUMMED,
            () ->
                List.of(
                    x(1, s), x(2, c), x(3, c), x(4, stats).mul(0.1), positive(5, stats), x(6, s)));
      }
    }
  }

  private static void softmaxes(OpTable table) {
    int[][] shapes = {{1}, {3, 17}, {40, 5, 33}, {2, 5000}};
    for (int[] s : shapes) {
      for (int axis = 0; axis < s.length; axis++) {
        int a = axis;
        table.add(
            name("softmax", s, axis), new Op.Softmax(a), ROUNDED, () -> List.of(x(1, s).mul(3)));
        table.add(
            name("softmax grad", s, axis),
            new Op.SoftmaxGrad(a),
            SUMMED,
            () -> List.of(x(1, s).softmax(a), x(2, s)));
        table.add(
            name("log softmax", s, axis),
            new Op.LogSoftmax(a),
            ROUNDED,
            () -> List.of(x(1, s).mul(3)));
        table.add(
            name("log softmax grad", s, axis),
            new Op.LogSoftmaxGrad(a),
            SUMMED,
            () -> List.of(Ops.run(new Op.LogSoftmax(a), x(1, s)), x(2, s)));
        table.add(
            name("logsumexp", s, axis),
            new Op.LogSumExp(a, axis == 0),
            ROUNDED,
            () -> List.of(x(1, s).mul(3)));
        table.add(
            name("l2 normalize", s, axis),
            new Op.L2Normalize(a, 1e-12),
            ROUNDED,
            () -> List.of(x(1, s)));
        if (s[axis] > 1) { // the gradient of one element is 0, which rounding is not
          table.add(
              name("l2 normalize grad", s, axis),
              new Op.L2NormalizeGrad(a, 1e-12),
              SUMMED,
              () -> List.of(positive(1, s), x(2, s)));
        }
      }
    }
    table.add("l2 normalize small", new Op.L2Normalize(1, 5), ROUNDED, () -> List.of(x(1, 6, 20)));
    table.add(
        "l2 normalize small grad",
        new Op.L2NormalizeGrad(1, 5),
        SUMMED,
        () -> List.of(x(1, 6, 20), x(2, 6, 20)));
    table.addFixed(
        "softmax with -inf",
        new Op.Softmax(1),
        ROUNDED,
        () -> List.of(special().clamp(Double.NEGATIVE_INFINITY, 5).slice(0, 1, 7).reshape(2, 3)));
    table.addFixed(
        "logsumexp of infinities",
        new Op.LogSumExp(1, false),
        EXACT,
        () -> List.of(special().reshape(17, 1)));
    table.addFixed(
        "softmax of large", new Op.Softmax(0), ROUNDED, () -> List.of(x(1, 40).add(1e4)));
  }

  private static void losses(OpTable table) {
    for (double smoothing : new double[] {0, 0.1}) {
      for (Reduction reduction : Reduction.values()) {
        for (int[] s : shapes(shape(5, 7), shape(60, 1000), shape(3, 128_256), shape(1, 1))) {
          Op.CrossEntropy loss = new Op.CrossEntropy(0, reduction, smoothing);
          table.add(
              name(loss, s), loss, SUMMED, () -> List.of(x(1, s).mul(4), integers(s[1], s[0])));
          table.add(
              name("grad", loss, s),
              new Op.CrossEntropyGrad(loss),
              SUMMED,
              () -> {
                Tensor logits = x(1, s).mul(4);
                Tensor lse = Ops.run(new Op.LogSumExp(1, false), logits);
                return List.of(logits, integers(s[1], s[0]).to(DType.I32), lse, x(5));
              });
        }
      }
    }
    table.addFixed(
        "cross entropy over nothing",
        new Op.CrossEntropy(-100, Reduction.MEAN, 0),
        SUMMED,
        () -> List.of(x(1, 3, 9), Ops.fill(DType.I64, -100, 3)));
  }
}
