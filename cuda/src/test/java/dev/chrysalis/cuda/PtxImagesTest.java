package dev.chrysalis.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.cases.OpTable;
import dev.chrysalis.tensor.device.Argument;
import dev.chrysalis.tensor.device.Block;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.Grid;
import dev.chrysalis.tensor.device.KernelId;
import dev.chrysalis.tensor.device.Work;
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
  private static final List<Path> SOURCES =
      List.of(
          Path.of(
              "..", "tensor", "src", "main", "resources", "dev", "chrysalis", "tensor", "device"),
          Path.of("src", "main", "cuda"));

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
    Map<String, String> here = new HashMap<>();
    for (Path folder : SOURCES) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
          here.put(file.getFileName().toString(), HexFormat.of().formatHex(hash));
        }
      }
    }
    assertEquals(here, compiled);
  }

  /// The table of cases, in every dtype, on devices that compute nothing and hold each launch
  /// against the PTX: those without tensor cores take portable kernels alone.
  @Test
  void everyLaunchFitsItsKernel() {
    Checker portable = new Checker("sm_75");
    launchTable(portable);
    Set<String> unused = new TreeSet<>(portable.entries.keySet());
    unused.removeAll(portable.launched);
    // The table has every kernel in one dtype, not in all; a cast to itself is a move.
    unused.removeIf(name -> !name.matches(".*-T_(F32|B4)[.-].*") || name.endsWith(":to_F32"));
    assertEquals(Set.of(), unused, "kernels that nothing launches");
    assertTrue(portable.launched.size() > 100);

    Set<String> own = new TreeSet<>(portable.entries.keySet());
    own.removeIf(name -> name.contains("-T_"));
    Checker mixed = new Checker("sm_90");
    mixed.rounding = Optional.of(DType.BF16);
    launchTable(mixed);
    for (String version : List.of("sm_80", "sm_90")) {
      Checker checker = new Checker(version);
      launchTable(checker);
      launchProducts(checker);
      launchFewRows(checker);
      launchFloats(checker);
      launchConvolutions(checker);
      own.removeAll(checker.launched);
    }
    assertEquals(Set.of(), own, "kernels that nothing launches");
  }

  private static void launchTable(Checker checker) {
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
  }

  /// Products that every tile of tensor cores is the best for, in every layout.
  private static void launchProducts(Checker checker) {
    int[][] sizes = {{64, 136, 1024}, {1024, 2048, 64}, {4096, 4096, 64}, {1024, 1024, 64}};
    for (DType dtype : List.of(DType.BF16, DType.F16)) {
      for (int[] mnk : sizes) {
        for (int layout = 0; layout < 4; layout++) {
          boolean ta = layout % 2 == 1;
          boolean tb = layout / 2 == 1;
          int m = mnk[0];
          int n = mnk[1];
          int k = mnk[2];
          checker.launch(
              new Op.MatMul(ta, tb),
              zeros(dtype, ta ? k : m, ta ? m : k),
              zeros(dtype, tb ? n : k, tb ? k : n));
        }
      }
    }
  }

  /// Every number of rows, of every dtype.
  private static void launchFewRows(Checker checker) {
    for (int rows : new int[] {1, 2, 4, 8}) {
      for (int n : new int[] {40, 1200}) {
        for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
          checker.launch(new Op.Linear(), zeros(DType.F32, rows, 64), zeros(dtype, n, 64));
          checker.launch(new Op.Linear(), zeros(dtype, rows, 64), zeros(dtype, n, 64));
        }
        for (BlockFormat format : List.of(BlockFormat.Q8_0, BlockFormat.Q4_0)) {
          for (int k : new int[] {96, 256, 4096}) {
            checker.launch(
                new Op.BlockLinear(format),
                zeros(DType.F32, rows, k),
                zeros(DType.U8, n, format.rowBytes(k)));
          }
        }
      }
    }
    for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
      for (int size : new int[] {64, 128, 256}) {
        for (int queries : new int[] {1, 7}) {
          Tensor cache = zeros(dtype, 1, 2, 300, size);
          checker.launch(
              new Op.Attention(true, 1), zeros(dtype, 1, 4, queries, size), cache, cache);
        }
      }
    }
  }

  /// F32 products that every tile is the best for, in every layout, and weights of 16 bits.
  private static void launchFloats(Checker checker) {
    int[][] sizes = {{4096, 4096, 64}, {2048, 64, 4096}, {64, 4096, 4096}, {1024, 768, 768}};
    for (int[] mnk : sizes) {
      int m = mnk[0];
      int n = mnk[1];
      int k = mnk[2];
      for (int layout = 0; layout < 4; layout++) {
        boolean ta = layout % 2 == 1;
        boolean tb = layout / 2 == 1;
        checker.launch(
            new Op.MatMul(ta, tb),
            zeros(DType.F32, ta ? k : m, ta ? m : k),
            zeros(DType.F32, tb ? n : k, tb ? k : n));
      }
      for (DType dtype : List.of(DType.BF16, DType.F16)) {
        checker.launch(new Op.Linear(), zeros(DType.F32, m, k), zeros(dtype, n, k));
      }
    }
  }

  private static void launchConvolutions(Checker checker) {
    Conv2dSpec same = Conv2dSpec.of(1, 1);
    for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
      for (int outputs : new int[] {128, 64}) {
        for (int side : new int[] {16, 8}) {
          Tensor x = zeros(dtype, 1, 64, side, side);
          Tensor y = zeros(dtype, 1, outputs, side, side);
          for (int kernel : new int[] {1, 3, 5}) {
            Conv2dSpec spec = Conv2dSpec.of(1, kernel / 2);
            Tensor w = zeros(dtype, outputs, 64, kernel, kernel);
            checker.launch(new Op.Conv2d(spec), x, w);
            checker.launch(new Op.Conv2dInputGrad(spec, side, side), y, w);
            checker.launch(new Op.Conv2dWeightGrad(spec, kernel, kernel), x, y);
          }
        }
      }
    }
    Tensor wide = zeros(DType.F32, 1, 1024, 32, 32);
    checker.launch(new Op.Conv2dWeightGrad(same, 3, 3), wide, wide);
  }

  private static Tensor zeros(DType dtype, int... sizes) {
    return Backends.with(new ScalarBackend(), () -> Tensor.zeros(dtype, sizes));
  }

  /// Parameters that are indexed by variables are copied to memory by every item, which cost
  /// elementwise kernels nine tenths of their speed on an H100. Left are the arguments of sines
  /// that are far from 0, and results of wide heads.
  @Test
  void kernelsHaveNoMemoryOfTheirOwn() {
    Set<String> found = new TreeSet<>();
    PtxImages.all()
        .values()
        .forEach(text -> {
          String kernel = "";
          for (String line : text.lines().toList()) {
            Matcher entry = Pattern.compile("\\.entry (\\w+)").matcher(line);
            kernel = entry.find() ? entry.group(1) : kernel;
            if (line.contains(".local ")) {
              found.add(kernel);
            }
          }
        });
    assertEquals(Set.of("attention", "random_numbers", "unary", "unary_grad"), found);
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
    private final String version;
    private Optional<DType> rounding = Optional.empty();

    private record Nowhere(long sizeBytes) implements Block {}

    /// @param version of the device's computing, as in `sm_90`
    Checker(String version) {
      this.version = version;
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

    void launch(Op op, Tensor... inputs) {
      Backends.with(backend(), () -> Ops.runAll(op, List.of(inputs)));
    }

    DeviceBackend backend() {
      OwnKernels own =
          new OwnKernels(
              info(), (_, _, _, _, _, _, _, _) -> new byte[128], Optional.empty(), rounding);
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

        @Override
        protected boolean runOwn(Work work, Op op, List<Tensor> in, List<Tensor> out) {
          return own.run(work, op, in, out);
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
          version,
          "0",
          132,
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
    public void launch(KernelId kernel, List<Argument> arguments, Grid grid) {
      String name = PtxImages.name(kernel) + ":" + kernel.name();
      launched.add(name);
      assertEquals(entries.get(name), arguments.stream().map(Checker::bytes).toList(), name);
      assertTrue(grid.groups() > 0 && grid.groups() <= Integer.MAX_VALUE, name);
      assertTrue(grid.rows() > 0 && grid.rows() <= 65_535 && grid.layers() <= 65_535, name);
      assertTrue(grid.lanes() <= 1024 && grid.sharedBytes() <= shared(kernel), name);
    }

    /// On Hopper, or on every device since sm_80.
    private static int shared(KernelId kernel) {
      return kernel.file().equals("products_sm90.cu") ? 227 << 10 : 99 << 10;
    }

    private static int bytes(Argument argument) {
      return switch (argument) {
        case Argument.Number(_, int bytes) -> bytes;
        case Argument.Ints(int[] values) -> values.length * Integer.BYTES;
        case Argument.Longs(long[] values) -> values.length * Long.BYTES;
        case Argument.Bytes(byte[] values) -> values.length;
        case Argument.Memory _, Argument.Nothing _ -> Long.BYTES;
      };
    }

    @Override
    public void finish() {}
  }
}
