package dev.chrysalis.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimingTest {
  @Test
  void medianIsTheMiddleOne() {
    assertEquals(new Timing(3, 1, 50, 3), Timing.of(new long[] {3_000_000, 50_000_000, 1_000_000}));
  }

  @Test
  void medianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
    assertEquals(
        2.5, Timing.of(new long[] {9_000_000, 2_000_000, 3_000_000, 1_000_000}).medianMs());
  }

  @Test
  void warmUpIsNotCounted() {
    AtomicInteger calls = new AtomicInteger();
    var plan = new Timing.Plan(Duration.ZERO, Duration.ZERO, 4);
    Timing timing = Timing.measure(plan, calls::incrementAndGet);
    assertEquals(4, timing.runs());
    assertEquals(5, calls.get());
  }

  @Test
  void slowCallsTakeTheirTime() {
    var plan = new Timing.Plan(Duration.ZERO, Duration.ofMillis(20), 1);
    Timing timing = Timing.measure(plan, () -> spin(5_000_000));
    assertTrue(timing.minMs() >= 5, timing.toString());
    assertTrue(timing.medianMs() >= timing.minMs() && timing.maxMs() >= timing.medianMs());
    assertTrue(timing.runs() <= 4, timing.toString());
  }

  private static void spin(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  @Test
  void badPlansAreRefused() {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> new Timing.Plan(Duration.ZERO, Duration.ZERO, 0));
    assertTrue(e.getMessage().contains("0 runs"), e.getMessage());
  }
}
