package dev.chrysalis.models.tokenizer;

import dev.chrysalis.tensor.gguf.GgufFile;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Byte-level byte-pair encoding: text to ids and back, with nothing lost.
///
/// There are two ways from text to ids. `encode` is for text from outside: control tokens typed
/// into it are plain characters, and no result ever holds the id of an added token.
/// `encodeWithSpecials` is for text that a template of ours wrote: added tokens in it become their
/// ids. Immutable but for a cache; safe for use by several threads.
public final class Tokenizer {
  private final TokenizerSpec spec;
  private final PreTokenizer preTokenizer;
  private final BytePairEncoder encoder;
  private final AddedTokenScanner scanner;
  private final String[] tokens;
  private final Map<String, AddedToken> added = new HashMap<>();
  private final AddedToken[] addedById;

  Tokenizer(TokenizerSpec spec) {
    this.spec = spec;
    preTokenizer = new PreTokenizer(spec.pattern(), spec.source());
    encoder = new BytePairEncoder(spec);
    scanner = new AddedTokenScanner(spec.added());
    int size = spec.size();
    tokens = new String[size];
    addedById = new AddedToken[size];
    for (var entry : spec.vocab().entrySet()) {
      tokens[entry.getValue()] = entry.getKey();
    }
    for (AddedToken token : spec.added()) {
      added.put(token.content(), token);
      addedById[token.id()] = token;
      tokens[token.id()] = token.content();
    }
  }

  /// @param folderOrFile a model folder with a `tokenizer.json`, or that file itself
  public static Tokenizer load(Path folderOrFile) {
    return new Tokenizer(TokenizerReader.read(folderOrFile));
  }

  /// The tokenizer in the metadata of a GGUF file.
  public static Tokenizer load(GgufFile file) {
    return new Tokenizer(GgufTokenizerReader.read(file));
  }

  /// This tokenizer with control tokens added at the end; those it has already stay what they are.
  public Tokenizer withSpecials(List<String> tokens) {
    List<AddedToken> added = new ArrayList<>(spec.added());
    int next = vocabSize();
    for (String token : tokens) {
      if (!contains(token)) {
        added.add(new AddedToken(next++, token, true));
      }
    }
    return new Tokenizer(spec.withAdded(added));
  }

  /// Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`.
  public void save(Path folder) {
    TokenizerWriter.write(spec, folder);
  }

  // ---- text to ids

  /// The ids of text from outside, without begin-of-text and without any control id.
  public int[] encode(String text) {
    Utf8.requireWellFormed(text);
    var out = new IntArrayList();
    encodePlain(text, out);
    return out.toIntArray();
  }

  /// The ids of text from outside.
  ///
  /// @param addSpecials also put around it what the tokenizer's template says (begin-of-text)
  public int[] encode(String text, boolean addSpecials) {
    int[] plain = encode(text);
    return addSpecials ? spec.template().apply(plain) : plain;
  }

  /// The ids of text that a template wrote: added tokens in it become their ids.
  ///
  /// @param addSpecials also put around it what the tokenizer's template says (begin-of-text)
  public int[] encodeWithSpecials(String text, boolean addSpecials) {
    Utf8.requireWellFormed(text);
    var out = new IntArrayList();
    int from = 0;
    Optional<AddedTokenScanner.Found> found = scanner.find(text, from);
    while (found.isPresent()) {
      encodePlain(text.substring(from, found.get().start()), out);
      out.add(found.get().token().id());
      from = found.get().end();
      found = scanner.find(text, from);
    }
    encodePlain(text.substring(from), out);
    return addSpecials ? spec.template().apply(out.toIntArray()) : out.toIntArray();
  }

  /// The ids of two texts in the tokenizer's pair template; added tokens become their ids.
  public int[] encodePair(String first, String second) {
    return spec.template()
        .apply(encodeWithSpecials(first, false), encodeWithSpecials(second, false));
  }

  /// The pieces that merges do not cross.
  public List<String> pieces(String text) {
    Utf8.requireWellFormed(text);
    return preTokenizer.split(text);
  }

  private void encodePlain(String text, IntArrayList out) {
    for (String piece : preTokenizer.split(text)) {
      out.addElements(out.size(), encoder.encode(piece));
    }
  }

  // ---- ids to text

  /// The text of `ids`; broken UTF-8 becomes U+FFFD once per maximal broken part.
  public String decode(int[] ids, boolean skipSpecial) {
    var out = new ByteArrayOutputStream(4 * ids.length);
    for (int id : ids) {
      byte[] tokenBytes = bytesOf(id);
      if (!skipSpecial || !isSpecial(id)) {
        out.writeBytes(tokenBytes);
      }
    }
    return Utf8.decode(out.toByteArray());
  }

  public TextStream stream(boolean skipSpecial) {
    return new TextStream(this, skipSpecial);
  }

  // ---- the vocabulary

  /// Number of ids, added tokens included: they are `0..vocabSize()-1`.
  public int vocabSize() {
    return tokens.length;
  }

  public boolean contains(String token) {
    return added.containsKey(token) || spec.vocab().containsKey(token);
  }

  /// The id of a token as the vocabulary spells it (`Ġthe`, `<|eot_id|>`).
  public int idOf(String token) {
    AddedToken control = added.get(token);
    Integer id = control == null ? spec.vocab().get(token) : Integer.valueOf(control.id());
    if (id == null) {
      throw new TokenizerException(
          "%s: no token \"%s\" in the vocabulary".formatted(spec.source(), token));
    }
    return id;
  }

  /// The token as the vocabulary spells it.
  public String tokenOf(int id) {
    return tokens[checked(id)];
  }

  /// Whether decoding may skip `id`: begin-of-text, headers and their like.
  public boolean isSpecial(int id) {
    AddedToken token = addedById[checked(id)];
    return token != null && token.special();
  }

  /// Whether `id` is an added token, which plain text never becomes.
  public boolean isAdded(int id) {
    return addedById[checked(id)] != null;
  }

  /// Whether `token` is an added token, which plain text never becomes.
  public boolean isAdded(String token) {
    return added.containsKey(token);
  }

  /// All added tokens with their ids, in the order of the file.
  public Map<String, Integer> addedTokens() {
    var result = new LinkedHashMap<String, Integer>();
    spec.added().forEach(token -> result.put(token.content(), token.id()));
    return Collections.unmodifiableMap(result);
  }

  public OptionalInt bosId() {
    return named("bos_token");
  }

  public OptionalInt eosId() {
    return named("eos_token");
  }

  public OptionalInt padId() {
    return named("pad_token");
  }

  /// The bytes `id` stands for.
  byte[] bytesOf(int id) {
    String token = tokens[checked(id)];
    return addedById[id] == null ? ByteAlphabet.decode(token) : Utf8.encode(token);
  }

  private OptionalInt named(String name) {
    String token = spec.named().get(name);
    return token == null ? OptionalInt.empty() : OptionalInt.of(idOf(token));
  }

  private int checked(int id) {
    if (id < 0 || id >= tokens.length) {
      throw new TokenizerException(
          "token id out of range: got %d, need 0 to %d".formatted(id, tokens.length - 1));
    }
    return id;
  }
}
