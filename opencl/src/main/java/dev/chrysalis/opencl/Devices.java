package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/// The OpenCL devices of this machine.
public final class Devices {
  /// What an installable driver loader answers when it has no driver.
  private static final int NO_PLATFORM = -1001;

  private Devices() {}

  record Found(cl_platform_id platform, cl_device_id id, DeviceInfo info) {}

  /// All devices, in the order of their numbers; none if there is no driver.
  public static List<DeviceInfo> all() {
    return found().stream().map(Found::info).toList();
  }

  /// All devices.
  ///
  /// @throws BackendException if OpenCL itself is missing or does not answer
  static List<Found> found() {
    try {
      CL.setExceptionsEnabled(true);
      List<Found> found = new ArrayList<>();
      for (cl_platform_id platform : platforms()) {
        for (cl_device_id device : devices(platform)) {
          found.add(new Found(platform, device, DeviceInfo.of(found.size(), platform, device)));
        }
      }
      return found;
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
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
      throw new BackendException("opencl: the driver does not answer: " + e.getMessage(), e);
    }
  }
}
