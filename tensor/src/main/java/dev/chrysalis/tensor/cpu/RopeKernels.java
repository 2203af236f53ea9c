package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.Lanes.COUNT;
import static dev.chrysalis.tensor.cpu.Lanes.load;
import static dev.chrysalis.tensor.cpu.Lanes.store;

import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/// Rotary positions, row by row; products are rounded before they are added, in vectors and in the
/// tail alike.
final class RopeKernels {
  private RopeKernels() {}

  /// `x (…, T, d), cos (T, d/2), sin (T, d/2) → y`
  static void rope(Work work, boolean inverse, List<Tensor> in, Tensor y) {
    Rows x = Rows.of(work, in.get(0));
    Rows to = Rows.of(work, y);
    MemorySegment cos = work.contiguous(in.get(1)).segment();
    MemorySegment sin = work.contiguous(in.get(2)).segment();
    int positions = y.size(-2);
    int half = x.length() / 2;
    float sign = inverse ? -1 : 1;
    x.forEach(
        work.pool(),
        (first, last, scratch) -> {
          for (int r = first; r < last; r++) {
            long table = (long) (r % positions) * half * 4;
            rotate(
                x.memory(),
                x.start(r) * 4,
                cos,
                sin,
                table,
                to.memory(),
                to.start(r) * 4,
                half,
                sign);
          }
        });
  }

  private static void rotate(
      MemorySegment x,
      long from,
      MemorySegment cos,
      MemorySegment sin,
      long table,
      MemorySegment y,
      long to,
      int half,
      float sign) {
    long other = half * 4L;
    long i = 0;
    for (; i <= (half - COUNT) * 4L; i += Lanes.BYTES) {
      FloatVector c = load(cos, table + i);
      FloatVector s = load(sin, table + i).mul(sign);
      FloatVector a = load(x, from + i);
      FloatVector b = load(x, from + other + i);
      store(a.mul(c).sub(b.mul(s)), y, to + i);
      store(b.mul(c).add(a.mul(s)), y, to + other + i);
    }
    for (; i < half * 4L; i += 4) { // tail: less than a vector
      float c = cos.get(Elements.F32, table + i);
      float s = sin.get(Elements.F32, table + i) * sign;
      float a = x.get(Elements.F32, from + i);
      float b = x.get(Elements.F32, from + other + i);
      y.set(Elements.F32, to + i, a * c - b * s);
      y.set(Elements.F32, to + other + i, b * c + a * s);
    }
  }
}
