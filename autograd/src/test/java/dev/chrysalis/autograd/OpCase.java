package dev.chrysalis.autograd;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An op at inputs of certain shapes.
record OpCase(Op op, List<Arg> args) {
  static OpCase of(Op op, Arg... args) {
    return new OpCase(op, List.of(args));
  }

  List<Tensor> inputs(DType floats) {
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < args.size(); i++) {
      inputs.add(args.get(i).make(floats, 31L * i + 7));
    }
    return inputs;
  }

  /// The first output.
  Tensor apply(List<Tensor> inputs) {
    return Ops.runAll(op, inputs).getFirst();
  }

  @Override
  public String toString() {
    List<String> shapes = new ArrayList<>();
    for (Arg arg : args) {
      shapes.add(Arrays.toString(arg.sizes()) + " " + arg.layout());
    }
    return op + " at " + shapes;
  }
}
