package dev.chrysalis.zoo.train;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.safetensors.SafetensorsFile;
import dev.chrysalis.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Checkpoints of one training: each a single file, written beside and renamed, so that a kill at
/// any moment leaves the last one good. The two newest are kept.
public final class CheckpointStore {
  private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{8})\\.safetensors");
  private static final Pattern PART = Pattern.compile(NAME.pattern() + "\\.part");
  private static final int KEPT = 2;

  private final Path folder;

  public CheckpointStore(Path folder) {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be made: %s".formatted(folder, e), e);
    }
    list(PART).forEach(CheckpointStore::delete); // of a run that was killed while writing
  }

  /// Writes a checkpoint, then removes old ones.
  public void save(int step, Map<String, Tensor> tensors, Map<String, String> metadata) {
    String name = String.format(Locale.ROOT, "checkpoint-%08d.safetensors", step);
    SafetensorsWriter.write(folder.resolve(name), tensors, metadata);
    List<Path> old = newestFirst();
    for (Path path : old.subList(Math.min(KEPT, old.size()), old.size())) {
      delete(path);
    }
  }

  /// The newest checkpoint that can be read; the caller closes it. What cannot be read is told to
  /// `note`.
  public Optional<SafetensorsFile> newest(Consumer<String> note) {
    for (Path path : newestFirst()) {
      try {
        return Optional.of(SafetensorsFile.open(path));
      } catch (CheckpointException e) {
        note.accept("skipped a checkpoint: " + e.getMessage());
      }
    }
    return Optional.empty();
  }

  private List<Path> newestFirst() {
    return list(NAME).stream()
        .sorted(Comparator.comparing((Path file) -> file.getFileName().toString()).reversed())
        .toList();
  }

  private List<Path> list(Pattern name) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> name.matcher(file.getFileName().toString()).matches()).toList();
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be listed: %s".formatted(folder, e), e);
    }
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
