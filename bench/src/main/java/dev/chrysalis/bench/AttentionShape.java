package dev.chrysalis.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The sizes of an attention of as many key heads as query heads.
///
/// @param size of a head
/// @param causal whether query `t` sees keys `0 … t + keys − queries` only
public record AttentionShape(
    int batch, int heads, int queries, int keys, int size, boolean causal) {
  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,6})x(\\d{1,6})x(\\d{1,6})x(\\d{1,6})x(\\d{1,6})(:causal)?");

  public AttentionShape {
    if (batch < 1 || heads < 1 || queries < 1 || keys < 1 || size < 1) {
      throw new IllegalArgumentException(
          "attention: got %dx%dx%dx%dx%d, need sizes of 1 or more"
              .formatted(batch, heads, queries, keys, size));
    }
    if (causal && queries > keys) {
      throw new IllegalArgumentException(
          "attention: got %d queries and %d keys, a causal one needs as many keys or more"
              .formatted(queries, keys));
    }
  }

  /// Reads `BxHxQxKxD` or `BxHxQxKxD:causal`.
  ///
  /// @throws IllegalArgumentException if it is not that
  public static AttentionShape parse(String text) {
    Matcher sizes = TEXT.matcher(text);
    if (!sizes.matches()) {
      throw new IllegalArgumentException(
          "got '%s', need BxHxQxKxD or BxHxQxKxD:causal, as in 1x32x512x512x128:causal"
              .formatted(text));
    }
    return new AttentionShape(
        Integer.parseInt(sizes.group(1)),
        Integer.parseInt(sizes.group(2)),
        Integer.parseInt(sizes.group(3)),
        Integer.parseInt(sizes.group(4)),
        Integer.parseInt(sizes.group(5)),
        sizes.group(6) != null);
  }

  @Override
  public String toString() {
    return "%dx%dx%dx%dx%d%s".formatted(batch, heads, queries, keys, size, causal ? ":causal" : "");
  }
}
