package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.tensor.ShapeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/// A batch of conversations laid out for one forward pass: where words and visual tokens stand,
/// what each position is to predict.
///
/// Rows are padded on the right to a common length `T`. Flat positions count through `(B, T)`,
/// picture rows through `(pictures · tokens)`, both row-major.
///
/// @param rows `B`
/// @param length `T`
/// @param textIds ids of all words, in order
/// @param source for each flat position: index into the words, or `words + picture row`, or `words
///   + all picture rows` for padding
/// @param labels for each flat position the id that stands there if it is to be learnt, else −100
/// @param attentionMask whether a flat position is no padding
/// @param imagePositions whether a flat position holds a visual token that is to be predicted
/// @param targetRows picture rows that are to be predicted, in the order of their positions
/// @param imageCount pictures in the batch
public record Sequences(
    int rows,
    int length,
    long[] textIds,
    long[] source,
    int[] labels,
    boolean[] attentionMask,
    boolean[] imagePositions,
    long[] targetRows,
    int imageCount) {

  /// One conversation.
  ///
  /// @param inputIds ids, −200 for each picture
  /// @param labels ids to be learnt, −100 elsewhere
  public record Row(int[] inputIds, int[] labels) {}

  /// Lays out `conversations`, whose pictures are numbered in order of appearance over the whole
  /// batch. An image is a target when the label just before it is `imageStartTokenId`.
  ///
  /// @param tokens visual tokens a picture
  /// @param maxLength most positions a row may take
  /// @throws ShapeException if a row is longer
  public static Sequences layOut(
      List<Row> conversations, int tokens, int imageStartTokenId, int maxLength) {
    int length = 0;
    for (Row row : conversations) {
      length = Math.max(length, expandedLength(row.inputIds(), tokens));
    }
    if (length > maxLength) {
      throw new ShapeException(
          "conversation of %d positions, the context holds %d".formatted(length, maxLength));
    }
    return new Layout(conversations, tokens, imageStartTokenId, length).run();
  }

  /// Positions that ids take once every picture is spelled out.
  public static int expandedLength(int[] ids, int tokens) {
    int images = imageCount(ids);
    return ids.length - images + images * tokens;
  }

  static int imageCount(int[] ids) {
    return (int) Arrays.stream(ids).filter(id -> id == MetaMorphPrompt.IMAGE_TOKEN_INDEX).count();
  }

  private static final class Layout {
    private final List<Row> conversations;
    private final int tokens;
    private final int imageStart;
    private final int length;
    private final List<Long> textIds = new ArrayList<>();
    private final List<Long> targets = new ArrayList<>();
    private final long[] source;
    private final int[] labels;
    private final boolean[] mask;
    private final boolean[] imagePositions;
    private int images;

    Layout(List<Row> conversations, int tokens, int imageStart, int length) {
      this.conversations = conversations;
      this.tokens = tokens;
      this.imageStart = imageStart;
      this.length = length;
      int positions = conversations.size() * length;
      source = new long[positions];
      labels = new int[positions];
      mask = new boolean[positions];
      imagePositions = new boolean[positions];
    }

    Sequences run() {
      Arrays.fill(labels, MetaMorphPrompt.IGNORE_INDEX);
      Arrays.fill(source, Long.MIN_VALUE); // padding
      for (int r = 0; r < conversations.size(); r++) {
        place(conversations.get(r), r * length);
      }
      resolve();
      return new Sequences(
          conversations.size(),
          length,
          longs(textIds),
          source,
          labels,
          mask,
          imagePositions,
          longs(targets),
          images);
    }

    private void place(Row row, int start) {
      int at = start;
      for (int i = 0; i < row.inputIds().length; i++) {
        if (row.inputIds()[i] == MetaMorphPrompt.IMAGE_TOKEN_INDEX) {
          boolean target = i > 0 && row.labels()[i - 1] == imageStart;
          for (int k = 0; k < tokens; k++) {
            long pictureRow = (long) images * tokens + k;
            source[at] = -1 - pictureRow; // resolved when all words are counted
            imagePositions[at] = target;
            if (target) {
              targets.add(pictureRow);
            }
            mask[at++] = true;
          }
          images++;
        } else {
          source[at] = textIds.size();
          textIds.add((long) row.inputIds()[i]);
          labels[at] = row.labels()[i];
          mask[at++] = true;
        }
      }
    }

    private void resolve() {
      long words = textIds.size();
      long padding = words + (long) images * tokens;
      for (int i = 0; i < source.length; i++) {
        if (source[i] == Long.MIN_VALUE) {
          source[i] = padding;
        } else if (source[i] < 0) {
          source[i] = words - 1 - source[i];
        }
      }
    }

    private static long[] longs(List<Long> values) {
      return values.stream().mapToLong(Long::longValue).toArray();
    }
  }

  /// Flat positions whose next position holds a label, for the text loss.
  public long[] textPredictors() {
    return predictors(i -> labels[i] != MetaMorphPrompt.IGNORE_INDEX);
  }

  /// The labels those positions are to predict.
  public long[] textTargets() {
    return Arrays.stream(textPredictors()).map(i -> labels[(int) i + 1]).toArray();
  }

  /// Flat positions whose next position holds a visual token to be predicted.
  public long[] visualPredictors() {
    return predictors(i -> imagePositions[i]);
  }

  private long[] predictors(IntPredicate next) {
    long[] found = new long[source.length];
    int count = 0;
    for (int r = 0; r < rows; r++) {
      for (int t = 0; t + 1 < length; t++) {
        if (next.test(r * length + t + 1)) {
          found[count++] = (long) r * length + t;
        }
      }
    }
    return Arrays.copyOf(found, count);
  }
}
