package dev.chrysalis.models.llama;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.models.tokenizer.TokenizerException;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.gguf.GgufFile;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/// A LLaMA on disk, as a Hugging Face folder (`config.json`, safetensors, `tokenizer.json`) or as a
/// GGUF file, which holds all of it. Its matrices stay in the mapped files, so the model is valid
/// until this is closed.
public final class LlamaFile implements AutoCloseable {
  private static final String CONFIG = "config.json";

  private final Path path;
  private final Llama model;
  private final Supplier<Tokenizer> tokenizer;
  private final Runnable unmap;

  private LlamaFile(Path path, Llama model, Supplier<Tokenizer> tokenizer, Runnable unmap) {
    this.path = path;
    this.model = model;
    this.tokenizer = tokenizer;
    this.unmap = unmap;
  }

  /// Opens a folder or a file.
  ///
  /// @throws ConfigException if it is no LLaMA
  /// @throws CheckpointException if weights are missing, left over or do not fit, all named
  public static LlamaFile open(Path path) {
    if (Files.isDirectory(path)) {
      return folder(path);
    }
    if (!Files.exists(path)) {
      throw new ConfigException(path + ": no such model: need a folder or a GGUF file");
    }
    GgufFile file = GgufFile.open(path);
    try {
      return new LlamaFile(path, LlamaGguf.load(file), () -> Tokenizer.load(file), file::close);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static LlamaFile folder(Path path) {
    Path file = path.resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new ConfigException(path + ": no model: config.json is missing");
    }
    LlamaConfig config = LlamaConfig.read(Json.readObject(file), file.toString());
    Checkpoint checkpoint = Checkpoint.open(path);
    try {
      Weights weights = Weights.asStored(checkpoint);
      Llama model = Llama.load(weights, config);
      weights.finish(name -> config.tieWordEmbeddings() && name.equals("lm_head.weight"));
      return new LlamaFile(path, model, () -> Tokenizer.load(path), checkpoint::close);
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /// The folder or file.
  public Path path() {
    return path;
  }

  public Llama model() {
    return model;
  }

  /// Reads the tokenizer that lies with the model.
  ///
  /// @throws TokenizerException if there is none, or one that is not known
  /// @throws ConfigException if it has tokens that the model has not
  public Tokenizer tokenizer() {
    Tokenizer read = tokenizer.get();
    if (read.vocabSize() > model.config().vocabSize()) {
      throw new ConfigException(
          "%s: the tokenizer has %d tokens, the model %d"
              .formatted(path, read.vocabSize(), model.config().vocabSize()));
    }
    return read;
  }

  /// Unmaps the files, which no op may be reading.
  @Override
  public void close() {
    unmap.run();
  }
}
