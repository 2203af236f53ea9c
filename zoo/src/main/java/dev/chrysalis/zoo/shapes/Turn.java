package dev.chrysalis.zoo.shapes;

import dev.chrysalis.models.image.Picture;
import java.util.ArrayList;
import java.util.List;

/// One side's words and pictures, in order.
public record Turn(Role role, List<Part> parts) {
  /// The mark that stands for a picture in text.
  public static final String PLACEHOLDER = "<image>";

  public enum Role {
    HUMAN,
    GPT
  }

  public Turn {
    parts = List.copyOf(parts);
  }

  /// The text with `<image>` for every picture, as LLaVA's conversations store it.
  public String value() {
    StringBuilder value = new StringBuilder();
    for (Part part : parts) {
      value.append(
          switch (part) {
            case Part.Text(String text) -> text;
            case Part.Given(String text) -> text;
            case Part.Image image -> PLACEHOLDER;
          });
    }
    return value.toString();
  }

  public List<Picture> images() {
    return parts.stream()
        .filter(Part.Image.class::isInstance)
        .map(p -> ((Part.Image) p).pixels())
        .toList();
  }

  static Turn human(String text) {
    return new Turn(Role.HUMAN, List.of(new Part.Text(text)));
  }

  static Turn gpt(String text) {
    return new Turn(Role.GPT, List.of(new Part.Text(text)));
  }

  /// Pictures first, each followed by a line feed, then the words.
  static Turn human(List<Picture> images, String text) {
    List<Part> parts = new ArrayList<>();
    for (Picture image : images) {
      parts.add(new Part.Image(image));
    }
    parts.add(new Part.Text("\n" + text));
    return new Turn(Role.HUMAN, parts);
  }

  /// A lead-in, then the picture it announces.
  static Turn gpt(String leadIn, Picture image) {
    return new Turn(Role.GPT, List.of(new Part.Text(leadIn), new Part.Image(image)));
  }
}
