package dev.chrysalis.zoo.parity;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.diffusion.AutoencoderKl;
import dev.chrysalis.models.diffusion.AutoencoderKlConfig;
import dev.chrysalis.models.diffusion.DiffusionFolder;
import dev.chrysalis.models.diffusion.LatentDistribution;
import dev.chrysalis.models.diffusion.UNet;
import dev.chrysalis.models.diffusion.UNetConfig;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Losses;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A small Stable Diffusion against its expected values: UNet and autoencoder with their gradients
/// here, samplers in `SamplerParity`, adapters and the whole pipeline in `AdapterParity`.
final class DiffusionParity {
  private static final String IO = "io.safetensors";
  private static final String UNET_GRADIENTS = "unet_grads.safetensors";
  private static final String VAE_GRADIENTS = "vae_grads.safetensors";
  private static final String MIDDLE = "unet.mid.";
  private static final String LEGACY = "vae-legacy-f16";
  private static final double KL_WEIGHT = 0.01;
  private static final Set<String> OWN =
      Set.of("model_index.json", "unet", "vae", "scheduler", LEGACY);

  private final GoldenSet set;
  private final Checks checks;

  private DiffusionParity(GoldenSet set) {
    this.set = set;
    checks = set.checks();
  }

  static List<ParityCase> run(String name, Path folder) {
    try (GoldenSet set = new GoldenSet(name, folder)) {
      DiffusionParity parity = new DiffusionParity(set);
      set.tensors(UNET_GRADIENTS);
      set.tensors(VAE_GRADIENTS);
      set.tensors(SamplerParity.FILE);
      set.tensors(AdapterParity.FILE);
      Optional<GoldenTensors> io = set.tensors(IO);
      parity.checks.guard("model", () -> parity.models(folder, io));
      return set.finish(file -> OWN.contains(file) || AdapterParity.isAdapter(file));
    }
  }

  private void models(Path folder, Optional<GoldenTensors> io) {
    try (DiffusionFolder parts = DiffusionFolder.open(folder);
        Checkpoint unetFile = Checkpoint.open(folder.resolve("unet"));
        Checkpoint vaeFile = Checkpoint.open(folder.resolve("vae"))) {
      Weights unetWeights = Weights.of(unetFile);
      UNet unet = UNet.load(unetWeights, unetConfig(folder));
      unetWeights.finish();
      Weights vaeWeights = AutoencoderKl.weights(vaeFile);
      AutoencoderKl vae = AutoencoderKl.load(vaeWeights, vaeConfig(folder.resolve("vae")));
      vaeWeights.finish();
      io.ifPresent(tensors -> {
        checks.guard("unet", () -> unet(unet, tensors));
        checks.guard("unet.loss", () -> unetLoss(unet, unetWeights.tensors(), tensors));
        checks.guard("vae", () -> vae(vae, tensors));
        checks.guard("vae.loss", () -> vaeLoss(vae, vaeWeights.tensors(), tensors));
        checks.guard("vae_legacy", () -> legacy(folder.resolve(LEGACY), tensors));
      });
      checks.guard("schedulers", () -> new SamplerParity(set, unet, parts.sampler()).run());
      checks.guard("adapter", () -> new AdapterParity(set, unet, vae, parts.sampler()).run());
    }
  }

  private static UNetConfig unetConfig(Path folder) {
    Path file = folder.resolve("unet/config.json");
    return UNetConfig.read(Json.readObject(file), file.toString());
  }

  private static AutoencoderKlConfig vaeConfig(Path folder) {
    Path file = folder.resolve("config.json");
    return AutoencoderKlConfig.read(Json.readObject(file), file.toString());
  }

  // ---- UNet ----

  private void unet(UNet unet, GoldenTensors io) {
    Tensor sample = io.get("unet.sample"); // (B, C, h, w)
    Tensor timestep = io.get("unet.timestep"); // (B)
    Tensor context = io.get("unet.encoder_hidden_states"); // (B, S, D)
    Trace trace = new Trace();
    Tensor output = trace.during(() -> unet.forward(sample, timestep, context));
    set.forward(io, "unet.noise_pred", () -> output);
    for (String name : io.names()) {
      if (name.startsWith(MIDDLE)) {
        Optional<Tensor> found =
            Optional.ofNullable(trace.values().get(name.substring(MIDDLE.length())));
        found.ifPresent(tensor -> set.forward(io, name, () -> tensor));
      }
    }
    if (io.has("unet.other.sample")) {
      set.forward(
          io,
          "unet.other.noise_pred",
          () ->
              unet.forward(
                  io.get("unet.other.sample"),
                  io.get("unet.other.timestep"),
                  io.get("unet.other.encoder_hidden_states")));
    }
  }

  private void unetLoss(UNet unet, Map<String, Tensor> weights, GoldenTensors io) {
    Tensor sample = io.get("unet.sample");
    Tensor timestep = io.get("unet.timestep");
    Tensor context = io.get("unet.encoder_hidden_states");
    Tensor target = io.get("unet.target");
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("unet.grad.sample", sample);
    inputs.put("unet.grad.encoder_hidden_states", context);
    gradients(
        new Expected("unet", UNET_GRADIENTS, weights, inputs),
        io,
        parameters ->
            Autograd.valueAndGradients(
                parameters,
                () -> Losses.meanSquaredError(unet.forward(sample, timestep, context), target)));
  }

  // ---- autoencoder ----

  private void vae(AutoencoderKl vae, GoldenTensors io) {
    Tensor moments = vae.moments(io.get("vae.image"));
    LatentDistribution latents = LatentDistribution.of(moments);
    set.forward(io, "vae.moments", () -> moments);
    set.forward(io, "vae.mean", latents::mean);
    set.forward(io, "vae.logvar", latents::logvar);
    set.forward(io, "vae.kl", latents::kl);
    Tensor sample = latents.sample(io.get("vae.eps"));
    set.forward(io, "vae.latent", () -> sample);
    set.forward(io, "vae.decoded", () -> vae.decode(sample));
    set.forward(io, "vae.other.decoded", () -> vae.decode(io.get("vae.other.latent")));
  }

  private void vaeLoss(AutoencoderKl vae, Map<String, Tensor> weights, GoldenTensors io) {
    Tensor image = io.get("vae.image");
    Tensor target = Autograd.detach(image); // the golden gradient does not flow through the target
    Tensor noise = io.get("vae.eps");
    gradients(
        new Expected("vae", VAE_GRADIENTS, weights, Map.of("vae.grad.image", image)),
        io,
        parameters ->
            Autograd.valueAndGradients(
                parameters,
                () -> {
                  LatentDistribution latents = vae.encode(image);
                  Tensor decoded = vae.decode(latents.sample(noise));
                  Tensor kl = latents.kl().mean().mul(KL_WEIGHT);
                  return Losses.meanSquaredError(decoded, target).add(kl);
                }));
  }

  private void legacy(Path folder, GoldenTensors io) {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Weights weights = AutoencoderKl.weights(checkpoint);
      AutoencoderKl vae = AutoencoderKl.load(weights, vaeConfig(folder));
      weights.finish();
      Rule rule = Rule.relative(set.tolerance("legacy_f16_weights_f32_compute"));
      if (io.has("vae_legacy.mean")) {
        checks.tensor(
            "vae_legacy.mean",
            rule,
            io.get("vae_legacy.mean"),
            () -> vae.encode(io.get("vae.image")).mean());
      }
      if (io.has("vae_legacy.decoded_other")) {
        checks.tensor(
            "vae_legacy.decoded_other",
            rule,
            io.get("vae_legacy.decoded_other"),
            () -> vae.decode(io.get("vae.other.latent")));
      }
    }
  }

  // ---- losses and gradients ----

  /// What a loss is differentiated by.
  ///
  /// @param model prefix of the keys
  /// @param file of the gradients of the weights
  /// @param inputs by the names of their gradients in `io.safetensors`
  private record Expected(
      String model, String file, Map<String, Tensor> weights, Map<String, Tensor> inputs) {}

  /// Runs a loss.
  @FunctionalInterface
  private interface Step {
    Differentiated run(List<Tensor> parameters);
  }

  private void gradients(Expected expected, GoldenTensors io, Step step) {
    List<Tensor> parameters = new ArrayList<>(expected.weights().values());
    List<String> inputNames = List.copyOf(expected.inputs().keySet());
    inputNames.forEach(name -> parameters.add(expected.inputs().get(name)));
    Differentiated result = step.run(parameters);
    String loss = expected.model() + ".loss";
    if (io.has(loss)) {
      checks.tensor(loss, set.loss(), io.get(loss), result::value);
    }
    set.number(expected.model() + "_loss", set.loss(), () -> result.value().item());
    int first = expected.weights().size();
    for (int i = 0; i < inputNames.size(); i++) {
      String name = inputNames.get(i);
      int index = first + i;
      if (io.has(name)) {
        checks.tensor(name, set.gradient(), io.get(name), () -> result.gradient(index));
      }
    }
    Gradients gradients =
        new Gradients(
            checks,
            set.gradient(),
            set.take(expected.model() + "_grad_sample_strides"),
            set.vanishing(),
            Rule.absolute(set.tolerance("vanishing_grads_abs")));
    set.tensors(expected.file())
        .ifPresent(golden ->
            gradients.check(
                expected.file(), golden, LlamaParity.named(expected.weights(), result)));
  }
}
