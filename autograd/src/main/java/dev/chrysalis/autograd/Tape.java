package dev.chrysalis.autograd;

import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.OpListener;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Remembers what was computed from the watched tensors, and walks back along it once.
///
/// The tape retains only the values that gradients will read, so scopes that close during the
/// forward pass free the rest; the backward pass lets go of each value as soon as it has passed it.
/// Values that were written over with `Ops.update` in between give wrong gradients. A tape belongs
/// to one thread.
final class Tape implements OpListener, AutoCloseable {
  /// From gradients of a node's outputs, some of them absent, to those of its inputs.
  @FunctionalInterface
  interface Pull {
    List<Optional<Tensor>> gradients(List<Optional<Tensor>> outputGradients);
  }

  /// A step of the forward pass. Inputs and outputs are numbered; `UNTRACKED` ones have no
  /// gradient.
  private record Node(List<Integer> inputs, List<Integer> outputs, Pull pull, List<Storage> kept) {}

  private static final int UNTRACKED = -1;

  /// Stands behind tensors whose type alone is known: reading them is refused.
  private static final Storage FORGOTTEN = forgotten();

  private final OpListener outer;
  private final Map<Tensor, Integer> ids = new IdentityHashMap<>();
  private final List<Integer> watched;
  private final List<Node> nodes = new ArrayList<>();

  /// @param parameters the tensors whose gradients will be wanted
  Tape(List<Tensor> parameters) {
    outer = OpListener.CURRENT.isBound() ? OpListener.CURRENT.get() : OpListener.NONE;
    watched = parameters.stream().map(this::number).toList();
  }

  private static Storage forgotten() {
    Storage storage = new Storage(MemorySegment.NULL, () -> {});
    storage.release();
    return storage;
  }

  private int number(Tensor tensor) {
    return ids.computeIfAbsent(tensor, _ -> ids.size());
  }

  /// Who listened before; hears of every op too.
  OpListener outer() {
    return outer;
  }

  /// Whether gradients flow to `tensor`.
  boolean tracks(Tensor tensor) {
    return ids.containsKey(tensor);
  }

  // ---- forward ----

  @Override
  public void executed(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    outer.executed(op, inputs, outputs);
    List<Boolean> needed = inputs.stream().map(this::tracks).toList();
    if (!needed.contains(true) || outputs.stream().noneMatch(y -> y.dtype().isFloat())) {
      return;
    }
    List<Tensor> saved = Saved.of(op, inputs, outputs, needed);
    List<Tensor> in = keepOnly(saved, inputs);
    List<Tensor> out = keepOnly(saved, outputs);
    record(inputs, outputs, saved, gradients -> pull(op, in, out, needed, gradients));
  }

  private static List<Optional<Tensor>> pull(
      Op op,
      List<Tensor> in,
      List<Tensor> out,
      List<Boolean> needed,
      List<Optional<Tensor>> outputGradients) {
    for (int i = 1; i < out.size(); i++) {
      if (outputGradients.get(i).isPresent()) {
        throw new GradientException(
            "%s: output %d has no gradient, and one would have to flow through it"
                .formatted(op, i));
      }
    }
    List<Optional<Tensor>> gradients =
        VectorJacobian.of(new Step(op, in, out, needed, outputGradients.getFirst().orElseThrow()));
    assert sameTypes(in, gradients) : "%s: %s for %s".formatted(op, gradients, in);
    return gradients;
  }

  private static boolean sameTypes(List<Tensor> in, List<Optional<Tensor>> gradients) {
    for (int i = 0; i < in.size(); i++) {
      TensorType type = in.get(i).type();
      if (!gradients.get(i).map(gradient -> gradient.type().equals(type)).orElse(true)) {
        return false;
      }
    }
    return in.size() == gradients.size();
  }

  /// Those of `tensors` that are `saved`, with stand-ins for the others.
  private static List<Tensor> keepOnly(List<Tensor> saved, List<Tensor> tensors) {
    Set<Tensor> keep = Collections.newSetFromMap(new IdentityHashMap<>());
    keep.addAll(saved);
    return tensors.stream()
        .map(x -> keep.contains(x) ? x : new Tensor(x.type(), x.strides(), 0, FORGOTTEN))
        .toList();
  }

  /// Adds a step.
  ///
  /// @param kept tensors whose values `pull` will read
  void record(List<Tensor> inputs, List<Tensor> outputs, List<Tensor> kept, Pull pull) {
    List<Integer> from = inputs.stream().map(x -> ids.getOrDefault(x, UNTRACKED)).toList();
    List<Integer> to =
        outputs.stream().map(y -> y.dtype().isFloat() ? number(y) : UNTRACKED).toList();
    List<Storage> storages = new ArrayList<>();
    Node node = new Node(from, to, pull, storages);
    nodes.add(node); // from here on close() gives back what was retained
    for (Tensor tensor : kept) {
      tensor.storage().retain();
      storages.add(tensor.storage());
    }
  }

  // ---- backward ----

  /// Gradients of `Σ outputs ⊙ cotangents` with respect to the watched tensors, owned by the
  /// innermost scope. They may share memory with each other and with the cotangents. The tape is
  /// empty afterwards.
  List<Optional<Tensor>> backward(List<Tensor> outputs, List<Tensor> cotangents) {
    try (GradientTable gradients = new GradientTable()) {
      for (int i = 0; i < outputs.size(); i++) {
        seed(outputs.get(i), cotangents.get(i), gradients);
      }
      ids.clear();
      while (!nodes.isEmpty()) {
        step(nodes.getLast(), gradients);
        forget(nodes.removeLast());
      }
      return gradients.handOut(watched);
    }
  }

  private void seed(Tensor output, Tensor cotangent, GradientTable gradients) {
    if (!output.type().equals(cotangent.type())) {
      throw new ShapeException(
          "backward: cotangent: got %s, need %s".formatted(cotangent.type(), output.type()));
    }
    if (tracks(output)) {
      gradients.add(ids.get(output), cotangent);
    }
  }

  /// One step back. What it computes on the way is freed at its end.
  private static void step(Node node, GradientTable gradients) {
    List<Optional<Tensor>> outputGradients = node.outputs().stream().map(gradients::get).toList();
    if (outputGradients.stream().anyMatch(Optional::isPresent)) {
      Scope.run(() -> {
        List<Optional<Tensor>> inputGradients = node.pull().gradients(outputGradients);
        for (int i = 0; i < inputGradients.size(); i++) {
          int input = node.inputs().get(i);
          inputGradients.get(i).ifPresent(gradient -> gradients.add(input, gradient));
        }
      });
      node.outputs().forEach(gradients::drop);
    }
  }

  private static void forget(Node node) {
    node.kept().forEach(Storage::release);
  }

  /// Lets go of everything that is still kept.
  @Override
  public void close() {
    nodes.forEach(Tape::forget);
    nodes.clear();
    ids.clear();
  }
}
