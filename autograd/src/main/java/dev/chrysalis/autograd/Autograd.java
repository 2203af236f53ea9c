package dev.chrysalis.autograd;

import dev.chrysalis.tensor.DTypeException;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.OpListener;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Gradients of functions of tensors, in reverse mode.
///
/// ```java
/// var step = Autograd.valueAndGradients(parameters, () -> loss(model.forward(batch)));
/// ```
///
/// A function is any code that runs ops. Tensors are told apart by identity: a parameter is the
/// very tensor object that the code reads. The code runs in a `Scope` of its own, so only what it
/// returns outlives it. Ops outside of these methods are not recorded and nothing is kept for them.
///
/// Calls may be nested: the outer one records the backward pass of the inner one, which gives
/// second derivatives of functions whose gradients are made of ops that have gradients themselves.
public final class Autograd {
  private Autograd() {}

  /// A loss of one element and its gradients.
  ///
  /// @param parameters tensors of floats
  /// @throws ShapeException if the loss is not one element
  /// @throws DTypeException if a parameter or the loss is not of floats
  /// @throws GradientException if a gradient would have to flow through an op that has none
  public static Differentiated valueAndGradients(List<Tensor> parameters, Supplier<Tensor> loss) {
    return valuesAndGradients(parameters, () -> List.of(loss.get()));
  }

  /// As `valueAndGradients`, with more outputs: the first is the loss; the others are handed out
  /// beside it and have no part in the gradients.
  public static Differentiated valuesAndGradients(
      List<Tensor> parameters, Supplier<List<Tensor>> lossAndOthers) {
    return differentiate(parameters, lossAndOthers, values -> List.of(one(values.getFirst())));
  }

  private static Tensor one(Tensor loss) {
    if (loss.count() != 1) {
      throw new ShapeException(
          "gradients: loss: got shape %s, need one element".formatted(loss.shape()));
    }
    if (!loss.dtype().isFloat()) {
      throw new DTypeException("gradients: loss: need floats, got " + loss.type());
    }
    return Ops.onesLike(loss);
  }

  /// The outputs of `function(inputs)` and the gradients of `Σ outputs ⊙ cotangents` with respect
  /// to the inputs.
  ///
  /// @param inputs tensors of floats, given to `function` as they are
  /// @param cotangents one for each output, of its type
  public static Differentiated vjp(
      List<Tensor> inputs, Function<List<Tensor>, List<Tensor>> function, List<Tensor> cotangents) {
    return differentiate(
        inputs,
        () -> function.apply(inputs),
        values -> {
          if (values.size() != cotangents.size()) {
            throw new ShapeException(
                "vjp: got %d cotangents for %d outputs"
                    .formatted(cotangents.size(), values.size()));
          }
          return cotangents;
        });
  }

  private static Differentiated differentiate(
      List<Tensor> parameters,
      Supplier<List<Tensor>> outputs,
      Function<List<Tensor>, List<Tensor>> cotangentsOf) {
    for (Tensor parameter : parameters) {
      if (!parameter.dtype().isFloat()) {
        throw new DTypeException("gradients: parameter: need floats, got " + parameter.type());
      }
    }
    return Scope.compute(
        () -> {
          try (Tape tape = new Tape(parameters)) {
            List<Tensor> values = tape.listen(() -> Scope.computeAll(outputs));
            List<Tensor> cotangents = cotangentsOf.apply(values);
            List<Optional<Tensor>> gradients =
                tape.backward(values.subList(0, cotangents.size()), cotangents);
            return new Differentiated(values, apart(parameters, gradients, cotangents));
          }
        },
        result ->
            Stream.concat(
                    result.values().stream(), result.gradients().stream().flatMap(Optional::stream))
                .toList());
  }

  /// The gradients, each row-major and in memory that neither another parameter's nor a cotangent
  /// uses.
  private static List<Optional<Tensor>> apart(
      List<Tensor> parameters, List<Optional<Tensor>> gradients, List<Tensor> cotangents) {
    Set<Storage> taken = Collections.newSetFromMap(new IdentityHashMap<>());
    cotangents.forEach(cotangent -> taken.add(cotangent.storage()));
    Map<Tensor, Optional<Tensor>> byParameter = new IdentityHashMap<>();
    List<Optional<Tensor>> result = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      Optional<Tensor> gradient = gradients.get(i);
      result.add(
          byParameter.computeIfAbsent(
              parameters.get(i),
              _ ->
                  gradient.map(g ->
                      taken.add(g.storage()) && g.isContiguous() ? g : Ops.run(new Op.Copy(), g))));
    }
    return result;
  }

  /// Runs `body` without recording it: its results are constants to the gradients around it.
  public static <T> T withoutRecording(Supplier<T> body) {
    if (!OpListener.CURRENT.isBound()) {
      return body.get();
    }
    OpListener listener = OpListener.CURRENT.get();
    while (listener instanceof Tape tape) {
      listener = tape.outer();
    }
    return listener.listen(body);
  }

  /// The same values on the same memory as a constant: no gradient flows back through it.
  public static Tensor detach(Tensor tensor) {
    return new Tensor(tensor.type(), tensor.strides(), tensor.offset(), tensor.storage());
  }
}
