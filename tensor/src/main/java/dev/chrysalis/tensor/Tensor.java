package dev.chrysalis.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/// A grid of numbers: a dtype, a shape and strides over a `Storage`.
///
/// Values do not change once made, except through `Ops.update`. Tensors have identity, not value,
/// equality. Methods here are short names for ops; the rest stands in `Ops`.
///
/// Ops raise `ShapeException` if shapes do not fit and `DTypeException` if dtypes do not; the
/// message names the op and what it got.
public final class Tensor {
  private final TensorType type;
  private final long[] strides;
  private final long offset;
  private final Storage storage;

  /// A view of `storage`.
  ///
  /// @param strides elements from one index to the next, per axis
  /// @param offset elements in front of the first
  public Tensor(TensorType type, long[] strides, long offset, Storage storage) {
    this.type = type;
    this.strides = strides;
    this.offset = offset;
    this.storage = storage;
  }

  // ---- making ----

  /// A new row-major tensor with undefined content, on the current backend, in the innermost scope.
  static Tensor allocate(TensorType type) {
    Storage storage = Backends.current().allocate(type.sizeBytes());
    Scope.own(storage);
    return new Tensor(type, type.shape().rowMajorStrides(), 0, storage);
  }

  /// An F32 tensor of these values in row-major order.
  public static Tensor of(float[] values, int... sizes) {
    Tensor tensor = allocate(checked(new TensorType(DType.F32, Shape.of(sizes)), values.length));
    MemorySegment.copy(values, 0, tensor.segment(), Elements.F32, 0, values.length);
    return tensor;
  }

  /// An F64 tensor of these values in row-major order.
  public static Tensor of(double[] values, int... sizes) {
    Tensor tensor = allocate(checked(new TensorType(DType.F64, Shape.of(sizes)), values.length));
    MemorySegment.copy(values, 0, tensor.segment(), Elements.F64, 0, values.length);
    return tensor;
  }

  /// An I64 tensor of these values in row-major order.
  public static Tensor of(long[] values, int... sizes) {
    Tensor tensor = allocate(checked(new TensorType(DType.I64, Shape.of(sizes)), values.length));
    MemorySegment.copy(values, 0, tensor.segment(), Elements.I64, 0, values.length);
    return tensor;
  }

  /// An I32 tensor of these values in row-major order.
  public static Tensor of(int[] values, int... sizes) {
    Tensor tensor = allocate(checked(new TensorType(DType.I32, Shape.of(sizes)), values.length));
    MemorySegment.copy(values, 0, tensor.segment(), Elements.I32, 0, values.length);
    return tensor;
  }

  /// A tensor of `dtype` from its row-major little-endian bytes; used for U8, I8, BOOL and for
  /// files.
  public static Tensor of(DType dtype, byte[] bytes, int... sizes) {
    TensorType type = new TensorType(dtype, Shape.of(sizes));
    if (bytes.length != type.sizeBytes()) {
      throw new ShapeException(
          "tensor: %s needs %d bytes, got %d".formatted(type, type.sizeBytes(), bytes.length));
    }
    Tensor tensor = allocate(type);
    MemorySegment.copy(bytes, 0, tensor.segment(), ValueLayout.JAVA_BYTE, 0, bytes.length);
    return tensor;
  }

  /// A scalar.
  public static Tensor scalar(DType dtype, double value) {
    return Ops.fill(dtype, value);
  }

  /// Zeros.
  public static Tensor zeros(DType dtype, int... sizes) {
    return Ops.fill(dtype, 0, sizes);
  }

  private static TensorType checked(TensorType type, long count) {
    if (type.shape().count() != count) {
      throw new ShapeException(
          "tensor: %d values do not fill shape %s".formatted(count, type.shape()));
    }
    return type;
  }

  // ---- what it is ----

  /// Dtype and shape.
  public TensorType type() {
    return type;
  }

  /// Element type.
  public DType dtype() {
    return type.dtype();
  }

  /// Sizes of the axes.
  public Shape shape() {
    return type.shape();
  }

  /// Size of `axis`; negative axes count from the end.
  public int size(int axis) {
    return type.shape().size(axis);
  }

  /// Number of axes.
  public int rank() {
    return type.shape().rank();
  }

  /// Number of elements.
  public long count() {
    return type.shape().count();
  }

  /// Elements from one index to the next along `axis`, counted from the front.
  public long stride(int axis) {
    return strides[axis];
  }

  /// A fresh array of the strides.
  public long[] strides() {
    return strides.clone();
  }

  /// Elements of the storage in front of this tensor's first.
  public long offset() {
    return offset;
  }

  /// The memory block behind it, which other tensors may share.
  public Storage storage() {
    return storage;
  }

  /// The memory from this tensor's first element on, to read or write.
  public MemorySegment segment() {
    return fromFirst(storage.segment());
  }

  /// The memory from this tensor's first element on, to read alone.
  public MemorySegment reading() {
    return fromFirst(storage.reading());
  }

  private MemorySegment fromFirst(MemorySegment all) {
    return offset == 0 ? all : all.asSlice(offset * type.dtype().sizeBytes());
  }

  /// Whether elements lie in row-major order without gaps.
  public boolean isContiguous() {
    long expected = 1;
    for (int axis = rank() - 1; axis >= 0; axis--) {
      if (size(axis) != 1 && strides[axis] != expected) {
        return count() == 0;
      }
      expected *= size(axis);
    }
    return true;
  }

  // ---- reading ----

  /// Position in the storage, relative to `segment()`, of the element at row-major position
  /// `index`.
  public long position(long index) {
    long position = 0;
    long rest = index;
    for (int axis = rank() - 1; axis >= 0; axis--) {
      int size = size(axis);
      position += rest % size * strides[axis];
      rest /= size;
    }
    return position;
  }

  /// The element at row-major position `index`.
  public double getDouble(long index) {
    return Elements.getDouble(dtype(), reading(), position(Objects.checkIndex(index, count())));
  }

  /// The element at row-major position `index`; exact for integers.
  public long getLong(long index) {
    return Elements.getLong(dtype(), reading(), position(Objects.checkIndex(index, count())));
  }

  /// The only element.
  public double item() {
    if (count() != 1) {
      throw new ShapeException("item: need one element, got shape " + shape());
    }
    return getDouble(0);
  }

  /// All elements in row-major order, as floats.
  public float[] toFloats() {
    Tensor plain = to(DType.F32).contiguous();
    float[] values = new float[Math.toIntExact(count())];
    MemorySegment.copy(plain.reading(), Elements.F32, 0, values, 0, values.length);
    return values;
  }

  /// All elements in row-major order, as doubles.
  public double[] toDoubles() {
    double[] values = new double[Math.toIntExact(count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = getDouble(i);
    }
    return values;
  }

  /// All elements in row-major order, as longs.
  public long[] toLongs() {
    long[] values = new long[Math.toIntExact(count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = getLong(i);
    }
    return values;
  }

  // ---- short names for ops ----

  /// `this + b`; shapes broadcast.
  public Tensor add(Tensor b) {
    return Ops.binary(BinaryFn.ADD, this, b);
  }

  /// `this − b`; shapes broadcast.
  public Tensor sub(Tensor b) {
    return Ops.binary(BinaryFn.SUB, this, b);
  }

  /// `this ⊙ b`, element by element; shapes broadcast.
  public Tensor mul(Tensor b) {
    return Ops.binary(BinaryFn.MUL, this, b);
  }

  /// `this / b`, element by element; shapes broadcast. Integers truncate.
  public Tensor div(Tensor b) {
    return Ops.binary(BinaryFn.DIV, this, b);
  }

  /// `this + shift`
  public Tensor add(double shift) {
    return Ops.affine(this, 1, shift);
  }

  /// `scale · this`
  public Tensor mul(double scale) {
    return Ops.affine(this, scale, 0);
  }

  /// `−x`
  public Tensor neg() {
    return unary(UnaryFn.NEG);
  }

  /// `x²`
  public Tensor square() {
    return unary(UnaryFn.SQUARE);
  }

  /// `√x`
  public Tensor sqrt() {
    return unary(UnaryFn.SQRT);
  }

  /// `1/√x`
  public Tensor rsqrt() {
    return unary(UnaryFn.RSQRT);
  }

  /// `eˣ`
  public Tensor exp() {
    return unary(UnaryFn.EXP);
  }

  /// `ln x`
  public Tensor log() {
    return unary(UnaryFn.LOG);
  }

  /// `fn(x)` of each element; for floats.
  public Tensor unary(UnaryFn fn) {
    return Ops.run(new Op.Unary(fn), this);
  }

  /// `x^exponent`; for floats.
  public Tensor pow(double exponent) {
    return Ops.run(new Op.Pow(exponent), this);
  }

  /// `min(max(x, min), max)`
  public Tensor clamp(double min, double max) {
    return Ops.run(new Op.Clamp(min, max), this);
  }

  /// This tensor in another dtype; itself if it has it already.
  public Tensor to(DType dtype) {
    return dtype == dtype() ? this : Ops.run(new Op.Cast(dtype), this);
  }

  /// A row-major tensor of the same values; itself if it is one already.
  public Tensor contiguous() {
    return isContiguous() ? this : Ops.run(new Op.Copy(), this);
  }

  /// The same elements in another shape; one size may be −1 and is worked out.
  public Tensor reshape(int... sizes) {
    return Ops.reshape(this, sizes);
  }

  /// A view whose axis `i` is axis `axes[i]` of this tensor; every axis once, none negative.
  public Tensor permute(Integer... axes) {
    return Ops.run(new Op.Permute(List.of(axes)), this);
  }

  /// Two axes exchanged.
  public Tensor swap(int first, int second) {
    return Ops.swap(this, first, second);
  }

  /// A view in which axes of size 1 repeat; new axes may come in front.
  public Tensor expand(int... sizes) {
    return Ops.run(new Op.Expand(Shape.of(sizes)), this);
  }

  /// Indices `start … stop−1` of `axis`.
  public Tensor slice(int axis, int start, int stop) {
    return Ops.slice(this, axis, start, stop);
  }

  /// Index `index` of `axis`, which goes.
  public Tensor select(int axis, int index) {
    return Ops.select(this, axis, index);
  }

  /// An axis of size 1 put in front of `axis`; −1 appends one.
  public Tensor unsqueeze(int axis) {
    int at = axis < 0 ? axis + rank() + 1 : axis;
    TypeChecks.require(
        at >= 0 && at <= rank(), "unsqueeze: axis %d is outside of shape %s", axis, shape());
    return reshape(shape().insert(at, 1).toArray());
  }

  /// Without `axis`, whose size is 1.
  public Tensor squeeze(int axis) {
    if (size(shape().axis("squeeze", axis)) != 1) {
      throw new ShapeException("squeeze: axis %d of %s is not 1".formatted(axis, shape()));
    }
    return reshape(shape().without(axis).toArray());
  }

  /// Sum of all elements, in their dtype; not of dtypes of one byte.
  public Tensor sum() {
    return Ops.sum(this, false, Ops.allAxes(this));
  }

  /// `Σ x` along `axis`, which stays with size 1 or goes.
  public Tensor sum(int axis, boolean keepDims) {
    return Ops.sum(this, keepDims, axis);
  }

  /// Mean of all elements; for floats.
  public Tensor mean() {
    return Ops.mean(this, false, Ops.allAxes(this));
  }

  /// Mean along `axis`, which stays with size 1 or goes; for floats.
  public Tensor mean(int axis, boolean keepDims) {
    return Ops.mean(this, keepDims, axis);
  }

  /// `(…, m, k) · (…, k, n) → (…, m, n)`
  public Tensor matmul(Tensor b) {
    return Ops.matmul(this, b);
  }

  /// `exp(x_i − max x) / Σ_j exp(x_j − max x)` along `axis`.
  public Tensor softmax(int axis) {
    return Ops.run(new Op.Softmax(shape().axis("softmax", axis)), this);
  }

  @Override
  public String toString() {
    return "Tensor " + type;
  }
}
