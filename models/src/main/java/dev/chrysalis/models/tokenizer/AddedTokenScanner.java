package dev.chrysalis.models.tokenizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds added tokens in a template's text: the leftmost, and of those that start there the
/// longest.
final class AddedTokenScanner {
  /// @param start index of its first character
  record Found(int start, AddedToken token) {
    int end() {
      return start + token.content().length();
    }
  }

  private final Map<Character, List<AddedToken>> byFirstChar = new HashMap<>();

  AddedTokenScanner(Collection<AddedToken> tokens) {
    for (AddedToken token : tokens) {
      byFirstChar.computeIfAbsent(token.content().charAt(0), c -> new ArrayList<>()).add(token);
    }
    var longestFirst =
        Comparator.comparingInt((AddedToken token) -> token.content().length()).reversed();
    byFirstChar.values().forEach(list -> list.sort(longestFirst));
  }

  Optional<Found> find(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      for (AddedToken token : byFirstChar.getOrDefault(text.charAt(i), List.of())) {
        if (text.startsWith(token.content(), i)) {
          return Optional.of(new Found(i, token));
        }
      }
    }
    return Optional.empty();
  }
}
