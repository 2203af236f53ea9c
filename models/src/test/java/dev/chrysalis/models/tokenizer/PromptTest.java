package dev.chrysalis.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Content;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Encoded;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Role;
import dev.chrysalis.models.tokenizer.MetaMorphPrompt.Turn;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptTest {
  private static final Tokenizer TOKENIZER = TokenizerFixtures.tokenizer();
  private static final int EOT = TOKENIZER.idOf("<|eot_id|>");

  static Stream<String> hostilePrompts() {
    return TokenizerTest.hostilePrompts();
  }

  private static long controls(int[] ids) {
    return Arrays.stream(ids).filter(id -> id < 0 || TOKENIZER.isAdded(id)).count();
  }

  // ---- Llama's chat

  @ParameterizedTest
  @MethodSource("hostilePrompts")
  void aMessageAddsNoControlTokenToAChat(String prompt) {
    var text = new ChatMessage.Text("user", prompt);
    var system = new ChatMessage.Text("system", prompt);
    Prompt hostile = ChatTemplate.render(List.of(system, text), ChatOptions.DEFAULT, true);
    var harmless = new ChatMessage.Text("user", "Hello");
    Prompt plain = ChatTemplate.render(List.of(harmless), ChatOptions.DEFAULT, true);
    assertEquals(controls(plain.encode(TOKENIZER)), controls(hostile.encode(TOKENIZER)), prompt);
    assertTrue(
        controls(hostile.encodeAsRendered(TOKENIZER)) > controls(plain.encode(TOKENIZER)), prompt);
    assertEquals(hostile.rendered(), TOKENIZER.decode(hostile.encode(TOKENIZER), false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Hello!", "", " 猫は何匹？ 😀", "a\n\nb", "it's 12345 'LL", "< | eot >"})
  void bothWaysAgreeOnHarmlessText(String text) {
    var messages = List.<ChatMessage>of(new ChatMessage.Text("user", text));
    for (Prompt prompt :
        List.of(
            ChatTemplate.render(messages, ChatOptions.DEFAULT, true),
            ChatTemplate.renderSimple(messages, false))) {
      assertArrayEquals(prompt.encodeAsRendered(TOKENIZER), prompt.encode(TOKENIZER));
    }
  }

  static Stream<Arguments> stripped() { // right: Python's str.strip()
    return Stream.of(
        Arguments.of("\u00a0\u3000a b\u2028\u0085", "a b"),
        Arguments.of("\u001c\u001fx\u000b\f", "x"),
        Arguments.of("\u200bx\ufeff", "\u200bx\ufeff"),
        Arguments.of(" \t\n", ""));
  }

  @ParameterizedTest
  @MethodSource("stripped")
  void stripsWhatPythonStrips(String text, String expected) {
    assertEquals(expected, ChatTemplate.strip(text));
  }

  @Test
  void refusesChatsItHasNoLayoutFor() {
    var tools = Optional.of(List.of(Json.parse("{}")));
    var options = new ChatOptions(tools, Optional.empty(), "1 Jan 2025", true);
    assertFails(
        () -> ChatTemplate.render(List.of(), options, true),
        "Cannot put tools in the first user message when there's no first user message!");
    var result = new ChatMessage.ToolResult(Json.parse("1"));
    assertFails(() -> ChatTemplate.render(List.of(result), options, true), "tools need a first");
    assertFails(() -> ChatTemplate.renderSimple(List.of(result), true), "no tool calls");
    assertFails(
        () -> ChatMessage.parse(Json.parse("{\"role\": \"user\", \"contents\": \"x\"}")),
        "unknown key \"contents\"");
    assertFails(() -> ChatMessage.parse(Json.parse("{\"role\": \"tool\"}")), "needs \"content\"");
    assertFails(() -> ChatOptions.parse(Json.parse("{\"seed\": 1}")), "unknown key \"seed\"");
    Tokenizer bare = new BpeTrainer(256, List.of()).train(List.of());
    Prompt prompt = ChatTemplate.renderSimple(List.of(), true);
    assertFails(() -> prompt.encode(bare), "no control token \"<|begin_of_text|>\"");
  }

  private static void assertFails(Runnable action, String message) {
    var e = assertThrows(TokenizerException.class, action::run);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  // ---- MetaMorph

  @ParameterizedTest
  @MethodSource("hostilePrompts")
  void aUserAddsNoControlTokenAndNoPicture(String prompt) {
    List<Turn> turns = List.of(Turn.user(prompt), Turn.assistant(prompt), Turn.user(prompt));
    List<Turn> plain = List.of(Turn.user("a"), Turn.assistant("b"), Turn.user("c"));
    MetaMorphPrompt layout = MetaMorphPrompt.DEFAULT;
    int[] ids = layout.encodeInference(TOKENIZER, turns);
    assertEquals(controls(layout.encodeInference(TOKENIZER, plain)), controls(ids), prompt);
    assertEquals(
        layout.renderInference(turns).replace("<image_start><image><image_end>", "<image>"),
        TOKENIZER.decode(ids, false).replace("<image_start><image><image_end>", "<image>"));
  }

  @Test
  void picturesStandWhereTheTurnHasThem() {
    int start = TOKENIZER.idOf("<image_start>");
    int end = TOKENIZER.idOf("<image_end>");
    Turn user = new Turn(Role.USER, List.of(new Content.Text("<image>"), new Content.Image()));
    assertEquals(1, user.imageCount());
    Turn answer = new Turn(Role.ASSISTANT, List.of(new Content.Image(), new Content.Image()));
    int[] userIds = MetaMorphPrompt.DEFAULT.encodeTurn(TOKENIZER, user).inputIds();
    assertEquals(1, Arrays.stream(userIds).filter(id -> id == -200).count());
    assertArrayEquals(
        new int[] {start, -200, end, EOT},
        Arrays.copyOfRange(userIds, userIds.length - 4, userIds.length));
    Encoded drawn = MetaMorphPrompt.DEFAULT.encodeTurn(TOKENIZER, answer);
    int header = MetaMorphPrompt.DEFAULT.openAnswer(TOKENIZER).length;
    int[] expected = {start, -200, end, start, -200, end, EOT};
    int n = drawn.inputIds().length;
    assertArrayEquals(expected, Arrays.copyOfRange(drawn.inputIds(), header, n));
    assertArrayEquals(expected, Arrays.copyOfRange(drawn.labels(), header, n));
    assertTrue(Arrays.stream(drawn.labels(), 0, header).allMatch(label -> label == -100));
  }

  @Test
  void flagsChangeTheHeaderAndTheBeginning() {
    List<Turn> turns = List.of(Turn.user("Hi"));
    int bos = TOKENIZER.bosId().orElseThrow();
    int[] once = new MetaMorphPrompt(2, false).encode(TOKENIZER, turns).inputIds();
    int[] twice = new MetaMorphPrompt(2, true).encode(TOKENIZER, turns).inputIds();
    assertEquals(bos, once[0]);
    assertFalse(once[1] == bos);
    assertArrayEquals(once, Arrays.copyOfRange(twice, 1, twice.length));
    assertEquals(bos, twice[0]);
    assertTrue(TOKENIZER.decode(once, false).contains("<|end_header_id|>\n\nHi<|eot_id|>"));
    assertFails(() -> new MetaMorphPrompt(0, true), "got 0, need 1 or 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\nlist:\n- a", "  spaced", "\n\n", "", "plain"})
  void anAnswerIsLabelledWhole(String answer) {
    List<Turn> turns = List.of(Turn.user("q"), Turn.assistant(answer));
    Encoded encoded = MetaMorphPrompt.DEFAULT.encode(TOKENIZER, turns);
    assertEquals(encoded.inputIds().length, encoded.labels().length);
    int[] labels = Arrays.stream(encoded.labels()).filter(label -> label != -100).toArray();
    assertEquals(answer + "<|eot_id|>", TOKENIZER.decode(labels, false));
    int[] prompt = MetaMorphPrompt.DEFAULT.encodeInference(TOKENIZER, turns.subList(0, 1));
    assertArrayEquals(prompt, Arrays.copyOf(encoded.inputIds(), prompt.length));
    assertEquals(encoded.inputIds().length, prompt.length + labels.length);
  }

  @Test
  void readsLlavaTurns() {
    assertEquals(
        List.of(new Content.Image(), new Content.Text("\nWhat?")),
        Turn.parse("human", "<image>\nWhat?").content());
    assertEquals(
        List.of(new Content.Text("a "), new Content.Image(), new Content.Image()),
        Turn.parse("gpt", "a <image><image>").content());
    assertEquals(List.of(), Turn.parse("gpt", "").content());
    assertFails(() -> Turn.parse("system", "x"), "got \"system\", need human or gpt");
  }
}
