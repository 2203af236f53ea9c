package dev.chrysalis.zoo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.Backends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Sets that were tampered with: exactly what was changed fails, and all of it.
class ChangedSetTest {
  private static final String IO = "io.safetensors";
  private static final String GRADIENTS = "grads.safetensors";
  private static final String EXPECTED = "expected.json";

  @TempDir Path folder;

  private static List<ParityCase> run(Path folder) {
    return Backends.with(Backends.named("scalar"), () -> ParityRunner.run(folder));
  }

  private static List<String> failed(Path folder) {
    return run(folder).stream()
        .filter(ParityCase::failed)
        .map(one -> one.set() + "/" + one.name())
        .toList();
  }

  /// One change to a copy of a set, and the cases that fail for it.
  private record Change(Consumer<Path> change, List<String> failing) {
    /// A value of a tensor that is off.
    static Change value(String file, String key, double amount) {
      String name = file.equals(GRADIENTS) ? "grads." + key : key;
      return new Change(copy -> GoldenCopy.shift(copy.resolve(file), key, amount), List.of(name));
    }

    /// A tensor that nothing knows.
    static Change key(String file, String key) {
      String name = file.equals(GRADIENTS) ? "grads." + key : key;
      return new Change(copy -> GoldenCopy.add(copy.resolve(file), key), List.of(name));
    }

    static Change json(String file, Consumer<ObjectNode> change, String... failing) {
      return new Change(copy -> GoldenCopy.json(copy.resolve(file), change), List.of(failing));
    }

    /// A file or folder that is not there.
    static Change missing(String file, String... failing) {
      return new Change(copy -> GoldenCopy.delete(copy.resolve(file)), List.of(failing));
    }
  }

  private static Arguments changed(String set, Change... changes) {
    return Arguments.of(set, List.of(changes));
  }

  /// Each amount is near ten times what the rule of its tensor allows.
  static Stream<Arguments> changes() {
    return Stream.of(ops(), llama(), siglip(), metamorph());
  }

  private static Arguments ops() {
    String file = "ops.safetensors";
    return changed(
        "ops",
        Change.value(file, "matmul_2d/out.y", 1e-3),
        Change.value(file, "sdpa_gqa_causal_scale/grad.k", 1e-3),
        Change.value(file, "adamw_5_steps/out.v0", 1e-3),
        Change.value(file, "argmax_ties/out.y", 1),
        Change.value(file, "cast_f32_bf16/out.y", 1),
        Change.value(file, "lr_cosine_warmup/out.factor", 1e-4),
        Change.key(file, "exp/out.z"),
        Change.json(
            "ops.json",
            o -> ((ObjectNode) o.withArray("/cases").get(0)).put("op", "frobnicate"),
            "add_broadcast",
            "add_broadcast/cot.y",
            "add_broadcast/grad.a",
            "add_broadcast/grad.b",
            "add_broadcast/out.y"));
  }

  private static Arguments llama() {
    return changed(
        "llama-tiny",
        Change.value(IO, "logits", 1e-2),
        Change.value(IO, "layer0.mlp", 5e-3),
        Change.value(IO, "rope.sin", 1e-3),
        Change.value(IO, "greedy.ids", 1),
        Change.value(IO, "batch.loss", 1e-3),
        Change.value(IO, "bf16.logits_f32_compute", 1e-2),
        Change.value(GRADIENTS, "model.layers.2.mlp.up_proj.weight", 1e-2),
        Change.key(IO, "hidden.9"),
        Change.key(GRADIENTS, "model.extra"),
        new Change(
            copy ->
                GoldenCopy.tensors(copy.resolve(GRADIENTS), all -> all.remove("lm_head.weight")),
            List.of("grads.lm_head.weight")),
        Change.json(
            EXPECTED, o -> ((ArrayNode) o.path("greedy_ids")).set(3, 5), "expected.greedy_ids"),
        Change.json(
            EXPECTED,
            o -> o.withObject("/greedy_with_eos").withArray("ids").add(1),
            "expected.greedy_with_eos.ids"),
        Change.json(EXPECTED, o -> o.put("surprise", 1), "expected.surprise"));
  }

  private static Arguments siglip() {
    String pictures = "preprocess.safetensors";
    return changed(
        "siglip-tiny",
        Change.value(IO, "vision.hidden.2", 1e-2),
        Change.value(IO, "interp.last_hidden_state", 1e-2),
        Change.value(GRADIENTS, "logit_scale", 1e-2),
        Change.value(GRADIENTS, "text_model.encoder.layers.0.self_attn.k_proj.bias", 1e-3),
        Change.value(pictures, "gray_80x56.rgb_u8", 1),
        Change.value(pictures, "rgb_97x61.resized_u8_box", 2),
        Change.value(pictures, "rgb_97x61.pixel_values", 1e-4),
        Change.key(IO, "extra"),
        Change.key(pictures, "rgb_97x61.hue_u8"),
        new Change(
            copy -> write(copy.resolve("more.safetensors"), "not one"),
            List.of("more.safetensors")),
        Change.json(EXPECTED, o -> o.put("loss", 2.26), "expected.loss"));
  }

  private static Arguments metamorph() {
    return changed(
        "metamorph-tiny",
        Change.value(IO, "labels_expanded", 1),
        Change.value(IO, "target", 1e-3),
        Change.value(IO, "rollout.next_embeds", 1e-2),
        Change.value(IO, "no_normalize.grad.vision_head.2.weight", 1e-3),
        Change.value(IO, "train.final.model.norm.weight", 1e-3),
        Change.key(IO, "train.final.extra"),
        Change.json(
            EXPECTED,
            o -> o.withObject("/training/history/3").put("ce", 3.4922),
            "expected.training.history[3].ce"),
        Change.json(
            EXPECTED,
            o -> o.withArray("/parameters_without_gradient").remove(0),
            "expected.parameters_without_gradient"),
        Change.json(
            EXPECTED,
            o -> o.withObject("/rollout").put("colour", "red"),
            "expected.rollout.colour"));
  }

  static Stream<Arguments> missingFiles() {
    return Stream.of(
        changed("llama-tiny", Change.missing("bf16-sharded", "bf16.logits_f32_compute")),
        changed(
            "siglip-tiny",
            Change.missing(GRADIENTS, GRADIENTS),
            Change.missing(
                "images/rgba_64x48.png",
                "expected.images[3]",
                "rgba_64x48.resized_u8",
                "rgba_64x48.rgb_u8")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"changes", "missingFiles"})
  void exactlyTheChangesFail(String set, List<Change> changes) {
    Path copy = GoldenCopy.of(set, folder);
    changes.forEach(one -> one.change().accept(copy));
    List<String> expected =
        changes.stream()
            .flatMap(one -> one.failing().stream())
            .map(name -> set + "/" + name)
            .sorted()
            .toList();
    assertEquals(expected, failed(copy).stream().sorted().toList());
  }

  // ---- whole sets ----

  private static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFolderOfSetsRunsAllOfThemInOrder() {
    GoldenCopy.of("ops", folder);
    GoldenCopy.of("tokenizer", folder);
    write(folder.resolve("README.md"), "beside the sets");
    write(folder.resolve("photos/one.txt"), "no set");
    write(folder.resolve("strange/config.json"), "{\"model_type\": \"gpt\"}");
    write(folder.resolve("strange/expected.json"), "{}");
    List<ParityCase> cases = run(folder);
    List<String> sets = cases.stream().map(ParityCase::set).distinct().toList();
    assertEquals(List.of("ops", "photos", "strange", "tokenizer"), sets);
    assertEquals(List.of("photos/marker", "strange/marker"), failed(folder));
    String message =
        cases.stream()
            .filter(one -> one.set().equals("strange"))
            .findFirst()
            .orElseThrow()
            .message();
    assertTrue(message.contains("'gpt'"), message);
  }

  @Test
  void aBrokenSetDoesNotStopTheOthers() throws IOException {
    Path llama = GoldenCopy.of("llama-tiny", folder);
    GoldenCopy.of("ops", folder);
    Path weights = llama.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
    List<ParityCase> cases = run(folder);
    assertTrue(cases.stream().filter(one -> one.set().equals("ops")).allMatch(ParityCase::passed));
    ParityCase model =
        cases.stream().filter(one -> one.name().equals("model")).findFirst().orElseThrow();
    assertFalse(model.passed());
    assertTrue(model.message().contains("model.safetensors"), model.message());
    TreeSet<String> passed = new TreeSet<>();
    cases.stream()
        .filter(one -> one.set().equals("llama-tiny") && one.passed())
        .forEach(one -> passed.add(one.name()));
    assertEquals(
        new TreeSet<>(List.of("bf16.logits_bf16_compute", "bf16.logits_f32_compute")), passed);
  }

  @Test
  void nothingToRunHasFailed() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertEquals(List.of("empty/marker"), failed(empty));
    Path noCases = folder.resolve("no-cases");
    write(noCases.resolve("ops.json"), "{\"tolerance\": {\"default\": 1}, \"cases\": []}");
    assertEquals(List.of("no-cases/ops.safetensors"), failed(noCases));
    GoldenCopy.of("ops", folder);
    GoldenCopy.json(folder.resolve("ops/ops.json"), o -> o.putArray("cases"));
    assertEquals(657, failed(folder.resolve("ops")).size());
  }

  @Test
  void aMissingFolderIsRefused() {
    Path missing = folder.resolve("nowhere");
    ParityException e = assertThrows(ParityException.class, () -> ParityRunner.run(missing));
    assertEquals(missing + ": no such folder", e.getMessage());
    write(folder.resolve("file"), "");
    e = assertThrows(ParityException.class, () -> ParityRunner.run(folder.resolve("file")));
    assertTrue(e.getMessage().contains("is a file"), e.getMessage());
  }
}
