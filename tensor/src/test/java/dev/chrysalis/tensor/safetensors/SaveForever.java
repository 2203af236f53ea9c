package dev.chrysalis.tensor.safetensors;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Elements;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Storage;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/// Saves until it is killed: round after round one file and one folder of shards, all values the
/// number of the round. A process of its own in `KilledSaveTest`.
final class SaveForever {
  static final int COUNT = 40_000;

  private SaveForever() {}

  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    for (int round = Integer.parseInt(args[1]); ; round++) {
      Map<String, Tensor> tensors =
          Map.of("a", all(round, COUNT), "b", all(round, 2, COUNT / 2), "c", all(round, COUNT, 1));
      SafetensorsWriter.write(
          folder.resolve("single.safetensors"), tensors, Map.of("round", "" + round));
      SafetensorsWriter.writeSharded(folder, "model", tensors, COUNT * 4L);
      System.out.println(round);
    }
  }

  private static Tensor all(float value, int... sizes) {
    TensorType type = new TensorType(DType.F32, Shape.of(sizes));
    MemorySegment segment = Arena.ofAuto().allocate(type.sizeBytes());
    for (int i = 0; i < type.shape().count(); i++) {
      segment.set(Elements.F32, 4L * i, value);
    }
    return new Tensor(type, type.shape().rowMajorStrides(), 0, new Storage(segment, () -> {}));
  }
}
