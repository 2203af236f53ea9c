package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.OpListener;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Gradient checkpointing: a block of the forward pass keeps what it read from outside and nothing
/// of what it computed; the backward pass runs it again. Chen et al. 2016, arXiv:1604.06174.
///
/// ```java
/// x = Recompute.block(() -> layer.forward(input));
/// ```
///
/// The block may read any tensors; gradients flow to all of them. It has to compute the same both
/// times: random numbers need a fixed seed. Values and gradients are the same bits as without.
public final class Recompute {
  private Recompute() {}

  /// Runs a block with one output.
  public static Tensor block(Supplier<Tensor> block) {
    return blockAll(() -> List.of(block.get())).getFirst();
  }

  /// Runs a block. Outside of gradients this just runs it.
  public static List<Tensor> blockAll(Supplier<List<Tensor>> block) {
    return OpListener.CURRENT.isBound() && OpListener.CURRENT.get() instanceof Tape tape
        ? record(tape, block)
        : block.get();
  }

  private static List<Tensor> record(Tape tape, Supplier<List<Tensor>> block) {
    try (Surroundings read = new Surroundings(tape.outer())) {
      List<Tensor> made = read.listen(() -> Scope.computeAll(block));
      made.stream().filter(tape::tracks).forEach(read::add); // returned as it was
      List<Tensor> inputs = read.tensors().stream().filter(tape::tracks).toList();
      if (inputs.isEmpty()) {
        return made;
      }
      List<Tensor> outputs = made.stream().map(Autograd::detach).toList();
      List<TensorType> types = outputs.stream().map(Tensor::type).toList();
      tape.record(
          inputs, outputs, read.tensors(), gradients -> pull(block, inputs, types, gradients));
      return outputs;
    }
  }

  private static List<Optional<Tensor>> pull(
      Supplier<List<Tensor>> block,
      List<Tensor> inputs,
      List<TensorType> types,
      List<Optional<Tensor>> outputGradients) {
    try (Tape tape = new Tape(inputs)) {
      List<Tensor> outputs = tape.listen(() -> Scope.computeAll(block));
      List<TensorType> found = outputs.stream().map(Tensor::type).toList();
      if (!found.equals(types)) {
        throw new GradientException(
            "recompute: the block made %s first and %s the second time".formatted(types, found));
      }
      List<Tensor> reached =
          IntStream.range(0, outputs.size())
              .filter(i -> outputGradients.get(i).isPresent())
              .mapToObj(outputs::get)
              .toList();
      return tape.backward(reached, outputGradients.stream().flatMap(Optional::stream).toList());
    }
  }

  /// Hears which tensors a block reads that it did not make, and retains them.
  private static final class Surroundings implements OpListener, AutoCloseable {
    private final OpListener outer;
    private final Set<Tensor> made = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Tensor> tensors = new ArrayList<>();

    Surroundings(OpListener outer) {
      this.outer = outer;
    }

    @Override
    public void executed(Op op, List<Tensor> inputs, List<Tensor> outputs) {
      outer.executed(op, inputs, outputs);
      inputs.stream().filter(x -> !made.contains(x)).forEach(this::add);
      made.addAll(outputs);
    }

    void add(Tensor tensor) {
      if (seen.add(tensor)) {
        tensor.storage().retain();
        tensors.add(tensor);
      }
    }

    List<Tensor> tensors() {
      return List.copyOf(tensors);
    }

    @Override
    public void close() {
      tensors.forEach(tensor -> tensor.storage().release());
    }
  }
}
