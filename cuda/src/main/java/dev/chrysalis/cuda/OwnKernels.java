package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.Work;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Ops for which CUDA devices have faster kernels than the portable ones.
final class OwnKernels {
  private static final int TENSOR_CORES = 80;
  private static final int HOPPER = 90;

  private final int units;
  private final Optional<DType> rounding;
  private final FloatProducts floatProducts;
  private final FloatAttention floatAttention;
  private final Convolutions convolutions;
  private final Optional<HalfProducts> halfProducts;
  private final Optional<BlasProducts> blasProducts;

  /// @param maps makes descriptions for the copy engine
  /// @param blas a library that takes the place of our own products
  /// @param rounding the 16-bit type that F32 operands of products, convolutions and attention are
  ///   rounded to, if any
  OwnKernels(DeviceInfo info, TensorMaps maps, Optional<Blas> blas, Optional<DType> rounding) {
    this.rounding = rounding;
    this.blasProducts = blas.map(BlasProducts::new);
    this.units = info.units();
    this.floatProducts = new FloatProducts(units);
    this.floatAttention = new FloatAttention(floatProducts, info.memoryBytes());
    this.convolutions = new Convolutions(units);
    int capability = Integer.parseInt(info.version().replaceAll("\\D", ""));
    this.halfProducts =
        capability < TENSOR_CORES
            ? Optional.empty()
            : Optional.of(new HalfProducts(capability == HOPPER && maps.exist(), units, maps));
  }

  /// Computes an op.
  ///
  /// @return whether there is a kernel for it
  boolean run(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    if (!tensorCores()) {
      return blasProducts.isPresent() && runByLibrary(work, op, in, out.getFirst());
    }
    boolean rounds =
        rounding.isPresent()
            && !in.isEmpty()
            && in.stream().noneMatch(x -> x.count() == 0)
            && in.getFirst().dtype() == DType.F32
            && out.getFirst().dtype() == DType.F32;
    return (rounds && runRounded(work, op, in, out)) || runExactly(work, op, in, out);
  }

  /// With operands of 16 bits and, of products, results of 32. Where few rows or queries only wait
  /// for memory, nothing is won by rounding them.
  private boolean runRounded(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    Tensor y = out.getFirst();
    return switch (op) {
      case Op.MatMul(boolean transposeA, boolean transposeB) -> {
        Tensor a = rounded(work, in.get(0));
        Tensor b = rounded(work, in.get(1));
        yield matMul(work, transposeA ? Work.swapped(a) : a, transposeB ? Work.swapped(b) : b, y);
      }
      case Op.Linear() -> {
        Tensor x = in.getFirst();
        DType stored = in.get(1).dtype();
        yield (stored == DType.F32 || stored == rounding.orElseThrow())
            && x.count() / x.size(x.rank() - 1) > FewRows.MOST
            && products(
                work,
                flat(rounded(work, x)),
                Work.swapped(rounded(work, in.get(1))),
                Results.bias(work, in),
                flat(y));
      }
      case Op.Attention(boolean causal, double scale) ->
          in.size() == 3
              && in.getFirst().size(2) > DecodeAttention.MOST_QUERIES
              && HalfAttention.run(work, causal, scale, rounded(work, in), out);
      case Op.AttentionGrad grad ->
          !grad.hasMask()
              && HalfAttention.grad(
                  work,
                  grad,
                  Stream.concat(rounded(work, in.subList(0, 3)).stream(), in.stream().skip(3))
                      .toList(),
                  out);
      case Op.Conv2d _, Op.Conv2dInputGrad _, Op.ConvTranspose2d _, Op.Conv2dWeightGrad _ -> {
        Tensor narrow = work.tensor(rounding.orElseThrow(), y.shape());
        boolean done = runExactly(work, op, rounded(work, in), List.of(narrow));
        if (done) {
          work.cast(narrow, y);
        }
        yield done;
      }
      default -> false;
    };
  }

  private Tensor rounded(Work work, Tensor x) {
    return Results.as(work, rounding.orElseThrow(), x);
  }

  private List<Tensor> rounded(Work work, List<Tensor> all) {
    return all.stream().map(x -> rounded(work, x)).toList();
  }

  private boolean runExactly(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    Tensor y = out.getFirst();
    return switch (op) {
      case Op.MatMul(boolean transposeA, boolean transposeB) -> {
        Tensor a = transposeA ? Work.swapped(in.get(0)) : in.get(0);
        Tensor b = transposeB ? Work.swapped(in.get(1)) : in.get(1);
        yield matMul(work, a, b, y);
      }
      case Op.Linear() -> linear(work, in, y);
      case Op.BlockLinear(BlockFormat format) -> blockLinear(work, format, in, y);
      case Op.Attention(boolean causal, double scale) -> attention(work, causal, scale, in, out);
      case Op.AttentionGrad grad ->
          HalfAttention.grad(work, grad, in, out) || floatAttention.grad(work, grad, in, out);
      case Op.Conv2d(Conv2dSpec spec) -> convolutions.forward(work, spec, in, y);
      case Op.Conv2dInputGrad(Conv2dSpec spec, _, _) -> convolutions.inputGrad(work, spec, in, y);
      case Op.ConvTranspose2d(Conv2dSpec spec, _, _) -> convolutions.inputGrad(work, spec, in, y);
      case Op.Conv2dWeightGrad(Conv2dSpec spec, _, _) -> convolutions.weightGrad(work, spec, in, y);
      default -> false;
    };
  }

  private static boolean bothHalf(Tensor a, Tensor b) {
    return a.dtype().isHalf() && a.dtype() == b.dtype();
  }

  /// On devices for which all other kernels are the portable ones; they have no BF16.
  private boolean runByLibrary(Work work, Op op, List<Tensor> in, Tensor y) {
    if (in.stream().anyMatch(x -> x.dtype() == DType.BF16)) {
      return false;
    }
    return switch (op) {
      case Op.MatMul(boolean transposeA, boolean transposeB) ->
          byLibrary(
              work,
              transposeA ? Work.swapped(in.get(0)) : in.get(0),
              transposeB ? Work.swapped(in.get(1)) : in.get(1),
              Optional.empty(),
              y);
      case Op.Linear() ->
          in.getFirst().count() > 0
              && byLibrary(
                  work,
                  flat(work.dense(in.get(0))),
                  Work.swapped(in.get(1)),
                  Results.bias(work, in),
                  flat(y));
      default -> false;
    };
  }

  private boolean linear(Work work, List<Tensor> in, Tensor y) {
    if (in.getFirst().count() == 0) {
      return false;
    }
    Tensor x = work.dense(in.get(0));
    Tensor w = in.get(1);
    Optional<Tensor> bias = Results.bias(work, in);
    return byLibrary(work, flat(x), Work.swapped(w), bias, flat(y))
        || FewRows.linear(work, flat(x), w, bias, flat(y))
        || ownProducts(work, flat(x), Work.swapped(w), bias, flat(y));
  }

  private boolean blockLinear(Work work, BlockFormat format, List<Tensor> in, Tensor y) {
    Tensor x = in.getFirst();
    return x.dtype() == DType.F32
        && y.dtype() == DType.F32
        && x.count() > 0
        && FewRows.blockLinear(
            work, format, flat(work.dense(x)), in.get(1), Results.bias(work, in), flat(y));
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
        || HalfAttention.run(work, causal, scale, in, out)
        || floatAttention.run(work, causal, scale, in, out);
  }

  /// Many products with the same right operand are one.
  private boolean matMul(Work work, Tensor a, Tensor b, Tensor y) {
    if (b.rank() == 2 && a.rank() > 2 && a.isContiguous() && a.count() > 0 && y.count() > 0) {
      return products(work, flat(a), b, Optional.empty(), flat(y));
    }
    return products(work, a, b, Optional.empty(), y);
  }

  private boolean byLibrary(Work work, Tensor a, Tensor b, Optional<Tensor> bias, Tensor y) {
    return blasProducts.isPresent() && blasProducts.get().run(work, a, b, bias, y);
  }

  private boolean products(Work work, Tensor a, Tensor b, Optional<Tensor> bias, Tensor y) {
    return byLibrary(work, a, b, bias, y) || ownProducts(work, a, b, bias, y);
  }

  private boolean ownProducts(Work work, Tensor a, Tensor b, Optional<Tensor> bias, Tensor y) {
    if (bothHalf(a, b)) {
      return halfProducts.get().run(work, a, b, bias, y);
    }
    boolean wide = a.dtype() == DType.F32 && (b.dtype() == DType.F32 || b.dtype().isHalf());
    return wide && floatProducts.run(work, a, b, bias, y);
  }
}
