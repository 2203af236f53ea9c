package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.image.PictureException;
import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.llama.ContextFullException;
import dev.chrysalis.models.tokenizer.TokenizerException;
import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.DTypeException;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.zoo.train.TrainingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  static Stream<Arguments> causesOfTheUser() {
    return Stream.of(
        Arguments.of(new CommandException("asked for too much"), "asked for too much"),
        Arguments.of(new CheckpointException("a: truncated"), "a: truncated"),
        Arguments.of(new ConfigException("b: no model_type"), "b: no model_type"),
        Arguments.of(new TokenizerException("lone surrogate"), "lone surrogate"),
        Arguments.of(new PictureException("c: not a picture"), "c: not a picture"),
        Arguments.of(new TrainingException("loss is NaN"), "loss is NaN"),
        Arguments.of(new ShapeException("matmul: no"), "matmul: no"),
        Arguments.of(new DTypeException("add: no"), "add: no"),
        Arguments.of(new ContextFullException("context is full"), "context is full"),
        Arguments.of(new IllegalArgumentException("steps: need 1"), "steps: need 1"),
        Arguments.of(new InvalidPathException("a?", "bad"), "bad: a?"),
        Arguments.of(new NoSuchFileException("d"), "d: no such file or folder"),
        Arguments.of(new AccessDeniedException("e"), "e: no permission"),
        Arguments.of(
            new FileSystemException("f", null, "No space left on device"),
            "f: No space left on device"),
        Arguments.of(
            new UncheckedIOException(new NoSuchFileException("g")), "g: no such file or folder"),
        Arguments.of(
            new UncheckedIOException("h: cannot be written", new IOException("disk full")),
            "h: cannot be written: disk full"),
        Arguments.of(
            new UncheckedIOException("i: cannot be read", new AccessDeniedException("i")),
            "i: cannot be read: no permission"),
        Arguments.of(new IOException("Stream closed"), "reading or writing failed: Stream closed"));
  }

  @ParameterizedTest
  @MethodSource("causesOfTheUser")
  void whatTheUserCausedIsSaidPlainly(Exception e, String expected) {
    assertEquals(expected, Failures.describe(e));
    assertTrue(Failures.isOfUser(e));
  }

  @Test
  void ourOwnMistakesAreCalledThat() {
    var e = new IllegalStateException("cache of layer 3 is empty");
    assertFalse(Failures.isOfUser(e));
    String line = Failures.describe(e);
    assertTrue(line.startsWith("internal error: "), line);
    assertTrue(line.contains("cache of layer 3 is empty"), line);
    assertTrue(line.contains("--verbose"), line);
  }

  @Test
  void lackOfMemoryIsNoMistake() {
    String line = Failures.describe(new OutOfMemoryError("Java heap space"));
    assertTrue(line.startsWith("not enough memory: Java heap space"), line);
  }

  @Test
  void lackOfMemoryEndsInOneLine() {
    Run run = Run.of("bench", "gemm", "--shape", "900000000x1x900000000");
    assertEquals(1, run.status());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("chrysalis: not enough memory: "), run.err());
  }
}
