package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.load;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Norms over the last axis. Sums over rows, for the gradients of the weights, are taken over fixed
/// runs of rows and these then added in order: the same bits for any number of threads.
final class NormKernels {
  /// Runs of rows at most, so that their sums stay few.
  private static final int MAX_RUNS = 32;

  private NormKernels() {}

  /// `x, w, bias → y, mean, rstd`
  static void layerNorm(Work work, double eps, List<Tensor> in, List<Tensor> out) {
    Rows x = Rows.of(work, in.get(0));
    Rows y = Rows.of(work, out.get(0));
    Tensor weight = work.contiguous(in.get(1));
    Tensor shift = work.contiguous(in.get(2));
    MemorySegment means = out.get(1).segment();
    MemorySegment rstds = out.get(2).segment();
    x.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = x.padded();
          float[] w = Rows.vector(weight, scratch.floats(Slot.SHARED, n));
          float[] bias = Rows.vector(shift, scratch.floats(Slot.STATE, n));
          float[] row = scratch.floats(Slot.ROW, n);
          for (int r = first; r < last; r++) {
            x.read(r, row, 0);
            float mean = (float) (Lanes.sum(row, n) / x.length());
            Arrays.fill(row, x.length(), n, mean); // padding adds nothing to the variance
            double variance = Lanes.sumOfSquares(row, n, mean) / x.length();
            float rstd = (float) (1 / Math.sqrt(variance + eps));
            standardise(row, w, bias, n, mean, rstd);
            y.write(r, row);
            means.set(Elements.F32, r * 4L, mean);
            rstds.set(Elements.F32, r * 4L, rstd);
          }
        });
  }

  private static void standardise(
      float[] x, float[] w, float[] bias, int n, float mean, float rstd) {
    for (int i = 0; i < n; i += COUNT) {
      load(x, i).sub(mean).mul(rstd).fma(load(w, i), load(bias, i)).intoArray(x, i);
    }
  }

  /// `x, w, mean, rstd, dy → dx, dw, dbias`: with `h = (x − mean)·rstd` and `g = dy ⊙ w`, `dx =
  /// rstd·(g − mean(g) − h·mean(g⊙h))`, `dw = Σ dy⊙h`, `dbias = Σ dy`.
  static void layerNormGrad(Work work, List<Tensor> in, List<Tensor> out) {
    Rows x = Rows.of(work, in.get(0));
    Rows dy = Rows.of(work, in.get(4));
    Rows dx = Rows.of(work, out.get(0));
    float[] w = Rows.vector(work.contiguous(in.get(1)));
    MemorySegment means = work.contiguous(in.get(2)).segment();
    MemorySegment rstds = work.contiguous(in.get(3)).segment();
    int n = x.padded();
    int rows = rowsPerRun(x);
    float[][] dws = new float[runs(x, rows)][n];
    float[][] dbs = new float[dws.length][n];
    x.forEach(
        work.pool(),
        rows,
        (first, last, scratch) -> {
          float[] h = scratch.floats(Slot.ROW, n);
          float[] g = scratch.floats(Slot.OUTPUT_GRAD, n);
          float[] dw = dws[first / rows];
          float[] db = dbs[first / rows];
          for (int r = first; r < last; r++) {
            float mean = means.get(Elements.F32, r * 4L);
            float rstd = rstds.get(Elements.F32, r * 4L);
            x.read(r, h, mean);
            dy.read(r, g, 0);
            layerNormSums(h, g, w, dw, db, n, mean, rstd);
            float meanG = (float) (Lanes.sum(g, n) / x.length());
            float meanGh = (float) (Lanes.dot(g, h, n) / x.length());
            across(g, h, n, meanG, meanGh, rstd);
            dx.write(r, g);
          }
        });
    sumInOrder(dws, out.get(1));
    sumInOrder(dbs, out.get(2));
  }

  /// `x` becomes `h`, `dy` becomes `g`; `dw` and `db` take their share.
  private static void layerNormSums(
      float[] x, float[] dy, float[] w, float[] dw, float[] db, int n, float mean, float rstd) {
    for (int i = 0; i < n; i += COUNT) {
      FloatVector h = load(x, i).sub(mean).mul(rstd);
      FloatVector g = load(dy, i);
      h.intoArray(x, i);
      g.fma(h, load(dw, i)).intoArray(dw, i);
      g.add(load(db, i)).intoArray(db, i);
      g.mul(load(w, i)).intoArray(dy, i);
    }
  }

  /// `g = (g − meanG − h·meanGh)·rstd`
  private static void across(float[] g, float[] h, int n, float meanG, float meanGh, float rstd) {
    for (int i = 0; i < n; i += COUNT) {
      FloatVector across = load(g, i).sub(meanG).sub(load(h, i).mul(meanGh));
      across.mul(rstd).intoArray(g, i);
    }
  }

  private static int rowsPerRun(Rows x) {
    return Math.max(Math.max(1, Rows.CHUNK / x.length()), (x.count() + MAX_RUNS - 1) / MAX_RUNS);
  }

  private static int runs(Rows x, int rowsPerRun) {
    return (x.count() + rowsPerRun - 1) / rowsPerRun;
  }

  private static void sumInOrder(float[][] parts, Tensor y) {
    for (int i = 0; i < y.count(); i++) {
      double sum = 0;
      for (float[] part : parts) {
        sum += part[i];
      }
      y.segment().set(Elements.F32, i * 4L, (float) sum);
    }
  }

  /// `x, w → y, rstd`
  static void rmsNorm(Work work, double eps, List<Tensor> in, List<Tensor> out) {
    Rows x = Rows.of(work, in.get(0));
    Rows y = Rows.of(work, out.get(0));
    Tensor weight = work.contiguous(in.get(1));
    MemorySegment rstds = out.get(1).segment();
    x.forEach(
        work.pool(),
        (first, last, scratch) -> {
          int n = x.padded();
          float[] w = Rows.vector(weight, scratch.floats(Slot.SHARED, n));
          float[] row = scratch.floats(Slot.ROW, n);
          for (int r = first; r < last; r++) {
            x.read(r, row, 0);
            double meanSquare = Lanes.dot(row, row, n) / x.length();
            float rstd = (float) (1 / Math.sqrt(meanSquare + eps));
            scale(row, w, n, rstd);
            y.write(r, row);
            rstds.set(Elements.F32, r * 4L, rstd);
          }
        });
  }

  private static void scale(float[] x, float[] w, int n, float rstd) {
    for (int i = 0; i < n; i += COUNT) {
      load(x, i).mul(rstd).mul(load(w, i)).intoArray(x, i);
    }
  }

  /// `x, w, rstd, dy → dx, dw`: with `h = x·rstd` and `g = dy ⊙ w`, `dx = rstd·(g − h·mean(g⊙h))`,
  /// `dw = Σ dy⊙h`.
  static void rmsNormGrad(Work work, List<Tensor> in, List<Tensor> out) {
    Rows x = Rows.of(work, in.get(0));
    Rows dy = Rows.of(work, in.get(3));
    Rows dx = Rows.of(work, out.get(0));
    float[] w = Rows.vector(work.contiguous(in.get(1)));
    MemorySegment rstds = work.contiguous(in.get(2)).segment();
    int n = x.padded();
    int rows = rowsPerRun(x);
    float[][] dws = new float[runs(x, rows)][n];
    x.forEach(
        work.pool(),
        rows,
        (first, last, scratch) -> {
          float[] h = scratch.floats(Slot.ROW, n);
          float[] g = scratch.floats(Slot.OUTPUT_GRAD, n);
          float[] dw = dws[first / rows];
          for (int r = first; r < last; r++) {
            float rstd = rstds.get(Elements.F32, r * 4L);
            x.read(r, h, 0);
            dy.read(r, g, 0);
            rmsNormSums(h, g, w, dw, n, rstd);
            float meanGh = (float) (Lanes.dot(g, h, n) / x.length());
            across(g, h, n, 0, meanGh, rstd);
            dx.write(r, g);
          }
        });
    sumInOrder(dws, out.get(1));
  }

  /// `x` becomes `h`, `dy` becomes `g`; `dw` takes its share.
  private static void rmsNormSums(float[] x, float[] dy, float[] w, float[] dw, int n, float rstd) {
    for (int i = 0; i < n; i += COUNT) {
      FloatVector h = load(x, i).mul(rstd);
      FloatVector g = load(dy, i);
      h.intoArray(x, i);
      g.fma(h, load(dw, i)).intoArray(dw, i);
      g.mul(load(w, i)).intoArray(dy, i);
    }
  }
}
