package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.load;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cpu.Scratch.Slot;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Group norm over `(B, C, …)`, with `silu` behind it if asked for. The channels of a group lie
/// side by side, so a group is a row; within an array each channel is padded to whole vectors, so
/// that every loop runs over whole vectors.
final class GroupNormKernels {
  private GroupNormKernels() {}

  /// `(B, C, …)` seen as `B·groups` runs of `channels` channels of `plane` elements.
  private record Groups(Tensor x, int groups, int channels, int plane) {
    static Groups of(Work work, Tensor x, int groups) {
      int channels = x.size(1) / groups;
      int plane = (int) (x.count() / x.size(0) / x.size(1));
      return new Groups(work.contiguous(x), groups, channels, plane);
    }

    Groups like(Work work, Tensor other) {
      return new Groups(work.contiguous(other), groups, channels, plane);
    }

    int count() {
      return x.size(0) * groups;
    }

    /// From one channel to the next in an array.
    int pitch() {
      return Lanes.padded(plane);
    }

    int elements() {
      return channels * plane;
    }

    int firstChannel(int group) {
      return group % groups * channels;
    }

    void read(int group, float[] array, float padding) {
      MemorySegment memory = x.segment();
      for (int c = 0; c < channels; c++) {
        long start = (long) group * elements() + (long) c * plane;
        MemorySegment.copy(memory, Elements.F32, start * 4, array, c * pitch(), plane);
      }
      pad(array, padding);
    }

    void pad(float[] array, float padding) {
      for (int end = pitch(); end <= channels * pitch(); end += pitch()) {
        Arrays.fill(array, end - pitch() + plane, end, padding);
      }
    }

    void write(int group, float[] array) {
      MemorySegment memory = x.segment();
      for (int c = 0; c < channels; c++) {
        long start = (long) group * elements() + (long) c * plane;
        MemorySegment.copy(array, c * pitch(), memory, Elements.F32, start * 4, plane);
      }
    }
  }

  /// `x, w, bias → y, mean, rstd`
  static void forward(Work work, Op.GroupNorm op, List<Tensor> in, List<Tensor> out) {
    Groups x = Groups.of(work, in.get(0), op.groups());
    Groups y = x.like(work, out.get(0));
    float[] w = Rows.vector(work.contiguous(in.get(1)));
    float[] bias = Rows.vector(work.contiguous(in.get(2)));
    work.pool()
        .run(
            x.count(),
            (group, scratch) -> {
              int n = x.channels() * x.pitch();
              float[] a = scratch.floats(Slot.ROW, n);
              x.read(group, a, 0);
              float mean = (float) (Lanes.sum(a, n) / x.elements());
              x.pad(a, mean); // so that padding adds nothing to the variance
              double variance = Lanes.sumOfSquares(a, n, mean) / x.elements();
              float rstd = (float) (1 / Math.sqrt(variance + op.eps()));
              for (int c = 0; c < x.channels(); c++) {
                int channel = x.firstChannel(group) + c;
                standardise(a, c * x.pitch(), x.pitch(), mean, rstd, w[channel], bias[channel]);
              }
              if (op.silu()) {
                silu(a, n);
              }
              y.write(group, a);
              out.get(1).segment().set(Elements.F32, group * 4L, mean);
              out.get(2).segment().set(Elements.F32, group * 4L, rstd);
            });
  }

  private static void standardise(
      float[] a, int from, int n, float mean, float rstd, float w, float bias) {
    for (int i = from; i < from + n; i += COUNT) {
      load(a, i).sub(mean).mul(rstd).mul(w).add(bias).intoArray(a, i);
    }
  }

  private static void silu(float[] a, int n) {
    for (int i = 0; i < n; i += COUNT) {
      VectorMath.silu(load(a, i)).intoArray(a, i);
    }
  }

  /// `x, w, bias, mean, rstd, dy → dx, dw, dbias`: with `h = (x − mean)·rstd` and `g = dy ⊙
  /// silu'(h·w + bias)` (or `dy`), `dw = Σ g⊙h`, `dbias = Σ g` over batch and plane, `dx =
  /// rstd·(g·w − mean(g·w) − h·mean(g·w⊙h))`.
  static void backward(Work work, Op.GroupNormGrad op, List<Tensor> in, List<Tensor> out) {
    Groups x = Groups.of(work, in.get(0), op.groups());
    Groups dy = x.like(work, in.get(5));
    Groups dx = x.like(work, out.get(0));
    float[] w = Rows.vector(work.contiguous(in.get(1)));
    float[] bias = Rows.vector(work.contiguous(in.get(2)));
    MemorySegment means = work.contiguous(in.get(3)).segment();
    MemorySegment rstds = work.contiguous(in.get(4)).segment();
    int batch = in.get(0).size(0);
    int allChannels = in.get(0).size(1);
    double[] dws = new double[batch * allChannels];
    double[] dbs = new double[batch * allChannels];
    work.pool()
        .run(
            x.count(),
            (group, scratch) -> {
              int pitch = x.pitch();
              int n = x.channels() * pitch;
              float[] h = scratch.floats(Slot.ROW, n);
              float[] g = scratch.floats(Slot.OUTPUT_GRAD, n);
              float rstd = rstds.get(Elements.F32, group * 4L);
              float mean = means.get(Elements.F32, group * 4L);
              x.read(group, h, mean);
              dy.read(group, g, 0);
              double sumG = 0;
              double sumGh = 0;
              for (int c = 0; c < x.channels(); c++) {
                int channel = x.firstChannel(group) + c;
                int at = c * pitch;
                standardise(h, at, pitch, mean, rstd, 1, 0);
                if (op.silu()) {
                  siluGrad(h, g, at, pitch, w[channel], bias[channel]);
                }
                int sum = group / x.groups() * allChannels + channel;
                dbs[sum] = sum(g, at, pitch);
                dws[sum] = dot(g, h, at, pitch);
                sumG += w[channel] * dbs[sum];
                sumGh += w[channel] * dws[sum];
              }
              float meanG = (float) (sumG / x.elements());
              float meanGh = (float) (sumGh / x.elements());
              for (int c = 0; c < x.channels(); c++) {
                float scale = w[x.firstChannel(group) + c];
                inputGrad(g, h, c * pitch, pitch, scale, meanG, meanGh, rstd);
              }
              dx.write(group, g);
            });
    sumBatch(dws, out.get(1));
    sumBatch(dbs, out.get(2));
  }

  private static void siluGrad(float[] h, float[] g, int from, int n, float w, float bias) {
    for (int i = from; i < from + n; i += COUNT) {
      FloatVector v = load(g, i);
      VectorMath.siluSlope(load(h, i).mul(w).add(bias)).mul(v).intoArray(g, i);
    }
  }

  private static void inputGrad(
      float[] g, float[] h, int from, int n, float w, float meanG, float meanGh, float rstd) {
    for (int i = from; i < from + n; i += COUNT) {
      FloatVector across = load(g, i).mul(w).sub(meanG).sub(load(h, i).mul(meanGh));
      across.mul(rstd).intoArray(g, i);
    }
  }

  private static double sum(float[] a, int from, int n) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int i = from; i < from + n; i += COUNT) {
      sum = sum.add(load(a, i));
    }
    return Lanes.sum(sum);
  }

  private static double dot(float[] a, float[] b, int from, int n) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int i = from; i < from + n; i += COUNT) {
      sum = load(a, i).fma(load(b, i), sum);
    }
    return Lanes.sum(sum);
  }

  private static void sumBatch(double[] parts, Tensor y) {
    int channels = (int) y.count();
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int i = c; i < parts.length; i += channels) {
        sum += parts[i];
      }
      y.segment().set(Elements.F32, c * 4L, (float) sum);
    }
  }
}
