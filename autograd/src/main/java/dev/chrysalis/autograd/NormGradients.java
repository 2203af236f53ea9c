package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Gradients of the norms, from the statistics they saved.
final class NormGradients {
  private NormGradients() {}

  static List<Tensor> layerNorm(Step s) {
    List<Tensor> in = inputs(s, s.input(0), s.input(1));
    return Ops.runAll(new Op.LayerNormGrad(), in);
  }

  static List<Tensor> rmsNorm(Step s) {
    return Ops.runAll(new Op.RmsNormGrad(), inputs(s, s.input(0), s.input(1)));
  }

  static List<Tensor> groupNorm(Op.GroupNorm norm, Step s) {
    List<Tensor> in = inputs(s, s.input(0), s.input(1), s.input(2));
    return Ops.runAll(new Op.GroupNormGrad(norm.groups(), norm.silu()), in);
  }

  /// What the forward pass was given, the statistics it saved, `dy`.
  private static List<Tensor> inputs(Step s, Tensor... given) {
    List<Tensor> in = new ArrayList<>(List.of(given));
    in.addAll(s.out().subList(1, s.out().size()));
    in.add(s.dy());
    return in;
  }

  /// `dx = dy · exp(x − y)`
  static Tensor logSumExp(int axis, Step s) {
    Op.Reshape kept = new Op.Reshape(s.shape(0).with(axis, 1));
    Tensor y = Ops.run(kept, s.y());
    return s.input(0).sub(y).exp().mul(Ops.run(kept, s.dy()));
  }
}
