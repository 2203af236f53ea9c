package dev.chrysalis.models.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KvCacheTest {
  /// A context of the size of a published model's, of which little is used.
  private static final int POSITIONS = 131_072;

  private static LlamaConfig config() {
    return new LlamaConfig(
        64,
        32,
        64,
        2,
        4,
        2,
        8,
        1e-5,
        10_000,
        Optional.empty(),
        POSITIONS,
        false,
        1,
        new int[] {2},
        1);
  }

  /// Every forward pass has a scope of its own, which takes none of the cache along. Negative
  /// pieces are cut off.
  @ParameterizedTest
  @ValueSource(strings = {"1 200 100 300 1 599", "300 700 1", "256 1 -200 600"})
  void memoryGrowsWithWhatIsHeld(String pieces) {
    Tensor all = Ops.normal(DType.F32, 1, 0, 1, 2, 1201, 8);
    try (KvCache cache = new KvCache(config(), 1, POSITIONS)) {
      for (String word : pieces.split(" ")) {
        int piece = Integer.parseInt(word);
        int from = cache.length();
        if (piece < 0) {
          cache.truncate(from + piece);
          continue;
        }
        Scope.run(() -> {
          for (int layer = 0; layer < 2; layer++) {
            Tensor next = all.slice(2, from, from + piece);
            KvCache.Past past = cache.append(layer, next, next.mul(2));
            Tensor held = all.slice(2, 0, from + piece);
            assertArrayEquals(held.toFloats(), past.keys().toFloats());
            assertArrayEquals(held.mul(2).toFloats(), past.values().toFloats());
            assertTrue(past.keys().stride(1) <= 8 * 2 * Math.max(256, from + piece));
          }
        });
        cache.advance(piece);
      }
    }
  }

  @Test
  void memoryIsGivenBack() {
    KvCache cache = new KvCache(config(), 1, 300);
    Tensor next = Tensor.zeros(DType.F32, 1, 2, 1, 8);
    Tensor keys = cache.append(0, next, next).keys();
    cache.close();
    assertThrows(IllegalStateException.class, keys::toFloats);
  }

  @Test
  void whatItMayNotHoldIsRefused() {
    KvCache cache = new KvCache(config(), 1, 300);
    Tensor piece = Tensor.zeros(DType.F32, 1, 2, 301, 8);
    assertThrows(IllegalStateException.class, () -> cache.append(0, piece, piece));
  }
}
