package dev.chrysalis.cli;

import dev.chrysalis.bench.BenchRow;
import dev.chrysalis.bench.LlmBench;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.LlamaFile;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.metamorph.MetaMorphFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures how fast a language model reads and writes.
@Command(
    name = "llm",
    description = {
      "Measure how fast a LLaMA reads a prompt (pp) and makes text (tg), in tokens a second.",
      "Before each stands the machine's limit: a large matrix product, a pass over the memory."
    },
    footer = {"", "A model to measure with: chrysalis init llama-3.2-1b DIR --dtype q8_0"})
final class BenchLlmCommand extends ChrysalisCommand {
  @Spec private CommandSpec command;
  @Mixin private BenchOptions options;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR|FILE",
      description = {
        "A folder with config.json and safetensors, or a GGUF file.",
        "Of a MetaMorph, its language model is measured."
      })
  private Path model;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens to read, 0 for none. Default: ${DEFAULT-VALUE}.")
  private int prompt;

  @Option(
      names = {"-n", "--generate"},
      paramLabel = "N",
      defaultValue = "128",
      description = "Tokens to make, 0 for none. Default: ${DEFAULT-VALUE}.")
  private int generate;

  @Option(
      names = {"-r", "--repeats"},
      paramLabel = "N",
      defaultValue = "5",
      description = "Timed runs of each. Default: ${DEFAULT-VALUE}.")
  private int repeats;

  @Override
  public Integer call() {
    LlmBench.Work work = work();
    ModelSize.check(model);
    return options.run("bench llm", Stream.of(() -> measure(work)));
  }

  private LlmBench.Work work() {
    try {
      return new LlmBench.Work(prompt, generate, repeats);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private List<BenchRow> measure(LlmBench.Work work) {
    if (isMetaMorph()) {
      try (MetaMorphFolder folder = MetaMorphFolder.read(model)) {
        return LlmBench.run(folder.model().language(), work, options.plan());
      }
    }
    try (LlamaFile file = LlamaFile.open(model)) {
      return LlmBench.run(file.model(), work, options.plan());
    }
  }

  private boolean isMetaMorph() {
    Path config = model.resolve("config.json");
    return Files.exists(config)
        && Json.requireString(Json.readObject(config), config.toString(), "model_type")
            .equals(MetaMorphConfig.MODEL_TYPE);
  }
}
