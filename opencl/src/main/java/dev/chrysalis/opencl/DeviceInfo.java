package dev.chrysalis.opencl;

import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/// One OpenCL device, as its driver describes it.
///
/// @param number by which `--device` names it, from 0 on
/// @param memoryBytes of its own
/// @param largestBytes of one block
/// @param doubles whether it computes in f64
public record DeviceInfo(
    int number,
    String platform,
    String name,
    String version,
    String driver,
    Kind kind,
    int units,
    long memoryBytes,
    long largestBytes,
    boolean doubles) {
  /// What a device is.
  public enum Kind {
    /// A processor of the host.
    CPU,
    /// A graphics processor.
    GPU,
    /// Anything else.
    ACCELERATOR
  }

  static DeviceInfo of(int number, cl_platform_id platform, cl_device_id device) {
    long type = longOf(device, CL.CL_DEVICE_TYPE);
    Kind kind =
        (type & CL.CL_DEVICE_TYPE_GPU) != 0
            ? Kind.GPU
            : (type & CL.CL_DEVICE_TYPE_CPU) != 0 ? Kind.CPU : Kind.ACCELERATOR;
    return new DeviceInfo(
        number,
        platformName(platform),
        textOf(device, CL.CL_DEVICE_NAME),
        textOf(device, CL.CL_DEVICE_VERSION),
        textOf(device, CL.CL_DRIVER_VERSION),
        kind,
        (int) longOf(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS),
        longOf(device, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
        longOf(device, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        (" " + textOf(device, CL.CL_DEVICE_EXTENSIONS) + " ").contains(" cl_khr_fp64 "));
  }

  /// What this device is called in messages.
  public String label() {
    return "%s (%s)".formatted(name, platform);
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
    return new String(text, java.nio.charset.StandardCharsets.UTF_8).replace("\0", "").strip();
  }
}
