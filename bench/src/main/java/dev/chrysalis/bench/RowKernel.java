package dev.chrysalis.bench;

import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Ops that work on the rows of `(rows, columns)` tensors and whose speed is that of the memory:
/// one element by element, the norms, softmax. Each has its formula beside it, which its first
/// results are held against.
public enum RowKernel {
  /// `y = a + b`
  ADD(new Op.Binary(BinaryFn.ADD), 2, 0, 0),
  /// `y = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`
  GELU_TANH(new Op.Unary(UnaryFn.GELU_TANH), 1, 0, 0),
  /// See `Op.Softmax`.
  SOFTMAX(new Op.Softmax(1), 1, 0, 0),
  /// See `Op.LayerNorm`.
  LAYER_NORM(new Op.LayerNorm(1e-5), 1, 2, 2),
  /// See `Op.RmsNorm`.
  RMS_NORM(new Op.RmsNorm(1e-5), 1, 1, 1);

  private static final double TOLERANCE = 1e-5;

  private final Op op;
  private final int grids;
  private final int weights;
  private final int statistics;

  /// @param grids inputs of `(rows, columns)`
  /// @param weights inputs of `(columns)`, behind them
  /// @param statistics outputs of `(rows)`, behind `y`
  RowKernel(Op op, int grids, int weights, int statistics) {
    this.op = op;
    this.grids = grids;
    this.weights = weights;
    this.statistics = statistics;
  }

  /// What one call reads and writes.
  public record Call(RowKernel kernel, List<Tensor> inputs, List<Tensor> outputs) {
    /// Computes.
    public void run() {
      Ops.update(kernel.op, inputs, outputs);
    }

    /// `(rows, columns)`
    public Tensor result() {
      return outputs.getFirst();
    }

    /// Bytes of all inputs and outputs.
    public long bytes() {
      return IntStream.range(0, inputs.size() + outputs.size())
          .mapToObj(i -> i < inputs.size() ? inputs.get(i) : outputs.get(i - inputs.size()))
          .mapToLong(tensor -> tensor.type().sizeBytes())
          .sum();
    }
  }

  /// A call on random numbers that has computed once, and rightly.
  ///
  /// @throws BenchException if the backend computes it wrongly
  public Call prepare(int rows, int columns) {
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < grids; i++) {
      inputs.add(Ops.normal(DType.F32, 1, i, rows, columns));
    }
    for (int i = 0; i < weights; i++) {
      inputs.add(Ops.normal(DType.F32, 2, i, columns));
    }
    List<Tensor> outputs = new ArrayList<>();
    outputs.add(Ops.fill(DType.F32, Double.NaN, rows, columns));
    for (int i = 0; i < statistics; i++) {
      outputs.add(Ops.fill(DType.F32, Double.NaN, rows));
    }
    Call call = new Call(this, List.copyOf(inputs), List.copyOf(outputs));
    call.run();
    IntStream.of(0, rows / 2, rows - 1).distinct().forEach(row -> check(call, row));
    return call;
  }

  private void check(Call call, int row) {
    List<double[]> vectors =
        call.inputs().stream()
            .map(x -> (x.rank() == 2 ? x.select(0, row) : x).toDoubles())
            .toList();
    double[] expected = expected(vectors);
    double[] found = call.result().select(0, row).toDoubles();
    double bound = TOLERANCE * DoubleStream.of(expected).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(found[i] - expected[i]) <= bound)) {
        throw new BenchException(
            "%s on %s: entry (%d, %d) is %s, need %s: not timed"
                .formatted(this, call.result().shape(), row, i, found[i], expected[i]));
      }
    }
  }

  /// One row of the result, in double.
  private double[] expected(List<double[]> in) {
    double[] x = in.getFirst();
    return switch (this) {
      case ADD -> IntStream.range(0, x.length).mapToDouble(i -> x[i] + in.get(1)[i]).toArray();
      case GELU_TANH -> DoubleStream.of(x).map(RowKernel::geluTanh).toArray();
      case SOFTMAX -> {
        double max = DoubleStream.of(x).max().orElse(0);
        double sum = DoubleStream.of(x).map(v -> Math.exp(v - max)).sum();
        yield DoubleStream.of(x).map(v -> Math.exp(v - max) / sum).toArray();
      }
      case LAYER_NORM -> {
        double mean = DoubleStream.of(x).average().orElse(0);
        double variance = DoubleStream.of(x).map(v -> (v - mean) * (v - mean)).average().orElse(0);
        double rstd = 1 / Math.sqrt(variance + 1e-5);
        yield IntStream.range(0, x.length)
            .mapToDouble(i -> (x[i] - mean) * rstd * in.get(1)[i] + in.get(2)[i])
            .toArray();
      }
      case RMS_NORM -> {
        double square = DoubleStream.of(x).map(v -> v * v).average().orElse(0);
        double rstd = 1 / Math.sqrt(square + 1e-5);
        yield IntStream.range(0, x.length).mapToDouble(i -> x[i] * rstd * in.get(1)[i]).toArray();
      }
    };
  }

  private static double geluTanh(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
