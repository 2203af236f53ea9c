package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/// One launch of a kernel: its arguments in the order of its parameters, then how many items or
/// groups run it.
final class Launch {
  /// Items of a group that shares nothing.
  private static final int LANES = 64;

  private static final int MAX_AXES = 8;

  private final Work work;
  private final String file;
  private final String name;
  private final DType computed;
  private final String defines;
  private final List<Long> sizes = new ArrayList<>();
  private final List<Pointer> values = new ArrayList<>();

  /// @param computed the type that scalars of type `R` have in this build of the kernel
  Launch(Work work, String file, String name, DType computed, String defines) {
    this.work = work;
    this.file = file;
    this.name = name;
    this.computed = computed;
    this.defines = defines;
  }

  Launch with(int value) {
    return add(Sizeof.cl_int, Pointer.to(new int[] {value}));
  }

  Launch with(boolean value) {
    return with(value ? 1 : 0);
  }

  Launch with(long value) {
    return add(Sizeof.cl_long, Pointer.to(new long[] {value}));
  }

  /// A number of the type that the kernel computes with.
  Launch number(double value) {
    return switch (computed) {
      case F64 -> add(Sizeof.cl_double, Pointer.to(new double[] {value}));
      case F32, F16, BF16 -> add(Sizeof.cl_float, Pointer.to(new float[] {(float) value}));
      case I64, I32, U8, I8, BOOL -> with((long) value);
    };
  }

  /// An element of so many bytes.
  Launch bits(long value, int bytes) {
    return add(
        bytes,
        switch (bytes) {
          case 1 -> Pointer.to(new byte[] {(byte) value});
          case 2 -> Pointer.to(new short[] {(short) value});
          case 4 -> Pointer.to(new int[] {(int) value});
          default -> Pointer.to(new long[] {value});
        });
  }

  /// A `struct` of eight ints, filled up with zeros.
  Launch ints(int... values) {
    return add(MAX_AXES * Sizeof.cl_int, Pointer.to(Arrays.copyOf(values, MAX_AXES)));
  }

  /// Steps of the axes of an operand.
  Launch steps(long... values) {
    return add(MAX_AXES * Sizeof.cl_long, Pointer.to(Arrays.copyOf(values, MAX_AXES)));
  }

  /// The block behind a tensor, then the position of its first element.
  Launch from(Tensor x) {
    return block(work.read(x)).with(x.offset());
  }

  /// As `from`, to be written.
  Launch into(Tensor y) {
    return block(work.written(y)).with(y.offset());
  }

  /// A row-major tensor at the front of its block.
  Launch read(Tensor x) {
    assert x.isContiguous() && x.offset() == 0;
    return block(work.read(x));
  }

  /// As `read`, to be written.
  Launch write(Tensor y) {
    assert y.isContiguous() && y.offset() == 0;
    return block(work.written(y));
  }

  /// Where the kernel has a block that this launch does not use.
  Launch nothing() {
    return add(Sizeof.cl_mem, null);
  }

  private Launch block(cl_mem memory) {
    return add(Sizeof.cl_mem, Pointer.to(memory));
  }

  private Launch add(long size, Pointer value) {
    sizes.add(size);
    values.add(value);
    return this;
  }

  /// Runs at least `count` items.
  void items(long count) {
    groups((count + LANES - 1) / LANES, LANES);
  }

  /// Runs `count` groups of `lanes` items.
  void groups(long count, int lanes) {
    if (count == 0) {
      return;
    }
    Device device = work.device();
    synchronized (device) {
      cl_kernel kernel = device.programs().kernel(file, defines, name);
      device.checked(
          file + ": " + name,
          () -> {
            for (int i = 0; i < values.size(); i++) {
              CL.clSetKernelArg(kernel, i, sizes.get(i), values.get(i));
            }
            CL.clEnqueueNDRangeKernel(
                device.queue(),
                kernel,
                1,
                null,
                new long[] {Math.multiplyExact(count, lanes)},
                new long[] {lanes},
                0,
                null,
                null);
          });
    }
  }

  static BackendException tooManyAxes(int rank) {
    return new BackendException(
        "opencl: tensors of %d axes that cannot be merged, at most %d".formatted(rank, MAX_AXES));
  }
}
