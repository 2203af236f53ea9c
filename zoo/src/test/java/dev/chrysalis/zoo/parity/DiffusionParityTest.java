package dev.chrysalis.zoo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The diffusion set, tampered with: exactly what was changed fails, and the rest of the 566 cases
/// passes.
class DiffusionParityTest {
  @Test
  void exactlyWhatWasChangedFails(@TempDir Path temporary) throws IOException {
    Path folder = GoldenCopy.of("diffusion-tiny", temporary);
    GoldenCopy.json(
        folder.resolve("expected.json"),
        json -> {
          json.put("unet_loss", json.get("unet_loss").doubleValue() + 4e-5); // tolerance 3e-5
          json.put("surprise", 1);
          json.withObject("/timesteps").putArray("ddim.leading.10").add(901);
          json.withObject("/trajectories/ddim").put("colour", "red");
        });
    Path schedulers = folder.resolve("schedulers.safetensors");
    GoldenCopy.shift(schedulers, "alphas_cumprod", 1e-5);
    GoldenCopy.shift(schedulers, "pseudo.plms.samples", 1e-2);
    GoldenCopy.add(schedulers, "pseudo.euler.samples");
    Path adapters = folder.resolve("adapter_io.safetensors");
    GoldenCopy.shift(adapters, "mlp.out", 1e-3);
    GoldenCopy.add(adapters, "mlp.grad.nothing");
    Path io = folder.resolve("io.safetensors");
    GoldenCopy.shift(io, "unet.mid.mid_block", 1e-2);
    GoldenCopy.add(io, "unet.mid.attic");
    String strided = "decoder.mid_block.resnets.0.conv1.weight#sample";
    GoldenCopy.shift(folder.resolve("vae_grads.safetensors"), strided, 1e-2);
    GoldenCopy.add(folder.resolve("unet_grads.safetensors"), "attic.weight");
    Files.createDirectory(folder.resolve("surplus"));

    List<ParityCase> cases = ParityRunner.run(folder);
    Map<String, String> failed =
        cases.stream()
            .filter(ParityCase::failed)
            .collect(Collectors.toMap(ParityCase::name, ParityCase::message));
    Set<String> changed =
        Set.of(
            "expected.unet_loss",
            "expected.timesteps.ddim.leading.10",
            "alphas_cumprod",
            "pseudo.plms.samples",
            "mlp.out",
            "unet.mid.mid_block",
            "vae_grads." + strided);
    Set<String> unknown =
        Set.of(
            "expected.surprise",
            "expected.trajectories.ddim.colour",
            "pseudo.euler.samples",
            "mlp.grad.nothing",
            "unet.mid.attic",
            "unet_grads.attic.weight",
            "surplus");
    for (String name : changed) {
      assertTrue(failed.containsKey(name), () -> name + " passed; failed: " + failed);
    }
    for (String name : unknown) {
      assertTrue(failed.containsKey(name), () -> name + " passed; failed: " + failed);
    }
    assertEquals(changed.size() + unknown.size(), failed.size(), failed::toString);
    assertEquals(566 - changed.size(), cases.stream().filter(ParityCase::passed).count());
  }
}
