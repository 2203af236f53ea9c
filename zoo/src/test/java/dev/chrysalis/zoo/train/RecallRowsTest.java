package dev.chrysalis.zoo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.zoo.metamorph.Sequences;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecallRowsTest {
  private static final int FIRST = 256;
  private static final int END = 300;

  /// What is to be learnt is what stood beside the word before it, and stands nowhere else.
  @Test
  void whatIsAskedForStoodBesideTheWordBefore() {
    Set<Integer> lengths = new HashSet<>();
    int backward = 0;
    for (int i = 0; i < 400; i++) {
      Sequences.Row row = RecallRows.row(3, i, FIRST, END);
      int[] ids = row.inputIds();
      int pairs = ids.length / 2 - RecallRows.ASKED;
      assertEquals(2L * pairs, Arrays.stream(ids, 0, 2 * pairs).distinct().count());
      assertTrue(Arrays.stream(ids).allMatch(id -> id >= FIRST && id < END));
      for (int at = 0; at < ids.length; at++) {
        boolean asked = at >= 2 * pairs && at % 2 == 1;
        assertEquals(asked ? ids[at] : MetaMorphPrompt.IGNORE_INDEX, row.labels()[at]);
        if (asked) {
          int known = index(ids, ids[at - 1]);
          assertEquals(index(ids, ids[at]), known ^ 1);
          backward += known % 2;
        }
      }
      lengths.add(pairs);
    }
    assertEquals(Set.of(3, 4, 5, 6), lengths);
    assertEquals(0.3, backward / (400.0 * RecallRows.ASKED), 0.03);
    assertArrayEquals(
        RecallRows.row(3, 7, FIRST, END).inputIds(), RecallRows.row(3, 7, FIRST, END).inputIds());
  }

  private static int index(int[] ids, int id) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == id) {
        return i;
      }
    }
    throw new AssertionError(id);
  }
}
