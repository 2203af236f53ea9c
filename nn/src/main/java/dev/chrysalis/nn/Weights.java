package dev.chrysalis.nn;

import dev.chrysalis.tensor.BlockFormat;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
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
    final Map<String, BlockFormat> formats;
    final boolean asStored;
    final Map<String, Tensor> tensors = new LinkedHashMap<>();
    final Set<String> used = new HashSet<>();
    final Set<String> matrices = new LinkedHashSet<>();
    final List<String> problems = new ArrayList<>();

    /// @param formats of tensors that are blocks
    /// @param asStored whether matrices of 16-bit floats stay what they are
    Loading(
        String origin,
        Set<String> available,
        BiFunction<String, Shape, Tensor> source,
        Map<String, BlockFormat> formats,
        boolean asStored) {
      this.origin = origin;
      this.available = available;
      this.source = source;
      this.formats = formats;
      this.asStored = asStored;
    }
  }

  private final Loading loading;
  private final String prefix;
  private final UnaryOperator<String> rename;
  private final boolean open;

  private Weights(Loading loading, boolean open) {
    this(loading, "", UnaryOperator.identity(), open);
  }

  private Weights(Loading loading, String prefix, UnaryOperator<String> rename, boolean open) {
    this.loading = loading;
    this.prefix = prefix;
    this.rename = rename;
    this.open = open;
  }

  /// Weights of a checkpoint, widened to F32 where they are smaller.
  public static Weights of(Checkpoint checkpoint) {
    return of(checkpoint, false);
  }

  /// Weights of a checkpoint whose matrices stay in the file and in the form they are stored in:
  /// for models that are only run. The checkpoint must stay open as long as they are used.
  public static Weights asStored(Checkpoint checkpoint) {
    return of(checkpoint, true);
  }

  private static Weights of(Checkpoint checkpoint, boolean asStored) {
    String origin = checkpoint.path().toString();
    Loading loading =
        new Loading(
            origin,
            checkpoint.names(),
            (name, _) -> checkpoint.get(name),
            checkpoint.blockFormats(),
            asStored);
    return new Weights(loading, false);
  }

  /// Weights by name.
  ///
  /// @param origin what error messages call the map
  public static Weights of(String origin, Map<String, Tensor> tensors) {
    return new Weights(
        new Loading(origin, tensors.keySet(), (name, _) -> tensors.get(name), Map.of(), false),
        false);
  }

  /// Weights by name whose matrices stay in the form they have.
  ///
  /// @param origin what error messages call the map
  /// @param formats of tensors that are blocks: U8 of `(rows, bytes of a row)`
  public static Weights asStored(
      String origin, Map<String, Tensor> tensors, Map<String, BlockFormat> formats) {
    return new Weights(
        new Loading(origin, tensors.keySet(), (name, _) -> tensors.get(name), formats, true),
        false);
  }

  /// Fresh weights: `policy` chooses the initialiser of each full name. The same seed makes the
  /// same weights, in whatever order they are asked for.
  public static Weights fresh(BiFunction<String, Shape, Initializer> policy, long seed) {
    BiFunction<String, Shape, Tensor> source =
        (name, shape) -> policy.apply(name, shape).make(shape, seed, streamOf(name));
    return new Weights(new Loading("initialiser", Set.of(), source, Map.of(), false), true);
  }

  /// What a model asks for: names and shapes in `tensors`, and `matrices`. Takes no memory.
  ///
  /// @param model loads itself from the weights it is given
  public static Weights askedBy(Consumer<Weights> model) {
    Weights weights = fresh((_, _) -> (shape, _, _) -> placeholder(shape), 0);
    model.accept(weights);
    return weights;
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
    return get(prefix + name, Shape.of(sizes), Form.WIDE_FLOATS);
  }

  /// The matrix `name`, in the form it is stored in if these weights were asked for that way, else
  /// in F32 or F64.
  public Matrix matrix(String name, int rows, int columns) {
    String full = prefix + name;
    loading.matrices.add(full);
    BlockFormat format = loading.formats.get(rename.apply(full));
    if (format == null) {
      Form form = loading.asStored ? Form.FLOATS : Form.WIDE_FLOATS;
      return new Matrix.Dense(get(full, Shape.of(rows, columns), form));
    }
    if (columns % format.blockElements() != 0) {
      loading.used.add(rename.apply(full));
      loading.problems.add(
          "%s is of %s, expected rows of %d elements".formatted(full, format, columns));
      return new Matrix.Dense(placeholder(Shape.of(rows, columns)));
    }
    Shape bytes = Shape.of(rows, format.rowBytes(columns));
    return new Matrix.Blocks(get(full, bytes, Form.BYTES), format);
  }

  /// What a tensor is wanted as.
  private enum Form {
    WIDE_FLOATS,
    FLOATS,
    BYTES
  }

  private Tensor get(String full, Shape shape, Form form) {
    Tensor known = loading.tensors.get(full);
    if (known != null) {
      if (!known.shape().equals(shape)) {
        loading.problems.add(
            "%s was asked for as %s and as %s".formatted(full, known.shape(), shape));
        return placeholder(shape);
      }
      return known;
    }
    Tensor tensor = load(full, shape, form);
    loading.tensors.put(full, tensor);
    return tensor;
  }

  private Tensor load(String full, Shape shape, Form form) {
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
    if (form == Form.BYTES) {
      return tensor;
    }
    if (!tensor.dtype().isFloat()) {
      loading.problems.add("%s has dtype %s, expected floats".formatted(file, tensor.dtype()));
      return placeholder(shape);
    }
    boolean half = tensor.dtype() == DType.F16 || tensor.dtype() == DType.BF16;
    return half && form == Form.WIDE_FLOATS ? tensor.to(DType.F32) : tensor;
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

  /// Full names of the tensors that were asked for as matrices: those that may be stored in blocks.
  public Set<String> matrices() {
    return Collections.unmodifiableSet(loading.matrices);
  }

  /// All tensors handed out so far, by full name.
  public Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(loading.tensors);
  }
}
