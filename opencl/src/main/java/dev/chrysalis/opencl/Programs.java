package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/// The kernels of a device, each built when it is first needed.
final class Programs {
  private static final String BEGINNING = source("portable.h");

  private final Device device;
  private final BinaryCache cache;
  private final Map<Unit, cl_program> programs = new HashMap<>();
  private final Map<Named, cl_kernel> kernels = new HashMap<>();

  /// A kernel file for one kind of element.
  ///
  /// @param defines names to define, as in `T_F32`, with blanks between them
  private record Unit(String file, String defines) {}

  private record Named(Unit unit, String kernel) {}

  Programs(Device device) {
    this.device = device;
    this.cache = new BinaryCache(device);
  }

  /// Kernel `name` of a file, compiled with these names defined.
  ///
  /// @throws BackendException if it does not build; the message holds the log
  cl_kernel kernel(String file, String defines, String name) {
    return kernels.computeIfAbsent(
        new Named(new Unit(file, defines), name),
        key -> {
          cl_program program = programs.computeIfAbsent(key.unit(), this::built);
          return CL.clCreateKernel(program, name, null);
        });
  }

  private cl_program built(Unit unit) {
    String source = BEGINNING + source(unit.file());
    StringBuilder options = new StringBuilder("-cl-std=CL1.2");
    for (String define : unit.defines().split(" ")) {
      options.append(" -D").append(define);
    }
    if (device.info().doubles()) {
      options.append(" -DHAS_DOUBLE");
    }
    String key = source + options;
    return cache
        .read(key)
        .flatMap(binary -> cache.program(binary, options.toString()))
        .orElseGet(() -> {
          cl_program program = compiled(unit, source, options.toString());
          cache.write(key, program);
          return program;
        });
  }

  private cl_program compiled(Unit unit, String source, String options) {
    cl_program program =
        CL.clCreateProgramWithSource(device.context(), 1, new String[] {source}, null, null);
    try {
      CL.clBuildProgram(program, 1, new cl_device_id[] {device.id()}, options, null, null);
    } catch (CLException e) {
      throw new BackendException(
          "opencl: %s: %s does not build with '%s':%n%s"
              .formatted(device.info().label(), unit.file(), options, log(program)),
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

  private static String source(String file) {
    try (InputStream in = Programs.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
