package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;

/// A piece of a turn.
public sealed interface Part {
  record Text(String text) implements Part {}

  /// Words of an answer that nobody could know: they are read and not learnt.
  record Given(String text) implements Part {}

  record Image(Picture pixels) implements Part {}
}
