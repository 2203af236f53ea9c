package dev.chrysalis.models.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.List;

/// What is put around one text, or around a pair: for Llama, begin-of-text in front of each.
///
/// The `TemplateProcessing` part of `tokenizer.json`.
record PostTemplate(List<Part> single, List<Part> pair) {
  sealed interface Part {
    /// A fixed token.
    record Special(String token, int id, int typeId) implements Part {}

    /// The first (`A`) or second (`B`) text.
    record Sequence(boolean second, int typeId) implements Part {}
  }

  /// The texts alone.
  static final PostTemplate NONE =
      new PostTemplate(
          List.of(new Part.Sequence(false, 0)),
          List.of(new Part.Sequence(false, 0), new Part.Sequence(true, 1)));

  PostTemplate {
    single = List.copyOf(single);
    pair = List.copyOf(pair);
  }

  /// `token` in front of every text.
  static PostTemplate beginningWith(String token, int id) {
    return new PostTemplate(
        List.of(new Part.Special(token, id, 0), new Part.Sequence(false, 0)),
        List.of(
            new Part.Special(token, id, 0),
            new Part.Sequence(false, 0),
            new Part.Special(token, id, 1),
            new Part.Sequence(true, 1)));
  }

  int[] apply(int[] ids) {
    return fill(single, ids, new int[0]);
  }

  int[] apply(int[] first, int[] second) {
    return fill(pair, first, second);
  }

  private static int[] fill(List<Part> parts, int[] first, int[] second) {
    var out = new IntArrayList(first.length + second.length + parts.size());
    for (Part part : parts) {
      switch (part) {
        case Part.Special special -> out.add(special.id());
        case Part.Sequence sequence -> {
          int[] ids = sequence.second() ? second : first;
          out.addElements(out.size(), ids);
        }
      }
    }
    return out.toIntArray();
  }
}
