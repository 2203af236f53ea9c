package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.PrivateFolder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/// The OpenCL devices of this machine.
final class Devices {
  /// What an installable driver loader answers when it has no driver.
  private static final int NO_PLATFORM = -1001;

  private Devices() {}

  record Found(cl_platform_id platform, cl_device_id id, DeviceInfo info) {}

  private static boolean loaded;

  /// All devices, in the order of their numbers; none if there is no driver. A driver that does not
  /// answer is passed over, unless there is no other.
  ///
  /// @throws BackendException if OpenCL itself is missing, or no driver answers
  static synchronized List<Found> found() {
    start();
    List<Found> found = new ArrayList<>();
    List<CLException> failures = new ArrayList<>();
    for (cl_platform_id platform : platforms()) {
      try {
        for (cl_device_id device : devices(platform)) {
          found.add(new Found(platform, device, info(found.size(), platform, device)));
        }
      } catch (CLException e) {
        failures.add(e);
      }
    }
    if (found.isEmpty() && !failures.isEmpty()) {
      CLException first = failures.getFirst();
      throw new BackendException(
          "opencl: the driver does not answer: " + first.getMessage(), first);
    }
    return found;
  }

  private static void start() {
    if (loaded) {
      return;
    }
    try {
      PrivateFolder.during(_ -> CL.setExceptionsEnabled(true));
      loaded = true;
    } catch (LinkageError e) {
      throw new BackendException(
          "opencl: libOpenCL is not there; install a driver, or ocl-icd-libopencl1 with"
              + " pocl-opencl-icd to compute on the processor",
          e);
    }
  }

  private static List<cl_platform_id> platforms() {
    try {
      int[] count = new int[1];
      CL.clGetPlatformIDs(0, null, count);
      cl_platform_id[] platforms = new cl_platform_id[count[0]];
      if (count[0] > 0) {
        CL.clGetPlatformIDs(count[0], platforms, null);
      }
      return List.of(platforms);
    } catch (CLException e) {
      if (e.getStatus() == NO_PLATFORM) {
        return List.of();
      }
      throw new BackendException("opencl: the driver does not answer: " + e.getMessage(), e);
    }
  }

  private static List<cl_device_id> devices(cl_platform_id platform) {
    try {
      int[] count = new int[1];
      CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
      cl_device_id[] devices = new cl_device_id[count[0]];
      CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, count[0], devices, null);
      return List.of(devices);
    } catch (CLException e) {
      if (e.getStatus() == CL.CL_DEVICE_NOT_FOUND) {
        return List.of();
      }
      throw e;
    }
  }

  private static DeviceInfo info(int number, cl_platform_id platform, cl_device_id device) {
    long type = longOf(device, CL.CL_DEVICE_TYPE);
    DeviceInfo.Kind kind =
        (type & CL.CL_DEVICE_TYPE_GPU) != 0
            ? DeviceInfo.Kind.GPU
            : (type & CL.CL_DEVICE_TYPE_CPU) != 0
                ? DeviceInfo.Kind.CPU
                : DeviceInfo.Kind.ACCELERATOR;
    return new DeviceInfo(
        "opencl",
        number,
        textOf(device, CL.CL_DEVICE_NAME),
        kind,
        platformName(platform),
        textOf(device, CL.CL_DEVICE_VERSION),
        textOf(device, CL.CL_DRIVER_VERSION),
        (int) longOf(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS),
        longOf(device, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
        longOf(device, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        (" " + textOf(device, CL.CL_DEVICE_EXTENSIONS) + " ").contains(" cl_khr_fp64 "));
  }

  private static String platformName(cl_platform_id platform) {
    long[] size = new long[1];
    CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, 0, null, size);
    byte[] text = new byte[(int) size[0]];
    CL.clGetPlatformInfo(platform, CL.CL_PLATFORM_NAME, text.length, Pointer.to(text), null);
    return trimmed(text);
  }

  private static String textOf(cl_device_id device, int what) {
    long[] size = new long[1];
    CL.clGetDeviceInfo(device, what, 0, null, size);
    byte[] text = new byte[(int) size[0]];
    CL.clGetDeviceInfo(device, what, text.length, Pointer.to(text), null);
    return trimmed(text);
  }

  /// A number of 4 or 8 bytes.
  private static long longOf(cl_device_id device, int what) {
    long[] value = new long[1];
    CL.clGetDeviceInfo(device, what, Long.BYTES, Pointer.to(value), null);
    return value[0];
  }

  /// Without the zero at the end.
  private static String trimmed(byte[] text) {
    return new String(text, StandardCharsets.UTF_8).replace("\0", "").strip();
  }
}
