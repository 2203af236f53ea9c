package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionKernelsTest {
  private static final Parallel ONE = new Parallel(1);
  private static final Parallel FIVE = new Parallel(5);
  private static final double TOLERANCE = 1e-5;

  /// Axes `B, H, T, d` in the order `B, T, H, d` of memory: what a projection leaves behind.
  private static final int[] PROJECTED = {0, 2, 1, 3};

  private enum Mask {
    NONE,
    BOOL_KEYS,
    BOOL_FULL,
    FLOAT_HEADS,
    FLOAT_FULL
  }

  /// `q (B, H, T, d)`, `k (B, G, S, d)`, `v (B, G, S, e)`
  record Case(
      int batch,
      int heads,
      int groups,
      int queries,
      int keys,
      int width,
      int valueWidth,
      boolean causal,
      Mask mask,
      double sharpness) {
    Case(
        int batch,
        int heads,
        int groups,
        int queries,
        int keys,
        int width,
        int valueWidth,
        boolean causal,
        Mask mask) {
      this(batch, heads, groups, queries, keys, width, valueWidth, causal, mask, 1);
    }

    double scale() {
      return 1.5 * sharpness / Math.sqrt(Math.max(1, width));
    }

    /// Scores are that much larger, and so are their errors.
    double tolerance() {
      return TOLERANCE * sharpness;
    }

    List<Tensor> inputs() {
      List<Tensor> in = new ArrayList<>();
      in.add(Samples.strided(1, PROJECTED, 0, batch, heads, queries, width));
      in.add(Samples.strided(2, PROJECTED, 4, batch, groups, keys, width));
      in.add(Samples.random(3, batch, groups, keys, valueWidth));
      switch (mask) {
        case NONE -> {}
        case BOOL_KEYS -> in.add(Samples.mask(4, 0.6, batch, 1, 1, keys));
        case BOOL_FULL -> in.add(Samples.mask(4, 0.3, batch, heads, queries, keys));
        case FLOAT_HEADS -> in.add(Samples.random(4, heads, queries, keys));
        case FLOAT_FULL -> in.add(Samples.random(4, batch, heads, queries, keys));
      }
      return in;
    }

    List<Tensor> outputs() {
      return List.of(
          Samples.empty(batch, heads, queries, valueWidth), Samples.empty(batch, heads, queries));
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case(1, 1, 1, 1, 1, 1, 1, false, Mask.NONE),
        new Case(2, 3, 3, 5, 7, 4, 3, false, Mask.NONE),
        new Case(1, 2, 2, 64, 64, 16, 16, true, Mask.NONE),
        new Case(2, 4, 2, 33, 33, 20, 33, true, Mask.NONE),
        new Case(1, 2, 1, 70, 300, 32, 32, true, Mask.NONE),
        new Case(1, 2, 2, 300, 70, 32, 40, true, Mask.NONE), // some queries see nothing
        new Case(1, 1, 1, 270, 530, 8, 8, true, Mask.FLOAT_FULL),
        new Case(1, 1, 1, 30, 40, 300, 290, false, Mask.NONE),
        new Case(1, 2, 1, 70, 300, 32, 32, true, Mask.NONE, 60), // most weights are nothing
        new Case(2, 4, 2, 1, 300, 32, 32, true, Mask.NONE, 60),
        new Case(3, 4, 4, 1, 50, 16, 16, true, Mask.NONE),
        new Case(2, 8, 2, 1, 700, 64, 64, true, Mask.NONE),
        new Case(2, 8, 2, 2, 65, 17, 5, true, Mask.BOOL_KEYS),
        new Case(2, 4, 2, 40, 50, 16, 16, false, Mask.BOOL_KEYS),
        new Case(2, 4, 2, 65, 65, 16, 16, true, Mask.BOOL_FULL),
        new Case(2, 2, 2, 3, 4, 8, 8, false, Mask.BOOL_FULL),
        new Case(2, 4, 2, 17, 19, 16, 16, false, Mask.FLOAT_HEADS),
        new Case(2, 4, 2, 17, 19, 16, 16, true, Mask.FLOAT_FULL),
        new Case(1, 2, 2, 3, 0, 8, 8, false, Mask.NONE),
        new Case(1, 2, 2, 30, 0, 8, 8, false, Mask.NONE),
        new Case(1, 2, 2, 0, 5, 8, 8, false, Mask.NONE),
        new Case(0, 2, 2, 4, 5, 8, 8, true, Mask.NONE));
  }

  /// The plain definition in double precision, one query at a time.
  private static final class Plain {
    private final Case c;
    private final List<Tensor> in;
    final double[] y;
    final double[] lse;
    final double[] dq;
    final double[] dk;
    final double[] dv;
    final double[] dmask;

    Plain(Case c, List<Tensor> in, Tensor dy) {
      this.c = c;
      this.in = in;
      int rows = c.batch * c.heads * c.queries;
      y = new double[rows * c.valueWidth];
      lse = new double[rows];
      dq = new double[rows * c.width];
      dk = new double[c.batch * c.groups * c.keys * c.width];
      dv = new double[c.batch * c.groups * c.keys * c.valueWidth];
      dmask = new double[in.size() == 4 ? Math.toIntExact(in.get(3).count()) : 0];
      for (int row = 0; row < rows; row++) {
        query(row, dy);
      }
    }

    private int maskIndex(int row, int key) {
      Tensor mask = in.get(3);
      int[] index = {row / c.queries / c.heads, row / c.queries % c.heads, row % c.queries, key};
      int at = 0;
      for (int axis = 0; axis < mask.rank(); axis++) {
        int size = mask.size(axis);
        at = at * size + (size == 1 ? 0 : index[4 - mask.rank() + axis]);
      }
      return at;
    }

    private double score(int row, int kv, int key) {
      int limit = row % c.queries + c.keys - c.queries;
      if (c.causal && key > limit) {
        return Double.NEGATIVE_INFINITY;
      }
      double sum = 0;
      for (int p = 0; p < c.width; p++) {
        sum +=
            in.get(0).getDouble((long) row * c.width + p)
                * in.get(1).getDouble((long) (kv + key) * c.width + p);
      }
      sum *= c.scale();
      if (in.size() < 4) {
        return sum;
      }
      double mask = in.get(3).getDouble(maskIndex(row, key));
      if (in.get(3).dtype() == DType.F32) {
        return sum + mask;
      }
      return mask != 0 ? sum : Double.NEGATIVE_INFINITY;
    }

    private void query(int row, Tensor dy) {
      int head = row / c.queries;
      int group = head % c.heads / (c.heads / c.groups);
      int kv = (head / c.heads * c.groups + group) * c.keys;
      double[] p = new double[c.keys];
      for (int key = 0; key < c.keys; key++) {
        p[key] = score(row, kv, key);
      }
      double max = Arrays.stream(p).max().orElse(Double.NEGATIVE_INFINITY);
      double sum = 0;
      for (int key = 0; key < c.keys; key++) {
        p[key] = max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(p[key] - max);
        sum += p[key];
      }
      lse[row] = sum == 0 ? Double.NEGATIVE_INFINITY : max + Math.log(sum);
      double delta = 0;
      for (int key = 0; key < c.keys; key++) {
        p[key] = sum == 0 ? 0 : p[key] / sum;
        for (int j = 0; j < c.valueWidth; j++) {
          double v = in.get(2).getDouble((long) (kv + key) * c.valueWidth + j);
          double d = dy.getDouble((long) row * c.valueWidth + j);
          y[row * c.valueWidth + j] += p[key] * v;
          dv[(kv + key) * c.valueWidth + j] += p[key] * d;
          delta += p[key] * v * d;
        }
      }
      for (int key = 0; key < c.keys; key++) {
        double ds = 0;
        for (int j = 0; j < c.valueWidth; j++) {
          ds +=
              in.get(2).getDouble((long) (kv + key) * c.valueWidth + j)
                  * dy.getDouble((long) row * c.valueWidth + j);
        }
        ds = p[key] * (ds - delta);
        if (dmask.length > 0) {
          dmask[maskIndex(row, key)] += ds;
        }
        for (int i = 0; i < c.width; i++) {
          double k = in.get(1).getDouble((long) (kv + key) * c.width + i);
          double q = in.get(0).getDouble((long) row * c.width + i);
          dq[row * c.width + i] += c.scale() * ds * k;
          dk[(kv + key) * c.width + i] += c.scale() * ds * q;
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forwardMatchesTheDefinition(Case c) {
    List<Tensor> in = c.inputs();
    List<Tensor> out = c.outputs();
    AttentionKernels.forward(FIVE, new Op.Attention(c.causal, c.scale()), in, out);
    Plain plain = new Plain(c, in, c.outputs().getFirst());
    Samples.assertClose(c + " y", plain.y, out.get(0), c.tolerance());
    Samples.assertClose(c + " lse", plain.lse, out.get(1), c.tolerance());

    List<Tensor> one = c.outputs();
    AttentionKernels.forward(ONE, new Op.Attention(c.causal, c.scale()), in, one);
    assertArrayEquals(Samples.floats(one.get(0)), Samples.floats(out.get(0)));
    assertArrayEquals(Samples.floats(one.get(1)), Samples.floats(out.get(1)));
  }

  private static List<Tensor> gradients(Case c, List<Tensor> in, Tensor dy, Parallel pool) {
    List<Tensor> out = c.outputs();
    AttentionKernels.forward(pool, new Op.Attention(c.causal, c.scale()), in, out);
    boolean hasMask = c.mask != Mask.NONE;
    boolean maskGrad = hasMask && in.get(3).dtype() == DType.F32;
    List<Tensor> all = new ArrayList<>(in);
    all.addAll(out);
    all.add(dy);
    List<Tensor> gradients = new ArrayList<>();
    for (Tensor input : in.subList(0, maskGrad ? 4 : 3)) {
      gradients.add(Samples.empty(input.shape().toArray()));
    }
    Op.AttentionGrad op = new Op.AttentionGrad(c.causal, c.scale(), hasMask, maskGrad);
    AttentionKernels.backward(pool, op, all, gradients);
    return gradients;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsMatchTheDefinition(Case c) {
    List<Tensor> in = c.inputs();
    Tensor dy = Samples.strided(5, PROJECTED, 0, c.batch, c.heads, c.queries, c.valueWidth);
    List<Tensor> found = gradients(c, in, dy, FIVE);
    Plain plain = new Plain(c, in, dy);
    Samples.assertClose(c + " dq", plain.dq, found.get(0), c.tolerance());
    Samples.assertClose(c + " dk", plain.dk, found.get(1), c.tolerance());
    Samples.assertClose(c + " dv", plain.dv, found.get(2), c.tolerance());
    if (found.size() == 4) {
      Samples.assertClose(c + " dmask", plain.dmask, found.get(3), c.tolerance());
    }
    List<Tensor> one = gradients(c, in, dy, ONE);
    for (int i = 0; i < found.size(); i++) {
      assertArrayEquals(Samples.floats(one.get(i)), Samples.floats(found.get(i)));
    }
  }

  @Test
  void nanReachesItsQueryOnly() {
    for (int queries : new int[] {2, 40}) {
      Case c = new Case(1, 2, 2, queries, 40, 16, 16, false, Mask.NONE);
      List<Tensor> in = c.inputs();
      Samples.set(in.get(0), 16, Float.NaN); // head 0, query 1
      List<Tensor> out = c.outputs();
      AttentionKernels.forward(FIVE, new Op.Attention(false, 1), in, out);
      for (int i = 0; i < out.get(0).count(); i++) {
        assertEquals(i / 16 == 1, Double.isNaN(out.get(0).getDouble(i)), "at " + i);
      }
    }
  }

  /// What a mask hides may be anything, as in the unused part of a cache.
  @Test
  void hiddenKeysMayBeNan() {
    for (int queries : new int[] {2, 40}) {
      Case c = new Case(1, 1, 1, queries, 40, 16, 16, false, Mask.BOOL_KEYS);
      List<Tensor> in = c.inputs();
      for (int key = 0; key < 40; key++) {
        in.get(3).segment().set(Elements.I8, key, (byte) (key == 7 ? 0 : 1));
      }
      Samples.set(in.get(1), 7 * 16 + 3, Float.NaN);
      List<Tensor> out = c.outputs();
      AttentionKernels.forward(FIVE, new Op.Attention(false, 1), in, out);
      for (int i = 0; i < out.get(0).count(); i++) {
        assertFalse(Double.isNaN(out.get(0).getDouble(i)), "at " + i);
      }
    }
  }
}
