package dev.chrysalis.zoo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.chrysalis.tensor.CheckpointException;
import dev.chrysalis.tensor.Tensor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final int STEPS = 30;
  private static final IntConsumer NOTHING = step -> {};

  @TempDir private Path folder;

  private final List<String> notes = new ArrayList<>();
  private final List<Integer> starts = new ArrayList<>();
  private final List<String> summaries = new ArrayList<>();

  private final TrainingListener listener =
      new TrainingListener() {
        @Override
        public void started(String stage, int step, int steps) {
          starts.add(step);
        }

        @Override
        public void noted(String stage, String message) {
          notes.add(message);
        }

        @Override
        public void finished(String stage, String summary) {
          summaries.add(summary);
        }
      };

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Checkpoints after every step.
  private Trainer trainer(String run) {
    return new Trainer(folder.resolve(run), Duration.ZERO, Duration.ofHours(1), listener);
  }

  private static LineStage stage(IntConsumer before) {
    return new LineStage("line", STEPS, step -> step == 4, before);
  }

  private static IntConsumer killAt(int last) {
    return step -> {
      if (step == last) {
        throw new Killed();
      }
    };
  }

  private List<Path> checkpoints(String run) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(run).resolve("line"))) {
      return files.filter(file -> file.toString().contains("checkpoint")).sorted().toList();
    }
  }

  private static void assertSame(Map<String, Tensor> expected, Map<String, Tensor> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach(
        (name, tensor) -> assertArrayEquals(tensor.toFloats(), found.get(name).toFloats(), name));
  }

  @Test
  void learnsTheLine() {
    LineStage stage = new LineStage("line", 400, step -> false, NOTHING);
    trainer("a").run(stage);
    assertArrayEquals(new float[] {1, 2, 3}, stage.parameters().get("weight").toFloats(), 0.05f);
    assertEquals(4, stage.parameters().get("bias").item(), 0.05);
  }

  @Test
  void killedRunGoesOnBitForBit() throws IOException {
    LineStage whole = stage(NOTHING);
    Map<String, Tensor> expected = trainer("whole").run(whole);
    for (int last : new int[] {1, 3, 5, 17, 29}) {
      assertThrows(Killed.class, () -> trainer("killed").run(stage(killAt(last))));
    }
    assertEquals(2, checkpoints("killed").size());
    Files.delete(checkpoints("killed").getLast()); // the kill came before it was written
    LineStage resumed = stage(NOTHING);
    Map<String, Tensor> result = trainer("killed").run(resumed);
    assertEquals(List.of(0, 0, 1, 3, 5, 17, 28), starts);
    assertSame(expected, result);
    assertSame(whole.parameters(), resumed.parameters());
  }

  @Test
  void partsGiveTheResultOfTheWhole() {
    float[] whole = trainer("whole").run(stage(NOTHING)).get("weight").toFloats();
    for (int parts : new int[] {2, 4}) {
      Map<String, Tensor> result = trainer("in" + parts).run(stage(NOTHING).inParts(parts));
      assertArrayEquals(whole, result.get("weight").toFloats(), 1e-5f);
      Map<String, Tensor> again = trainer("again" + parts).run(stage(NOTHING).inParts(parts));
      assertSame(result, again);
    }
    var killed = stage(killAt(3)).inParts(2);
    assertThrows(Killed.class, () -> trainer("killed").run(killed));
  }

  @Test
  void resultIsTheAverageOfTheParameters() {
    LineStage stage = stage(NOTHING);
    float[] average = trainer("a").run(stage).get("weight").toFloats();
    assertNotEquals(average[2], stage.parameters().get("weight").toFloats()[2]);
  }

  @Test
  void finishedRunIsNotTrainedAgain() {
    Map<String, Tensor> expected = trainer("a").run(stage(NOTHING));
    LineStage again = stage(step -> fail("step " + step + " was taken again"));
    assertSame(expected, trainer("a").run(again));
    assertEquals(summaries.get(0), summaries.get(1));
    assertTrue(summaries.get(0).startsWith("30 steps, loss "), summaries.get(0));
    assertEquals(summaries.get(0), trainer("a").summary("line").orElseThrow());
  }

  @Test
  void truncatedCheckpointFallsBackToTheOneBefore() throws IOException {
    Map<String, Tensor> expected = trainer("whole").run(stage(NOTHING));
    assertThrows(Killed.class, () -> trainer("killed").run(stage(killAt(12))));
    Path newest = checkpoints("killed").getLast();
    try (FileChannel channel = FileChannel.open(newest, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    notes.clear();
    assertSame(expected, trainer("killed").run(stage(NOTHING)));
    assertEquals(11, starts.getLast());
    assertTrue(notes.getFirst().startsWith("skipped a checkpoint: "), notes.toString());
    assertTrue(notes.getFirst().contains(newest.getFileName().toString()), notes.toString());
  }

  @Test
  void whatAKilledWriterLeftGoesAway() throws IOException {
    Path place = Files.createDirectories(folder.resolve("a").resolve("line"));
    Path part = Files.write(place.resolve("checkpoint-00000003.safetensors.part"), new byte[9]);
    Path other = Files.write(place.resolve("notes.part"), new byte[9]);
    trainer("a").run(stage(NOTHING));
    assertFalse(Files.exists(part));
    assertTrue(Files.exists(other));
  }

  @Test
  void stepThatIsNotFiniteChangesNothing() {
    List<float[]> weights = new ArrayList<>();
    LineStage[] stage = new LineStage[1];
    stage[0] =
        new LineStage(
            "line",
            STEPS,
            step -> step == 4,
            step -> weights.add(stage[0].parameters().get("weight").toFloats()));
    trainer("a").run(stage[0]);
    assertEquals(1, notes.size(), notes.toString());
    assertTrue(notes.getFirst().startsWith("step 4 skipped: loss NaN"), notes.getFirst());
    assertArrayEquals(weights.get(4), weights.get(5));
    assertNotEquals(weights.get(5)[0], weights.get(6)[0]);
  }

  @Test
  void tenStepsInARowThatAreNotFiniteEndTheTraining() throws IOException {
    LineStage stage = new LineStage("line", STEPS, step -> step >= 5, NOTHING);
    var e = assertThrows(TrainingException.class, () -> trainer("a").run(stage));
    assertTrue(e.getMessage().contains("line: loss or gradients were not finite"), e.getMessage());
    assertTrue(e.getMessage().contains("last in step 14"), e.getMessage());
    assertTrue(checkpoints("a").getLast().toString().contains("00000014"));
    LineStage nine = new LineStage("line", STEPS, step -> step >= 5 && step < 14, NOTHING);
    trainer("b").run(nine); // one less is borne
  }

  @Test
  void checkpointOfAnotherStageIsRefused() throws IOException {
    trainer("a").run(new LineStage("other", 3, step -> false, NOTHING));
    Files.move(folder.resolve("a").resolve("other"), folder.resolve("a").resolve("line"));
    var e = assertThrows(CheckpointException.class, () -> trainer("a").run(stage(NOTHING)));
    assertTrue(e.getMessage().contains("is of stage 'other', need 'line'"), e.getMessage());
  }

  @Test
  void folderThatCannotBeMadeIsRefused() throws IOException {
    Files.createFile(folder.resolve("a"));
    var e = assertThrows(CheckpointException.class, () -> trainer("a").run(stage(NOTHING)));
    assertTrue(e.getMessage().contains("cannot be made"), e.getMessage());
  }
}
