package dev.chrysalis.tensor.scalar;

import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// Matrix products.
final class ProductKernels {
  private ProductKernels() {}

  static void matmul(boolean transposeA, boolean transposeB, List<Tensor> in, Tensor out) {
    double[] a = Dense.doubles(in.get(0));
    double[] b = Dense.doubles(in.get(1));
    double[] y = new double[(int) out.count()];
    int m = out.size(-2);
    int n = out.size(-1);
    int k = in.get(0).size(transposeA ? -2 : -1);
    int rowA = transposeA ? 1 : k; // from one row of op(a) to the next
    int columnA = transposeA ? m : 1;
    int rowB = transposeB ? 1 : n;
    int columnB = transposeB ? k : 1;
    Shape batch = batch(out);
    int[] matrixA = Grid.broadcast(batch(in.get(0)), batch);
    int[] matrixB = Grid.broadcast(batch(in.get(1)), batch);
    for (int matrix = 0; matrix < matrixA.length; matrix++) {
      int startA = matrixA[matrix] * m * k;
      int startB = matrixB[matrix] * k * n;
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = 0;
          for (int l = 0; l < k; l++) {
            sum += a[startA + i * rowA + l * columnA] * b[startB + l * rowB + j * columnB];
          }
          y[(matrix * m + i) * n + j] = sum;
        }
      }
    }
    Dense.write(out, y);
  }

  private static Shape batch(Tensor x) {
    return x.shape().range(0, x.rank() - 2);
  }

  static void linear(List<Tensor> in, Tensor out) {
    double[] x = Dense.doubles(in.get(0));
    double[] w = Dense.doubles(in.get(1));
    int n = in.get(1).size(0);
    int k = in.get(1).size(1);
    double[] bias = in.size() == 3 ? Dense.doubles(in.get(2)) : new double[n];
    double[] y = new double[(int) out.count()];
    for (int at = 0; at < y.length; at++) {
      int row = at / n;
      int j = at % n;
      double sum = 0;
      for (int l = 0; l < k; l++) {
        sum += x[row * k + l] * w[j * k + l];
      }
      y[at] = sum + bias[j];
    }
    Dense.write(out, y);
  }
}
