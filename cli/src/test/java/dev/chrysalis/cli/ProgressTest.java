package dev.chrysalis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Console console =
      new Console(new PrintWriter(out, true), new PrintWriter(err, true), false);
  private long seconds;

  private Progress progress(long total) {
    return Progress.lines(console, "work", total, () -> seconds * 1_000_000_000L);
  }

  @Test
  void shortWorkLeavesNoLine() {
    try (Progress progress = progress(3)) {
      for (int i = 0; i < 3; i++) {
        seconds += 3;
        progress.step();
      }
    }
    assertEquals("", err.toString());
  }

  @Test
  void longWorkLeavesALineInTenSeconds() {
    try (Progress progress = progress(100)) {
      for (int i = 1; i <= 25; i++) {
        seconds++;
        progress.stepTo(i);
      }
    }
    assertEquals(
        List.of("work: 10 of 100 (10 %), 1:30 left", "work: 20 of 100 (20 %), 1:20 left"),
        err.toString().lines().toList());
    assertEquals("", out.toString());
  }

  @Test
  void theEndNeedsNoLine() {
    try (Progress progress = progress(1)) {
      seconds = 60;
      progress.step();
    }
    assertEquals("", err.toString());
  }

  @Test
  void remarkStandsBehindTheNumbers() {
    try (Progress progress = progress(2)) {
      progress.remark("loss 0.5");
      seconds = 11;
      progress.step();
    }
    assertEquals(
        List.of("work: 1 of 2 (50 %), 11 s left; loss 0.5"), err.toString().lines().toList());
  }

  @Test
  void linesOfTheAnswerAndBesideItKeepApart() {
    try (Progress progress = progress(1)) {
      progress.line("answer");
      progress.note("remark");
    }
    assertEquals("answer", out.toString().strip());
    assertEquals("remark", err.toString().strip());
  }

  @ParameterizedTest
  @CsvSource({"0, 0 s", "59, 59 s", "60, 1:00", "3599, 59:59", "3661, 1:01:01"})
  void durations(long seconds, String text) {
    assertEquals(text, Progress.duration(seconds));
  }
}
