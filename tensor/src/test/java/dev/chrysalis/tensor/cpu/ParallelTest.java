package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 64})
  void everyTaskRunsOnce(int threads) {
    Parallel pool = new Parallel(threads);
    assertEquals(threads, pool.threads());
    for (int tasks : new int[] {0, 1, 2, 7, 1000}) {
      for (int round = 0; round < 20; round++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
        pool.run(tasks, runs::incrementAndGet);
        for (int i = 0; i < tasks; i++) {
          assertEquals(1, runs.get(i), "task " + i + " of " + tasks);
        }
      }
    }
  }

  @Test
  void nestedCallsRunInTheirCaller() {
    Parallel pool = new Parallel(3);
    AtomicInteger inner = new AtomicInteger();
    pool.run(
        4,
        _ -> {
          Thread outer = Thread.currentThread();
          pool.run(
              5,
              _ -> {
                assertSame(outer, Thread.currentThread());
                inner.incrementAndGet();
              });
        });
    assertEquals(20, inner.get());
  }

  @Test
  void callsFromSeveralThreadsDoNotMix() throws InterruptedException {
    Parallel pool = new Parallel(3);
    AtomicInteger[] sums = {new AtomicInteger(), new AtomicInteger(), new AtomicInteger()};
    Thread[] callers = new Thread[sums.length];
    for (int c = 0; c < callers.length; c++) {
      AtomicInteger sum = sums[c];
      callers[c] =
          Thread.ofPlatform()
              .start(() -> {
                for (int round = 0; round < 200; round++) {
                  pool.run(10, sum::addAndGet);
                }
              });
    }
    for (int c = 0; c < callers.length; c++) {
      callers[c].join();
      assertEquals(200 * 45, sums[c].get());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void failuresReachTheCallerAndLeaveThePoolUsable(int threads) {
    Parallel pool = new Parallel(threads);
    for (Throwable failure : List.of(new IllegalStateException("x"), new AssertionError("y"))) {
      Throwable thrown =
          assertThrows(
              Throwable.class,
              () ->
                  pool.run(
                      50,
                      i -> {
                        if (i == 7) {
                          sneak(failure);
                        }
                      }));
      assertSame(failure, thrown);
      AtomicInteger runs = new AtomicInteger();
      pool.run(9, _ -> runs.incrementAndGet());
      assertEquals(9, runs.get());
    }
  }

  private static void sneak(Throwable failure) {
    switch (failure) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError(e);
    }
  }

  /// Also where there is room from before.
  @Test
  void workingMemoryOfNegativeSizeIsRefused() {
    Scratch scratch = new Parallel(1).borrow();
    for (int room : new int[] {0, 64}) {
      scratch.panels(Scratch.Slot.TILE, room);
      for (int length : new int[] {-1, Integer.MIN_VALUE}) {
        assertThrows(
            IllegalArgumentException.class, () -> scratch.panels(Scratch.Slot.TILE, length));
      }
    }
  }

  @Test
  void workingMemoryIsNotShared() {
    Parallel pool = new Parallel(4);
    pool.run(
        100,
        (task, scratch) -> {
          float[] array = scratch.floats(Scratch.Slot.TILE, 64);
          Arrays.fill(array, task);
          Thread.onSpinWait();
          for (float value : array) {
            assertEquals(task, value);
          }
        });
  }
}
