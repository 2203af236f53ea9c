package dev.chrysalis.models.llama;

import dev.chrysalis.models.tokenizer.ChatMessage;
import dev.chrysalis.models.tokenizer.ChatOptions;
import dev.chrysalis.models.tokenizer.ChatTemplate;
import dev.chrysalis.models.tokenizer.TextStream;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// Text by a LLaMA: a token at a time, each from all before it, until one that ends the text.
///
/// Control tokens are neither read out of a user's text nor said: of those that were added to the
/// vocabulary, only the ends are chosen.
public final class TextGenerator {
  /// Tokens that end a text or a turn, in Llama 3's vocabulary, whatever the config names.
  private static final List<String> ENDS = List.of("<|end_of_text|>", "<|eot_id|>", "<|eom_id|>");

  /// Positions of a prompt that are read at a time.
  private static final int PIECE = 512;

  private final Llama model;
  private final Tokenizer tokenizer;
  private final boolean[] isEnd;
  private final boolean[] sayable;

  /// How a text is made.
  ///
  /// @param temperature 0 takes the likeliest token
  /// @param topK tokens considered, 0 for all
  /// @param topP mass of tokens considered, 1 for all
  /// @param seed of the tokens' chance
  /// @param maxNewTokens most tokens, the end included
  public record Options(double temperature, int topK, double topP, long seed, int maxNewTokens) {
    public Options {
      if (maxNewTokens < 1) {
        throw new IllegalArgumentException(
            "generation: most new tokens: got %d, need 1 or more".formatted(maxNewTokens));
      }
    }
  }

  /// What was made.
  ///
  /// @param newTokens the end included
  /// @param complete whether the model ended it; otherwise the limit of new tokens or the context
  ///   did
  /// @param first until the first token was chosen
  /// @param rest from then on
  public record Result(
      String text, int newTokens, boolean complete, Duration first, Duration rest) {}

  /// @param tokenizer with no more tokens than the model has, see `LlamaFile.tokenizer`
  public TextGenerator(Llama model, Tokenizer tokenizer) {
    int words = model.config().vocabSize();
    this.model = model;
    this.tokenizer = tokenizer;
    this.isEnd = new boolean[words];
    this.sayable = new boolean[words];
    for (int id = 0; id < words; id++) {
      isEnd[id] = model.config().isEos(id);
    }
    ENDS.stream().filter(tokenizer::isAdded).forEach(end -> isEnd[tokenizer.idOf(end)] = true);
    for (int id = 0; id < words; id++) {
      sayable[id] = isEnd[id] || id < tokenizer.vocabSize() && !tokenizer.isAdded(id);
    }
  }

  /// A user's message and the beginning of the answer, in Llama 3.1's chat layout.
  ///
  /// @throws dev.chrysalis.models.tokenizer.TokenizerException unless `ChatTemplate.fits`
  public int[] question(String text) {
    return ChatTemplate.render(
            List.of(new ChatMessage.Text("user", text)), ChatOptions.DEFAULT, true)
        .encode(tokenizer);
  }

  /// A text as it is, to be continued, with what the tokenizer puts in front of texts.
  public int[] beginning(String text) {
    return tokenizer.encode(text, true);
  }

  /// Makes a text.
  ///
  /// @param prompt what stands before it
  /// @param listener is told pieces of the text as they come
  /// @throws ContextFullException if the context has no room for the prompt and a token
  public Result generate(int[] prompt, Options options, Consumer<String> listener) {
    int positions = model.config().maxPositionEmbeddings();
    if (prompt.length == 0 || prompt.length >= positions) {
      throw new ContextFullException(
          "the prompt takes %d positions, need 1 to %d".formatted(prompt.length, positions - 1));
    }
    int most = (int) Math.min(positions, (long) prompt.length + options.maxNewTokens());
    try (KvCache cache = new KvCache(model.config(), 1, most)) {
      return new Generating(cache, options, listener).run(prompt);
    }
  }

  private final class Generating {
    private final KvCache cache;
    private final Options options;
    private final Consumer<String> listener;
    private final TokenSampler sampler;
    private final StringBuilder text = new StringBuilder();

    Generating(KvCache cache, Options options, Consumer<String> listener) {
      this.cache = cache;
      this.options = options;
      this.listener = listener;
      this.sampler =
          new TokenSampler(options.temperature(), options.topK(), options.topP(), options.seed());
    }

    Result run(int[] prompt) {
      long start = System.nanoTime();
      for (int at = 0; at < prompt.length - PIECE; at += PIECE) {
        int[] piece = Arrays.copyOfRange(prompt, at, at + PIECE);
        Scope.run(() -> hidden(piece));
      }
      int[] next = Arrays.copyOfRange(prompt, cache.length(), prompt.length);
      TextStream stream = tokenizer.stream(true);
      long first = start;
      int made = 0;
      boolean complete = false;
      while (!complete
          && made < options.maxNewTokens()
          && cache.length() + next.length <= cache.capacity()) {
        int id = sampler.choose(logits(next));
        first = made == 0 ? System.nanoTime() : first;
        made++;
        complete = isEnd[id];
        if (!complete) {
          tell(stream.push(id));
        }
        next = new int[] {id};
      }
      tell(stream.finish());
      return new Result(
          text.toString(),
          made,
          complete,
          Duration.ofNanos(first - start),
          Duration.ofNanos(System.nanoTime() - first));
    }

    private void tell(String piece) {
      if (!piece.isEmpty()) {
        text.append(piece);
        listener.accept(piece);
      }
    }

    /// `(1, T, D)`
    private Tensor hidden(int[] ids) {
      return model.hidden(model.embed(Tensor.of(ids, 1, ids.length)), cache);
    }

    /// Of what follows `ids`, with no odds for what is not said.
    private float[] logits(int[] ids) {
      float[] logits =
          Scope.compute(() -> model.logits(hidden(ids).select(1, -1)).toFloats(), _ -> List.of());
      for (int id = 0; id < logits.length; id++) {
        if (!sayable[id]) {
          logits[id] = Float.NEGATIVE_INFINITY;
        }
      }
      return logits;
    }
  }
}
