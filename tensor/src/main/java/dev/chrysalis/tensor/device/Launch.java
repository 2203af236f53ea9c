package dev.chrysalis.tensor.device;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One launch of a kernel: its arguments in the order of its parameters, then how many items or
/// groups run it.
public final class Launch {
  /// Axes of a `struct` of sizes or steps.
  static final int MAX_AXES = 8;

  /// Items of a group that shares nothing.
  private static final int LANES = 64;

  private final Work work;
  private final KernelId kernel;
  private final DType computed;
  private final List<Argument> arguments = new ArrayList<>();

  /// @param computed the type that scalars of type `R` have in this build of the kernel
  Launch(Work work, KernelId kernel, DType computed) {
    this.work = work;
    this.kernel = kernel;
    this.computed = computed;
  }

  /// A number.
  public Launch with(int value) {
    return bits(value, Integer.BYTES);
  }

  /// 1 or 0.
  public Launch with(boolean value) {
    return with(value ? 1 : 0);
  }

  /// A number of 64 bits.
  public Launch with(long value) {
    return bits(value, Long.BYTES);
  }

  /// A number of the type that the kernel computes with.
  public Launch number(double value) {
    return switch (computed) {
      case F64 -> bits(Double.doubleToRawLongBits(value), Double.BYTES);
      case F32, F16, BF16 -> bits(Float.floatToRawIntBits((float) value), Float.BYTES);
      case I64, I32, U8, I8, BOOL -> with((long) value);
    };
  }

  private Launch bits(long value, int bytes) {
    return add(new Argument.Number(value, bytes));
  }

  /// A `struct` of eight ints, filled up with zeros.
  public Launch ints(int... values) {
    return add(new Argument.Ints(Arrays.copyOf(values, MAX_AXES)));
  }

  /// Steps of the axes of an operand.
  public Launch steps(long... values) {
    return add(new Argument.Longs(Arrays.copyOf(values, MAX_AXES)));
  }

  /// The block behind a tensor, then the position of its first element.
  public Launch from(Tensor x) {
    return from(x, x.offset());
  }

  /// The block behind a tensor, then a position in it.
  public Launch from(Tensor x, long offset) {
    return block(work.read(x)).with(offset);
  }

  /// As `from`, to be written.
  public Launch into(Tensor y) {
    return block(work.written(y)).with(y.offset());
  }

  /// A row-major tensor at the front of its block.
  public Launch read(Tensor x) {
    assert x.isContiguous() && x.offset() == 0;
    return block(work.read(x));
  }

  /// As `read`, to be written.
  public Launch write(Tensor y) {
    assert y.isContiguous() && y.offset() == 0;
    return block(work.written(y));
  }

  /// The address of the first element of a tensor, for kernels that are not portable.
  public Launch at(Tensor x) {
    return add(new Argument.Memory(work.read(x), x.offset() * x.dtype().sizeBytes()));
  }

  /// Where the kernel has a block that this launch does not use.
  public Launch nothing() {
    return add(new Argument.Nothing());
  }

  /// A `struct` as it lies in memory.
  public Launch bytes(byte[] values) {
    return add(new Argument.Bytes(values));
  }

  private Launch block(Block block) {
    return add(new Argument.Memory(block, 0));
  }

  private Launch add(Argument argument) {
    arguments.add(argument);
    return this;
  }

  /// Runs at least `count` items.
  public void items(long count) {
    groups((count + LANES - 1) / LANES, LANES);
  }

  /// Runs `count` groups of `lanes` items.
  public void groups(long count, int lanes) {
    run(new Grid(count, lanes));
  }

  /// Runs the kernel, unless there are no groups.
  public void run(Grid grid) {
    if (grid.groups() > 0) {
      work.launch(kernel, arguments, grid);
    }
  }
}
