package dev.chrysalis.cuda;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.PrivateFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcuda.CudaException;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/// NVIDIA's driver, and the native part of JCuda that speaks to it.
final class Driver {
  static final List<String> NAMES = List.of("libcuda.so.1", "nvcuda.dll");

  private static boolean loaded;

  private Driver() {}

  /// Loads and starts the driver, if that was not done.
  ///
  /// @throws BackendException if there is none, or it does not start
  static synchronized void start() {
    if (!isThere()) {
      throw new BackendException(
          "cuda: %s is not there; install NVIDIA's driver".formatted(NAMES.getFirst()));
    }
    try {
      if (!loaded) {
        PrivateFolder.during(Driver::load);
        loaded = true;
      }
      JCudaDriver.cuInit(0);
    } catch (CudaException | LinkageError | UncheckedIOException e) {
      throw new BackendException("cuda: the driver does not start: " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("restricted") // opens the library and calls nothing in it
  private static boolean isThere() {
    for (String name : NAMES) {
      try (Arena arena = Arena.ofConfined()) {
        SymbolLookup.libraryLookup(name, arena);
        return true;
      } catch (IllegalArgumentException e) {
        // not this one
      }
    }
    return false;
  }

  /// JCuda looks for its native part in its own module, where it is not. It takes a file of the
  /// right name that is there already.
  private static void load(Path folder) {
    String name =
        LibUtils.createLibraryFileName(
            LibUtils.createPlatformLibraryName("JCudaDriver-" + JCudaVersion.get()));
    try (InputStream in = Driver.class.getClassLoader().getResourceAsStream("lib/" + name)) {
      if (in == null) {
        throw new UnsatisfiedLinkError("JCuda has nothing for this machine: " + name);
      }
      Files.copy(in, folder.resolve(name));
      JCudaDriver.setExceptionsEnabled(true);
    } catch (IOException e) {
      throw new UncheckedIOException("JCuda's native part cannot be unpacked", e);
    }
  }

  /// All devices.
  ///
  /// @throws BackendException if there is no driver, or it does not answer
  static List<DeviceInfo> devices() {
    start();
    try {
      int[] version = new int[1];
      JCudaDriver.cuDriverGetVersion(version);
      int[] count = new int[1];
      JCudaDriver.cuDeviceGetCount(count);
      List<DeviceInfo> devices = new ArrayList<>();
      for (int i = 0; i < count[0]; i++) {
        CUdevice device = new CUdevice();
        JCudaDriver.cuDeviceGet(device, i);
        devices.add(info(i, device, version[0]));
      }
      return devices;
    } catch (CudaException e) {
      throw new BackendException("cuda: the driver does not answer: " + e.getMessage(), e);
    }
  }

  private static DeviceInfo info(int number, CUdevice device, int version) {
    byte[] name = new byte[256];
    JCudaDriver.cuDeviceGetName(name, name.length, device);
    long[] memory = new long[1];
    JCudaDriver.cuDeviceTotalMem(memory, device);
    String capability =
        "sm_%d%d"
            .formatted(
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
    return new DeviceInfo(
        "cuda",
        number,
        new String(name, StandardCharsets.UTF_8).replace("\0", "").strip(),
        DeviceInfo.Kind.GPU,
        "NVIDIA",
        capability,
        "CUDA %d.%d".formatted(version / 1000, version % 1000 / 10),
        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        memory[0],
        memory[0],
        true);
  }

  private static int attribute(CUdevice device, int which) {
    int[] value = new int[1];
    JCudaDriver.cuDeviceGetAttribute(value, which, device);
    return value[0];
  }
}
