package dev.chrysalis.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cases.OpTable;
import dev.chrysalis.tensor.device.Argument;
import dev.chrysalis.tensor.device.Block;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.scalar.ScalarBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What can be held of the kernels without a device: that they were compiled from the sources that
/// are here, and that every launch fits the kernel it names.
class PtxImagesTest {
  private static final Path SOURCES =
      Path.of("..", "tensor", "src", "main", "resources", "dev", "chrysalis", "tensor", "device");

  private static final Pattern ENTRY =
      Pattern.compile("\\.visible \\.entry (\\w+)\\(([^)]*)\\)", Pattern.DOTALL);
  private static final Pattern PARAMETER =
      Pattern.compile("\\.param (?:\\.align \\d+ )?\\.([a-z]\\d+) \\w+(?:\\[(\\d+)\\])?");

  /// If this fails, run `cuda/build-kernels.sh`.
  @Test
  void weCompiledTheSourcesThatAreHere() throws IOException, NoSuchAlgorithmException {
    Map<String, String> compiled = new HashMap<>();
    for (String line : PtxImages.all().get("sources.sha256").lines().toList()) {
      String[] parts = line.split(" +");
      compiled.put(parts[1], parts[0]);
    }
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<Path> all = files.toList();
      assertEquals(compiled.size(), all.size());
      for (Path file : all) {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        String name = file.getFileName().toString();
        assertEquals(HexFormat.of().formatHex(hash), compiled.get(name), name);
      }
    }
  }

  /// The table of cases, in every dtype, on a device that computes nothing and holds each launch
  /// against the PTX.
  @Test
  void everyLaunchFitsItsKernel() {
    Checker checker = new Checker();
    DeviceBackend backend = checker.backend();
    Backend scalar = new ScalarBackend();
    OpTable.rows()
        .forEach(row -> {
          List<Tensor> inputs = Backends.with(scalar, row.inputs());
          Backends.with(backend, () -> Ops.runAll(row.op(), inputs));
          for (DType dtype : List.of(DType.F64, DType.F16, DType.BF16)) {
            if (row.anyFloat()) {
              List<Tensor> others =
                  Backends.with(
                      scalar,
                      () ->
                          inputs.stream()
                              .map(x -> x.dtype() == DType.F32 ? x.to(dtype) : x)
                              .toList());
              Backends.with(backend, () -> Ops.runAll(row.op(), others));
            }
          }
        });
    for (DType from : DType.values()) {
      Tensor x = Backends.with(scalar, () -> Tensor.zeros(from, 3, 5).swap(0, 1));
      for (DType to : DType.values()) {
        Backends.with(backend, () -> x.to(to).contiguous());
      }
    }
    Set<String> unused = new TreeSet<>(checker.entries.keySet());
    unused.removeAll(checker.launched);
    // The table has every kernel in one dtype, not in all; a cast to itself is a move.
    unused.removeIf(name -> !name.matches(".*-T_(F32|B4)[.-].*") || name.endsWith(":to_F32"));
    assertEquals(Set.of(), unused, "kernels that nothing launches");
    assertTrue(checker.launched.size() > 100);
  }

  @Test
  void aKernelThatWasNotCompiledIsNamed() {
    BackendException refused =
        assertThrows(
            BackendException.class,
            () -> PtxImages.text(new KernelId("rows.cl", "T_I64", "softmax")));
    assertTrue(refused.getMessage().endsWith("no rows-T_I64.ptx"), refused::getMessage);
  }

  private static final class Checker implements Device {
    /// Sizes of the parameters of every kernel, by `file-defines.ptx:kernel`.
    private final Map<String, List<Integer>> entries = new HashMap<>();

    private final Set<String> launched = new HashSet<>();

    private record Nowhere(long sizeBytes) implements Block {}

    Checker() {
      PtxImages.all()
          .forEach((name, text) -> {
            Matcher entry = ENTRY.matcher(text);
            while (entry.find()) {
              List<Integer> sizes = new ArrayList<>();
              Matcher parameter = PARAMETER.matcher(entry.group(2));
              while (parameter.find()) {
                int bytes = Integer.parseInt(parameter.group(1).substring(1)) / 8;
                int count = parameter.group(2) == null ? 1 : Integer.parseInt(parameter.group(2));
                sizes.add(bytes * count);
              }
              entries.put(name + ":" + entry.group(1), sizes);
            }
          });
    }

    DeviceBackend backend() {
      return new DeviceBackend(OptionalInt.empty()) {
        @Override
        public String name() {
          return "nowhere";
        }

        @Override
        public int priority() {
          return -1;
        }

        @Override
        public List<DeviceInfo> devices() {
          return List.of(Checker.this.info());
        }

        @Override
        protected Device open(DeviceInfo info) {
          return Checker.this;
        }
      };
    }

    @Override
    public DeviceInfo info() {
      return new DeviceInfo(
          "nowhere",
          0,
          "none",
          DeviceInfo.Kind.ACCELERATOR,
          "paper",
          "1",
          "0",
          1,
          1L << 40,
          1L << 40,
          true);
    }

    @Override
    public Optional<Block> allocate(long sizeBytes) {
      return Optional.of(new Nowhere(sizeBytes));
    }

    @Override
    public void free(Block block) {}

    @Override
    public void upload(MemorySegment from, Block to) {}

    @Override
    public void download(Block from, MemorySegment to) {}

    @Override
    public void launch(KernelId kernel, List<Argument> arguments, long groups, int lanes) {
      String name = PtxImages.name(kernel) + ":" + kernel.name();
      launched.add(name);
      assertEquals(entries.get(name), arguments.stream().map(Checker::bytes).toList(), name);
      assertTrue(groups > 0 && groups <= Integer.MAX_VALUE && lanes <= 1024, name);
    }

    private static int bytes(Argument argument) {
      return switch (argument) {
        case Argument.Number(_, int bytes) -> bytes;
        case Argument.Ints(int[] values) -> values.length * Integer.BYTES;
        case Argument.Longs(long[] values) -> values.length * Long.BYTES;
        case Argument.Memory _, Argument.Nothing _ -> Long.BYTES;
      };
    }

    @Override
    public void finish() {}
  }
}
