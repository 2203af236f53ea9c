package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.Argument;
import dev.chrysalis.tensor.device.Block;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/// A device with its context, its one queue and its programs. All access to the queue is under this
/// object's lock.
final class OpenClDevice implements Device {
  /// Most bytes of one transfer.
  private static final long PART_BYTES = 1 << 30;

  private final DeviceInfo info;
  private final cl_device_id id;
  private final cl_context context;
  private final cl_command_queue queue;
  private final Programs programs;

  private record Buffer(cl_mem memory, long sizeBytes) implements Block {}

  @SuppressWarnings("deprecation") // its successor needs OpenCL 2.0
  private OpenClDevice(Devices.Found found) {
    this.info = found.info();
    this.id = found.id();
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, found.platform());
    this.context = CL.clCreateContext(properties, 1, new cl_device_id[] {id}, null, null, null);
    this.queue = CL.clCreateCommandQueue(context, id, 0, null);
    this.programs = new Programs(this);
  }

  /// @throws BackendException if it cannot be used
  static OpenClDevice open(Devices.Found found) {
    try {
      return new OpenClDevice(found);
    } catch (CLException e) {
      throw new BackendException(
          "opencl: %s cannot be used: %s".formatted(found.info().label(), e.getMessage()), e);
    }
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  cl_device_id id() {
    return id;
  }

  cl_context context() {
    return context;
  }

  Programs programs() {
    return programs;
  }

  @Override
  public Optional<Block> allocate(long sizeBytes) {
    try {
      cl_mem memory = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, sizeBytes, null, null);
      return Optional.of(new Buffer(memory, sizeBytes));
    } catch (CLException e) {
      if (isOutOfMemory(e)) {
        return Optional.empty();
      }
      throw failed("a block of %d bytes".formatted(sizeBytes), e);
    }
  }

  private static boolean isOutOfMemory(CLException e) {
    return e.getStatus() == CL.CL_MEM_OBJECT_ALLOCATION_FAILURE
        || e.getStatus() == CL.CL_OUT_OF_RESOURCES
        || e.getStatus() == CL.CL_OUT_OF_HOST_MEMORY
        || e.getStatus() == CL.CL_INVALID_BUFFER_SIZE;
  }

  @Override
  public void free(Block block) {
    try {
      CL.clReleaseMemObject(((Buffer) block).memory());
    } catch (CLException e) {
      throw failed("giving back %d bytes".formatted(block.sizeBytes()), e);
    }
  }

  @Override
  public synchronized void download(Block from, MemorySegment to) {
    cl_mem memory = ((Buffer) from).memory();
    try {
      for (long at = 0; at < to.byteSize(); at += PART_BYTES) {
        long size = Math.min(PART_BYTES, to.byteSize() - at);
        CL.clEnqueueReadBuffer(queue, memory, true, at, size, pointer(to, at, size), 0, null, null);
      }
    } catch (CLException e) {
      throw failed("copying %d bytes to the host".formatted(to.byteSize()), e);
    }
  }

  @Override
  public synchronized void upload(MemorySegment from, Block to) {
    cl_mem memory = ((Buffer) to).memory();
    try {
      for (long at = 0; at < from.byteSize(); at += PART_BYTES) {
        long size = Math.min(PART_BYTES, from.byteSize() - at);
        CL.clEnqueueWriteBuffer(
            queue, memory, true, at, size, pointer(from, at, size), 0, null, null);
      }
    } catch (CLException e) {
      throw failed("copying %d bytes to the device".formatted(from.byteSize()), e);
    }
  }

  private static Pointer pointer(MemorySegment segment, long at, long size) {
    return Pointer.to(segment.asSlice(at, size).asByteBuffer());
  }

  @Override
  public synchronized void launch(KernelId id, List<Argument> arguments, Grid grid) {
    assert grid.rows() == 1 && grid.layers() == 1 && grid.sharedBytes() == 0 : "portable kernels";
    try {
      cl_kernel kernel = programs.kernel(id);
      int at = 0;
      for (Argument argument : arguments) {
        set(kernel, at++, argument);
      }
      CL.clEnqueueNDRangeKernel(
          queue,
          kernel,
          1,
          null,
          new long[] {Math.multiplyExact(grid.groups(), grid.lanes())},
          new long[] {grid.lanes()},
          0,
          null,
          null);
    } catch (CLException e) {
      throw failed("%s of %s, %d groups".formatted(id.name(), id.file(), grid.groups()), e);
    }
  }

  private static void set(cl_kernel kernel, int at, Argument argument) {
    switch (argument) {
      case Argument.Number(long bits, int bytes) -> {
        Pointer value =
            bytes == Long.BYTES
                ? Pointer.to(new long[] {bits})
                : Pointer.to(new int[] {(int) bits});
        CL.clSetKernelArg(kernel, at, bytes, value);
      }
      case Argument.Ints(int[] values) ->
          CL.clSetKernelArg(kernel, at, (long) values.length * Sizeof.cl_int, Pointer.to(values));
      case Argument.Longs(long[] values) ->
          CL.clSetKernelArg(kernel, at, (long) values.length * Sizeof.cl_long, Pointer.to(values));
      case Argument.Bytes(byte[] values) ->
          CL.clSetKernelArg(kernel, at, values.length, Pointer.to(values));
      case Argument.Memory(Block block, _) ->
          CL.clSetKernelArg(kernel, at, Sizeof.cl_mem, Pointer.to(((Buffer) block).memory()));
      case Argument.Nothing() -> CL.clSetKernelArg(kernel, at, Sizeof.cl_mem, null);
    }
  }

  @Override
  public synchronized void finish() {
    try {
      CL.clFinish(queue);
    } catch (CLException e) {
      throw failed("computing", e);
    }
  }

  private BackendException failed(String what, CLException e) {
    return new BackendException("%s: %s failed: %s".formatted(label(), what, e.getMessage()), e);
  }
}
