package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.Argument;
import dev.chrysalis.tensor.device.Block;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.KernelId;
import java.lang.foreign.MemorySegment;
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
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// A device with its context and its modules. Everything runs in the context's default stream,
/// under this object's lock.
final class CudaDevice implements Device {
  /// Most bytes of one transfer.
  private static final long PART_BYTES = 1 << 30;

  private static final int MAX_GROUPS = Integer.MAX_VALUE;

  private final DeviceInfo info;
  private final CUcontext context = new CUcontext();
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<KernelId, CUfunction> functions = new HashMap<>();

  private record Buffer(CUdeviceptr address, long sizeBytes) implements Block {}

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
      CUdeviceptr address = new CUdeviceptr();
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
  public synchronized void launch(
      KernelId kernel, List<Argument> arguments, long groups, int lanes) {
    if (groups > MAX_GROUPS) {
      throw new BackendException(
          "%s: %s of %s: %d groups, at most %d"
              .formatted(label(), kernel.name(), kernel.file(), groups, MAX_GROUPS));
    }
    Pointer[] values = arguments.stream().map(CudaDevice::pointer).toArray(Pointer[]::new);
    try {
      JCudaDriver.cuCtxSetCurrent(context);
      CUfunction function = functions.computeIfAbsent(kernel, this::loaded);
      JCudaDriver.cuLaunchKernel(
          function, (int) groups, 1, 1, lanes, 1, 1, 0, null, Pointer.to(values), null);
    } catch (CudaException e) {
      throw failed("%s of %s, %d groups".formatted(kernel.name(), kernel.file(), groups), e);
    }
  }

  /// Where the value of an argument lies.
  private static Pointer pointer(Argument argument) {
    return switch (argument) {
      case Argument.Number(long bits, int bytes) ->
          bytes == Long.BYTES ? Pointer.to(new long[] {bits}) : Pointer.to(new int[] {(int) bits});
      case Argument.Ints(int[] values) -> Pointer.to(values);
      case Argument.Longs(long[] values) -> Pointer.to(values);
      case Argument.Memory(Block block) -> Pointer.to(((Buffer) block).address());
      case Argument.Nothing() -> Pointer.to(new long[] {0});
    };
  }

  private CUfunction loaded(KernelId kernel) {
    CUmodule module = modules.computeIfAbsent(PtxImages.name(kernel), _ -> module(kernel));
    CUfunction function = new CUfunction();
    JCudaDriver.cuModuleGetFunction(function, module, kernel.name());
    return function;
  }

  private CUmodule module(KernelId kernel) {
    CUmodule module = new CUmodule();
    try {
      JCudaDriver.cuModuleLoadData(module, PtxImages.text(kernel) + "\0");
    } catch (CudaException e) {
      throw new BackendException(
          "%s: %s does not load: %s; its PTX is of CUDA 11.0 for sm_75 and newer, the driver is of %s, the device %s"
              .formatted(
                  label(), PtxImages.name(kernel), e.getMessage(), info.driver(), info.version()),
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
