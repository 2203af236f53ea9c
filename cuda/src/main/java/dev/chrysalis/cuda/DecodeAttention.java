package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Launch;
import dev.chrysalis.tensor.device.Work;
import java.util.List;

/// Attention of a few queries over many keys, which takes the time that it takes to read keys and
/// values: see `decode.cu`. Keys are cut into parts, so that all units have work.
final class DecodeAttention {
  private static final String FILE = "decode.cu";
  private static final int LANES = 128;
  private static final int COMBINING_LANES = 256;

  /// Queries that one reading of keys and values serves.
  static final int MOST_QUERIES = 8;

  private static final int MOST_SIZE = 256;
  private static final int ALIGNED_BYTES = 16;

  /// Keys of a part are a multiple of this.
  private static final int KEYS = 32;

  /// Groups wanted for each unit of the device.
  private static final int GROUPS_OF_UNIT = 4;

  private DecodeAttention() {}

  /// `q, k, v → y, lse`
  ///
  /// @return whether there is a kernel for it
  static boolean run(
      Work work, boolean causal, double scale, List<Tensor> in, List<Tensor> out, int units) {
    Tensor q = in.get(0);
    Tensor k = in.get(1);
    Tensor v = in.get(2);
    int d = q.size(3);
    int queries = q.size(2);
    boolean known =
        in.size() == 3
            && (k.dtype() == DType.F32 || k.dtype() == DType.BF16)
            && k.dtype() == v.dtype()
            && (q.dtype() == DType.F32 || q.dtype() == k.dtype())
            && queries <= MOST_QUERIES
            && d <= MOST_SIZE
            && d % 8 == 0
            && v.size(3) == d;
    if (!known || k.size(2) == 0 || out.getFirst().count() == 0 || !aligned(k) || !aligned(v)) {
      return false;
    }
    int heads = q.size(1);
    int keyHeads = k.size(1);
    int keys = k.size(2);
    int together = heads / keyHeads * queries;
    int served = together <= 4 ? 4 : 8;
    int rows = keyHeads * ((together + served - 1) / served);
    long groups = (long) rows * q.size(0);
    int wanted = Math.clamp((GROUPS_OF_UNIT * units + groups - 1) / groups, 1, keys);
    int splitKeys = ((keys + wanted - 1) / wanted + KEYS - 1) / KEYS * KEYS;
    int splits = (keys + splitKeys - 1) / splitKeys;
    long all = (long) q.size(0) * heads * queries;
    if (q.size(0) > FloatProducts.MOST_LAYERS
        || rows > FloatProducts.MOST_LAYERS
        || all > Integer.MAX_VALUE) {
      return false;
    }
    int results = (int) all;
    Tensor y = Results.in(work, DType.F32, out.get(0));
    Tensor lse = Results.in(work, DType.F32, out.get(1));
    Tensor parts = work.tensor(DType.F32, results, splits, d);
    Tensor sums = work.tensor(DType.F32, results, splits, 2);
    int size = d <= 64 ? 64 : d <= 128 ? 128 : 256;
    String name = "decode_attention_%s_%d_%d".formatted(Results.word(k.dtype()), size, served);
    Launch launch = work.launch(new KernelId(FILE, "ATTENTION", name), DType.F32);
    launch
        .read(Results.as(work, DType.F32, q))
        .at(k)
        .at(v)
        .write(y)
        .write(lse)
        .write(parts)
        .write(sums)
        .nothing()
        .with(heads)
        .with(keyHeads)
        .with(queries)
        .with(keys)
        .with(d);
    for (Tensor x : List.of(k, v)) {
      launch.with(x.stride(0)).with(x.stride(1)).with(x.stride(2));
    }
    launch
        .number(scale)
        .with(causal)
        .with(splitKeys)
        .with(splits)
        .run(new Grid(splits, rows, q.size(0), LANES, 0));
    if (splits > 1) {
      work.launch(new KernelId(FILE, "ATTENTION", "decode_combine"), DType.F32)
          .read(parts)
          .read(sums)
          .write(y)
          .write(lse)
          .nothing()
          .with(d)
          .with(splitKeys)
          .with(splits)
          .groups(results, COMBINING_LANES);
    }
    Results.handOver(work, y, out.get(0));
    Results.handOver(work, lse, out.get(1));
    return true;
  }

  /// Whether every row begins at a multiple of 16 bytes.
  private static boolean aligned(Tensor x) {
    int size = x.dtype().sizeBytes();
    boolean aligned = x.stride(3) == 1 && x.offset() * size % ALIGNED_BYTES == 0;
    for (int axis = 0; axis < 3; axis++) {
      aligned &= x.size(axis) == 1 || x.stride(axis) * size % ALIGNED_BYTES == 0;
    }
    return aligned;
  }
}
