package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.Argument;
import dev.chrysalis.tensor.device.Block;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// A device with its context and its modules. Everything runs in the context's default stream,
/// under this object's lock.
final class CudaDevice implements Device, TensorMaps, Blas {
  /// Most bytes of one transfer.
  private static final long PART_BYTES = 1 << 30;

  private static final int MAX_GROUPS = Integer.MAX_VALUE;

  /// More than the parameters of any kernel take: the driver itself has an end at 4 KiB.
  private static final int VALUE_BYTES = 4096;

  private static final int MAX_ARGUMENTS = 64;

  /// What a kernel may share without being told so before.
  private static final int SHARED_BYTES = 48 << 10;

  private final DeviceInfo info;
  private final CUcontext context = new CUcontext();
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<KernelId, Function> functions = new HashMap<>();
  private final MemorySegment values = Arena.ofAuto().allocate(VALUE_BYTES, Long.BYTES * 8);
  private final MemorySegment places =
      Arena.ofAuto().allocate(ValueLayout.JAVA_LONG, MAX_ARGUMENTS);

  /// Where it was asked for.
  private Optional<Cublas> cublas = Optional.empty();

  private record Buffer(Address address, long sizeBytes) implements Block {}

  /// An address whose value can be read.
  private static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer() + getByteOffset();
    }
  }

  /// A kernel whose handle can be read.
  private static final class Function extends CUfunction {
    /// Of dynamic shared memory it was allowed.
    private int sharedBytes = SHARED_BYTES;

    long handle() {
      return getNativePointer();
    }
  }

  private CudaDevice(DeviceInfo info) {
    this.info = info;
    CUdevice device = new CUdevice();
    JCudaDriver.cuDeviceGet(device, info.number());
    JCudaDriver.cuCtxCreate(context, 0, device);
  }

  /// @throws BackendException if it cannot be used
  static CudaDevice open(DeviceInfo info) {
    Driver.start();
    try {
      return new CudaDevice(info);
    } catch (CudaException e) {
      throw new BackendException(
          "cuda: %s cannot be used: %s".formatted(info.label(), e.getMessage()), e);
    }
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public synchronized Optional<Block> allocate(long sizeBytes) {
    try {
      JCudaDriver.cuCtxSetCurrent(context);
      Address address = new Address();
      JCudaDriver.cuMemAlloc(address, sizeBytes);
      return Optional.of(new Buffer(address, sizeBytes));
    } catch (CudaException e) {
      if (e.getMessage().contains(CUresult.stringFor(CUresult.CUDA_ERROR_OUT_OF_MEMORY))) {
        return Optional.empty();
      }
      throw failed("a block of %d bytes".formatted(sizeBytes), e);
    }
  }

  @Override
  public synchronized void free(Block block) {
    try {
      JCudaDriver.cuCtxSetCurrent(context);
      JCudaDriver.cuMemFree(((Buffer) block).address());
    } catch (CudaException e) {
      throw failed("giving back %d bytes".formatted(block.sizeBytes()), e);
    }
  }

  @Override
  public synchronized void upload(MemorySegment from, Block to) {
    try {
      JCudaDriver.cuCtxSetCurrent(context);
      for (long at = 0; at < from.byteSize(); at += PART_BYTES) {
        long size = Math.min(PART_BYTES, from.byteSize() - at);
        CUdeviceptr address = ((Buffer) to).address().withByteOffset(at);
        JCudaDriver.cuMemcpyHtoD(address, pointer(from, at, size), size);
      }
    } catch (CudaException e) {
      throw failed("copying %d bytes to the device".formatted(from.byteSize()), e);
    }
  }

  @Override
  public synchronized void download(Block from, MemorySegment to) {
    try {
      JCudaDriver.cuCtxSetCurrent(context);
      for (long at = 0; at < to.byteSize(); at += PART_BYTES) {
        long size = Math.min(PART_BYTES, to.byteSize() - at);
        CUdeviceptr address = ((Buffer) from).address().withByteOffset(at);
        JCudaDriver.cuMemcpyDtoH(pointer(to, at, size), address, size);
      }
    } catch (CudaException e) {
      throw failed("copying %d bytes to the host".formatted(to.byteSize()), e);
    }
  }

  private static Pointer pointer(MemorySegment segment, long at, long size) {
    return Pointer.toBuffer(segment.asSlice(at, size).asByteBuffer());
  }

  @Override
  public synchronized void launch(KernelId kernel, List<Argument> arguments, Grid grid) {
    if (grid.groups() > MAX_GROUPS) {
      throw new BackendException(
          "%s: %s of %s: %d groups, at most %d"
              .formatted(label(), kernel.name(), kernel.file(), grid.groups(), MAX_GROUPS));
    }
    int code;
    try {
      JCudaDriver.cuCtxSetCurrent(context);
      Function function = functions.computeIfAbsent(kernel, this::loaded);
      if (grid.sharedBytes() > function.sharedBytes) {
        JCudaDriver.cuFuncSetAttribute(
            function,
            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            grid.sharedBytes());
        function.sharedBytes = grid.sharedBytes();
      }
      lay(arguments);
      code = DriverCalls.launch(function.handle(), grid, places);
    } catch (CudaException e) {
      throw failed(words(kernel, grid), e);
    }
    if (code != CUresult.CUDA_SUCCESS) {
      throw new BackendException(
          "%s: %s failed: %s".formatted(label(), words(kernel, grid), CUresult.stringFor(code)));
    }
  }

  private static String words(KernelId kernel, Grid grid) {
    return "%s of %s, %d groups".formatted(kernel.name(), kernel.file(), grid.groups());
  }

  /// Writes the values of arguments one behind the other, and where each lies. The driver has
  /// copied them when the launch returns.
  private void lay(List<Argument> arguments) {
    long end = 0;
    for (int i = 0; i < arguments.size(); i++) {
      long at =
          switch (arguments.get(i)) {
            case Argument.Bytes _ -> aligned(end, DriverCalls.MAP_ALIGNMENT);
            default -> aligned(end, Long.BYTES);
          };
      end = at + write(arguments.get(i), at);
      places.setAtIndex(ValueLayout.JAVA_LONG, i, values.address() + at);
    }
  }

  private static long aligned(long at, int alignment) {
    return (at + alignment - 1) / alignment * alignment;
  }

  /// How many bytes it took.
  private long write(Argument argument, long at) {
    switch (argument) {
      case Argument.Number(long bits, int bytes) -> {
        if (bytes == Long.BYTES) {
          values.set(ValueLayout.JAVA_LONG, at, bits);
        } else {
          values.set(ValueLayout.JAVA_INT, at, (int) bits);
        }
        return bytes;
      }
      case Argument.Ints(int[] ints) -> {
        MemorySegment.copy(ints, 0, values, ValueLayout.JAVA_INT, at, ints.length);
        return (long) ints.length * Integer.BYTES;
      }
      case Argument.Longs(long[] longs) -> {
        MemorySegment.copy(longs, 0, values, ValueLayout.JAVA_LONG, at, longs.length);
        return (long) longs.length * Long.BYTES;
      }
      case Argument.Bytes(byte[] bytes) -> {
        MemorySegment.copy(bytes, 0, values, ValueLayout.JAVA_BYTE, at, bytes.length);
        return bytes.length;
      }
      case Argument.Memory(Block block, long offsetBytes) -> {
        values.set(ValueLayout.JAVA_LONG, at, address(block) + offsetBytes);
        return Long.BYTES;
      }
      case Argument.Nothing() -> {
        values.set(ValueLayout.JAVA_LONG, at, 0);
        return Long.BYTES;
      }
    }
  }

  private static long address(Block block) {
    return ((Buffer) block).address().value();
  }

  @Override
  public boolean exist() {
    return DriverCalls.hasMaps();
  }

  /// See `DriverCalls.map`.
  ///
  /// @param offset of the first element in the block
  @Override
  public byte[] map(
      Block block,
      boolean bfloat,
      long offset,
      long rows,
      long columns,
      long rowElements,
      int boxRows,
      int boxColumns) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map = arena.allocate(DriverCalls.MAP_BYTES, DriverCalls.MAP_ALIGNMENT);
      int code =
          DriverCalls.map(
              map,
              bfloat,
              address(block) + offset * Short.BYTES,
              rows,
              columns,
              rowElements,
              boxRows,
              boxColumns);
      if (code != CUresult.CUDA_SUCCESS) {
        throw new BackendException(
            "%s: no description of %d x %d elements, rows %d apart, at %d: %s"
                .formatted(label(), rows, columns, rowElements, offset, CUresult.stringFor(code)));
      }
      return map.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// Starts cuBLAS on this device, for `multiply`.
  ///
  /// @throws BackendException if it is not there, or does not start; the device is closed then
  synchronized Blas withCublas() {
    JCudaDriver.cuCtxSetCurrent(context);
    try {
      cublas = Optional.of(Cublas.start());
      return this;
    } catch (BackendException e) {
      JCudaDriver.cuCtxDestroy(context);
      throw e;
    }
  }

  @Override
  public synchronized void multiply(Product product) {
    JCudaDriver.cuCtxSetCurrent(context);
    cublas.orElseThrow().multiply(product, CudaDevice::address);
  }

  private Function loaded(KernelId kernel) {
    CUmodule module = modules.computeIfAbsent(PtxImages.name(kernel), _ -> module(kernel));
    Function function = new Function();
    JCudaDriver.cuModuleGetFunction(function, module, kernel.name());
    return function;
  }

  private CUmodule module(KernelId kernel) {
    CUmodule module = new CUmodule();
    try {
      JCudaDriver.cuModuleLoadData(module, PtxImages.text(kernel) + "\0");
    } catch (CudaException e) {
      throw new BackendException(
          "%s: %s does not load: %s; it is PTX %s for %s, the driver is of %s, the device %s"
              .formatted(
                  label(),
                  PtxImages.name(kernel),
                  e.getMessage(),
                  PtxImages.directive(kernel, ".version"),
                  PtxImages.directive(kernel, ".target"),
                  info.driver(),
                  info.version()),
          e);
    }
    return module;
  }

  @Override
  public synchronized void finish() {
    try {
      JCudaDriver.cuCtxSetCurrent(context);
      JCudaDriver.cuCtxSynchronize();
    } catch (CudaException e) {
      throw failed("computing", e);
    }
  }

  private BackendException failed(String what, CudaException e) {
    return new BackendException("%s: %s failed: %s".formatted(label(), what, e.getMessage()), e);
  }
}
