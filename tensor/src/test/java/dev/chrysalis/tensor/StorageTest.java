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
    pool.reserve(1000); // a small block's worth
    assertEquals(0, pool.pooledBytes());
    pool.reserve(20 << 22);
    long chunk = pool.pooledBytes();
    assertTrue(chunk > 20 << 22 && chunk < 25 << 22, () -> "chunk " + chunk);
    Storage small = pool.allocate(1 << 22);
    Storage large = pool.allocate(16 << 22);
    assertEquals(chunk - (17 << 22), pool.pooledBytes());
    large.release();
    pool.trim(); // the chunk is in use
    pool.reserve(20 << 22); // is there still, but for a little
    assertEquals(chunk - (1 << 22), pool.pooledBytes());
    small.release();
    assertEquals(chunk, pool.pooledBytes());
    pool.trim();
    assertEquals(0, pool.pooledBytes());
  }

  @Test
  void whatCannotBeReservedIsNotMissed() {
    MemoryPool pool = new MemoryPool();
    pool.reserve(1L << 60);
    assertEquals(0, pool.pooledBytes());
    assertEquals(1 << 21, pool.allocate(1 << 21).segment().byteSize());
  }

  @Test
  void largeBlocksFindTheirOwnSizeAgain() {
    MemoryPool pool = new MemoryPool();
    Storage first = pool.allocate(5 << 22);
    Storage second = pool.allocate(7 << 22);
    long address = first.segment().address();
    first.release();
    second.release();
    pool.allocate(7 << 22);
    assertEquals(address, pool.allocate(5 << 22).segment().address());
    assertEquals(0, pool.pooledBytes());
  }

  @Test
  void threadsShareAPool() throws InterruptedException {
    MemoryPool pool = new MemoryPool();
    AtomicInteger wrong = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      long mark = i;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int round = 0; round < 200; round++) {
                  Storage mine = pool.allocate((1 + mark % 3) << (19 + round % 3));
                  long last = mine.segment().byteSize() - 8;
                  mine.segment().set(ValueLayout.JAVA_LONG, 0, mark);
                  mine.segment().set(ValueLayout.JAVA_LONG, last, mark);
                  Thread.yield();
                  if (mine.segment().get(ValueLayout.JAVA_LONG, 0) != mark
                      || mine.segment().get(ValueLayout.JAVA_LONG, last) != mark) {
                    wrong.incrementAndGet();
                  }
                  mine.release();
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, wrong.get());
    assertTrue(pool.pooledBytes() <= 8L * (6 << 21), () -> "pooled " + pool.pooledBytes());
  }

  /// A large block that nobody gives back returns when the collector finds it, but not while its
  /// segment is in use.
  @Test
  void lostLargeBlocksComeBack() throws InterruptedException {
    MemoryPool pool = new MemoryPool();
    MemorySegment kept = pool.allocate(1 << 22).segment();
    pool.allocate(1 << 21);
    long free = pool.pooledBytes();
    for (int i = 0; i < 200 && pool.pooledBytes() == free; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertEquals(free + (1 << 21), pool.pooledBytes());
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
