package dev.chrysalis.bench;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Convolutions with a bias, as in the UNet and the autoencoder of Stable Diffusion.
public final class ConvBench {
  private ConvBench() {}

  /// Measures one convolution.
  ///
  /// @param dtype of the pictures, the weights, the bias and the result
  /// @throws BenchException if the backend computes it wrongly
  public static BenchRow run(ConvShape s, DType dtype, Timing.Plan plan) {
    return Scope.compute(
        () -> {
          int k = s.kernel();
          Tensor x = Ops.normal(dtype, 1, 0, s.batch(), s.inputs(), s.height(), s.width());
          Tensor weight = Ops.normal(dtype, 1, 1, s.outputs(), s.inputs(), k, k);
          Tensor bias = Ops.normal(dtype, 1, 2, s.outputs());
          return new OpBench(
                  "conv",
                  s.toString(),
                  new Op.Conv2d(Conv2dSpec.of(1, k / 2)),
                  List.of(x, weight, bias),
                  SpotCheck.TERMS,
                  index -> exact(x, weight, bias, index))
              .run(plan);
        },
        _ -> List.of());
  }

  private static SpotCheck.Sum exact(Tensor x, Tensor weight, Tensor bias, int[] index) {
    int kernel = weight.size(2);
    SpotCheck.Sum sum = SpotCheck.Sum.ZERO.plus(SpotCheck.at(bias, index[1]));
    for (int c = 0; c < x.size(1); c++) {
      for (int i = 0; i < kernel; i++) {
        int row = index[2] + i - kernel / 2;
        for (int j = 0; j < kernel; j++) {
          int column = index[3] + j - kernel / 2;
          boolean inside = row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3);
          if (inside) {
            double pixel = SpotCheck.at(x, index[0], c, row, column);
            sum = sum.plus(pixel * SpotCheck.at(weight, index[1], c, i, j));
          }
        }
      }
    }
    return sum;
  }
}
