package dev.chrysalis.zoo.train;

import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Computes the parts of a training step at the same time, a thread each.
final class SideBySide {
  private SideBySide() {}

  /// Runs `part` with the index of each backend, on that backend, in a thread and a scope of its
  /// own. Returns the mean losses and mean gradients, which belong to the caller's scope; a
  /// gradient that a part does not have counts as 0.
  static Differentiated mean(List<Backend> backends, IntFunction<Differentiated> part) {
    List<FutureTask<Differentiated>> tasks =
        IntStream.range(0, backends.size())
            .mapToObj(index ->
                new FutureTask<>(() ->
                    Backends.with(
                        backends.get(index),
                        () -> Scope.compute(() -> part.apply(index), SideBySide::tensors))))
            .toList();
    List<Thread> threads =
        tasks.stream().skip(1).map(task -> Thread.ofPlatform().daemon().start(task)).toList();
    tasks.getFirst().run();
    threads.forEach(SideBySide::join);
    List<Differentiated> results = tasks.stream().map(SideBySide::result).toList();
    results.stream()
        .skip(1) // the first thread is the caller's, and so is its scope
        .flatMap(result -> tensors(result).stream())
        .map(Tensor::storage)
        .distinct()
        .forEach(Scope::own);
    return mean(results);
  }

  private static List<Tensor> tensors(Differentiated result) {
    return Stream.concat(
            result.values().stream(), result.gradients().stream().flatMap(Optional::stream))
        .toList();
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Differentiated result(FutureTask<Differentiated> task) {
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        default -> throw new IllegalStateException(e.getCause());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("a finished task does not wait", e);
    }
  }

  private static Differentiated mean(List<Differentiated> parts) {
    Differentiated first = parts.getFirst();
    List<Tensor> values = new ArrayList<>();
    for (int i = 0; i < first.values().size(); i++) {
      int at = i;
      values.add(mean(parts.size(), parts.stream().map(part -> part.values().get(at)).toList()));
    }
    List<Optional<Tensor>> gradients = new ArrayList<>();
    for (int i = 0; i < first.gradients().size(); i++) {
      int at = i;
      List<Tensor> there =
          parts.stream().flatMap(part -> part.gradients().get(at).stream()).toList();
      gradients.add(there.isEmpty() ? Optional.empty() : Optional.of(mean(parts.size(), there)));
    }
    return new Differentiated(values, gradients);
  }

  private static Tensor mean(int count, List<Tensor> tensors) {
    return tensors.stream().reduce(Tensor::add).orElseThrow().mul(1.0 / count);
  }
}
