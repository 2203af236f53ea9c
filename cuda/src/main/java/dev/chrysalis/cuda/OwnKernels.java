package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.Work;
import java.util.List;
import java.util.Optional;

/// Ops for which CUDA devices have faster kernels than the portable ones.
final class OwnKernels {
  private static final int TENSOR_CORES = 80;
  private static final int HOPPER = 90;

  private final int units;
  private final Optional<HalfProducts> halfProducts;

  /// @param maps makes descriptions for the copy engine
  OwnKernels(DeviceInfo info, TensorMaps maps) {
    this.units = info.units();
    int capability = Integer.parseInt(info.version().replaceAll("\\D", ""));
    this.halfProducts =
        capability < TENSOR_CORES
            ? Optional.empty()
            : Optional.of(new HalfProducts(capability == HOPPER, info.units(), maps));
  }

  /// Computes an op.
  ///
  /// @return whether there is a kernel for it
  boolean run(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    Tensor y = out.getFirst();
    return switch (op) {
      case Op.MatMul(boolean transposeA, boolean transposeB) -> {
        Tensor a = transposeA ? Work.swapped(in.get(0)) : in.get(0);
        Tensor b = transposeB ? Work.swapped(in.get(1)) : in.get(1);
        yield matMul(work, a, b, y);
      }
      case Op.Linear() -> linear(work, in, y);
      case Op.BlockLinear(BlockFormat format) -> blockLinear(work, format, in, y);
      case Op.Attention(boolean causal, double scale) ->
          tensorCores() && attention(work, causal, scale, in, out);
      case Op.AttentionGrad grad -> tensorCores() && HalfAttention.grad(work, grad, in, out);
      default -> false;
    };
  }

  private boolean matMul(Work work, Tensor a, Tensor b, Tensor y) {
    return bothHalf(a, b) && halfProducts.isPresent() && rows(work, a, b, Optional.empty(), y);
  }

  private static boolean bothHalf(Tensor a, Tensor b) {
    return a.dtype().isHalf() && a.dtype() == b.dtype();
  }

  private boolean linear(Work work, List<Tensor> in, Tensor y) {
    if (!tensorCores() || in.getFirst().count() == 0) {
      return false;
    }
    Tensor x = work.dense(in.get(0));
    Tensor w = in.get(1);
    Optional<Tensor> bias = bias(work, in);
    return FewRows.linear(work, flat(x), w, bias, flat(y))
        || (bothHalf(x, w) && rows(work, x, Work.swapped(w), bias, y));
  }

  private boolean blockLinear(Work work, BlockFormat format, List<Tensor> in, Tensor y) {
    Tensor x = in.getFirst();
    return tensorCores()
        && x.dtype() == DType.F32
        && y.dtype() == DType.F32
        && x.count() > 0
        && FewRows.blockLinear(
            work, format, flat(work.dense(x)), in.get(1), bias(work, in), flat(y));
  }

  private static Optional<Tensor> bias(Work work, List<Tensor> in) {
    return in.size() == 3 ? Optional.of(work.dense(in.get(2))) : Optional.empty();
  }

  /// A row-major tensor as a matrix of its last axis.
  private static Tensor flat(Tensor x) {
    int columns = x.size(x.rank() - 1);
    return Work.shaped(x, (int) (x.count() / columns), columns);
  }

  private boolean tensorCores() {
    return halfProducts.isPresent();
  }

  private boolean attention(
      Work work, boolean causal, double scale, List<Tensor> in, List<Tensor> out) {
    return DecodeAttention.run(work, causal, scale, in, out, units)
        || HalfAttention.run(work, causal, scale, in, out);
  }

  /// Many products with the same right operand are one.
  private boolean rows(Work work, Tensor a, Tensor b, Optional<Tensor> bias, Tensor y) {
    if (b.rank() == 2 && a.rank() > 2 && a.isContiguous() && a.count() > 0 && y.count() > 0) {
      return halfProducts.get().run(work, flat(a), b, bias, flat(y));
    }
    return halfProducts.get().run(work, a, b, bias, y);
  }
}
