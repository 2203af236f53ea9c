package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.llama.LlamaFile;
import dev.chrysalis.models.llama.TextGenerator;
import dev.chrysalis.models.tokenizer.ChatTemplate;
import dev.chrysalis.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/// Words of a language model alone.
@Command(
    name = "generate",
    description = "Let a LLaMA answer a message, or continue a text.",
    footer = {
      "",
      "The model is a folder as published (config.json, safetensors, tokenizer.json) or a GGUF file."
    })
final class GenerateCommand extends ChrysalisCommand {
  private static final int MAX_TOKENS = 1_000_000;
  private static final double NANOS = 1e9;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PROMPT", description = "In one word of the shell, so put it in quotes.")
  private String prompt;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR|FILE",
      description = "The model's folder or file.")
  private Path path;

  @Option(
      names = "--raw",
      description =
          "Continue the prompt as it stands; without it, it is a message in Llama 3's chat layout.")
  private boolean raw;

  private int topK;
  private double topP = 1;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description =
          "With a --temperature above 0, choose among the K likeliest tokens; 0, as by itself, among"
              + " all.")
  private void setTopK(int value) {
    topK = Ranges.within(spec, "--top-k", value, 0, MAX_TOKENS);
  }

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "With a --temperature above 0, choose among the likeliest tokens that have P of the odds;"
              + " 1 by itself.")
  private void setTopP(double value) {
    if (!(value > 0 && value <= 1)) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value for option '--top-p': got %s, need more than 0, at most 1"
              .formatted(value));
    }
    topP = value;
  }

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  private boolean lineOpen;

  @Mixin private SamplingOptions sampling;
  @Mixin private BackendOptions backend;

  @Override
  public Integer call() {
    UserText.require(spec, "PROMPT", prompt);
    ModelSize.check(path);
    return backend.run(this::generate);
  }

  private int generate() {
    try (LlamaFile file = LlamaFile.open(path)) {
      Tokenizer tokenizer = file.tokenizer();
      if (!raw && !ChatTemplate.fits(tokenizer)) {
        throw new CommandException(
            path + ": its tokenizer has no chat layout of Llama 3; --raw continues a text");
      }
      var generator = new TextGenerator(file.model(), tokenizer);
      int[] ids = raw ? generator.beginning(prompt) : generator.question(prompt);
      var options =
          new TextGenerator.Options(
              sampling.temperature(), topK, topP, sampling.seed(), sampling.maxNewTokens());
      TextGenerator.Result result = generator.generate(ids, options, json ? _ -> {} : this::show);
      if (json) {
        console().json(document(ids.length, result));
      } else {
        if (lineOpen) {
          console().line("");
        }
        console()
            .note(
                "(%d tokens read and the first chosen in %.2f s, %d more in %.2f s%s)"
                    .formatted(
                        ids.length,
                        seconds(result.first()),
                        result.newTokens() - 1,
                        seconds(result.rest()),
                        result.complete()
                            ? ""
                            : result.newTokens() == sampling.maxNewTokens()
                                ? "; cut off by -n"
                                : "; the context is full"));
      }
    }
    return DONE;
  }

  private void show(String piece) {
    console().out().print(UserText.visible(piece));
    console().out().flush();
    lineOpen = !piece.endsWith("\n");
  }

  private static ObjectNode document(int promptTokens, TextGenerator.Result result) {
    return Json.newObject()
        .put("text", result.text())
        .put("prompt_tokens", promptTokens)
        .put("new_tokens", result.newTokens())
        .put("complete", result.complete())
        .put("first_token_s", seconds(result.first()))
        .put("rest_s", seconds(result.rest()));
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / NANOS;
  }
}
