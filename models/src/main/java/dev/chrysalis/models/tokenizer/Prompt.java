package dev.chrysalis.models.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.List;

/// A rendered prompt that still knows which of its tokens the template put there and which
/// characters came from outside.
public record Prompt(List<Part> parts) {
  public sealed interface Part {
    /// A control token of the template.
    record Control(String token) implements Part {}

    /// Plain text; neighbours are joined, so that merges go across them.
    record Text(String text) implements Part {}
  }

  public Prompt {
    parts = List.copyOf(parts);
  }

  /// The prompt as one string, in which control tokens and text can no longer be told apart.
  public String rendered() {
    var out = new StringBuilder();
    for (Part part : parts) {
      out.append(
          switch (part) {
            case Part.Control(String token) -> token;
            case Part.Text(String text) -> text;
          });
    }
    return out.toString();
  }

  /// The ids, part by part: text never becomes a control token, whatever it spells.
  public int[] encode(Tokenizer tokenizer) {
    var ids = new IntArrayList();
    for (Part part : parts) {
      switch (part) {
        case Part.Control(String token) -> ids.add(controlId(tokenizer, token));
        case Part.Text(String text) -> ids.addElements(ids.size(), tokenizer.encode(text));
      }
    }
    return ids.toIntArray();
  }

  /// The ids as the reference tools compute them: from the rendered string, so that a control token
  /// spelled in a message becomes one. For parity only.
  public int[] encodeAsRendered(Tokenizer tokenizer) {
    return tokenizer.encodeWithSpecials(rendered(), false);
  }

  static int controlId(Tokenizer tokenizer, String token) {
    if (!tokenizer.contains(token) || !tokenizer.isAdded(tokenizer.idOf(token))) {
      throw new TokenizerException(
          "prompt: the tokenizer has no control token \"%s\"".formatted(token));
    }
    return tokenizer.idOf(token);
  }

  /// Collects parts in order.
  static final class Builder {
    private final List<Part> parts = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    Builder control(String token) {
      flush();
      parts.add(new Part.Control(token));
      return this;
    }

    Builder text(String more) {
      text.append(more);
      return this;
    }

    Prompt build() {
      flush();
      return new Prompt(parts);
    }

    private void flush() {
      if (!text.isEmpty()) {
        parts.add(new Part.Text(text.toString()));
        text.setLength(0);
      }
    }
  }
}
