package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Comparison;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.MemoryPool;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tally;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.UnaryFn;
import dev.chrysalis.tensor.scalar.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// The host's processor through the Vector API, on all its cores.
///
/// Kernels compute in F32. F16 and BF16 are widened in front of a kernel and rounded behind it;
/// F64, integers, empty tensors and the few ops without a vector kernel go to the scalar kernels.
/// Ops that only move elements take every dtype.
public final class CpuBackend implements Backend {
  /// Up to so many are found by insertion; more are sorted.
  private static final int MAX_TOP_K = 256;

  private final MemoryPool memory;
  private final Parallel pool;
  private final Map<Work.Route, Tally<Class<?>>> tallies;

  /// As many threads as the system property `chrysalis.threads` says, or as there are processors.
  public CpuBackend() {
    this(Integer.getInteger("chrysalis.threads", Runtime.getRuntime().availableProcessors()));
  }

  /// @param threads how many compute at once; results do not depend on it
  public CpuBackend(int threads) {
    this(new MemoryPool(), threads, tallies());
  }

  private static Map<Work.Route, Tally<Class<?>>> tallies() {
    Map<Work.Route, Tally<Class<?>>> tallies = new EnumMap<>(Work.Route.class);
    for (Work.Route route : Work.Route.values()) {
      tallies.put(route, new Tally<>());
    }
    return tallies;
  }

  private CpuBackend(MemoryPool memory, int threads, Map<Work.Route, Tally<Class<?>>> tallies) {
    this.memory = memory;
    this.pool = new Parallel(threads, memory);
    this.tallies = tallies;
  }

  @Override
  public Backend alone() {
    return new CpuBackend(memory, 1, tallies);
  }

  @Override
  public SortedMap<String, Long> variants() {
    SortedMap<String, Long> variants = new TreeMap<>();
    tallies.forEach((route, tally) ->
        tally.forEach((op, count) -> variants.put(op.getSimpleName() + route, count)));
    return variants;
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public int threads() {
    return pool.threads();
  }

  @Override
  public String description() {
    return "vectors of %d bits, %d threads".formatted(8 * Lanes.BYTES, threads());
  }

  @Override
  public Storage allocate(long sizeBytes) {
    return memory.allocate(sizeBytes);
  }

  @Override
  public void reserve(long sizeBytes) {
    memory.reserve(sizeBytes);
  }

  @Override
  public void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    try (Work work = new Work(pool, memory)) {
      if (movesOnly(op)) {
        kernel(work, op, inputs, outputs);
      } else if (op instanceof Op.Linear
          && inputs.get(1).dtype().isHalf()
          && !inputs.get(0).dtype().isHalf()) {
        storedLinear(work, StoredRows::of, inputs, outputs.getFirst());
      } else if (has(DType.F16, inputs, outputs) || has(DType.BF16, inputs, outputs)) {
        work.went(Work.Route.WIDENED);
        widened(work, op, inputs, outputs);
      } else {
        computeF32(work, op, inputs, outputs);
      }
      tallies.get(work.route()).add(op.getClass());
    }
  }

  private static void scalar(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    work.went(Work.Route.SCALAR);
    ScalarKernels.execute(op, in, out);
  }

  private static boolean has(DType dtype, List<Tensor> inputs, List<Tensor> outputs) {
    return has(dtype, inputs) || has(dtype, outputs);
  }

  // By index, without an iterator: every op comes by here, some several times.

  private static boolean has(DType dtype, List<Tensor> tensors) {
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).dtype() == dtype) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasEmpty(List<Tensor> tensors) {
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).count() == 0) {
        return true;
      }
    }
    return false;
  }

  /// Whether the kernel of `op` takes any dtype, and empty tensors.
  private static boolean movesOnly(Op op) {
    return op instanceof Op.Copy
        || op instanceof Op.Cast
        || op instanceof Op.Fill
        || op instanceof Op.Tril
        || op instanceof Op.SliceGrad
        || op instanceof Op.Cat
        || op instanceof Op.Pad
        || op instanceof Op.Embedding
        || op instanceof Op.IndexSelect;
  }

  /// @return whether there is a kernel for these dtypes
  private static boolean cast(Work work, Tensor x, Tensor y) {
    if (x.dtype() == y.dtype()) {
      CopyKernels.copy(work.pool(), x, y);
      return true;
    }
    return x.count() == 0 || CastKernels.cast(work.pool(), x, y);
  }

  /// Computes in F32 what is given and wanted in 16 bits.
  private static void widened(Work work, Op op, List<Tensor> inputs, List<Tensor> outputs) {
    List<Tensor> in = new ArrayList<>();
    for (Tensor x : inputs) {
      Tensor wide = x.dtype().isHalf() ? work.tensor(new TensorType(DType.F32, x.shape())) : x;
      if (wide != x) {
        cast(work, x, wide);
      }
      in.add(wide);
    }
    List<Tensor> out = new ArrayList<>();
    for (Tensor y : outputs) {
      out.add(y.dtype().isHalf() ? work.tensor(new TensorType(DType.F32, y.shape())) : y);
    }
    computeF32(work, op, in, out);
    for (int i = 0; i < out.size(); i++) {
      if (out.get(i) != outputs.get(i)) {
        cast(work, out.get(i), outputs.get(i));
      }
    }
  }

  private static void computeF32(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    if (hasEmpty(in) || hasEmpty(out) || !has(DType.F32, in, out) || has(DType.F64, in, out)) {
      scalar(work, op, in, out);
    } else {
      kernel(work, op, in, out);
    }
  }

  /// The kernel of every op: for any dtype in the first group, for F32 in the others. Ops left to
  /// the scalar kernels stand together near the end.
  private static void kernel(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    Parallel pool = work.pool();
    Tensor y = out.getFirst();
    switch (op) {
      case Op.Copy() -> CopyKernels.copy(pool, in.getFirst(), y);
      case Op.Cast _ -> {
        if (!cast(work, in.getFirst(), y)) {
          scalar(work, op, in, out);
        }
      }
      case Op.Fill(_, double value) -> CopyKernels.fill(pool, y, value);
      case Op.Tril(int diagonal) ->
          CopyKernels.tril(pool, work.contiguous(in.getFirst()), diagonal, y);
      case Op.SliceGrad(_, List<Integer> starts, List<Integer> steps) ->
          CopyKernels.place(pool, in.getFirst(), starts, steps, 0, y);
      case Op.Cat(int axis) -> CopyKernels.cat(pool, axis, in, y);
      case Op.Pad(List<Integer> before, _, double value) ->
          CopyKernels.place(
              pool, in.getFirst(), before, Collections.nCopies(y.rank(), 1), value, y);
      case Op.Embedding() -> IndexKernels.embedding(work, in.get(0), in.get(1), y);
      case Op.IndexSelect(int axis) ->
          IndexKernels.indexSelect(work, axis, in.get(0), in.get(1), y);

      case Op.Random random -> RandomKernels.random(pool, random, y);

      case Op.Unary(UnaryFn fn) -> Elementwise.map(pool, in, y, UnaryKernels.of(fn));
      case Op.UnaryGrad(UnaryFn fn) -> {
        Tensor value = in.get(UnaryGradKernels.readsOutput(fn) ? 1 : 0);
        Elementwise.map2(pool, List.of(value, in.get(2)), y, UnaryGradKernels.of(fn));
      }
      case Op.Pow(double exponent) ->
          Elementwise.map(pool, in, y, ElementwiseKernels.pow(exponent));
      case Op.Affine(double scale, double shift) ->
          Elementwise.map(pool, in, y, ElementwiseKernels.affine((float) scale, (float) shift));
      case Op.Clamp(double min, double max) ->
          Elementwise.map(pool, in, y, ElementwiseKernels.clamp((float) min, (float) max));
      case Op.Binary(BinaryFn fn) -> Elementwise.map2(pool, in, y, ElementwiseKernels.of(fn));
      case Op.Compare(Comparison relation) -> ElementwiseKernels.compare(pool, relation, in, y);
      case Op.Where() -> ElementwiseKernels.where(pool, in, y);
      case Op.SwiGlu() -> Elementwise.map2(pool, in, y, ElementwiseKernels::swiGlu);
      case Op.SwiGluGrad() -> ElementwiseKernels.swiGluGrad(pool, in, out);
      case Op.GeGlu() -> ElementwiseKernels.geGlu(pool, in.getFirst(), y);
      case Op.GeGluGrad() -> ElementwiseKernels.geGluGrad(pool, in.get(0), in.get(1), y);
      case Op.AdamW adamW -> ElementwiseKernels.adamW(pool, adamW, in, out);

      case Op.Sum(List<Integer> axes, _) ->
          ReduceKernels.reduce(work, ReduceKernels.Fold.SUM, axes, in.getFirst(), y);
      case Op.Max(List<Integer> axes, _) ->
          ReduceKernels.reduce(work, ReduceKernels.Fold.MAX, axes, in.getFirst(), y);
      case Op.ArgMax(int axis, _) ->
          IndexKernels.argMax(work, CopyKernels.moveLast(in.getFirst(), axis), y);

      case Op.TopK(int axis, int k) -> {
        if (k <= MAX_TOP_K && in.getFirst().shape().axis(axis) == in.getFirst().rank() - 1) {
          IndexKernels.topK(work, k, in.getFirst(), out);
        } else {
          scalar(work, op, in, out);
        }
      }

      case Op.MatMul matMul -> Gemm.matMul(pool, matMul, in, y);
      case Op.Linear() -> {
        List<Tensor> operands = new ArrayList<>(in);
        operands.replaceAll(x -> x.rank() == 1 ? work.contiguous(x) : x);
        Gemm.linear(pool, operands, y);
      }
      case Op.BlockLinear(BlockFormat format) ->
          storedLinear(work, w -> StoredRows.of(w, format), in, y);
      case Op.Conv2d(Conv2dSpec spec) -> Conv2dKernels.forward(pool, spec, work.contiguous(in), y);
      case Op.Conv2dInputGrad(Conv2dSpec spec, _, _) ->
          Conv2dKernels.inputGrad(pool, spec, work.contiguous(in), y);
      case Op.Conv2dWeightGrad(Conv2dSpec spec, _, _) ->
          Conv2dKernels.weightGrad(pool, spec, work.contiguous(in), y);
      case Op.ConvTranspose2d(Conv2dSpec spec, _, _) ->
          Conv2dKernels.transposed(pool, spec, work.contiguous(in), y);

      case Op.LayerNorm(double eps) -> NormKernels.layerNorm(work, eps, in, out);
      case Op.LayerNormGrad() -> NormKernels.layerNormGrad(work, in, out);
      case Op.RmsNorm(double eps) -> NormKernels.rmsNorm(work, eps, in, out);
      case Op.RmsNormGrad() -> NormKernels.rmsNormGrad(work, in, out);
      case Op.GroupNorm norm -> GroupNormKernels.forward(work, norm, in, out);
      case Op.GroupNormGrad norm -> GroupNormKernels.backward(work, norm, in, out);
      case Op.L2Normalize(int axis, double eps) ->
          along(
              work,
              axis,
              in,
              y,
              (x, to) -> SoftmaxKernels.l2Normalize(work, eps, x.getFirst(), to));
      case Op.L2NormalizeGrad(int axis, double eps) ->
          along(work, axis, in, y, (x, to) -> SoftmaxKernels.l2NormalizeGrad(work, eps, x, to));

      case Op.Softmax(int axis) ->
          along(work, axis, in, y, (x, to) -> SoftmaxKernels.softmax(work, x.getFirst(), to));
      case Op.SoftmaxGrad(int axis) ->
          along(work, axis, in, y, (x, to) -> SoftmaxKernels.softmaxGrad(work, x, to));
      case Op.LogSoftmax(int axis) ->
          along(work, axis, in, y, (x, to) -> SoftmaxKernels.logSoftmax(work, x.getFirst(), to));
      case Op.LogSoftmaxGrad(int axis) ->
          along(work, axis, in, y, (x, to) -> SoftmaxKernels.logSoftmaxGrad(work, x, to));
      case Op.LogSumExp(int axis, _) ->
          SoftmaxKernels.logSumExp(work, CopyKernels.moveLast(in.getFirst(), axis), y);
      case Op.CrossEntropy loss -> LossKernels.crossEntropy(work, loss, in, out);
      case Op.CrossEntropyGrad(Op.CrossEntropy forward) ->
          LossKernels.crossEntropyGrad(work, forward, in, y);

      case Op.Attention attention ->
          AttentionKernels.forward(pool, attention, unitSteps(work, in, 3), out);
      case Op.AttentionGrad grad ->
          AttentionKernels.backward(pool, grad, attentionGradInputs(work, grad, in), out);
      case Op.Rope(boolean inverse) -> RopeKernels.rope(work, inverse, in, y);

      case Op.EmbeddingGrad _ -> IndexKernels.embeddingGrad(work, in, y);
      case Op.Interpolate(_, _, Resampling resampling) ->
          PictureKernels.interpolate(pool, resampling, work.contiguous(in.getFirst()), y);
      case Op.InterpolateGrad(_, _, Resampling resampling) ->
          PictureKernels.interpolateGrad(pool, resampling, work.contiguous(in.getFirst()), y);

      case Op.Range _,
          Op.Sort _,
          Op.CumSum _,
          Op.Dequantize _,
          Op.AvgPool2d _,
          Op.AvgPool2dGrad _,
          Op.MaxPool2d _,
          Op.MaxPool2dGrad _,
          Op.IndexAdd _,
          Op.Gather _,
          Op.ScatterAdd _ ->
          scalar(work, op, in, out);

      case Op.Reshape _, Op.Permute _, Op.Expand _, Op.Slice _ ->
          throw new AssertionError("a view has no kernel: " + op);
    }
  }

  /// A product with weights that are read as they are stored.
  private static void storedLinear(
      Work work, Function<Tensor, StoredRows> rows, List<Tensor> in, Tensor y) {
    work.went(Work.Route.STORED);
    Tensor w = in.get(1);
    Tensor tight = w.stride(1) == 1 ? w : work.contiguous(w);
    MemorySegment bias = in.size() == 3 ? work.contiguous(in.get(2)).segment() : MemorySegment.NULL;
    StoredLinear.run(
        work.pool(), work.contiguous(in.get(0)), rows.apply(tight), w.size(0), bias, y);
  }

  /// A kernel along the last axis.
  private interface RowKernel {
    void run(List<Tensor> in, Tensor y);
  }

  /// Runs a kernel of the last axis along `axis`.
  private static void along(Work work, int axis, List<Tensor> in, Tensor y, RowKernel kernel) {
    int at = y.shape().axis(axis);
    if (at == y.rank() - 1) {
      kernel.run(in, y);
      return;
    }
    Tensor moved = CopyKernels.moveLast(y, at);
    Tensor result = work.tensor(moved.type());
    kernel.run(in.stream().map(x -> CopyKernels.moveLast(x, at)).toList(), result);
    CopyKernels.copy(work.pool(), result, moved);
  }

  /// The inputs, of which the first `count` are copied if strided along their last axis.
  private static List<Tensor> unitSteps(Work work, List<Tensor> in, int count) {
    List<Tensor> unit = new ArrayList<>(in);
    for (int i = 0; i < count; i++) {
      Tensor x = in.get(i);
      unit.set(i, x.size(-1) == 1 || x.stride(x.rank() - 1) == 1 ? x : work.contiguous(x));
    }
    return unit;
  }

  /// `q, k, v, y, dy` with unit steps, `lse` contiguous.
  private static List<Tensor> attentionGradInputs(
      Work work, Op.AttentionGrad grad, List<Tensor> in) {
    int y = grad.hasMask() ? 4 : 3;
    List<Tensor> inputs = unitSteps(work, in, 3);
    inputs.set(y, work.contiguous(in.get(y)));
    inputs.set(y + 1, work.contiguous(in.get(y + 1)));
    inputs.set(y + 2, work.contiguous(in.get(y + 2)));
    return inputs;
  }
}
