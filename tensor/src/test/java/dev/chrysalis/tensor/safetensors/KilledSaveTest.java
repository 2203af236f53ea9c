package dev.chrysalis.tensor.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.CheckpointException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that dies while it saves leaves a file that can be read and is of one save.
final class KilledSaveTest {
  private static final int KILLS = 20;

  @TempDir Path folder;

  @Test
  void noKillLeavesAnUnreadableFile() throws Exception {
    SplittableRandom random = new SplittableRandom(11);
    int round = 1;
    int readable = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      int reported = killWhileSaving(round, random.nextInt(25));
      int found = single();
      assertTrue(found == reported || found == reported + 1, found + " after " + reported);
      readable += sharded() ? 1 : 0;
      round = found + 1;
    }
    assertTrue(readable > 0, "no folder of shards was ever complete");
  }

  /// Returns the last round the process reported before it was killed.
  private int killWhileSaving(int round, int afterMillis) throws Exception {
    Process child =
        ChildJvm.start(List.of(), SaveForever.class, folder.toString(), Integer.toString(round));
    try (BufferedReader output = child.inputReader()) {
      String first = output.readLine();
      assertEquals(Integer.toString(round), first, "the process did not save");
      Thread.sleep(afterMillis);
      child.toHandle().destroyForcibly(); // the process's own method would close its output
      return lastRound(output, round);
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private static int lastRound(BufferedReader output, int first) throws IOException {
    int last = first;
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      last = line.isEmpty() ? last : Math.max(last, Integer.parseInt(line));
    }
    return last;
  }

  private int single() {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("single.safetensors"))) {
      int round = Integer.parseInt(file.metadata().get("round"));
      for (String name : file.names()) {
        for (float value : file.get(name).toFloats()) {
          assertEquals(round, value);
        }
      }
      return round;
    }
  }

  /// Whether the folder could be read; if so, all shards are of one round.
  private boolean sharded() {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      double round = checkpoint.get("a").getDouble(0);
      for (String name : checkpoint.names()) {
        for (float value : checkpoint.get(name).toFloats()) {
          assertEquals(round, value);
        }
      }
      return true;
    } catch (CheckpointException refused) {
      assertTrue(refused.getMessage().contains("no weights"), refused.getMessage());
      return false;
    }
  }
}
