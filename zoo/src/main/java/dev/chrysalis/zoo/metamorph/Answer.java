package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.stream.Collectors;

/// Words and pictures of one answer, in order.
///
/// @param complete whether the model ended it; otherwise the limit of new tokens or the context did
public record Answer(List<Part> parts, boolean complete) {
  /// Words or a picture.
  public sealed interface Part {
    record Text(String text) implements Part {}

    /// @param features visual tokens, `(m, C)`
    record Picture(Tensor features) implements Part {}
  }

  public Answer {
    parts = List.copyOf(parts);
  }

  /// All words, joined.
  public String text() {
    return parts.stream()
        .filter(Part.Text.class::isInstance)
        .map(part -> ((Part.Text) part).text())
        .collect(Collectors.joining(" "))
        .strip();
  }

  /// Visual tokens of all pictures.
  public List<Tensor> pictures() {
    return parts.stream()
        .filter(Part.Picture.class::isInstance)
        .map(part -> ((Part.Picture) part).features())
        .toList();
  }
}
