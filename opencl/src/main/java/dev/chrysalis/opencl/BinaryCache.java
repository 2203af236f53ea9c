package dev.chrysalis.opencl;

import dev.chrysalis.tensor.device.DeviceInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_program;

/// Built programs on disk, by device, driver and source: a driver takes seconds for what is then
/// read in a moment. A cache that cannot be read or written is done without.
final class BinaryCache {
  private final OpenClDevice device;
  private final Path folder;

  BinaryCache(OpenClDevice device) {
    this.device = device;
    this.folder = place().resolve("chrysalis").resolve("opencl");
  }

  private static Path place() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path usual = Path.of(System.getProperty("user.home"), ".cache");
    try {
      return cache == null || cache.isBlank() ? usual : Path.of(cache);
    } catch (InvalidPathException e) {
      return usual;
    }
  }

  /// The program of this source and these options, as it was written.
  Optional<byte[]> read(String source) {
    Path file = file(source);
    try {
      return Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// A program from its binary; empty if the driver does not take it.
  Optional<cl_program> program(byte[] binary, String options) {
    try {
      cl_device_id[] devices = {device.id()};
      cl_program program =
          CL.clCreateProgramWithBinary(
              device.context(),
              1,
              devices,
              new long[] {binary.length},
              new byte[][] {binary},
              null,
              null);
      CL.clBuildProgram(program, 1, devices, options, null, null);
      return Optional.of(program);
    } catch (CLException e) {
      return Optional.empty();
    }
  }

  void write(String source, cl_program program) {
    try {
      long[] size = new long[1];
      CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Long.BYTES, Pointer.to(size), null);
      byte[] binary = new byte[(int) size[0]];
      CL.clGetProgramInfo(
          program, CL.CL_PROGRAM_BINARIES, Long.BYTES, Pointer.to(Pointer.to(binary)), null);
      Files.createDirectories(folder);
      Path part = Files.createTempFile(folder, "part", ".bin");
      try {
        Files.write(part, binary);
        Files.move(part, file(source), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException | CLException e) {
      // Next time it is compiled again.
    }
  }

  private Path file(String source) {
    DeviceInfo info = device.info();
    String key =
        String.join("\n", info.platform(), info.name(), info.version(), info.driver(), source);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return folder.resolve(HexFormat.of().formatHex(hash) + ".bin");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
