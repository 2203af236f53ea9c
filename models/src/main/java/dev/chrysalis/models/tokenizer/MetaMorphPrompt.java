package dev.chrysalis.models.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The sequence layout of MetaMorph (arXiv:2412.14164): begin-of-text, then per turn
///
/// `<|start_header_id|>ROLE<|end_header_id|>\n CONTENT <|eot_id|>` (no blanks),
///
/// without a system message; each picture is `<image_start>`, one placeholder id, `<image_end>`.
/// The model replaces the placeholder by the picture's visual tokens.
///
/// Labels repeat the ids of an answer, its end token included; everything else is ignored.
///
/// There are two ways to ids. The `encode` methods build them piece by piece, so that text never
/// becomes a control token or a picture; an answer is encoded on its own, as it is when generated.
/// The `...AsRendered` methods go through one string, as the reference does: parity only.
///
/// @param headerNewlines line feeds after a header; the reference has one, Llama's own layout two
/// @param duplicateBos begin-of-text twice, as in the reference: once from the layout's text and
///   once from the tokenizer
public record MetaMorphPrompt(int headerNewlines, boolean duplicateBos) {
  /// Stands for one picture in a sequence of ids.
  public static final int IMAGE_TOKEN_INDEX = -200;

  /// The label of a position without a loss.
  public static final int IGNORE_INDEX = -100;

  public static final String IMAGE = "<image>";
  public static final String IMAGE_START = "<image_start>";
  public static final String IMAGE_END = "<image_end>";

  /// The layout new models use.
  public static final MetaMorphPrompt DEFAULT = new MetaMorphPrompt(1, false);

  /// The layout of the reference, slips included.
  public static final MetaMorphPrompt REFERENCE = new MetaMorphPrompt(1, true);

  private static final String WRAPPED_IMAGE = IMAGE_START + IMAGE + IMAGE_END;

  public MetaMorphPrompt {
    if (headerNewlines < 1 || headerNewlines > 2) {
      throw new TokenizerException(
          "prompt: line feeds after a header: got %d, need 1 or 2".formatted(headerNewlines));
    }
  }

  public enum Role {
    USER("user"),
    ASSISTANT("assistant");

    private final String header;

    Role(String header) {
      this.header = header;
    }
  }

  public sealed interface Content {
    record Text(String text) implements Content {}

    /// The next picture of the conversation.
    record Image() implements Content {}
  }

  /// Words and pictures of one side, in order.
  public record Turn(Role role, List<Content> content) {
    public Turn {
      content = List.copyOf(content);
    }

    public static Turn user(String text) {
      return new Turn(Role.USER, List.of(new Content.Text(text)));
    }

    public static Turn assistant(String text) {
      return new Turn(Role.ASSISTANT, List.of(new Content.Text(text)));
    }

    /// A turn of LLaVA conversation data, where `<image>` in the text stands for a picture. Not for
    /// text that a user typed.
    ///
    /// @param from `human` or `gpt`
    public static Turn parse(String from, String value) {
      Role role =
          switch (from) {
            case "human" -> Role.USER;
            case "gpt" -> Role.ASSISTANT;
            default ->
                throw new TokenizerException(
                    "conversation: from: got \"%s\", need human or gpt".formatted(from));
          };
      var content = new ArrayList<Content>();
      int start = 0;
      for (int at = value.indexOf(IMAGE); at >= 0; at = value.indexOf(IMAGE, start)) {
        if (at > start) {
          content.add(new Content.Text(value.substring(start, at)));
        }
        content.add(new Content.Image());
        start = at + IMAGE.length();
      }
      if (start < value.length()) {
        content.add(new Content.Text(value.substring(start)));
      }
      return new Turn(role, content);
    }

    public int imageCount() {
      return (int) content.stream().filter(Content.Image.class::isInstance).count();
    }
  }

  /// Ids and labels of equal length. A picture is one place: `IMAGE_TOKEN_INDEX` in the ids; in the
  /// labels the same in an answer, `IGNORE_INDEX` elsewhere.
  public record Encoded(int[] inputIds, int[] labels) {}

  // ---- ids

  /// A whole conversation, for training.
  public Encoded encode(Tokenizer tokenizer, List<Turn> turns) {
    return join(begin(tokenizer), turns.stream().map(turn -> encodeTurn(tokenizer, turn)).toList());
  }

  /// A conversation and an open answer, for generation.
  public int[] encodeInference(Tokenizer tokenizer, List<Turn> turns) {
    return append(encode(tokenizer, turns).inputIds(), openAnswer(tokenizer));
  }

  /// What every sequence begins with.
  public int[] begin(Tokenizer tokenizer) {
    var ids = new int[duplicateBos ? 2 : 1];
    Arrays.fill(ids, Prompt.controlId(tokenizer, ChatTemplate.BEGIN_OF_TEXT));
    return ids;
  }

  /// One turn, to be appended to a sequence that is already there.
  public Encoded encodeTurn(Tokenizer tokenizer, Turn turn) {
    Prompt.Builder prompt = header(turn.role());
    var ids = new IntArrayList();
    if (turn.role() == Role.ASSISTANT) { // the answer does not merge with the header's line feed
      ids.addElements(0, prompt.build().encode(tokenizer));
      prompt = new Prompt.Builder();
    }
    int headerLength = ids.size();
    for (Content content : turn.content()) {
      switch (content) {
        case Content.Text(String text) -> prompt.text(text);
        case Content.Image() -> {
          ids.addElements(ids.size(), prompt.control(IMAGE_START).build().encode(tokenizer));
          ids.add(IMAGE_TOKEN_INDEX);
          prompt = new Prompt.Builder().control(IMAGE_END);
        }
      }
    }
    prompt.control(ChatTemplate.END_OF_TURN);
    ids.addElements(ids.size(), prompt.build().encode(tokenizer));
    return labelled(turn.role(), ids.toIntArray(), headerLength);
  }

  /// The header of an answer that is still to come.
  public int[] openAnswer(Tokenizer tokenizer) {
    return header(Role.ASSISTANT).build().encode(tokenizer);
  }

  // ---- the reference's way, through one string

  /// The conversation as one string.
  public String render(List<Turn> turns) {
    var out = new StringBuilder(ChatTemplate.BEGIN_OF_TEXT);
    turns.forEach(turn -> out.append(rendered(turn)));
    return out.toString();
  }

  public String renderInference(List<Turn> turns) {
    return render(turns) + header(Role.ASSISTANT).build().rendered();
  }

  /// As `encode`, but control tokens and `<image>` spelled in the text count as such.
  public Encoded encodeAsRendered(Tokenizer tokenizer, List<Turn> turns) {
    var encoded = new ArrayList<Encoded>();
    for (Turn turn : turns) { // cutting at turns changes nothing: they begin and end with a control
      int[] ids = cutAtImages(tokenizer, rendered(turn));
      int headerLength = header(turn.role()).build().encode(tokenizer).length;
      encoded.add(labelled(turn.role(), ids, headerLength));
    }
    return join(begin(tokenizer), encoded);
  }

  public int[] encodeInferenceAsRendered(Tokenizer tokenizer, List<Turn> turns) {
    return append(encodeAsRendered(tokenizer, turns).inputIds(), openAnswer(tokenizer));
  }

  private String rendered(Turn turn) {
    var out = new StringBuilder(header(turn.role()).build().rendered());
    for (Content content : turn.content()) {
      out.append(
          switch (content) {
            case Content.Text(String text) -> text.replace(IMAGE, WRAPPED_IMAGE);
            case Content.Image() -> WRAPPED_IMAGE;
          });
    }
    return out.append(ChatTemplate.END_OF_TURN).toString();
  }

  private static int[] cutAtImages(Tokenizer tokenizer, String text) {
    var ids = new IntArrayList();
    int start = 0;
    for (int at = text.indexOf(IMAGE); at >= 0; at = text.indexOf(IMAGE, start)) {
      ids.addElements(ids.size(), tokenizer.encodeWithSpecials(text.substring(start, at), false));
      ids.add(IMAGE_TOKEN_INDEX);
      start = at + IMAGE.length();
    }
    ids.addElements(ids.size(), tokenizer.encodeWithSpecials(text.substring(start), false));
    return ids.toIntArray();
  }

  // ---- parts of both

  private Prompt.Builder header(Role role) {
    return new Prompt.Builder()
        .control(ChatTemplate.START_HEADER)
        .text(role.header)
        .control(ChatTemplate.END_HEADER)
        .text("\n".repeat(headerNewlines));
  }

  private static Encoded labelled(Role role, int[] ids, int headerLength) {
    int[] labels = ids.clone();
    Arrays.fill(labels, 0, role == Role.ASSISTANT ? headerLength : ids.length, IGNORE_INDEX);
    return new Encoded(ids, labels);
  }

  private static Encoded join(int[] begin, List<Encoded> turns) {
    var ids = new IntArrayList(begin);
    var labels = new IntArrayList();
    labels.size(begin.length);
    Arrays.fill(labels.elements(), 0, begin.length, IGNORE_INDEX);
    for (Encoded turn : turns) {
      ids.addElements(ids.size(), turn.inputIds());
      labels.addElements(labels.size(), turn.labels());
    }
    return new Encoded(ids.toIntArray(), labels.toIntArray());
  }

  private static int[] append(int[] first, int[] second) {
    int[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }
}
