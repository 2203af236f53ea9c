package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.BinaryFn;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tally;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/// A backend on a device, which is opened when it is first needed.
///
/// Kernels compute in F32, in F64 where the device has it, and on integers. F16 and BF16 are
/// widened in front of a kernel and rounded behind it. Ops that only move elements take every
/// dtype. What no kernel takes is computed on the host and counted, or refused if the system
/// property `chrysalis.strict` is set.
public abstract class DeviceBackend implements Backend {
  /// Lines longer than this are sorted on the host.
  private static final int LONGEST_SORTED = 4096;

  private static final String DEVICE_PROPERTY = "chrysalis.device";

  private final OptionalInt number;
  private final boolean strict = Boolean.getBoolean("chrysalis.strict");
  private final Tally<KernelId> launches = new Tally<>();
  private final Tally<Class<?>> onHost = new Tally<>();
  private Optional<Opened> opened = Optional.empty();

  private record Opened(DeviceMemory memory, HostCopies copies) {}

  /// @param number of the device, see `devices`; if there is none, the first graphics processor, or
  ///   else the first device
  protected DeviceBackend(OptionalInt number) {
    this.number = number;
  }

  /// The number that the system property `chrysalis.device` says, if it is set.
  protected static OptionalInt chosenNumber() {
    Integer number = Integer.getInteger(DEVICE_PROPERTY);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /// The devices that this backend can take, in the order of their numbers; none if the driver has
  /// none.
  ///
  /// @throws BackendException if there is no driver, or it does not answer
  public abstract List<DeviceInfo> devices();

  /// Opens a device; called once, when it is needed.
  ///
  /// @throws BackendException if it cannot be used
  protected abstract Device open(DeviceInfo info);

  @Override
  public final boolean isAvailable() {
    try {
      return !devices().isEmpty();
    } catch (BackendException e) {
      return false;
    }
  }

  @Override
  public final String description() {
    try {
      DeviceInfo info = chosen();
      return "%s, %s, %d units".formatted(info.label(), info.version(), info.units());
    } catch (BackendException e) {
      return e.getMessage();
    }
  }

  /// The device that this backend takes.
  ///
  /// @throws BackendException if there is none, or not the one that was asked for
  public final DeviceInfo chosen() {
    List<DeviceInfo> found = devices();
    if (found.isEmpty()) {
      throw new BackendException(name() + ": no device: there is no driver, or it has none");
    }
    if (number.isEmpty()) {
      return found.stream()
          .filter(each -> each.kind() == DeviceInfo.Kind.GPU)
          .findFirst()
          .orElse(found.getFirst());
    }
    int wanted = number.getAsInt();
    if (wanted < 0 || wanted >= found.size()) {
      throw new BackendException(
          "%s: device %d: there are 0 to %d".formatted(name(), wanted, found.size() - 1));
    }
    return found.get(wanted);
  }

  private synchronized Opened opened() {
    if (opened.isEmpty()) {
      DeviceMemory memory = new DeviceMemory(open(chosen()));
      opened = Optional.of(new Opened(memory, new HostCopies(memory)));
    }
    return opened.get();
  }

  private DeviceMemory memory() {
    return opened().memory();
  }

  private HostCopies copies() {
    return opened().copies();
  }

  /// The device, opened if it was not.
  protected final Device device() {
    return memory().device();
  }

  /// Those that hand out work: what the device does with it is its own affair.
  @Override
  public int threads() {
    return 1;
  }

  @Override
  public Storage allocate(long sizeBytes) {
    return DeviceStorage.of(memory(), sizeBytes);
  }

  /// How many ops no kernel took so far.
  public final long onHost() {
    return onHost.total();
  }

  @Override
  public final SortedMap<String, Long> variants() {
    SortedMap<String, Long> variants = new TreeMap<>();
    launches.forEach((kernel, count) -> variants.put(kernel.toString(), count));
    onHost.forEach((op, count) -> variants.put(op.getSimpleName() + " on the host", count));
    return variants;
  }

  @Override
  public final void finish() {
    device().finish();
  }

  @Override
  public void execute(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    if (!takes(memory().device(), op, inputs, outputs)) {
      if (strict) {
        throw new BackendException(
            "%s: no kernel for %s on %s".formatted(name(), op, types(inputs)));
      }
      onHost.add(op.getClass());
      executeOnHost(op, inputs, outputs);
      return;
    }
    try (Work work = new Work(memory(), copies(), launches)) {
      execute(work, op, inputs, outputs);
    } finally {
      // Until here: a block of a tensor that nobody else holds would be given to the next launch.
      Reference.reachabilityFence(inputs);
      Reference.reachabilityFence(outputs);
    }
  }

  /// Computes an op by kernels that only this kind of device has. Outputs are row-major at the
  /// front of a block.
  ///
  /// @return whether it did; if not, portable kernels compute it
  protected boolean runOwn(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    return false;
  }

  private void execute(Work work, Op op, List<Tensor> inputs, List<Tensor> outputs) {
    List<Tensor> out = new ArrayList<>();
    for (Tensor y : outputs) {
      boolean ready = work.isWritable(y) && (op instanceof Op.Copy || y.offset() == 0);
      out.add(ready ? y : work.tensor(y.dtype(), y.shape()));
    }
    if (!runOwn(work, op, inputs, out)) {
      runPortable(work, op, inputs, out);
    }
    for (int i = 0; i < out.size(); i++) {
      if (out.get(i) != outputs.get(i)) {
        handOver(work, out.get(i), outputs.get(i));
      }
    }
  }

  private static List<TensorType> types(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::type).toList();
  }

  /// Results for a block that is not the device's, or not at its front.
  private static void handOver(Work work, Tensor from, Tensor to) {
    if (work.isWritable(to)) {
      work.move(from, to);
    } else {
      Backends.named("cpu").execute(new Op.Copy(), List.of(onHost(from, false)), List.of(to));
    }
  }

  /// Computes an op by portable kernels. Outputs are row-major at the front of a block.
  protected static void runPortable(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    boolean storedWeights =
        op instanceof Op.Linear && in.get(1).dtype().isHalf() && in.get(0).dtype() == DType.F32;
    if (movesOnly(op) || storedWeights || !anyHalf(in, out)) {
      Kernels.run(work, op, in, out);
    } else {
      widened(work, op, in, out);
    }
  }

  /// Computes in F32 what is given and wanted in 16 bits.
  private static void widened(Work work, Op op, List<Tensor> inputs, List<Tensor> outputs) {
    List<Tensor> in = new ArrayList<>();
    for (Tensor x : inputs) {
      in.add(x.dtype().isHalf() ? work.cast(x, DType.F32) : x);
    }
    List<Tensor> out = new ArrayList<>();
    for (Tensor y : outputs) {
      out.add(y.dtype().isHalf() ? work.tensor(DType.F32, y.shape()) : y);
    }
    Kernels.run(work, op, in, out);
    for (int i = 0; i < out.size(); i++) {
      if (out.get(i) != outputs.get(i)) {
        work.cast(out.get(i), outputs.get(i));
      }
    }
  }

  /// Whether the kernel of `op` takes any dtype.
  private static boolean movesOnly(Op op) {
    return op instanceof Op.Copy
        || op instanceof Op.Cast
        || op instanceof Op.Fill
        || op instanceof Op.Tril
        || op instanceof Op.SliceGrad
        || op instanceof Op.Cat
        || op instanceof Op.Pad
        || op instanceof Op.Where
        || op instanceof Op.Embedding
        || op instanceof Op.IndexSelect
        || op instanceof Op.Gather;
  }

  private static boolean takes(Device device, Op op, List<Tensor> in, List<Tensor> out) {
    boolean wide = any(DType.F64, in) || any(DType.F64, out);
    if (wide && !device.info().doubles()) {
      return false;
    }
    boolean whole = !out.getFirst().dtype().isFloat();
    return switch (op) {
      // Fractions on integers would be cut off too early, and a kernel cannot refuse a divisor of
      // 0.
      case Op.Affine(double scale, double shift) -> !whole || (isWhole(scale) && isWhole(shift));
      case Op.Clamp(double min, double max) -> !whole || (isWhole(min) && isWhole(max));
      case Op.Range(_, _, double start, double step) -> !whole || (isWhole(start) && isWhole(step));
      case Op.Fill(_, double value) -> !whole || isWhole(value);
      case Op.Binary(BinaryFn fn) -> !whole || fn != BinaryFn.DIV;
      case Op.TopK(int axis, _) -> in.getFirst().size(axis) <= LONGEST_SORTED;
      case Op.Sort(int axis, _) -> in.getFirst().size(axis) <= LONGEST_SORTED;
      case Op.Attention _, Op.AttentionGrad _ -> in.get(2).size(3) <= AttentionKernels.MAX_HEAD;
      case Op.GroupNorm _, Op.GroupNormGrad _ -> in.getFirst().size(1) > 0;
      default -> true;
    };
  }

  private static boolean isWhole(double value) {
    return value == (long) value;
  }

  private static boolean any(DType dtype, List<Tensor> tensors) {
    for (Tensor x : tensors) {
      if (x.dtype() == dtype) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyHalf(List<Tensor> in, List<Tensor> out) {
    return any(DType.F16, in) || any(DType.BF16, in) || any(DType.F16, out) || any(DType.BF16, out);
  }

  private static void executeOnHost(Op op, List<Tensor> inputs, List<Tensor> outputs) {
    Backends.named("cpu")
        .execute(
            op,
            inputs.stream().map(x -> onHost(x, false)).toList(),
            outputs.stream().map(y -> onHost(y, true)).toList());
  }

  /// The same tensor over the host's copy of its block.
  private static Tensor onHost(Tensor x, boolean written) {
    var segment = written ? x.storage().segment() : x.storage().reading();
    return new Tensor(x.type(), x.strides(), x.offset(), new Storage(segment, () -> {}));
  }
}
