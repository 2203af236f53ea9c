package dev.chrysalis.zoo.train;

import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Content;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Role;
import dev.chrysalis.models.tokenizer.Tokenizer;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.MetaMorphConfig;
import dev.chrysalis.zoo.metamorph.Sequences;
import dev.chrysalis.zoo.shapes.Figure;
import dev.chrysalis.zoo.shapes.Hue;
import dev.chrysalis.zoo.shapes.Part;
import dev.chrysalis.zoo.shapes.Sample;
import dev.chrysalis.zoo.shapes.Turn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Samples of the shapes world as the tensors and sequences that models learn from.
public final class ShapesBatches {
  private static final String END_OF_TEXT = "<|end_of_text|>";

  private final Tokenizer tokenizer;
  private final MetaMorphPrompt prompt = MetaMorphPrompt.DEFAULT;

  /// Names of colours, and of colours and shapes.
  private final List<Integer> hues;

  private final List<Integer> names;

  public ShapesBatches(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.hues = tokens(Hue.ALL.stream().map(Hue::word));
    List<Integer> figures = tokens(Figure.ALL.stream().map(Figure::word));
    this.names = Stream.of(hues, figures).flatMap(List::stream).toList();
  }

  /// Samples `step·size … step·size + size − 1`, made on all cores.
  public static <T> List<T> draw(int step, int size, LongFunction<T> sample) {
    long first = (long) step * size;
    return LongStream.range(first, first + size).parallel().mapToObj(sample).toList();
  }

  /// The samples of one part of a step.
  static <T> List<T> draw(int step, int size, Stage.Part part, LongFunction<T> sample) {
    long first = (long) step * size;
    return LongStream.iterate(first + part.index(), i -> i < first + size, i -> i + part.count())
        .mapToObj(sample)
        .toList();
  }

  /// Rows as a model of this configuration reads them.
  static Sequences layOut(MetaMorphConfig config, List<Sequences.Row> rows) {
    return Sequences.layOut(
        rows,
        config.numImageTokens(),
        config.imageStartTokenId(),
        config.language().maxPositionEmbeddings());
  }

  /// The rows of each part of a batch as a model of this configuration reads them.
  static <T> List<Sequences> layOut(
      MetaMorphConfig config, List<T> batch, Function<T, Sequences.Row> row, Stage.Part part) {
    return part.all().stream()
        .map(one -> layOut(config, one.of(batch).stream().map(row).toList()))
        .toList();
  }

  /// The rows of a step, laid out as above.
  ///
  /// @param rows by index
  static List<Sequences> layOut(
      MetaMorphConfig config,
      int step,
      int size,
      LongFunction<Sequences.Row> rows,
      Stage.Part part) {
    return layOut(config, draw(step, size, rows), row -> row, part);
  }

  /// How many times as many things a part holds as the mean of all parts: the factor that makes the
  /// mean over parts of means over things the mean over all things. 1 if there are none.
  static double share(List<Sequences> all, Stage.Part part, ToIntFunction<Sequences> things) {
    int total = all.stream().mapToInt(things).sum();
    return total == 0
        ? 1
        : (double) part.count() * things.applyAsInt(all.get(part.index())) / total;
  }

  /// In how many parts to cut batches of this size: one for each thread, of four rows or more.
  static int parts(int batch, int threads) {
    return Math.clamp(batch / 4, 1, threads);
  }

  /// Pictures as a model sees them: `v/127.5 − 1`, channels first. `→ (n, 3, H, W)`
  public static Tensor pixels(List<Picture> pictures) {
    int height = pictures.getFirst().height();
    int width = pictures.getFirst().width();
    int plane = height * width;
    float[] values = new float[pictures.size() * 3 * plane];
    for (int n = 0; n < pictures.size(); n++) {
      byte[] rgb = pictures.get(n).rgb();
      for (int c = 0; c < 3; c++) {
        int at = (n * 3 + c) * plane;
        for (int i = 0; i < plane; i++) {
          values[at + i] = ((rgb[3 * i + c] & 255) / 255f - 0.5f) / 0.5f;
        }
      }
    }
    return Tensor.of(values, pictures.size(), 3, height, width);
  }

  /// Captions for SigLIP's text tower: lower case, cut to `length`, padded with the end token,
  /// which always stands last. `→ (n, length)`
  public Tensor captions(List<String> captions, int length) {
    int end = tokenizer.idOf(END_OF_TEXT);
    int[] ids = new int[captions.size() * length];
    Arrays.fill(ids, end);
    for (int n = 0; n < captions.size(); n++) {
      int[] text = tokenizer.encode(captions.get(n).toLowerCase(Locale.ROOT));
      System.arraycopy(text, 0, ids, n * length, Math.min(length - 1, text.length));
    }
    return Tensor.of(ids, captions.size(), length);
  }

  /// A picture followed by its description, with labels on the description.
  public Sequences.Row described(String description) {
    int[] text = tokenizer.encode(description);
    int[] ids = new int[text.length + 5];
    ids[0] = prompt.begin(tokenizer)[0];
    ids[1] = tokenizer.idOf(MetaMorphPrompt.IMAGE_START);
    ids[2] = MetaMorphPrompt.IMAGE_TOKEN_INDEX;
    ids[3] = tokenizer.idOf(MetaMorphPrompt.IMAGE_END);
    System.arraycopy(text, 0, ids, 4, text.length);
    ids[ids.length - 1] = tokenizer.idOf(END_OF_TEXT);
    int[] labels = ids.clone();
    Arrays.fill(labels, 0, 4, MetaMorphPrompt.IGNORE_INDEX);
    return new Sequences.Row(ids, labels);
  }

  /// A sample with labels on the model's answers; plain text is learnt whole.
  public Sequences.Row responses(Sample sample) {
    return isPlainText(sample) ? everything(sample) : encoded(sample);
  }

  /// A sample of `ShapesWorld.found` in which colours go by other words, drawn at random; in notes
  /// shapes do, too. Questions name some shapes by more than one word.
  Sequences.Row renamed(Sample sample, MetaMorphConfig config, long seed) {
    boolean noted = sample.turns().stream().anyMatch(ShapesBatches::isGiven);
    return RecallRows.renamed(responses(sample), noted ? names : hues, seed, config);
  }

  /// Ids of words inside of a sentence, of those that are one token.
  private List<Integer> tokens(Stream<String> words) {
    return words
        .map(word -> tokenizer.encode(" " + word))
        .filter(ids -> ids.length == 1)
        .map(ids -> ids[0])
        .toList();
  }

  /// A sample with labels on every position but the first and what is given.
  public Sequences.Row everything(Sample sample) {
    boolean plain = isPlainText(sample);
    int[] ids = plain ? plainText(sample) : encoded(sample).inputIds();
    int[] labels = ids.clone();
    labels[0] = MetaMorphPrompt.IGNORE_INDEX;
    if (!plain) {
      ignoreGiven(sample, labels);
    }
    return new Sequences.Row(ids, labels);
  }

  /// A sample with labels on the model's answers, and its pictures.
  record Talk(Sequences.Row row, List<Picture> images) {}

  /// Talks by step, of similar length.
  ///
  /// @param samples by index
  LengthBuckets<Talk> talks(int batch, MetaMorphConfig config, LongFunction<Sample> samples) {
    return new LengthBuckets<>(
        batch,
        i -> {
          Sample sample = samples.apply(i);
          return new Talk(responses(sample), sample.images());
        },
        talk -> Sequences.expandedLength(talk.row().inputIds(), config.numImageTokens()));
  }

  private static boolean isPlainText(Sample sample) {
    return sample.turns().size() == 1;
  }

  private int[] plainText(Sample sample) {
    int[] begin = prompt.begin(tokenizer);
    int[] text = tokenizer.encode(sample.turns().getFirst().value());
    int[] ids = Arrays.copyOf(begin, begin.length + text.length + 1);
    System.arraycopy(text, 0, ids, begin.length, text.length);
    ids[ids.length - 1] = tokenizer.idOf(END_OF_TEXT);
    return ids;
  }

  private Sequences.Row encoded(Sample sample) {
    List<MetaMorphPrompt.Turn> turns = sample.turns().stream().map(ShapesBatches::turn).toList();
    MetaMorphPrompt.Encoded encoded = prompt.encode(tokenizer, turns);
    ignoreGiven(sample, encoded.labels());
    return new Sequences.Row(encoded.inputIds(), encoded.labels());
  }

  private static boolean isGiven(Turn turn) {
    return turn.parts().stream().anyMatch(Part.Given.class::isInstance);
  }

  /// Takes the labels off what is given.
  private void ignoreGiven(Sample sample, int[] labels) {
    if (sample.turns().stream().noneMatch(ShapesBatches::isGiven)) {
      return;
    }
    int at = prompt.begin(tokenizer).length;
    for (Turn turn : sample.turns()) {
      if (isGiven(turn)) {
        ignoreGiven(turn.parts(), at, labels);
      }
      at += prompt.encodeTurn(tokenizer, turn(turn)).inputIds().length;
    }
  }

  /// Takes the labels off what is given in a turn of words alone.
  ///
  /// @param start where the turn begins
  private void ignoreGiven(List<Part> parts, int start, int[] labels) {
    int first = start + prompt.openAnswer(tokenizer).length;
    StringBuilder said = new StringBuilder();
    for (Part part : parts) {
      int from = tokenizer.encode(said.toString()).length;
      switch (part) {
        case Part.Text(String text) -> said.append(text);
        case Part.Given(String text) -> {
          said.append(text);
          int to = tokenizer.encode(said.toString()).length;
          Arrays.fill(labels, first + from, first + to, MetaMorphPrompt.IGNORE_INDEX);
        }
        case Part.Image _ -> throw new IllegalArgumentException("a picture among given words");
      }
    }
  }

  /// A turn of the shapes world as one of the prompt.
  public static MetaMorphPrompt.Turn turn(Turn turn) {
    List<Content> content = new ArrayList<>();
    for (Part part : turn.parts()) {
      content.add(
          switch (part) {
            case Part.Text(String text) -> new Content.Text(text);
            case Part.Given(String text) -> new Content.Text(text);
            case Part.Image _ -> new Content.Image();
          });
    }
    return new MetaMorphPrompt.Turn(
        turn.role() == Turn.Role.HUMAN ? Role.USER : Role.ASSISTANT, content);
  }
}
