package dev.chrysalis.zoo.metamorph;

/// How an answer is made.
///
/// @param temperature 0 takes the likeliest word; visual tokens are never drawn by chance
/// @param topK words considered, 0 for all
/// @param topP mass of words considered, 1 for all
/// @param seed of the words' chance
/// @param maxNewTokens most words and visual tokens of an answer
/// @param mustDraw whether the end of an answer without a picture is taken as the start of one, be
///   it the model's end or the limit
public record GenerationOptions(
    double temperature, int topK, double topP, long seed, int maxNewTokens, boolean mustDraw) {
  /// The likeliest words, 512 at most.
  public static final GenerationOptions GREEDY = new GenerationOptions(0, 0, 1, 0, 512, false);

  public GenerationOptions {
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException(
          "generation: most new tokens: got %d, need 1 or more".formatted(maxNewTokens));
    }
  }
}
