package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.llama.ContextFullException;
import dev.chrysalis.models.llama.KvCache;
import dev.chrysalis.models.llama.TokenSampler;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.TextStream;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A talk in words and pictures with a MetaMorph, its past held in a key/value cache.
///
/// Answering alternates between two modes. In text mode the text head chooses a word;
/// `<image_start>` turns to image mode, in which the vision head's output goes back in through the
/// projector, once for each visual token; then `<image_end>` is put and text mode goes on. What a
/// user says never becomes a control token.
public final class Conversation implements AutoCloseable {
  /// Words that are read at a time.
  private static final int PIECE = 512;

  private final MetaMorph model;
  private final Tokenizer tokenizer;
  private final MetaMorphPrompt prompt;
  private final KvCache cache;
  private final boolean[] sayable;

  /// Hidden state behind the last position, `(1, D)`.
  private Tensor last;

  /// @param positions room for words and visual tokens, at most the model's context
  public Conversation(MetaMorph model, Tokenizer tokenizer, MetaMorphPrompt prompt, int positions) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.prompt = prompt;
    this.cache =
        new KvCache(
            model.config().language(),
            1,
            Math.min(positions, model.config().language().maxPositionEmbeddings()));
    this.sayable = sayable();
    feedWords(prompt.begin(tokenizer));
  }

  /// Ids that may be chosen in text mode: all words, the ends of an answer and `<image_start>`.
  private boolean[] sayable() {
    boolean[] ids = new boolean[model.config().language().vocabSize()];
    for (int id = 0; id < ids.length; id++) {
      ids[id] =
          id < tokenizer.vocabSize() && !tokenizer.isAdded(id)
              || model.config().language().isEos(id)
              || id == model.config().imageStartTokenId();
    }
    return ids;
  }

  /// Gives the memory of its past back; nothing more can be said.
  @Override
  public void close() {
    cache.close();
  }

  /// Positions taken.
  public int length() {
    return cache.length();
  }

  /// A turn of the user.
  ///
  /// @param features visual tokens of the turn's pictures, each `(m, C)`, in order
  /// @throws ContextFullException if there is no room for it; the conversation is then as it was
  public void say(MetaMorphPrompt.Turn turn, List<Tensor> features) {
    if (turn.imageCount() != features.size()) {
      throw new IllegalArgumentException(
          "conversation: %d pictures for %d places".formatted(features.size(), turn.imageCount()));
    }
    int[] ids = prompt.encodeTurn(tokenizer, turn).inputIds();
    int[] open = prompt.openAnswer(tokenizer);
    int need = Sequences.expandedLength(ids, model.config().numImageTokens()) + open.length;
    if (cache.length() + need + 2 > cache.capacity()) { // one word and its end
      throw new ContextFullException(
          "the turn takes %d positions (%d for each of %d pictures), %d of %d are free"
              .formatted(
                  need,
                  model.config().numImageTokens(),
                  features.size(),
                  cache.capacity() - cache.length(),
                  cache.capacity()));
    }
    feed(ids, features);
    feedWords(open);
  }

  private void feed(int[] ids, List<Tensor> features) {
    int start = 0;
    int picture = 0;
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == MetaMorphPrompt.IMAGE_TOKEN_INDEX) {
        feedWords(Arrays.copyOfRange(ids, start, i));
        Tensor visual = features.get(picture++);
        feedEmbeddings(() -> model.project(visual).unsqueeze(0));
        start = i + 1;
      }
    }
    feedWords(Arrays.copyOfRange(ids, start, ids.length));
  }

  private void feedWords(int... ids) {
    for (int at = 0; at < ids.length; at += PIECE) {
      int[] piece = Arrays.copyOfRange(ids, at, Math.min(ids.length, at + PIECE));
      feedEmbeddings(() -> model.language().embed(Tensor.of(piece, 1, piece.length)));
    }
  }

  private void feedEmbeddings(Supplier<Tensor> embeddings) {
    last =
        Scope.compute(
            () -> model.language().hidden(embeddings.get(), cache).select(1, -1).contiguous());
  }

  /// The model's answer; events are told as they happen. Ends at an end token, at the limit of new
  /// tokens, or when the context is full.
  public Answer answer(GenerationOptions options, Consumer<Event> listener) {
    return new Answering(options, listener).run();
  }

  private final class Answering {
    private final GenerationOptions options;
    private final Consumer<Event> listener;
    private final TokenSampler sampler;
    private final List<Answer.Part> parts = new ArrayList<>();
    private final StringBuilder words = new StringBuilder();
    private TextStream stream = tokenizer.stream(true);
    private boolean drew;
    private int made;

    Answering(GenerationOptions options, Consumer<Event> listener) {
      this.options = options;
      this.listener = listener;
      this.sampler =
          new TokenSampler(options.temperature(), options.topK(), options.topP(), options.seed());
    }

    Answer run() {
      int start = model.config().imageStartTokenId();
      boolean complete = false;
      while (!complete && made < options.maxNewTokens() && hasRoom(2)) {
        int id = nextWord();
        if (options.mustDraw() && !drew && (isEos(id) || isLastChance())) {
          id = start;
        }
        if (id == start && !hasRoom(model.config().numImageTokens() + 3)) {
          break;
        }
        feedWords(id);
        made++;
        if (isEos(id)) {
          complete = true;
        } else if (id == start) {
          draw();
        } else {
          tell(stream.push(id));
        }
      }
      endWords();
      if (!complete) {
        feedWords(endOfTurn());
      }
      return new Answer(parts, complete);
    }

    private boolean isEos(int id) {
      return model.config().language().isEos(id);
    }

    /// Whether a picture has to begin now, before tokens or positions run out.
    private boolean isLastChance() {
      return made + 1 == options.maxNewTokens() || !hasRoom(model.config().numImageTokens() + 4);
    }

    private boolean hasRoom(int positions) {
      return cache.length() + positions <= cache.capacity();
    }

    private int nextWord() {
      float[] logits = Scope.compute(() -> model.logits(last)).toFloats();
      for (int id = 0; id < logits.length; id++) {
        if (!sayable[id]) {
          logits[id] = Float.NEGATIVE_INFINITY;
        }
      }
      return sampler.choose(logits);
    }

    private void tell(String piece) {
      if (!piece.isEmpty()) {
        words.append(piece);
        listener.accept(new Event.Text(piece));
      }
    }

    private void endWords() {
      tell(stream.finish());
      if (!words.isEmpty()) {
        parts.add(new Answer.Part.Text(words.toString().strip()));
        words.setLength(0);
      }
      stream = tokenizer.stream(true);
    }

    /// Image mode: every visual token is predicted from the ones before it.
    private void draw() {
      endWords();
      int count = model.config().numImageTokens();
      List<Tensor> tokens = new ArrayList<>();
      for (int k = 0; k < count; k++) {
        Tensor token = Scope.compute(() -> model.predictVisual(last)); // (1, C)
        tokens.add(token);
        feedEmbeddings(() -> model.project(token).unsqueeze(0));
        made++;
        listener.accept(new Event.VisualToken(k + 1, count));
      }
      feedWords(model.config().imageEndTokenId());
      Tensor features = Ops.cat(0, tokens);
      parts.add(new Answer.Part.Picture(features));
      listener.accept(new Event.Picture(features));
      drew = true;
    }
  }

  private int endOfTurn() {
    return tokenizer.idOf("<|eot_id|>");
  }
}
