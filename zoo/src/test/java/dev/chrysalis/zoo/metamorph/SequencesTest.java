package dev.chrysalis.zoo.metamorph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.zoo.metamorph.Sequences.Row;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The layout of two conversations, worked out by hand. 7 is `<image_start>`, 8 `<image_end>`, a
/// picture takes two positions.
class SequencesTest {
  private static final int IMAGE = -200;
  private static final int NO = -100;
  private static final int START = 7;

  /// A picture that is shown, then one that is answered with.
  private static final Row TALK =
      new Row(
          new int[] {1, 7, IMAGE, 8, 2, 7, IMAGE, 8, 3},
          new int[] {NO, NO, NO, NO, NO, 7, IMAGE, 8, 3});

  private static final Row WORDS = new Row(new int[] {1, 4, 5}, new int[] {NO, NO, 5});

  private static Sequences both() {
    return Sequences.layOut(List.of(TALK, WORDS), 2, START, 100);
  }

  @Test
  void picturesTakeTheirPositionsAndRowsArePadded() {
    Sequences s = both();
    assertEquals(2, s.rows());
    assertEquals(11, s.length());
    assertEquals(2, s.imageCount());
    assertArrayEquals(new long[] {1, 7, 8, 2, 7, 8, 3, 1, 4, 5}, s.textIds());
    long p = 14; // padding stands behind ten words and four picture rows
    assertArrayEquals(
        new long[] {0, 1, 10, 11, 2, 3, 4, 12, 13, 5, 6, 7, 8, 9, p, p, p, p, p, p, p, p},
        s.source());
    for (int i = 0; i < 22; i++) {
      assertEquals(i < 14, s.attentionMask()[i], "position " + i);
    }
  }

  @Test
  void labelsStandWhereTheirWordsStandAndNeverOnPictures() {
    assertArrayEquals(
        new int[] {
          NO, NO, NO, NO, NO, NO, 7, NO, NO, 8, 3, //
          NO, NO, 5, NO, NO, NO, NO, NO, NO, NO, NO
        },
        both().labels());
  }

  @Test
  void onlyThePictureOfAnAnswerIsATarget() {
    Sequences s = both();
    for (int i = 0; i < 22; i++) {
      assertEquals(i == 7 || i == 8, s.imagePositions()[i], "position " + i);
    }
    assertArrayEquals(new long[] {2, 3}, s.targetRows());
  }

  @Test
  void everyPositionPredictsTheNext() {
    Sequences s = both();
    assertArrayEquals(new long[] {5, 8, 9, 12}, s.textPredictors());
    assertArrayEquals(new long[] {7, 8, 3, 5}, s.textTargets());
    assertArrayEquals(
        new long[] {6, 7}, s.visualPredictors()); // the start token, then token by token
  }

  @Test
  void wordsOfOneRowArePredictedByThatRowAlone() {
    Row labelled = new Row(new int[] {4, 5}, new int[] {4, 5});
    Sequences s = Sequences.layOut(List.of(labelled, labelled), 2, START, 100);
    assertArrayEquals(new long[] {0, 2}, s.textPredictors());
    assertArrayEquals(new long[] {5, 5}, s.textTargets());
  }

  @Test
  void pictureWithoutAStartBeforeItIsNoTarget() {
    Row first = new Row(new int[] {IMAGE, 8}, new int[] {NO, 8});
    Sequences s = Sequences.layOut(List.of(first), 2, START, 100);
    assertEquals(0, s.targetRows().length);
    assertEquals(0, s.visualPredictors().length);
  }

  @Test
  void rowsThatAreTooLongAreRefused() {
    assertEquals(11, Sequences.layOut(List.of(TALK), 2, START, 11).length());
    var e =
        assertThrows(
            ShapeException.class, () -> Sequences.layOut(List.of(WORDS, TALK), 2, START, 10));
    assertTrue(e.getMessage().contains("11 positions, the context holds 10"), e.getMessage());
  }
}
