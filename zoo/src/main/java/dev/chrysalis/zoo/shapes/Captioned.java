package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;

/// A picture and what it shows.
///
/// @param caption in varied words, now and then not everything
/// @param description everything that can be asked about the picture, in one fixed form
public record Captioned(Picture picture, String caption, String description) {}
