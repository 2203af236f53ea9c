package dev.chrysalis.nn;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// Muon on named matrices, which it writes over: every step moves a matrix by about the same length
/// in all its singular directions.
///
/// `M ← µ·M + G`, `O = orthogonalised(G + µ·M)`, `W ← W − lr·(0.2·√max(r, c)·O + decay·W)` for `W
/// (r, c)`. The factor gives the entries of an update the size that AdamW's have, so that both can
/// share a learning rate. Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural
/// networks"; Liu et al. 2025, arXiv:2502.16982, eq. 4.
///
/// Meant for the matrices inside of a network. Embeddings, output heads, biases and norms belong to
/// `AdamW`; `Optimizer.joined` has both step together.
public final class Muon implements Optimizer {
  /// Numbers shared by the parameters of a group.
  ///
  /// @param momentum `µ`
  /// @param learningRateScale factor on the step's learning rate
  public record Settings(double momentum, double weightDecay, double learningRateScale) {
    /// `µ = 0.95`.
    public static Settings withDecay(double weightDecay) {
      return new Settings(0.95, weightDecay, 1);
    }
  }

  /// Steps of the iteration, and its polynomial `x ↦ a·x + b·x³ + c·x⁵`, which takes every singular
  /// value from (0, 1] to somewhere between 0.7 and 1.2 in so many steps.
  private static final int ITERATIONS = 5;

  private static final double A = 3.4445;
  private static final double B = -4.7750;
  private static final double C = 2.0315;

  /// Root mean square of the entries of AdamW's updates, about.
  private static final double RMS = 0.2;

  private record Slot(Tensor parameter, Tensor momentum, Settings settings) {}

  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private int step;

  /// An optimiser without parameters, before its first step.
  public Muon() {}

  /// Adds matrices under shared settings, before the first step or a `restore`. Tensors of more
  /// axes count as matrices of `(first axis, all others)`.
  ///
  /// @throws IllegalArgumentException if a name is taken already or a parameter has fewer than two
  ///   axes
  public Muon group(Map<String, Tensor> matrices, Settings settings) {
    OptimizerState.checkNew("muon", slots, matrices);
    matrices.forEach((name, matrix) ->
        OptimizerState.check(
            matrix.rank() >= 2, "muon", "'%s' is %s, need a matrix", name, matrix.type()));
    matrices.forEach(
        (name, matrix) -> slots.put(name, new Slot(matrix, Ops.zerosLike(matrix), settings)));
    return this;
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    slots.forEach((name, slot) -> parameters.put(name, slot.parameter()));
    return parameters;
  }

  @Override
  public int step() {
    return step;
  }

  @Override
  public void step(Map<String, Tensor> gradients, double learningRate) {
    OptimizerState.checkKnown("muon", slots, gradients);
    step++;
    gradients.forEach(
        (name, gradient) -> Scope.run(() -> update(slots.get(name), gradient, learningRate)));
  }

  private static void update(Slot slot, Tensor gradient, double learningRate) {
    Settings s = slot.settings();
    Tensor w = slot.parameter();
    Ops.copyInto(slot.momentum().mul(s.momentum()).add(gradient), slot.momentum());
    Tensor ahead = gradient.add(slot.momentum().mul(s.momentum()));
    int rows = w.size(0);
    int columns = Math.toIntExact(w.count() / rows);
    Tensor direction = orthogonalised(ahead.reshape(rows, columns));
    double rate = learningRate * s.learningRateScale();
    double scale = rate * RMS * Math.sqrt(Math.max(rows, columns));
    Ops.copyInto(
        w.mul(1 - rate * s.weightDecay()).sub(direction.mul(scale).reshape(w.shape().toArray())),
        w);
  }

  /// The matrix with the singular vectors of `g` and singular values near 1, by the Newton-Schulz
  /// iteration `X ← a·X + (b·X·Xᵀ + c·(X·Xᵀ)²)·X` from `X = g / ‖g‖`.
  static Tensor orthogonalised(Tensor g) {
    if (g.size(0) > g.size(1)) {
      return orthogonalised(g.swap(0, 1).contiguous()).swap(0, 1);
    }
    Tensor x = g.div(g.square().sum().sqrt().add(1e-7));
    for (int i = 0; i < ITERATIONS; i++) {
      Tensor gram = Ops.run(new Op.MatMul(false, true), x, x);
      Tensor mix = gram.mul(B).add(gram.matmul(gram).mul(C));
      x = x.mul(A).add(mix.matmul(x));
    }
    return x;
  }

  /// Momenta as `NAME.momentum`.
  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    slots.forEach((name, slot) -> state.put(name + ".momentum", slot.momentum()));
    return state;
  }

  @Override
  public void restore(Map<String, Tensor> state, int stepsTaken) {
    OptimizerState.copy(state, state());
    step = stepsTaken;
  }
}
