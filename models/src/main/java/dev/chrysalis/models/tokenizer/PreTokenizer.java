package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Cuts text into the pieces that byte-pair merges never cross: the matches of a regular
/// expression, and whatever lies between them.
///
/// All classes and `(?i:...)` follow Unicode, as the pattern's authors mean them. A pattern comes
/// with a checkpoint and may be hostile: its work is bounded in proportion to the text.
final class PreTokenizer {
  /// Llama 3's split pattern.
  static final String LLAMA_3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final int READS_PER_CHAR = 500;
  private static final int READS_FOR_FREE = 10_000;

  private final Pattern pattern;

  /// @param source the file the expression comes from, for error messages
  PreTokenizer(String regex, String source) {
    try {
      pattern = Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS);
    } catch (PatternSyntaxException | StackOverflowError e) {
      throw new ConfigException(source + ": split pattern: not a usable regular expression", e);
    }
  }

  List<String> split(String text) {
    var pieces = new ArrayList<String>();
    Matcher matcher = pattern.matcher(new MeteredText(text));
    int end = 0;
    try {
      while (matcher.find()) {
        if (matcher.start() > end) {
          pieces.add(text.substring(end, matcher.start()));
        }
        if (matcher.end() > matcher.start()) {
          pieces.add(text.substring(matcher.start(), matcher.end()));
        }
        end = matcher.end();
      }
    } catch (StackOverflowError e) {
      throw new TokenizerException("split pattern: recursion too deep on this text", e);
    }
    if (end < text.length()) {
      pieces.add(text.substring(end));
    }
    return pieces;
  }

  /// Text that counts how often the matcher looks at it.
  private static final class MeteredText implements CharSequence {
    private final String text;
    private long readsLeft;

    MeteredText(String text) {
      this.text = text;
      this.readsLeft = READS_FOR_FREE + (long) READS_PER_CHAR * text.length();
    }

    @Override
    public char charAt(int index) {
      if (--readsLeft < 0) {
        throw new TokenizerException(
            "split pattern: took more than %d steps a character on this text"
                .formatted(READS_PER_CHAR));
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
