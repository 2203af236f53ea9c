package dev.chrysalis.examples;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.TensorType;
import dev.chrysalis.tensor.safetensors.Checkpoint;
import java.nio.file.Path;

/// What lies in a checkpoint: a safetensors file, or a folder in the layout of Hugging Face.
///
/// Files are mapped, so even a large checkpoint opens at once, and only what is read is loaded.
public final class ReadCheckpoint {
  private ReadCheckpoint() {}

  public static void main(String[] args) {
    if (args.length != 1) {
      System.out.println("usage: ReadCheckpoint FOLDER_OR_FILE");
      return;
    }
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(args[0]))) {
      list(checkpoint);
    } catch (CheckpointException e) { // names the file and what is wrong with it
      System.out.println(e.getMessage());
    }
  }

  private static void list(Checkpoint checkpoint) {
    long elements = 0;
    long bytes = 0;
    for (String name : checkpoint.names()) {
      TensorType type = checkpoint.type(name); // from the header; reads no data
      System.out.printf("%-60s %s%n", name, type);
      elements += type.shape().count();
      bytes += type.sizeBytes();
    }
    System.out.printf(
        "%d files, %d tensors, %,d elements, %.1f MB%n",
        checkpoint.files().size(), checkpoint.names().size(), elements, bytes / 1e6);

    String name = checkpoint.names().iterator().next();
    Tensor first = checkpoint.get(name); // a view of the file
    System.out.printf("%s begins with %.6f%n", name, first.getDouble(0));
  }
}
