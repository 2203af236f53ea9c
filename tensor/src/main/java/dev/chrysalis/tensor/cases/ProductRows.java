package dev.chrysalis.tensor.cases;

import static dev.chrysalis.tensor.cases.OpTable.EXACT;
import static dev.chrysalis.tensor.cases.OpTable.ROUNDED;
import static dev.chrysalis.tensor.cases.OpTable.SUMMED;
import static dev.chrysalis.tensor.cases.OpTable.condition;
import static dev.chrysalis.tensor.cases.OpTable.integers;
import static dev.chrysalis.tensor.cases.OpTable.name;
import static dev.chrysalis.tensor.cases.OpTable.shape;
import static dev.chrysalis.tensor.cases.OpTable.shapes;
import static dev.chrysalis.tensor.cases.OpTable.strided;
import static dev.chrysalis.tensor.cases.OpTable.x;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/// Products, convolutions, attention and pictures.
final class ProductRows {
  private ProductRows() {}

  static void addTo(OpTable table) {
    products(table);
    rotations(table);
    convolutions(table);
    attention(table);
    brokenQueries(table);
    pictures(table);
  }

  private static void products(OpTable table) {
    int[][] sizes = {
      {1, 1, 1},
      {3, 5, 7},
      {17, 33, 9},
      {1, 300, 40},
      {64, 70, 130},
      {130, 257, 65},
      {4, 0, 3},
      // Rows at multiples of 16 bytes, as tensor cores take them: few rows, tails, a long sum.
      {6, 264, 40},
      {136, 200, 72},
      {264, 64, 264},
      {70, 520, 136}
    };
    for (int[] s : sizes) {
      for (int flags = 0; flags < 4; flags++) {
        boolean ta = (flags & 1) == 1;
        boolean tb = (flags & 2) == 2;
        int[] a = ta ? shape(2, s[1], s[0]) : shape(2, s[0], s[1]);
        int[] b = tb ? shape(s[2], s[1]) : shape(s[1], s[2]);
        table.add(
            name("matmul", s, ta, tb),
            new Op.MatMul(ta, tb),
            SUMMED,
            () -> List.of(x(1, a), x(2, b)));
      }
      table.add(
          name("linear", s),
          new Op.Linear(),
          SUMMED,
          () -> List.of(x(1, 2, s[0], s[1]), x(2, s[2], s[1]), x(3, s[2])));
    }
    table.add(
        "matmul, broadcast",
        new Op.MatMul(false, false),
        SUMMED,
        () -> List.of(x(1, 3, 1, 6, 8), x(2, 4, 8, 10)));
    table.add(
        "matmul, strided",
        new Op.MatMul(false, false),
        SUMMED,
        () -> List.of(strided(1, 3, 6, 8), strided(2, 3, 8, 10)));
    table.add(
        "matmul, heads",
        new Op.MatMul(false, true),
        SUMMED,
        () -> List.of(x(1, 2, 9, 3, 16).swap(1, 2), x(2, 2, 11, 3, 16).swap(1, 2)));
    for (DType half : new DType[] {DType.F16, DType.BF16}) {
      for (int[] s :
          new int[][] {
            {1, 100, 7},
            {3, 33, 9},
            {5, 300, 40},
            {70, 530, 65},
            {300, 1100, 50},
            {6, 300, 1601},
            {2, 0, 3}
          }) {
        table.addFixed(
            name("linear", half, s),
            new Op.Linear(),
            SUMMED,
            () -> List.of(x(1, 1, s[0], s[1]), x(2, s[2], s[1]).to(half), x(3, s[2])));
      }
      table.addFixed(
          name("linear, strided", half),
          new Op.Linear(),
          SUMMED,
          () -> List.of(strided(1, 40), strided(2, 7, 40).to(half)));
      table.addFixed(
          name("linear, rows of a table", half),
          new Op.Linear(),
          SUMMED,
          () -> List.of(x(1, 2, 64), x(2, 9, 80).to(half).slice(1, 8, 72).slice(0, 2, 8)));
    }
    for (BlockFormat format : BlockFormat.values()) {
      for (int[] s :
          new int[][] {
            {1, 1, 1},
            {1, 2, 7},
            {2, 2, 40},
            {4, 3, 6},
            {5, 1, 4},
            {8, 2, 9},
            {40, 3, 70},
            {300, 5, 50},
            {20, 5, 301},
            {33, 1, 601},
            {0, 1, 2}
          }) {
        int k = 256 * s[1];
        table.addFixed(
            name("block linear", format, s),
            new Op.BlockLinear(format),
            SUMMED,
            () -> List.of(x(1, s[0], k), blocks(format, s[2], k), x(3, s[2])));
      }
      table.addFixed(
          name("block linear, some rows", format),
          new Op.BlockLinear(format),
          SUMMED,
          () -> List.of(strided(1, 2, 256), blocks(format, 9, 256).slice(0, 3, 8)));
    }
    table.addFixed(
        "linear, F16 of every kind", new Op.Linear(), SUMMED, () -> List.of(x(1, 1, 32), kinds()));
    table.add(
        "linear, vector",
        new Op.Linear(),
        SUMMED,
        () -> List.of(strided(1, 40), strided(2, 7, 40)));
  }

  /// Rows of blocks with random bytes; scales are kept small and finite.
  private static Tensor blocks(BlockFormat format, int rows, int k) {
    int bytes = format.rowBytes(k);
    Random random = new Random(rows * 31L + k);
    byte[] data = new byte[rows * bytes];
    random.nextBytes(data);
    for (int at = 0; at < data.length; at += format.blockBytes()) {
      for (int scale : scales(format)) {
        short half = Float.floatToFloat16((random.nextFloat() - 0.3f) / 100);
        data[at + scale] = (byte) half;
        data[at + scale + 1] = (byte) (half >> 8);
      }
    }
    return Tensor.of(DType.U8, data, rows, bytes);
  }

  /// Where the F16 scales of a block stand.
  private static int[] scales(BlockFormat format) {
    return switch (format) {
      case Q8_0, Q4_0 -> new int[] {0};
      case Q4_K -> new int[] {0, 2};
      case Q6_K -> new int[] {208};
    };
  }

  /// Normal and subnormal numbers, zeros, the largest and the smallest; rows with infinities and
  /// NaN.
  private static Tensor kinds() {
    float[] values = new float[4 * 32];
    for (int i = 0; i < 32; i++) {
      values[i] = (i % 2 == 0 ? 1 : -1) * (float) Math.scalb(1 + i / 64.0, i - 25);
      values[32 + i] = i * 0x1p-24f;
      values[64 + i] = i == 20 ? Float.NaN : i;
      values[96 + i] = i == 3 ? Float.NEGATIVE_INFINITY : 0;
    }
    return Tensor.of(values, 4, 32).to(DType.F16);
  }

  private static void rotations(OpTable table) {
    for (boolean inverse : new boolean[] {false, true}) {
      for (int[] s : shapes(shape(2, 3, 5, 8), shape(1, 2, 7, 64), shape(3, 2))) {
        int[] angles = {s[s.length - 2], s[s.length - 1] / 2};
        table.add(
            name("rope", s, inverse),
            new Op.Rope(inverse),
            ROUNDED,
            () -> List.of(x(1, s), x(2, angles), x(3, angles)));
      }
      table.add(
          name("rope, heads", inverse),
          new Op.Rope(inverse),
          ROUNDED,
          () -> List.of(x(1, 2, 5, 3, 40).swap(1, 2), x(2, 5, 20), x(3, 5, 20)));
    }
  }

  private static void convolutions(OpTable table) {
    record Conv(int in, int out, int height, int width, int kernel, Conv2dSpec spec) {}
    Conv[] convs = {
      new Conv(3, 4, 7, 9, 3, Conv2dSpec.of(1, 1)),
      new Conv(5, 6, 8, 8, 1, Conv2dSpec.of(1, 0)),
      new Conv(3, 20, 16, 16, 4, Conv2dSpec.of(4, 0)),
      new Conv(4, 8, 9, 11, 3, Conv2dSpec.of(2, 1)),
      new Conv(4, 6, 9, 9, 3, Conv2dSpec.of(1, 1).withGroups(2)),
      new Conv(6, 6, 9, 9, 3, Conv2dSpec.of(1, 1).withGroups(6)),
      new Conv(2, 3, 9, 8, 3, new Conv2dSpec(2, 1, 0, 0, 1, 1, 1, 2, 1)),
      new Conv(40, 33, 12, 20, 3, Conv2dSpec.of(1, 1)),
      // More patches in a row than a task takes, paddings that differ.
      new Conv(32, 36, 5, 141, 3, new Conv2dSpec(1, 1, 0, 2, 1, 0, 1, 1, 1)),
      new Conv(33, 34, 14, 16, 3, Conv2dSpec.of(1, 3)),
      // More channels and outputs than Winograd's kernels take at a time.
      new Conv(520, 170, 13, 15, 3, Conv2dSpec.of(1, 1)),
      // Rows at multiples of 16 bytes.
      new Conv(20, 70, 9, 16, 3, Conv2dSpec.of(1, 1)),
      new Conv(24, 40, 4, 10, 1, Conv2dSpec.of(1, 0)),
      // So many outputs that they are worth a product of matrices; paddings, strides that differ.
      new Conv(256, 256, 5, 7, 1, Conv2dSpec.of(1, 0)),
      new Conv(29, 257, 13, 11, 3, new Conv2dSpec(2, 3, 1, 4, 2, 2, 1, 2, 1)),
    };
    for (Conv c : convs) {
      Conv2dSpec spec = c.spec();
      boolean small = c.in() * c.out() <= 1 << 16;
      int[] x = {2, c.in(), c.height(), c.width()};
      int[] w = {c.out(), c.in() / spec.groups(), c.kernel(), c.kernel()};
      int[] y = {
        2, c.out(), spec.outHeight(c.height(), c.kernel()), spec.outWidth(c.width(), c.kernel())
      };
      table.add(
          name("conv2d", c),
          new Op.Conv2d(spec),
          SUMMED,
          small,
          () -> List.of(x(1, x), x(2, w), x(3, c.out())));
      table.add(
          name("conv2d input grad", c),
          new Op.Conv2dInputGrad(spec, c.height(), c.width()),
          SUMMED,
          small,
          () -> List.of(x(1, y), x(2, w)));
      table.add(
          name("conv2d weight grad", c),
          new Op.Conv2dWeightGrad(spec, c.kernel(), c.kernel()),
          SUMMED,
          small,
          () -> List.of(x(1, x), x(2, y)));
      table.add(
          name("conv transpose2d", c),
          new Op.ConvTranspose2d(spec, 0, 0),
          SUMMED,
          small,
          () -> List.of(x(1, y), x(2, w), x(3, c.in())));
    }
    Op.AvgPool2d mean = new Op.AvgPool2d(2, 3, 2, 1);
    table.add("avg pool", mean, SUMMED, () -> List.of(x(1, 2, 3, 8, 9)));
    table.add(
        "avg pool grad", new Op.AvgPool2dGrad(mean, 8, 9), SUMMED, () -> List.of(x(1, 2, 3, 4, 7)));
    table.add(
        "max pool", new Op.MaxPool2d(3, 3, 2, 2, 1, 1), EXACT, () -> List.of(x(1, 2, 3, 8, 9)));
    table.add(
        "max pool grad",
        new Op.MaxPool2dGrad(4, 5),
        SUMMED,
        () -> List.of(x(1, 2, 3, 2, 2), integers(20, 2, 3, 2, 2)));
  }

  private static void attention(OpTable table) {
    int[][] sizes = {
      {1, 1, 1, 1, 1, 4},
      {2, 4, 2, 5, 7, 8},
      {1, 2, 2, 33, 33, 16},
      {1, 3, 1, 1, 70, 20},
      {1, 2, 1, 70, 130, 64},
      {2, 2, 2, 30, 40, 32},
      {1, 4, 2, 20, 150, 80},
      {1, 2, 2, 10, 12, 96},
      {1, 2, 1, 140, 140, 128},
      {1, 1, 1, 9, 40, 160},
      // Few queries, many keys.
      {2, 8, 2, 1, 300, 128},
      {1, 6, 1, 3, 200, 256}
    };
    for (int[] s : sizes) {
      for (boolean causal : new boolean[] {false, true}) {
        if (causal && s[3] > s[4]) {
          continue;
        }
        Supplier<List<Tensor>> qkv =
            () ->
                List.of(
                    x(1, s[0], s[1], s[3], s[5]),
                    x(2, s[0], s[2], s[4], s[5]),
                    x(3, s[0], s[2], s[4], s[5]));
        Op.Attention attention = new Op.Attention(causal, 1 / Math.sqrt(s[5]));
        table.add(name("attention", s, causal), attention, SUMMED, qkv);
        table.add(
            name("attention, masked", s, causal),
            attention,
            SUMMED,
            () -> with(qkv.get(), condition(s[0], 1, 1, s[4])));
        table.add(
            name("attention, biased", s, causal),
            attention,
            SUMMED,
            () -> with(qkv.get(), x(4, s[1], s[3], s[4])));
        Op.AttentionGrad grad = new Op.AttentionGrad(causal, attention.scale(), false, false);
        table.addFixed(
            name("attention grad", s, causal),
            grad,
            2e-5,
            () -> {
              List<Tensor> in = qkv.get();
              List<Tensor> out = Ops.runAll(attention, in);
              return with(in, out.get(0), out.get(1), x(5, s[0], s[1], s[3], s[5]));
            });
        for (DType half : new DType[] {DType.F16, DType.BF16}) {
          table.addFixed(
              name("attention grad", half, s, causal),
              grad,
              1 / 64.0,
              () -> {
                List<Tensor> in = qkv.get().stream().map(each -> each.to(half)).toList();
                List<Tensor> out = Ops.runAll(attention, in);
                Tensor dy = x(5, s[0], s[1], s[3], s[5]).to(half);
                return with(in, out.get(0), out.get(1), dy);
              });
        }
        table.addFixed(
            name("attention grad, biased", s, causal),
            new Op.AttentionGrad(causal, attention.scale(), true, true),
            2e-5,
            () -> {
              List<Tensor> in = with(qkv.get(), x(4, s[1], s[3], s[4]));
              List<Tensor> out = Ops.runAll(attention, in);
              return with(in, out.get(0), out.get(1), x(5, s[0], s[1], s[3], s[5]));
            });
      }
    }
  }

  /// A query that is not a number has no numbers as its result, the others are left alone.
  private static void brokenQueries(OpTable table) {
    for (int queries : new int[] {1, 9}) {
      float[] values = new float[2 * queries * 16];
      for (int i = 0; i < values.length; i++) {
        values[i] = i == 3 ? Float.NaN : (i % 7 - 3) / 4f;
      }
      table.add(
          name("attention, NaN", queries),
          new Op.Attention(false, 0.25),
          SUMMED,
          () ->
              List.of(
                  Tensor.of(values, 1, 2, queries, 16), x(2, 1, 1, 40, 16), x(3, 1, 1, 40, 16)));
    }
  }

  private static void pictures(OpTable table) {
    int[][] sizes = {
      {3, 4, 6, 8}, {5, 7, 8, 3}, {27, 27, 8, 8}, {9, 9, 9, 9}, {4, 5, 1, 1}, {1, 1, 3, 4}
    };
    for (int[] s : sizes) {
      for (Resampling.Mode mode : Resampling.Mode.values()) {
        for (int variant = 0; variant < 3; variant++) {
          Resampling resampling = new Resampling(mode, variant == 1, variant == 2);
          table.add(
              name(resampling, s),
              new Op.Interpolate(s[2], s[3], resampling),
              SUMMED,
              () -> List.of(x(1, 2, 3, s[0], s[1])));
          table.add(
              name("grad", resampling, s),
              new Op.InterpolateGrad(s[0], s[1], resampling),
              SUMMED,
              () -> List.of(x(1, 2, 3, s[2], s[3])));
        }
      }
    }
  }

  private static List<Tensor> with(List<Tensor> first, Tensor... more) {
    List<Tensor> all = new ArrayList<>(first);
    all.addAll(List.of(more));
    return all;
  }
}
