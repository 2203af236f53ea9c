package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;

/// A picture and what it shows.
public record Captioned(Picture picture, String caption) {}
