package dev.chrysalis.models.llama;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.gguf.GgufFile;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;

/// A LLaMA on disk, as a Hugging Face folder (`config.json` and safetensors) or as a GGUF file. Its
/// matrices stay in the mapped files, so the model is valid until this is closed.
public final class LlamaFile implements AutoCloseable {
  private static final String CONFIG = "config.json";

  private final Path path;
  private final Llama model;
  private final Runnable unmap;

  private LlamaFile(Path path, Llama model, Runnable unmap) {
    this.path = path;
    this.model = model;
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
    GgufFile file = GgufFile.open(path);
    try {
      return new LlamaFile(path, LlamaGguf.load(file), file::close);
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
      return new LlamaFile(path, model, checkpoint::close);
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

  /// Unmaps the files, which no op may be reading.
  @Override
  public void close() {
    unmap.run();
  }
}
