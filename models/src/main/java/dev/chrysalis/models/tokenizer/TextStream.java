package dev.chrysalis.models.tokenizer;

/// Ids to text while they arrive: what `push` and at last `finish` return, joined, is what
/// `Tokenizer.decode` returns for all ids at once. A character that is spread over several tokens
/// appears with its last one.
public final class TextStream {
  private final Tokenizer tokenizer;
  private final boolean skipSpecial;
  private final Utf8Decoder decoder = new Utf8Decoder();

  TextStream(Tokenizer tokenizer, boolean skipSpecial) {
    this.tokenizer = tokenizer;
    this.skipSpecial = skipSpecial;
  }

  /// The text that is certain after this id; may be empty.
  public String push(int id) {
    var out = new StringBuilder();
    byte[] bytes = tokenizer.bytesOf(id);
    if (!skipSpecial || !tokenizer.isSpecial(id)) {
      decoder.append(bytes, out);
    }
    return out.toString();
  }

  /// The end: U+FFFD if a character was left unfinished, else nothing.
  public String finish() {
    var out = new StringBuilder();
    decoder.finish(out);
    return out.toString();
  }
}
