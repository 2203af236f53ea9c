package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;

/// A piece of a turn.
public sealed interface Part {
  record Text(String text) implements Part {}

  record Image(Picture pixels) implements Part {}
}
