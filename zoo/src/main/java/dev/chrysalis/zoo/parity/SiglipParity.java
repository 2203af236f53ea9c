package dev.chrysalis.zoo.parity;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// A small SigLIP against its expected values: both towers layer by layer, another picture size,
/// logits, loss, gradients, preprocessing.
final class SiglipParity {
  private static final String IO = "io.safetensors";
  private static final String GRADIENTS = "grads.safetensors";

  private final GoldenSet set;
  private final Checks checks;

  private SiglipParity(GoldenSet set) {
    this.set = set;
    checks = set.checks();
  }

  static List<ParityCase> run(String name, Path folder) {
    try (GoldenSet set = new GoldenSet(name, folder)) {
      SiglipParity parity = new SiglipParity(set);
      Optional<GoldenTensors> io = set.tensors(IO);
      set.tensors(GRADIENTS);
      io.ifPresent(tensors ->
          parity.checks.guard(
              "model",
              () -> {
                try (Checkpoint weights = Checkpoint.open(folder)) {
                  parity.model(weights, tensors);
                }
              }));
      new PictureParity(set).run();
      return set.finish(file ->
          file.startsWith("model") && file.contains(".safetensors")
              || file.equals(PictureParity.FOLDER));
    }
  }

  private void model(Checkpoint checkpoint, GoldenTensors io) {
    Path file = set.folder().resolve("config.json");
    Siglip.Config config = Siglip.Config.read(Json.readObject(file), file.toString());
    Weights weights = Weights.of(checkpoint);
    Siglip model = Siglip.load(weights, config);
    weights.finish();
    checks.guard("forward", () -> forward(model, io));
    checks.guard("interp", () -> otherSize(model, io));
    checks.guard("loss", () -> loss(model, weights.tensors(), io));
    set.number("logit_scale", set.loss(), () -> model.logitScale().item());
    set.number("logit_bias", set.loss(), () -> model.logitBias().item());
  }

  private void forward(Siglip model, GoldenTensors io) {
    Tensor pixels = io.get("pixel_values"); // (n, 3, H, W)
    Tensor ids = io.get("input_ids"); // (n, T)
    Trace trace = new Trace();
    Tensor image = trace.during(() -> model.imageEmbeddings(pixels)); // (n, D)
    Tensor text = trace.during(() -> model.textEmbeddings(ids)); // (n, D)
    set.trace(io, trace, name -> name.startsWith("vision.") || name.startsWith("text."));
    set.forward(io, "image_embeds", () -> image);
    set.forward(io, "text_embeds", () -> text);
    Tensor logits = model.logitsPerText(image, text); // (texts, images)
    set.forward(io, "logits_per_text", () -> logits);
    set.forward(io, "logits_per_image", () -> logits.swap(0, 1));
    if (set.has("logits_per_image")) {
      String key = "logits_per_image";
      JsonNode rows = set.take(key);
      checks.guard(
          "expected." + key,
          () ->
              checks.tensor(
                  "expected." + key, set.forward(), matrix(rows, key), () -> logits.swap(0, 1)));
    }
  }

  private static Tensor matrix(JsonNode rows, String key) {
    List<Tensor> tensors = new ArrayList<>();
    for (JsonNode row : rows) {
      double[] values = Json.requireDoubles(Json.newObject().set("row", row), key, "row");
      tensors.add(Tensor.of(values, values.length));
    }
    return Ops.stack(0, tensors);
  }

  private void otherSize(Siglip model, GoldenTensors io) {
    if (io.has("interp.pixel_values")) {
      Tensor pixels = io.get("interp.pixel_values");
      set.forward(io, "interp.last_hidden_state", () -> model.vision().lastHiddenState(pixels));
    }
  }

  private void loss(Siglip model, Map<String, Tensor> parameters, GoldenTensors io) {
    Tensor pixels = io.get("pixel_values");
    Tensor ids = io.get("input_ids");
    Differentiated step =
        Autograd.valueAndGradients(List.copyOf(parameters.values()), () -> model.loss(pixels, ids));
    if (io.has("loss")) {
      checks.tensor("loss", set.loss(), io.get("loss"), step::value);
    }
    set.number("loss", set.loss(), () -> step.value().item());
    Gradients gradients =
        new Gradients(
            checks,
            set.gradient(),
            set.take("grad_sample_strides"),
            set.vanishing(),
            Rule.absolute(set.tolerance("vanishing_grads_abs")));
    set.tensors(GRADIENTS)
        .ifPresent(
            golden -> gradients.check(GRADIENTS, golden, LlamaParity.named(parameters, step)));
  }
}
