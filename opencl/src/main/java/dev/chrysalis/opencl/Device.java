package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;

/// A device that is open: its context, its queue, its memory and its programs.
///
/// Commands run in the order in which they were given, so a block may be given back as soon as the
/// last command on it was enqueued. All access to the queue is under this object's lock.
final class Device {
  /// Most bytes of one transfer.
  private static final long PART_BYTES = 1 << 30;

  private final DeviceInfo info;
  private final cl_device_id id;
  private final cl_context context;
  private final cl_command_queue queue;
  private final DeviceMemory memory;
  private final Programs programs;

  @SuppressWarnings("deprecation") // its successor needs OpenCL 2.0
  private Device(Devices.Found found) {
    this.info = found.info();
    this.id = found.id();
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, found.platform());
    this.context = CL.clCreateContext(properties, 1, new cl_device_id[] {id}, null, null, null);
    this.queue = CL.clCreateCommandQueue(context, id, 0, null);
    this.memory = new DeviceMemory(this);
    this.programs = new Programs(this);
  }

  /// @throws BackendException if it cannot be used
  static Device open(Devices.Found found) {
    try {
      return new Device(found);
    } catch (CLException e) {
      throw new BackendException(
          "opencl: %s cannot be used: %s".formatted(found.info().label(), e.getMessage()), e);
    }
  }

  DeviceInfo info() {
    return info;
  }

  cl_device_id id() {
    return id;
  }

  cl_context context() {
    return context;
  }

  cl_command_queue queue() {
    return queue;
  }

  DeviceMemory memory() {
    return memory;
  }

  Programs programs() {
    return programs;
  }

  /// Copies the first bytes of a block to the host, after all that was enqueued.
  synchronized void download(cl_mem from, MemorySegment to) {
    checked(
        "copying %d bytes to the host".formatted(to.byteSize()),
        () -> {
          for (long at = 0; at < to.byteSize(); at += PART_BYTES) {
            long size = Math.min(PART_BYTES, to.byteSize() - at);
            CL.clEnqueueReadBuffer(
                queue, from, true, at, size, pointer(to, at, size), 0, null, null);
          }
        });
  }

  /// Copies all of `from` to the front of a block.
  synchronized void upload(MemorySegment from, cl_mem to) {
    checked(
        "copying %d bytes to the device".formatted(from.byteSize()),
        () -> {
          for (long at = 0; at < from.byteSize(); at += PART_BYTES) {
            long size = Math.min(PART_BYTES, from.byteSize() - at);
            CL.clEnqueueWriteBuffer(
                queue, to, true, at, size, pointer(from, at, size), 0, null, null);
          }
        });
  }

  private static Pointer pointer(MemorySegment segment, long at, long size) {
    ByteBuffer part = segment.asSlice(at, size).asByteBuffer().order(ByteOrder.nativeOrder());
    return part.isDirect() ? Pointer.to(part) : Pointer.to(part.array());
  }

  /// Waits until all that was enqueued is done.
  synchronized void finish() {
    checked("computing", () -> CL.clFinish(queue));
  }

  /// Runs a call to the driver.
  ///
  /// @throws BackendException if it fails
  void checked(String what, Runnable call) {
    try {
      call.run();
    } catch (CLException e) {
      if (isOutOfMemory(e)) {
        throw memory.exhausted(what, e);
      }
      throw new BackendException(
          "opencl: %s: %s failed: %s".formatted(info.label(), what, e.getMessage()), e);
    }
  }

  static boolean isOutOfMemory(CLException e) {
    return e.getStatus() == CL.CL_MEM_OBJECT_ALLOCATION_FAILURE
        || e.getStatus() == CL.CL_OUT_OF_RESOURCES
        || e.getStatus() == CL.CL_OUT_OF_HOST_MEMORY
        || e.getStatus() == CL.CL_INVALID_BUFFER_SIZE;
  }
}
