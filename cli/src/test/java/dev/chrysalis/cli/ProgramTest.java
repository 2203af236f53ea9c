package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The program in a process of its own.
class ProgramTest {
  @TempDir private Path folder;

  private int run(Path out, String... args) throws IOException, InterruptedException {
    return run(List.of(), out, args);
  }

  private int run(List<String> jvm, Path out, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command)
        .redirectOutput(out.toFile())
        .redirectError(Redirect.to(err().toFile()))
        .start()
        .waitFor();
  }

  private Path err() {
    return folder.resolve("err");
  }

  @Test
  void jsonAloneGoesToStandardOutputAndThreadsAreTaken() throws Exception {
    Path out = folder.resolve("out");
    int status = run(out, "bench", "gemm", "--shape=8x8x8", "--seconds=0", "--threads=1", "--json");
    assertEquals(0, status, Files.readString(err()));
    assertEquals(1, Json.parse(Files.readString(out)).get(0).get("threads").intValue());
  }

  @Test
  void numbersLookTheSameInEveryLocale() throws Exception {
    Path out = folder.resolve("out");
    List<String> arabic = List.of("-Duser.language=ar", "-Duser.country=EG");
    assertEquals(1, run(arabic, out, "parity", folder.toString()));
    assertTrue(Files.readString(out).endsWith("parity: 0 passed, 1 failed\n"));
  }

  @Test
  void exitStatusIsThatOfTheCommand() throws Exception {
    assertEquals(2, run(folder.resolve("out"), "bench", "gemm", "--no-such-option"));
    assertTrue(Files.readString(err()).contains("--no-such-option"), Files.readString(err()));
  }

  @Test
  void fullDiskIsAFailure() throws Exception {
    Path full = Path.of("/dev/full");
    if (Files.exists(full)) {
      assertEquals(1, run(full, "--help"));
      String line = Files.readString(err());
      assertTrue(line.contains("standard output: cannot be written"), line);
    }
  }
}
