package dev.chrysalis.zoo.preset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.BlockFormat;
import dev.chrysalis.tensor.BlockWriter;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import dev.chrysalis.zoo.storage.WeightStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PresetTest {
  @TempDir private Path folder;

  /// Parameters of the published checkpoints, part by part.
  @ParameterizedTest
  @CsvSource({
    "llama-3.2-1b, 1235814400",
    "llama-3.1-8b, 8030261248",
    "siglip-so400m, 877960498",
    "sd-1.5, 83653863 859520964",
    "metamorph-8b, 83653863 3940608 859520964 8501508288",
  })
  void sizesAreThoseOfThePublishedModels(String label, String parameters) {
    String found =
        String.join(
            " ",
            Preset.of(label).orElseThrow().parts().stream()
                .map(part -> Long.toString(part.parameters()))
                .toList());
    assertEquals(parameters, found);
  }

  /// As `quantize` has it: who reads an autoencoder or an adapter knows no blocks.
  @Test
  void autoencodersAndAdaptersAreNotStoredInBlocks() {
    List<Boolean> inBlocks =
        Preset.of("metamorph-8b").orElseThrow().parts().stream()
            .map(part -> !part.matrices().isEmpty())
            .toList();
    assertEquals(List.of(false, false, true, true), inBlocks);
  }

  @Test
  void tensorsAreThoseOfTheSeedWhateverTheShards() {
    PresetPart part =
        new PresetPart(
            "inner",
            "model",
            true,
            (_, _) -> Initializer.normal(0.1),
            w -> {
              for (String name : List.of("a", "b", "c")) {
                Linear.load(w.at(name), 40, 30);
              }
            },
            place -> Json.write(place.resolve("config.json"), Json.newObject()));
    long[] seen = {0};
    new PresetFolder(List.of(part), WeightStorage.BF16, 7, 3000)
        .write(folder, done -> seen[0] = done);
    assertEquals(3 * (40 * 30 + 30), seen[0]);
    assertEquals(seen[0], part.parameters());
    Path place = folder.resolve("inner");
    assertTrue(Files.exists(place.resolve("model.safetensors.index.json")));
    assertTrue(Files.exists(place.resolve("config.json")));
    Weights wanted = Weights.fresh(part.initializer(), 7);
    part.model().accept(wanted);
    try (Checkpoint checkpoint = Checkpoint.open(place)) {
      assertEquals(wanted.tensors().keySet(), checkpoint.names());
      wanted
          .tensors()
          .forEach((name, tensor) -> {
            assertEquals(DType.BF16, checkpoint.get(name).dtype());
            assertArrayEquals(tensor.to(DType.BF16).toFloats(), checkpoint.get(name).toFloats());
          });
    }
  }

  /// Matrices of whole blocks are stored in blocks, what is left in BF16; a model takes both.
  @ParameterizedTest
  @EnumSource(
      value = WeightStorage.class,
      names = {"Q8_0", "Q4_0"})
  void matricesAreStoredInBlocks(WeightStorage storage) {
    PresetPart part =
        new PresetPart(
            "",
            "model",
            true,
            (_, _) -> Initializer.normal(0.1),
            w -> {
              Linear.load(w.at("whole"), 64, 30);
              Linear.load(w.at("odd"), 40, 30);
              w.get("table", 8, 64);
            },
            _ -> {});
    PresetFolder made = new PresetFolder(List.of(part), storage, 7, 3000);
    made.write(folder, _ -> {});
    BlockFormat format = BlockFormat.valueOf(storage.name());
    Weights wanted = Weights.fresh(part.initializer(), 7);
    part.model().accept(wanted);
    Tensor x = Ops.normal(DType.F32, 1, 0, 3, 64);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertEquals(Map.of("whole.weight", format), checkpoint.blockFormats());
      assertEquals(
          made.sizeBytes(),
          checkpoint.names().stream().mapToLong(n -> checkpoint.type(n).sizeBytes()).sum());
      for (Weights weights : List.of(Weights.of(checkpoint), Weights.asStored(checkpoint))) {
        Linear layer = Linear.load(weights.at("whole"), 64, 30);
        Linear odd = Linear.load(weights.at("odd"), 40, 30);
        assertEquals(DType.F32, weights.get("table", 8, 64).dtype());
        weights.finish();
        Tensor exact = wanted.tensors().get("whole.weight");
        Tensor rounded = Ops.dequantize(BlockWriter.write(exact, format), format);
        Tensor bias = wanted.tensors().get("whole.bias").to(DType.BF16).to(DType.F32);
        assertArrayEquals(
            Ops.linear(x, rounded, bias).toFloats(), layer.forward(x).toFloats(), 1e-5f);
        assertArrayEquals(
            wanted.tensors().get("odd.weight").to(DType.BF16).toFloats(),
            odd.weight().dense().toFloats());
      }
    }
  }
}
