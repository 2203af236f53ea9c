package dev.chrysalis.tensor.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
  /// A device that computes nothing and remembers what it was told.
  private static final class Paper implements Device {
    private final List<String> told = new ArrayList<>();
    private final long memoryBytes;
    private long usedBytes;

    Paper(long memoryBytes) {
      this.memoryBytes = memoryBytes;
    }

    private record Sheet(long sizeBytes) implements Block {}

    @Override
    public DeviceInfo info() {
      return new DeviceInfo(
          "paper",
          0,
          "a4",
          DeviceInfo.Kind.ACCELERATOR,
          "mill",
          "1",
          "0",
          1,
          memoryBytes,
          memoryBytes / 5 * 4,
          false);
    }

    @Override
    public Optional<Block> allocate(long sizeBytes) {
      usedBytes += sizeBytes;
      assertTrue(usedBytes <= memoryBytes);
      return Optional.of(new Sheet(sizeBytes));
    }

    @Override
    public void free(Block block) {
      usedBytes -= block.sizeBytes();
    }

    @Override
    public void upload(MemorySegment from, Block to) {
      told.add("up " + from.byteSize());
    }

    @Override
    public void download(Block from, MemorySegment to) {
      told.add("down " + to.byteSize());
    }

    @Override
    public void launch(KernelId kernel, List<Argument> arguments, Grid grid) {
      told.add("%s %d x %d".formatted(kernel.name(), grid.groups(), grid.lanes()));
    }

    @Override
    public void finish() {
      told.add("finish");
    }
  }

  private final Paper paper = new Paper(10_000);
  private final DeviceMemory memory = new DeviceMemory(paper);

  @Test
  void aBlockGivenBackIsTakenAgain() {
    Block first = memory.take(1000);
    memory.give(first);
    assertSame(first, memory.take(900));
    assertNotSame(first, memory.take(1000));
  }

  @Test
  void blocksThatWaitAreLetGoForAnotherSize() {
    memory.give(memory.take(6000));
    assertEquals(6144, paper.usedBytes);
    assertEquals(8000, memory.take(7900).sizeBytes());
    assertEquals(8000, paper.usedBytes);
  }

  @Test
  void whatRunsOutSaysWhatTakesMostAndGoesOn() {
    memory.take(1000);
    memory.take(1000);
    memory.take(5000);
    String said = assertThrows(BackendException.class, () -> memory.take(4000)).getMessage();
    assertEquals(
        "paper: a4 (mill) has no memory for a block of 4096 bytes: 10000 bytes in all, at most 8000 in one block,"
            + " 7168 in use; most of it: 1 x 5120, 2 x 1024",
        said);
    assertEquals(2048, memory.take(2000).sizeBytes());
    assertThrows(BackendException.class, () -> memory.take(9000));
  }

  /// Transfers happen when one side asks for what the other wrote, and only then.
  @Test
  void eachSideGetsWhatTheOtherWrote() {
    DeviceStorage storage = DeviceStorage.of(memory, 16);
    storage.segment();
    storage.device(false);
    storage.reading();
    storage.device(false);
    assertEquals(List.of("up 16"), paper.told);
    storage.device(true);
    storage.reading();
    storage.device(false);
    assertEquals(List.of("up 16", "down 16"), paper.told);
    storage.segment();
    storage.device(true);
    assertEquals(List.of("up 16", "down 16", "up 16"), paper.told);
    storage.release();
    assertThrows(IllegalStateException.class, () -> storage.device(false));
  }

  /// What the launches of a few ops look like, and that nothing is launched for nothing.
  @Test
  void launches() {
    Paper paper = new Paper(1_000_000);
    DeviceBackend backend =
        new DeviceBackend(OptionalInt.empty()) {
          @Override
          public String name() {
            return "paper";
          }

          @Override
          public int priority() {
            return -1;
          }

          @Override
          public List<DeviceInfo> devices() {
            return List.of(paper.info());
          }

          @Override
          protected Device open(DeviceInfo info) {
            return paper;
          }
        };
    Tensor x = tensor(backend, 3, 100);
    Tensor w = tensor(backend, 40, 100);
    backend.execute(new Op.Softmax(1), List.of(x), List.of(tensor(backend, 3, 100)));
    backend.execute(new Op.Linear(), List.of(x, w), List.of(tensor(backend, 3, 40)));
    backend.execute(new Op.MatMul(true, false), List.of(w, w), List.of(tensor(backend, 100, 100)));
    backend.execute(new Op.Copy(), List.of(tensor(backend, 0, 5)), List.of(tensor(backend, 0, 5)));
    backend.execute(new Op.Sum(List.of(0), false), List.of(x), List.of(tensor(backend, 100)));
    assertEquals(
        List.of(
            "softmax 3 x 64",
            "product_with_rows 120 x 64",
            "product 16 x 64",
            "reduce_by_item 2 x 64"),
        paper.told);
    assertEquals(0, backend.onHost());
    backend.execute(new Op.Softmax(1), List.of(x), List.of(tensor(backend, 3, 100)));
    assertEquals(
        2L, backend.variants().get("softmax of rows.cl, T_F32"), backend.variants()::toString);
    assertEquals(4, backend.variants().size());
  }

  private static Tensor tensor(DeviceBackend backend, int... sizes) {
    TensorType type = new TensorType(DType.F32, Shape.of(sizes));
    return new Tensor(type, type.shape().rowMajorStrides(), 0, backend.allocate(type.sizeBytes()));
  }
}
