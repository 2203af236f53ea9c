package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.JsonText;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The chat layout of Llama 3.1, written out in Java: no template engine runs, whatever text a
/// checkpoint brings.
///
/// `<|begin_of_text|>`, then per message
/// `<|start_header_id|>ROLE<|end_header_id|>\n\nCONTENT<|eot_id|>`. Contents are stripped.
public final class ChatTemplate {
  static final String BEGIN_OF_TEXT = "<|begin_of_text|>";
  static final String START_HEADER = "<|start_header_id|>";
  static final String END_HEADER = "<|end_header_id|>";
  static final String END_OF_TURN = "<|eot_id|>";
  private static final String END_OF_MESSAGE = "<|eom_id|>";
  private static final String PYTHON_TAG = "<|python_tag|>";

  private static final int TOOL_INDENT = 4;
  private static final String CALL_FORMAT =
      "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name"
          + " and its value}.Do not use variables.\n\n";

  private final Prompt.Builder out = new Prompt.Builder();
  private final ChatOptions options;

  private ChatTemplate(ChatOptions options) {
    this.options = options;
  }

  /// Whether a tokenizer has the control tokens that messages are laid out with.
  public static boolean fits(Tokenizer tokenizer) {
    return Stream.of(BEGIN_OF_TEXT, START_HEADER, END_HEADER, END_OF_TURN)
        .allMatch(tokenizer::isAdded);
  }

  /// The full layout: a system message with dates always comes first, tools are described where
  /// `options` wants them.
  ///
  /// @param addGenerationPrompt end with an open header of the assistant
  public static Prompt render(
      List<ChatMessage> messages, ChatOptions options, boolean addGenerationPrompt) {
    return new ChatTemplate(options).full(messages, addGenerationPrompt);
  }

  /// The short layout: the messages alone.
  public static Prompt renderSimple(List<ChatMessage> messages, boolean addGenerationPrompt) {
    var template = new ChatTemplate(ChatOptions.DEFAULT);
    template.out.control(BEGIN_OF_TEXT);
    for (ChatMessage message : messages) {
      if (!(message instanceof ChatMessage.Text(String role, String content))) {
        throw new TokenizerException("chat: the simple layout has no tool calls and results");
      }
      template.message(role, strip(content));
    }
    return template.close(addGenerationPrompt);
  }

  private Prompt full(List<ChatMessage> messages, boolean addGenerationPrompt) {
    List<ChatMessage> rest = messages;
    String system = "";
    if (!rest.isEmpty()
        && rest.getFirst() instanceof ChatMessage.Text(String role, String content)
        && role.equals("system")) {
      system = strip(content);
      rest = rest.subList(1, rest.size());
    }
    out.control(BEGIN_OF_TEXT);
    system(system);
    if (options.tools().isPresent() && options.toolsInUserMessage()) {
      firstUserMessage(rest);
      rest = rest.subList(1, rest.size());
    }
    for (ChatMessage message : rest) {
      switch (message) {
        case ChatMessage.Text(String role, String content) -> message(role, strip(content));
        case ChatMessage.ToolCalls(List<ChatMessage.Call> calls) -> toolCall(calls);
        case ChatMessage.ToolResult(JsonNode content) ->
            message("ipython", JsonText.compact(content));
      }
    }
    return close(addGenerationPrompt);
  }

  private void system(String content) {
    header("system");
    if (options.builtinTools().isPresent() || options.tools().isPresent()) {
      out.text("Environment: ipython\n");
    }
    options
        .builtinTools()
        .ifPresent(names ->
            out.text(
                names.stream()
                    .filter(name -> !name.equals("code_interpreter"))
                    .collect(Collectors.joining(", ", "Tools: ", "\n\n"))));
    out.text("Cutting Knowledge Date: December 2023\n");
    out.text("Today Date: " + options.dateString() + "\n\n");
    if (options.tools().isPresent() && !options.toolsInUserMessage()) {
      out.text(
          "You have access to the following functions. To call a function, please respond with"
              + " JSON for a function call."
              + CALL_FORMAT);
      toolDescriptions();
    }
    out.text(content).control(END_OF_TURN);
  }

  private void firstUserMessage(List<ChatMessage> messages) {
    if (messages.isEmpty()) {
      throw new TokenizerException(
          "Cannot put tools in the first user message when there's no first user message!");
    }
    if (!(messages.getFirst() instanceof ChatMessage.Text text)) {
      throw new TokenizerException("chat: tools need a first message with text to stand in");
    }
    header("user");
    out.text(
        "Given the following functions, please respond with a JSON for a function call with its"
            + " proper arguments that best answers the given prompt.\n\n"
            + CALL_FORMAT);
    toolDescriptions();
    out.text(strip(text.content())).control(END_OF_TURN);
  }

  private void toolDescriptions() {
    for (JsonNode tool : options.tools().orElseThrow()) {
      out.text(JsonText.indented(tool, TOOL_INDENT) + "\n\n");
    }
  }

  private void toolCall(List<ChatMessage.Call> calls) {
    if (calls.size() != 1) {
      throw new TokenizerException("This model only supports single tool-calls at once!");
    }
    String name = calls.getFirst().name();
    ObjectNode arguments = calls.getFirst().arguments();
    header("assistant");
    if (options.builtinTools().filter(names -> names.contains(name)).isPresent()) {
      out.control(PYTHON_TAG).text(name + ".call(" + keywordArguments(arguments) + ")");
    } else {
      String parameters = JsonText.compact(arguments);
      out.text("{\"name\": \"%s\", \"parameters\": %s}".formatted(name, parameters));
    }
    out.control(options.builtinTools().isPresent() ? END_OF_MESSAGE : END_OF_TURN);
  }

  private static String keywordArguments(ObjectNode arguments) {
    return arguments.properties().stream()
        .map(entry -> {
          JsonNode value = entry.getValue();
          String text = value.isString() ? value.stringValue() : JsonText.compact(value);
          return entry.getKey() + "=\"" + text + "\"";
        })
        .collect(Collectors.joining(", "));
  }

  private void message(String role, String content) {
    header(role);
    out.text(content).control(END_OF_TURN);
  }

  private void header(String role) {
    out.control(START_HEADER).text(role).control(END_HEADER).text("\n\n");
  }

  private Prompt close(boolean addGenerationPrompt) {
    if (addGenerationPrompt) {
      header("assistant");
    }
    return out.build();
  }

  /// Without white space at both ends, as Python's `str.strip` understands it.
  static String strip(String s) {
    int start = 0;
    int end = s.length();
    while (start < end && isSpace(s.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(s.charAt(end - 1))) {
      end--;
    }
    return s.substring(start, end);
  }

  /// Space, line and paragraph separators, and the control characters that separate.
  private static boolean isSpace(char c) {
    return Character.isSpaceChar(c)
        || c >= '\t' && c <= '\r'
        || c >= 0x1c && c <= 0x1f
        || c == 0x85;
  }
}
