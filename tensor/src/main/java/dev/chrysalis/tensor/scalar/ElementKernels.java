package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Philox;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/// Element by element, and values from nothing.
final class ElementKernels {
  private ElementKernels() {}

  static void fill(double value, Tensor y) {
    double[] values = new double[(int) y.count()];
    Arrays.fill(values, value);
    Dense.write(y, values);
  }

  static void range(double start, double step, Tensor y) {
    double[] values = new double[(int) y.count()];
    Arrays.setAll(values, i -> start + i * step);
    Dense.write(y, values);
  }

  static void random(Op.Random op, Tensor y) {
    double[] values = new double[(int) y.count()];
    switch (op.distribution()) {
      case UNIFORM -> Philox.uniforms(op.seed(), op.stream(), 0, values, values.length);
      case NORMAL -> Philox.normals(op.seed(), op.stream(), 0, values, values.length);
    }
    Dense.write(y, values);
  }

  /// `y = f(x)`
  static void map(Tensor x, Tensor y, DoubleUnaryOperator f) {
    double[] values = Dense.doubles(x);
    for (int i = 0; i < values.length; i++) {
      values[i] = f.applyAsDouble(values[i]);
    }
    Dense.write(y, values);
  }

  /// `y = f(x)` on integers.
  private static void mapLongs(Tensor x, Tensor y, LongUnaryOperator f) {
    long[] values = Dense.longs(x);
    for (int i = 0; i < values.length; i++) {
      values[i] = f.applyAsLong(values[i]);
    }
    Dense.write(y, values);
  }

  static void unaryGrad(UnaryFn fn, List<Tensor> in, Tensor dx) {
    double[] x = Dense.doubles(in.get(0));
    double[] y = Dense.doubles(in.get(1));
    double[] dy = Dense.doubles(in.get(2));
    for (int i = 0; i < dy.length; i++) {
      dy[i] *= Functions.derivative(fn, x[i], y[i]);
    }
    Dense.write(dx, dy);
  }

  /// Integers are exact as long as `scale` and `shift` are whole; otherwise the result is
  /// truncated.
  static void affine(double scale, double shift, Tensor x, Tensor y) {
    long wholeScale = (long) scale;
    long wholeShift = (long) shift;
    if (!x.dtype().isFloat() && wholeScale == scale && wholeShift == shift) {
      mapLongs(x, y, v -> wholeScale * v + wholeShift);
    } else {
      map(x, y, v -> scale * v + shift);
    }
  }

  static void clamp(double min, double max, Tensor x, Tensor y) {
    if (x.dtype().isFloat()) {
      map(x, y, v -> Math.min(Math.max(v, min), max));
    } else {
      mapLongs(x, y, v -> v > max ? (long) max : v < min ? (long) Math.min(min, max) : v);
    }
  }

  static void binary(BinaryFn fn, Tensor left, Tensor right, Tensor out) {
    int[] atLeft = Grid.broadcast(left.shape(), out.shape());
    int[] atRight = Grid.broadcast(right.shape(), out.shape());
    if (out.dtype().isFloat()) {
      double[] a = Dense.doubles(left);
      double[] b = Dense.doubles(right);
      double[] y = new double[atLeft.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = Functions.apply(fn, a[atLeft[i]], b[atRight[i]]);
      }
      Dense.write(out, y);
    } else {
      long[] a = Dense.longs(left);
      long[] b = Dense.longs(right);
      long[] y = new long[atLeft.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = Functions.apply(fn, a[atLeft[i]], b[atRight[i]]);
      }
      Dense.write(out, y);
    }
  }

  static void compare(Comparison relation, Tensor left, Tensor right, Tensor out) {
    int[] atLeft = Grid.broadcast(left.shape(), out.shape());
    int[] atRight = Grid.broadcast(right.shape(), out.shape());
    long[] y = new long[atLeft.length];
    if (left.dtype().isFloat()) {
      double[] a = Dense.doubles(left);
      double[] b = Dense.doubles(right);
      for (int i = 0; i < y.length; i++) {
        y[i] = Functions.holds(relation, a[atLeft[i]], b[atRight[i]]) ? 1 : 0;
      }
    } else {
      long[] a = Dense.longs(left);
      long[] b = Dense.longs(right);
      for (int i = 0; i < y.length; i++) {
        y[i] = Functions.holds(relation, a[atLeft[i]], b[atRight[i]]) ? 1 : 0;
      }
    }
    Dense.write(out, y);
  }

  static void where(List<Tensor> in, Tensor out) {
    long[] condition = Dense.longs(in.get(0));
    int[] atCondition = Grid.broadcast(in.get(0).shape(), out.shape());
    int[] atLeft = Grid.broadcast(in.get(1).shape(), out.shape());
    int[] atRight = Grid.broadcast(in.get(2).shape(), out.shape());
    if (out.dtype().isFloat()) {
      double[] a = Dense.doubles(in.get(1));
      double[] b = Dense.doubles(in.get(2));
      double[] y = new double[atCondition.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = condition[atCondition[i]] != 0 ? a[atLeft[i]] : b[atRight[i]];
      }
      Dense.write(out, y);
    } else {
      long[] a = Dense.longs(in.get(1));
      long[] b = Dense.longs(in.get(2));
      long[] y = new long[atCondition.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = condition[atCondition[i]] != 0 ? a[atLeft[i]] : b[atRight[i]];
      }
      Dense.write(out, y);
    }
  }

  static void cast(Tensor x, Tensor y) {
    if (x.dtype().isFloat()) {
      Dense.write(y, Dense.doubles(x));
    } else {
      Dense.write(y, Dense.longs(x));
    }
  }

  static void swiGlu(List<Tensor> in, Tensor out) {
    double[] gate = Dense.doubles(in.get(0));
    double[] up = Dense.doubles(in.get(1));
    double[] y = new double[gate.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = gate[i] * Functions.sigmoid(gate[i]) * up[i];
    }
    Dense.write(out, y);
  }

  static void swiGluGrad(List<Tensor> in, List<Tensor> out) {
    double[] gate = Dense.doubles(in.get(0));
    double[] up = Dense.doubles(in.get(1));
    double[] dy = Dense.doubles(in.get(2));
    double[] dgate = new double[dy.length];
    double[] dup = new double[dy.length];
    for (int i = 0; i < dy.length; i++) {
      dgate[i] = dy[i] * up[i] * Functions.siluDerivative(gate[i]);
      dup[i] = dy[i] * gate[i] * Functions.sigmoid(gate[i]);
    }
    Dense.write(out.get(0), dgate);
    Dense.write(out.get(1), dup);
  }

  static void geGlu(Tensor in, Tensor out) {
    double[] x = Dense.doubles(in);
    double[] y = new double[x.length / 2];
    int n = out.size(-1);
    for (int i = 0; i < y.length; i++) {
      int a = i / n * 2 * n + i % n;
      y[i] = x[a] * Functions.gelu(x[a + n]);
    }
    Dense.write(out, y);
  }

  static void geGluGrad(List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    double[] dy = Dense.doubles(in.get(1));
    double[] dx = new double[x.length];
    int n = in.get(1).size(-1);
    for (int i = 0; i < dy.length; i++) {
      int a = i / n * 2 * n + i % n;
      dx[a] = dy[i] * Functions.gelu(x[a + n]);
      dx[a + n] = dy[i] * x[a] * Functions.geluDerivative(x[a + n]);
    }
    Dense.write(out, dx);
  }

  static void adamW(Op.AdamW op, List<Tensor> in, List<Tensor> out) {
    double[] p = Dense.doubles(in.get(0));
    double[] g = Dense.doubles(in.get(1));
    double[] m = Dense.doubles(in.get(2));
    double[] v = Dense.doubles(in.get(3));
    double correctionM = 1 - Math.pow(op.beta1(), op.step());
    double correctionV = 1 - Math.pow(op.beta2(), op.step());
    for (int i = 0; i < p.length; i++) {
      m[i] = op.beta1() * m[i] + (1 - op.beta1()) * g[i];
      v[i] = op.beta2() * v[i] + (1 - op.beta2()) * g[i] * g[i];
      double step = m[i] / correctionM / (Math.sqrt(v[i] / correctionV) + op.eps());
      p[i] = p[i] * (1 - op.learningRate() * op.weightDecay()) - op.learningRate() * step;
    }
    Dense.write(out.get(0), p);
    Dense.write(out.get(1), m);
    Dense.write(out.get(2), v);
  }
}
