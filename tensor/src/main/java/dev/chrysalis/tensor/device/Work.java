package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Layout;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tally;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// What the launches of one op share: the device, and tensors that are gone when it is done.
public final class Work implements AutoCloseable {
  private final DeviceMemory memory;
  private final HostCopies copies;
  private final Tally<KernelId> launches;
  private final List<Storage> own = new ArrayList<>();

  /// @param copies of blocks that are not the device's
  /// @param launches counts the kernels that run
  Work(DeviceMemory memory, HostCopies copies, Tally<KernelId> launches) {
    this.memory = memory;
    this.copies = copies;
    this.launches = launches;
  }

  /// Where this work is done.
  public Device device() {
    return memory.device();
  }

  void launch(KernelId kernel, List<Argument> arguments, Grid grid) {
    device().launch(kernel, arguments, grid);
    count(kernel);
  }

  /// Counts a kernel that ran without a launch from here, as a library's.
  public void count(KernelId kernel) {
    launches.add(kernel);
  }

  /// Blocks may be taken by later commands at once: they run after those that use them now.
  @Override
  public void close() {
    own.forEach(Storage::release);
  }

  /// A row-major tensor for the time of this work.
  public Tensor tensor(DType dtype, Shape shape) {
    TensorType type = new TensorType(dtype, shape);
    DeviceStorage storage = DeviceStorage.of(memory, type.sizeBytes());
    own.add(storage);
    return new Tensor(type, shape.rowMajorStrides(), 0, storage);
  }

  /// A row-major tensor for the time of this work.
  public Tensor tensor(DType dtype, int... sizes) {
    return tensor(dtype, Shape.of(sizes));
  }

  /// A tensor of these numbers.
  Tensor longs(long[] values) {
    Tensor x = tensor(DType.I64, values.length);
    x.segment().copyFrom(MemorySegment.ofArray(values));
    return x;
  }

  Tensor ints(int[] values) {
    Tensor x = tensor(DType.I32, values.length);
    x.segment().copyFrom(MemorySegment.ofArray(values));
    return x;
  }

  /// @param dtype F32 or F64
  Tensor floats(double[] values, DType dtype) {
    Tensor x = tensor(dtype, values.length);
    MemorySegment to = x.segment();
    for (int i = 0; i < values.length; i++) {
      Elements.setDouble(dtype, to, i, values[i]);
    }
    return x;
  }

  /// The block behind a tensor, to be read; a copy of it if it is the host's.
  public Block read(Tensor x) {
    if (x.storage() instanceof DeviceStorage storage && storage.isIn(memory)) {
      return storage.device(false);
    }
    MemorySegment host = x.storage().reading();
    if (host.isReadOnly()) {
      return copies.kept(x.storage()).device(false);
    }
    DeviceStorage copy = copies.copied(host);
    own.add(copy);
    return copy.device(false);
  }

  /// The block behind a tensor of this device, to be written.
  public Block written(Tensor y) {
    return ((DeviceStorage) y.storage()).device(true);
  }

  /// Whether the device can write to this tensor.
  boolean isWritable(Tensor y) {
    return y.storage() instanceof DeviceStorage storage && storage.isIn(memory);
  }

  /// `x`, row-major at the front of a block.
  public Tensor dense(Tensor x) {
    if (x.isContiguous() && x.offset() == 0) {
      return x;
    }
    Tensor copy = tensor(x.dtype(), x.shape());
    move(x, copy);
    return copy;
  }

  List<Tensor> dense(List<Tensor> all) {
    return all.stream().map(this::dense).toList();
  }

  /// `x` in another dtype, row-major at the front of a block.
  public Tensor cast(Tensor x, DType dtype) {
    Tensor y = tensor(dtype, x.shape());
    cast(x, y);
    return y;
  }

  /// `x` in the dtype of `y`, which is row-major at the front of a block.
  public void cast(Tensor x, Tensor y) {
    Layout layout = layout(x.shape(), x.strides());
    new Launch(this, new KernelId("cast.cl", "T_" + x.dtype(), "to_" + y.dtype()), x.dtype())
        .with(y.count())
        .with(layout.rank())
        .ints(layout.sizes())
        .steps(layout.strides()[0])
        .from(x)
        .write(y)
        .items(y.count());
  }

  /// Copies elements of one dtype between any strides.
  void move(Tensor x, Tensor y) {
    Layout layout = layout(x.shape(), x.strides(), y.strides());
    moving("move", x.dtype())
        .with(x.count())
        .with(layout.rank())
        .ints(layout.sizes())
        .steps(layout.strides()[0])
        .steps(layout.strides()[1])
        .from(x)
        .into(y)
        .items(x.count());
  }

  /// A row-major tensor in another shape. Not by `Ops`, which would tell a listener.
  public static Tensor shaped(Tensor x, int... sizes) {
    Shape shape = Shape.of(sizes);
    assert x.isContiguous() && shape.count() == x.count();
    return new Tensor(
        new TensorType(x.dtype(), shape), shape.rowMajorStrides(), x.offset(), x.storage());
  }

  /// A view with the last two axes exchanged.
  public static Tensor swapped(Tensor x) {
    int last = x.rank() - 1;
    long[] strides = x.strides();
    strides[last] = x.stride(last - 1);
    strides[last - 1] = x.stride(last);
    Shape shape = x.shape().with(last, x.size(last - 1)).with(last - 1, x.size(last));
    return new Tensor(new TensorType(x.dtype(), shape), strides, x.offset(), x.storage());
  }

  /// A launch of a kernel.
  ///
  /// @param computed the type that scalars of type `R` have in this build of it
  public Launch launch(KernelId kernel, DType computed) {
    return new Launch(this, kernel, computed);
  }

  /// A kernel of a file, for elements of a dtype.
  Launch kernel(String file, String name, DType dtype) {
    return new Launch(this, new KernelId(file, "T_" + dtype, name), dtype);
  }

  /// A kernel that only moves elements.
  Launch moving(String name, DType dtype) {
    return new Launch(this, new KernelId("moves.cl", "T_B" + dtype.sizeBytes(), name), dtype);
  }

  static Layout layout(Shape shape, long[]... strides) {
    Layout layout = Layout.of(shape.toArray(), strides);
    if (layout.rank() > Launch.MAX_AXES) {
      throw new ShapeException(
          "%s: %d axes that cannot be merged, at most %d on a device"
              .formatted(shape, layout.rank(), Launch.MAX_AXES));
    }
    return layout;
  }

  /// Steps of `x` along the axes of `shape`, to which it is repeated.
  static long[] repeated(Tensor x, Shape shape) {
    return repeated(x, shape, 0);
  }

  /// Steps of all axes of `x` but the last ones along those of `shape`, to which it is repeated.
  ///
  /// @param last how many axes of `x` the shape does not have
  public static long[] repeated(Tensor x, Shape shape, int last) {
    int extra = shape.rank() - (x.rank() - last);
    long[] strides = new long[shape.rank()];
    for (int axis = extra; axis < strides.length; axis++) {
      strides[axis] = x.size(axis - extra) == 1 ? 0 : x.stride(axis - extra);
    }
    return strides;
  }
}
