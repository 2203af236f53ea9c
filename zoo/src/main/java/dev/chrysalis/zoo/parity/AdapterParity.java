package dev.chrysalis.zoo.parity;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.diffusion.AutoencoderKl;
import dev.chrysalis.models.diffusion.LatentDiffusion;
import dev.chrysalis.models.diffusion.Sampler;
import dev.chrysalis.models.diffusion.UNet;
import dev.chrysalis.models.diffusion.VisualAdapter;
import dev.chrysalis.models.diffusion.VisualAdapterConfig;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Adapters with their gradients, and the way from visual features to a picture, against their
/// expected values.
final class AdapterParity {
  static final String FILE = "adapter_io.safetensors";
  private static final String PREFIX = "adapter-";
  private static final String CONFIG = "model_config.json";
  private static final String ROWS = "pipeline_context_rows";
  private static final LatentDiffusion.Settings SETTINGS = new LatentDiffusion.Settings(10, 7.5, 0);

  private final GoldenSet set;
  private final Checks checks;
  private final UNet unet;
  private final AutoencoderKl vae;
  private final Sampler sampler;

  AdapterParity(GoldenSet set, UNet unet, AutoencoderKl vae, Sampler sampler) {
    this.set = set;
    this.unet = unet;
    this.vae = vae;
    this.sampler = sampler;
    checks = set.checks();
  }

  /// Whether a file of the set's folder belongs here.
  static boolean isAdapter(String file) {
    return file.startsWith(PREFIX);
  }

  void run() {
    set.tensors(FILE)
        .ifPresent(golden -> {
          for (Path folder : folders()) {
            String mode = folder.getFileName().toString().substring(PREFIX.length());
            checks.guard(mode, () -> adapter(golden, folder, mode));
          }
          if (golden.has("pipeline.noise")) {
            checks.guard("pipeline", () -> pipeline(golden));
          }
        });
  }

  private List<Path> folders() {
    try (Stream<Path> entries = Files.list(set.folder())) {
      return entries.filter(path -> isAdapter(path.getFileName().toString())).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(set.folder() + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private static VisualAdapterConfig config(Path folder) {
    Path file = folder.resolve(CONFIG);
    return VisualAdapterConfig.read(Json.readObject(file), file.toString());
  }

  // ---- one adapter ----

  private void adapter(GoldenTensors golden, Path folder, String mode) {
    Tensor features = golden.get("features"); // (B, N, F)
    Tensor cotangent = golden.get(mode + ".cot");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Weights weights = Weights.of(checkpoint);
      VisualAdapter adapter = VisualAdapter.load(weights, config(folder));
      weights.finish();
      Map<String, Tensor> parameters = weights.tensors();
      List<Tensor> inputs = new ArrayList<>(parameters.values());
      inputs.add(features);
      Differentiated result =
          Autograd.vjp(inputs, _ -> List.of(adapter.forward(features)), List.of(cotangent));
      checks.tensor(
          mode + ".out",
          Rule.relative(set.tolerance("adapter")),
          golden.get(mode + ".out"),
          result::value);
      Map<String, Tensor> found = LlamaParity.named(parameters, result);
      parameters
          .keySet()
          .forEach(name -> gradient(golden, mode + ".grad." + name, found.get(name)));
      gradient(golden, mode + ".grad.features", result.gradient(parameters.size()));
    }
  }

  private void gradient(GoldenTensors golden, String name, Tensor found) {
    checks.guard(name, () -> checks.tensor(name, set.gradient(), golden.get(name), () -> found));
  }

  // ---- the pipeline ----

  private void pipeline(GoldenTensors golden) {
    Path folder = set.folder().resolve(PREFIX + "mlp");
    int rows = GoldenSet.integers(set.take(ROWS), ROWS).getFirst();
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Weights weights = Weights.of(checkpoint);
      VisualAdapter adapter = VisualAdapter.load(weights, config(folder).withContextRows(rows));
      weights.finish();
      LatentDiffusion pipeline = new LatentDiffusion(unet, vae, adapter, sampler);
      Tensor context = pipeline.context(golden.get("features").slice(0, 0, 1)); // (1, R, D)
      checks.tensor(
          "pipeline.context",
          Rule.relative(set.tolerance("adapter")),
          golden.get("pipeline.context"),
          () -> context);
      Tensor latents =
          pipeline.sample(
              context, golden.get("pipeline.noise"), SETTINGS, LatentDiffusion.Progress.NONE);
      checks.tensor(
          "pipeline.latents",
          Rule.relative(set.tolerance("trajectory")),
          golden.get("pipeline.latents"),
          () -> latents);
      Tensor image = pipeline.decode(latents); // (1, 3, H, W)
      checks.tensor(
          "pipeline.image",
          Rule.relative(set.tolerance("pipeline_image")),
          golden.get("pipeline.image"),
          () -> image);
      checks.tensor(
          "pipeline.u8",
          Rule.absolute(set.tolerance("pipeline_u8_max_abs")),
          golden.get("pipeline.u8"),
          () -> LatentDiffusion.toBytes(image));
    }
  }
}
