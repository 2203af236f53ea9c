package dev.chrysalis.zoo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.zoo.metamorph.Sequences;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
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
      Sequences.Row row = RecallRows.row(3, i, FIRST, END, 0.7);
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
        RecallRows.row(3, 7, FIRST, END, 0.7).inputIds(),
        RecallRows.row(3, 7, FIRST, END, 0.7).inputIds());
  }

  /// The same word becomes the same other word, no two the same, and nothing else changes.
  @Test
  void namesAreExchangedAndNothingElse() {
    int none = MetaMorphPrompt.IGNORE_INDEX;
    int[] ids = {7, 1, 260, 2, 7, 9, 1, 8};
    int[] labels = {none, none, none, none, 7, 9, none, 8};
    Sequences.Row row =
        RecallRows.renamed(new Sequences.Row(ids, labels), List.of(7, 8, 9, 10), 5, FIRST, END);
    int[] found = row.inputIds();
    int star = found[0];
    int red = found[7];
    int ring = found[5];
    assertArrayEquals(new int[] {star, 1, 260, 2, star, ring, 1, red}, found);
    assertArrayEquals(new int[] {none, none, none, none, star, ring, none, red}, row.labels());
    assertEquals(5, Set.of(star, red, ring, 260, 1).size());
    assertTrue(Stream.of(star, red, ring).allMatch(id -> id >= FIRST && id < END));
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
