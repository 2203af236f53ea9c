package dev.chrysalis.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StorageTest {
  private final AtomicInteger released = new AtomicInteger();
  private final Storage storage =
      new Storage(Arena.ofAuto().allocate(8), released::incrementAndGet);

  @Test
  void theLastOwnerFreesIt() {
    storage.retain();
    storage.retain();
    storage.release();
    storage.release();
    assertEquals(0, released.get());
    assertEquals(8, storage.segment().byteSize());
    storage.release();
    assertEquals(1, released.get());
  }

  @Test
  void aFreedStorageStaysFreed() {
    storage.release();
    for (int attempt = 0; attempt < 2; attempt++) { // a refused retain changes nothing
      assertEquals(
          "tensor retained after its scope closed",
          assertThrows(IllegalStateException.class, storage::retain).getMessage());
      assertTrue(
          assertThrows(IllegalStateException.class, storage::segment)
              .getMessage()
              .contains("used after its scope closed"));
      assertTrue(
          assertThrows(IllegalStateException.class, storage::release)
              .getMessage()
              .contains("released more often"));
    }
    assertEquals(1, released.get());
  }

  @Test
  void ownersOnManyThreadsFreeItOnce() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      storage.retain();
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int round = 0; round < 2000; round++) {
                  storage.retain();
                  storage.release();
                }
                storage.release();
              }));
    }
    storage.release();
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(1, released.get());
  }

  @Test
  void aPoolGivesTheSameBlockAgain() {
    MemoryPool pool = new MemoryPool();
    Storage first = pool.allocate(1000);
    MemorySegment block = first.segment();
    assertNotSame(block, pool.allocate(1000).segment());
    assertEquals(0, pool.pooledBytes());
    first.release();
    assertEquals(block.byteSize(), pool.pooledBytes());
    assertSame(block, pool.allocate(1020).segment()); // of the same rounded size
    assertEquals(0, pool.pooledBytes());
  }

  @Test
  void aBlockServesSizesDownToTwoThirdsOfItsOwn() {
    MemoryPool pool = new MemoryPool();
    Storage large = pool.allocate(3 << 16);
    MemorySegment block = large.segment();
    large.release();
    assertNotSame(block, pool.allocate(1 << 16).segment());
    assertSame(block, pool.allocate(2 << 16).segment());
    assertNotSame(block, pool.allocate(2 << 16).segment());
  }

  @Test
  void largeBlocksAreCutFromOneChunkAndBecomeItAgain() {
    MemoryPool pool = new MemoryPool();
    long size = 1 << 22;
    List<Storage> parts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      parts.add(pool.allocate(size));
    }
    long first = parts.getFirst().segment().address();
    assertEquals(0, pool.pooledBytes());
    for (int i : new int[] {2, 0, 3, 1}) { // a gap on either side, one, none
      assertEquals(first + i * size, parts.get(i).segment().address());
      parts.get(i).release();
    }
    assertEquals(4 * size, pool.pooledBytes());
    assertEquals(first, pool.allocate(4 * size).segment().address());
    assertEquals(0, pool.pooledBytes());
  }

  @Test
  void whatIsReservedServesAllSizes() {
    MemoryPool pool = new MemoryPool();
    pool.reserve(7 << 22);
    long waiting = pool.pooledBytes();
    assertEquals(7 << 22, waiting);
    pool.reserve(5 << 22); // is there already
    pool.reserve(1000);
    assertEquals(waiting, pool.pooledBytes());
    Storage small = pool.allocate(1 << 22);
    Storage large = pool.allocate(6 << 22);
    assertEquals(0, pool.pooledBytes());
    small.release();
    pool.trim(); // the chunk is in use
    assertEquals(1 << 22, pool.pooledBytes());
    large.release();
    assertEquals(waiting, pool.pooledBytes());
    pool.trim();
    assertEquals(0, pool.pooledBytes());
  }

  /// A large block that nobody gives back returns when the collector finds it, but not while its
  /// segment is in use.
  @Test
  void lostLargeBlocksComeBack() throws InterruptedException {
    MemoryPool pool = new MemoryPool();
    MemorySegment kept = pool.allocate(3 << 22).segment();
    pool.allocate(1 << 22);
    for (int i = 0; i < 200 && pool.pooledBytes() == 0; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertEquals(1 << 22, pool.pooledBytes());
    kept.fill((byte) 1);
  }

  @Test
  void aTrimmedPoolHasNothing() {
    MemoryPool pool = new MemoryPool();
    pool.allocate(1000).release();
    pool.allocate(5000).release();
    pool.trim();
    assertEquals(0, pool.pooledBytes());
    assertEquals(5000, pool.allocate(5000).segment().byteSize(), 5000 / 8.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 63, 64, 65, 511, 512, 513, 1 << 20, (1 << 20) + 1, 3_999_999})
  void blocksAreAlignedAndHardlyTooLarge(long sizeBytes) {
    MemorySegment block = new MemoryPool().allocate(sizeBytes).segment();
    assertTrue(block.byteSize() >= sizeBytes, () -> "size " + block.byteSize());
    assertTrue(block.byteSize() <= Math.max(sizeBytes * 9 / 8, sizeBytes + 64));
    assertEquals(0, block.address() % 64);
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 60, Long.MAX_VALUE - 7, Long.MAX_VALUE})
  void whatNoMachineHasIsRefused(long sizeBytes) {
    assertThrows(OutOfMemoryError.class, () -> new MemoryPool().allocate(sizeBytes));
  }

  /// Blocks in use never overlap, whatever was given back before.
  @Test
  void blocksInUseAreNotHandedOutTwice() {
    MemoryPool pool = new MemoryPool();
    SplittableRandom random = new SplittableRandom(3);
    List<Storage> used = new ArrayList<>();
    List<Integer> marks = new ArrayList<>();
    for (int round = 0; round < 3000; round++) {
      if (used.isEmpty() || random.nextInt(5) < (used.size() < 60 ? 3 : 2)) {
        Storage storage = pool.allocate(4 + random.nextInt(round % 2 == 0 ? 2000 : 6_000_000));
        storage.segment().set(ValueLayout.JAVA_INT, 0, round);
        storage
            .segment()
            .set(ValueLayout.JAVA_BYTE, storage.segment().byteSize() - 1, (byte) round);
        used.add(storage);
        marks.add(round);
      } else {
        int at = random.nextInt(used.size());
        int mark = marks.remove(at);
        Storage storage = used.remove(at);
        MemorySegment segment = storage.segment();
        assertEquals(mark, segment.get(ValueLayout.JAVA_INT, 0));
        assertEquals((byte) mark, segment.get(ValueLayout.JAVA_BYTE, segment.byteSize() - 1));
        storage.release();
      }
    }
  }
}
