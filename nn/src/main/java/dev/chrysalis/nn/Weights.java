package dev.chrysalis.nn;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;

/// Where a model takes its weights from, by the checkpoint's names: a checkpoint, a map, or an
/// initialiser.
///
/// A model asks for every weight it needs with `get`, scoped by `at`, and ends with `finish`, which
/// reports all that was missing, misshapen, of a dtype that cannot be used, or left over, together.
/// The tensors handed out stand under their full names in `tensors`.
public final class Weights {
  /// What all scopes of one loading share.
  private static final class Loading {
    final String origin;
    final Set<String> available;
    final BiFunction<String, Shape, Tensor> source;
    final Map<String, Tensor> tensors = new LinkedHashMap<>();
    final Set<String> used = new HashSet<>();
    final List<String> problems = new ArrayList<>();

    Loading(String origin, Set<String> available, BiFunction<String, Shape, Tensor> source) {
      this.origin = origin;
      this.available = available;
      this.source = source;
    }
  }

  private final Loading loading;
  private final String prefix;
  private final UnaryOperator<String> rename;
  private final boolean open;

  private Weights(Loading loading, String prefix, UnaryOperator<String> rename, boolean open) {
    this.loading = loading;
    this.prefix = prefix;
    this.rename = rename;
    this.open = open;
  }

  /// Weights of a checkpoint, widened to F32 where they are smaller.
  public static Weights of(Checkpoint checkpoint) {
    return new Weights(
        new Loading(
            checkpoint.path().toString(), checkpoint.names(), (name, _) -> checkpoint.get(name)),
        "",
        UnaryOperator.identity(),
        false);
  }

  /// Weights by name.
  ///
  /// @param origin what error messages call the map
  public static Weights of(String origin, Map<String, Tensor> tensors) {
    return new Weights(
        new Loading(origin, tensors.keySet(), (name, _) -> tensors.get(name)),
        "",
        UnaryOperator.identity(),
        false);
  }

  /// Fresh weights: `policy` chooses the initialiser of each full name. The same seed makes the
  /// same weights, in whatever order they are asked for.
  public static Weights fresh(BiFunction<String, Shape, Initializer> policy, long seed) {
    BiFunction<String, Shape, Tensor> source =
        (name, shape) -> policy.apply(name, shape).make(shape, seed, streamOf(name));
    return new Weights(
        new Loading("initialiser", Set.of(), source), "", UnaryOperator.identity(), true);
  }

  private static long streamOf(String name) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  /// The weights under `scope`, as in `model.layers.0`.
  public Weights at(String scope) {
    return new Weights(loading, prefix + scope + ".", rename, open);
  }

  /// These weights with names looked up as `rename` has them; for older checkpoints.
  public Weights renamed(UnaryOperator<String> fileName) {
    return new Weights(loading, prefix, fileName, open);
  }

  /// Whether there is a weight `name` here; fresh weights have all.
  public boolean has(String name) {
    return open || loading.available.contains(rename.apply(prefix + name));
  }

  /// The weight `name` of this shape, in F32 or F64.
  public Tensor get(String name, int... sizes) {
    String full = prefix + name;
    Shape shape = Shape.of(sizes);
    Tensor known = loading.tensors.get(full);
    if (known != null) {
      if (!known.shape().equals(shape)) {
        loading.problems.add(
            "%s was asked for as %s and as %s".formatted(full, known.shape(), shape));
        return placeholder(shape);
      }
      return known;
    }
    Tensor tensor = load(full, shape);
    loading.tensors.put(full, tensor);
    return tensor;
  }

  private Tensor load(String full, Shape shape) {
    String file = rename.apply(full);
    if (!open && !loading.available.contains(file)) {
      loading.problems.add("missing %s %s".formatted(file, shape));
      return placeholder(shape);
    }
    loading.used.add(file);
    Tensor tensor = loading.source.apply(file, shape);
    if (!tensor.shape().equals(shape)) {
      loading.problems.add("%s has shape %s, expected %s".formatted(file, tensor.shape(), shape));
      return placeholder(shape);
    }
    if (!tensor.dtype().isFloat()) {
      loading.problems.add("%s has dtype %s, expected floats".formatted(file, tensor.dtype()));
      return placeholder(shape);
    }
    boolean half = tensor.dtype() == DType.F16 || tensor.dtype() == DType.BF16;
    return half ? tensor.to(DType.F32) : tensor;
  }

  /// Stands in until `finish` reports the problem; takes no memory.
  private static Tensor placeholder(Shape shape) {
    return Tensor.scalar(DType.F32, 0).expand(shape.toArray());
  }

  /// Ends loading.
  ///
  /// @throws CheckpointException that lists every problem, and every tensor nobody asked for
  public void finish() {
    finish(name -> false);
  }

  /// Ends loading; left-over tensors that `ignorable` accepts are tolerated.
  ///
  /// @throws CheckpointException that lists every problem, and every other tensor nobody asked for
  public void finish(Predicate<String> ignorable) {
    List<String> problems = new ArrayList<>(loading.problems);
    loading.available.stream()
        .filter(name -> name.startsWith(prefix))
        .filter(name -> !loading.used.contains(name) && !ignorable.test(name))
        .sorted()
        .forEach(name -> problems.add("unused " + name));
    if (!problems.isEmpty()) {
      throw new CheckpointException(
          "%s: %d tensors do not fit the model: %s"
              .formatted(loading.origin, problems.size(), String.join("; ", problems)));
    }
  }

  /// All tensors handed out so far, by full name.
  public Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(loading.tensors);
  }
}
