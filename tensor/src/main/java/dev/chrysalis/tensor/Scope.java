package dev.chrysalis.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// Frees the tensors made inside it, except those handed out.
///
/// ```java
/// Tensor logits = Scope.compute(() -> model.forward(ids)); // all other tensors of forward() are gone
/// ```
///
/// Scopes nest; what is handed out belongs to the enclosing scope, or to the garbage collector if
/// there is none. A scope sees what its own thread makes; tensors made on other threads meanwhile
/// are not freed by it.
public final class Scope {
  private static final ScopedValue<Scope> CURRENT = ScopedValue.newInstance();

  private final List<Storage> owned = new ArrayList<>();

  private Scope() {}

  /// Runs `body` and hands out its result.
  public static Tensor compute(Supplier<Tensor> body) {
    return computeAll(() -> List.of(body.get())).getFirst();
  }

  /// Runs `body` and hands out all tensors of its result.
  public static List<Tensor> computeAll(Supplier<List<Tensor>> body) {
    return compute(body, tensors -> tensors);
  }

  /// Runs `body`, frees everything made in it.
  public static void run(Runnable body) {
    computeAll(() -> {
      body.run();
      return List.of();
    });
  }

  /// Runs `body` and hands out the tensors that `keep` finds in its result.
  public static <T> T compute(Supplier<T> body, Function<T, List<Tensor>> keep) {
    Scope scope = new Scope();
    Set<Storage> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    try {
      T result = ScopedValue.where(CURRENT, scope).call(body::get);
      keep.apply(result).forEach(tensor -> kept.add(tensor.storage()));
      return result;
    } finally {
      scope.close(kept, Scope::own);
    }
  }

  /// Runs `body` and hands out its result, which belongs to no scope if it was made in `body`: it
  /// outlives those that are open. The caller owns its storage and releases it, or leaves it to the
  /// garbage collector.
  public static Tensor computeLasting(Supplier<Tensor> body) {
    Scope scope = new Scope();
    Set<Storage> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    try {
      Tensor result = ScopedValue.where(CURRENT, scope).call(body::get);
      kept.add(result.storage());
      return result;
    } finally {
      scope.close(kept, _ -> {});
    }
  }

  /// Gives a storage that the caller owns to the innermost scope, which releases it when it closes.
  /// Without a scope it is left to the garbage collector.
  public static void own(Storage storage) {
    if (CURRENT.isBound()) {
      CURRENT.get().add(storage);
    }
  }

  private synchronized void add(Storage storage) {
    owned.add(storage);
  }

  /// @param next takes what is kept
  private synchronized void close(Set<Storage> kept, Consumer<Storage> next) {
    for (Storage storage : owned) {
      if (kept.contains(storage)) {
        next.accept(storage);
      } else {
        storage.release();
      }
    }
  }
}
