package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Decoding as one would write it down first: for every token the whole sequence goes through the
/// model again, without a cache.
final class SlowDecoding {
  private final SmallMetaMorph small;
  private final MetaMorph model;
  private final List<Integer> ids = new ArrayList<>();
  private final List<Tensor> pictures = new ArrayList<>();

  SlowDecoding(SmallMetaMorph small) {
    this.small = small;
    this.model = small.model();
    add(MetaMorphPrompt.DEFAULT.begin(small.tokenizer()));
  }

  private void add(int... more) {
    for (int id : more) {
      ids.add(id);
    }
  }

  void say(MetaMorphPrompt.Turn turn, List<Tensor> features) {
    add(MetaMorphPrompt.DEFAULT.encodeTurn(small.tokenizer(), turn).inputIds());
    pictures.addAll(features);
    add(MetaMorphPrompt.DEFAULT.openAnswer(small.tokenizer()));
  }

  /// `begun` are the visual tokens of a picture that is being made, each `(1, C)`. `→ (1, D)`
  private Tensor last(List<Tensor> begun) {
    int[] sequence = ids.stream().mapToInt(Integer::intValue).toArray();
    Sequences batch =
        Sequences.layOut(
            List.of(new Sequences.Row(sequence, sequence)),
            model.config().numImageTokens(),
            model.config().imageStartTokenId(),
            1024);
    return Scope.compute(() -> {
      Tensor words = model.embed(batch, pictures.isEmpty() ? none() : Ops.stack(0, pictures));
      List<Tensor> all = new ArrayList<>(List.of(words));
      begun.forEach(token -> all.add(model.project(token).unsqueeze(0)));
      return model.language().hidden(Ops.cat(1, all)).select(1, -1).contiguous();
    });
  }

  private static Tensor none() {
    return Tensor.of(new float[0], 0);
  }

  /// The likeliest words, at most `most`, and pictures between them, until the end of the answer;
  /// words of `never` are passed over.
  Answer answer(int most, boolean mustDraw) {
    List<Answer.Part> parts = new ArrayList<>();
    List<Integer> words = new ArrayList<>();
    boolean drew = false;
    boolean complete = false;
    int start = model.config().imageStartTokenId();
    for (int made = 0; made < most && !complete; made++) {
      int id = likeliest(Scope.compute(() -> model.logits(last(List.of()))).toFloats());
      boolean end = model.config().language().isEos(id);
      if (mustDraw && !drew && (end || made + 1 == most)) {
        id = start;
        end = false;
      }
      add(id);
      complete = end;
      if (id == start) {
        flush(words, parts);
        parts.add(new Answer.Part.Picture(draw()));
        drew = true;
        made += model.config().numImageTokens();
      } else if (!end) {
        words.add(id);
      }
    }
    flush(words, parts);
    if (!complete) {
      add(small.tokenizer().idOf("<|eot_id|>"));
    }
    return new Answer(parts, complete);
  }

  private Tensor draw() {
    List<Tensor> tokens = new ArrayList<>();
    for (int k = 0; k < model.config().numImageTokens(); k++) {
      tokens.add(Scope.compute(() -> model.predictVisual(last(tokens))));
    }
    Tensor features = Ops.cat(0, tokens);
    add(MetaMorphPrompt.IMAGE_TOKEN_INDEX, model.config().imageEndTokenId());
    pictures.add(features);
    return features;
  }

  private void flush(List<Integer> words, List<Answer.Part> parts) {
    if (!words.isEmpty()) {
      int[] all = words.stream().mapToInt(Integer::intValue).toArray();
      parts.add(new Answer.Part.Text(small.tokenizer().decode(all, true).strip()));
      words.clear();
    }
  }

  private int likeliest(float[] logits) {
    int best = -1;
    for (int id = 0; id < small.tokenizer().vocabSize(); id++) {
      boolean may =
          !small.tokenizer().isAdded(id)
              || model.config().language().isEos(id)
              || id == model.config().imageStartTokenId();
      if (may && (best < 0 || logits[id] > logits[best])) {
        best = id;
      }
    }
    return best;
  }
}
