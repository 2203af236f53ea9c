package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.KernelId;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/// The kernels of a device, each built when it is first needed.
final class Programs {
  private final OpenClDevice device;
  private final BinaryCache cache;
  private final String options;
  private final Map<Unit, cl_program> programs = new HashMap<>();
  private final Map<KernelId, cl_kernel> kernels = new HashMap<>();

  /// A file in one of its builds.
  private record Unit(String file, String defines) {}

  Programs(OpenClDevice device) {
    this.device = device;
    this.cache = new BinaryCache(device);
    this.options = options(device);
  }

  /// What every file is built with.
  private static String options(OpenClDevice device) {
    StringBuilder options = new StringBuilder("-cl-std=CL1.2");
    long[] floats = new long[1];
    CL.clGetDeviceInfo(
        device.id(), CL.CL_DEVICE_SINGLE_FP_CONFIG, Sizeof.cl_long, Pointer.to(floats), null);
    if ((floats[0] & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0) {
      // Without it quotients and roots may be off by the last bits.
      options.append(" -cl-fp32-correctly-rounded-divide-sqrt");
    }
    if (device.info().doubles()) {
      options.append(" -DHAS_DOUBLE");
    }
    return options.toString();
  }

  /// A kernel, built if it was not.
  ///
  /// @throws BackendException if it does not build; the message holds the log
  cl_kernel kernel(KernelId id) {
    return kernels.computeIfAbsent(
        id,
        _ -> {
          Unit unit = new Unit(id.file(), id.defines());
          cl_program program = programs.computeIfAbsent(unit, _ -> built(id));
          return CL.clCreateKernel(program, id.name(), null);
        });
  }

  private cl_program built(KernelId id) {
    String source = id.source();
    String built = options + " -D" + id.defines().replace(" ", " -D");
    String key = source + built;
    return cache
        .read(key)
        .flatMap(binary -> cache.program(binary, built))
        .orElseGet(() -> {
          cl_program program = compiled(id.file(), source, built);
          cache.write(key, program);
          return program;
        });
  }

  private cl_program compiled(String file, String source, String options) {
    cl_program program =
        CL.clCreateProgramWithSource(device.context(), 1, new String[] {source}, null, null);
    try {
      CL.clBuildProgram(program, 1, new cl_device_id[] {device.id()}, options, null, null);
    } catch (CLException e) {
      throw new BackendException(
          "%s: %s does not build with '%s':%n%s"
              .formatted(device.label(), file, options, log(program)),
          e);
    }
    return program;
  }

  private String log(cl_program program) {
    long[] size = new long[1];
    CL.clGetProgramBuildInfo(program, device.id(), CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
    byte[] log = new byte[(int) size[0]];
    CL.clGetProgramBuildInfo(
        program, device.id(), CL.CL_PROGRAM_BUILD_LOG, log.length, Pointer.to(log), null);
    return new String(log, StandardCharsets.UTF_8).replace("\0", "").strip();
  }
}
