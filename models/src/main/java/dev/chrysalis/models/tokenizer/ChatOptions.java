package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.Json;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// What a chat prompt says besides its messages.
///
/// @param tools descriptions of functions as JSON objects; an empty list is not the same as none
/// @param builtinTools names of tools the model knows from training
/// @param dateString the date the model is told, such as `26 Jul 2024`
/// @param toolsInUserMessage descriptions go into the first user message, else the system message
public record ChatOptions(
    Optional<List<JsonNode>> tools,
    Optional<List<String>> builtinTools,
    String dateString,
    boolean toolsInUserMessage) {
  public static final ChatOptions DEFAULT =
      new ChatOptions(Optional.empty(), Optional.empty(), "26 Jul 2024", true);

  public ChatOptions {
    tools = tools.map(List::copyOf);
    builtinTools = builtinTools.map(List::copyOf);
  }

  /// Options under their usual names: `tools`, `builtin_tools`, `date_string`,
  /// `tools_in_user_message`.
  public static ChatOptions parse(JsonNode node) {
    String at = "chat options";
    for (String key : Json.asObject(node, at).propertyNames()) {
      if (!Set.of("tools", "builtin_tools", "date_string", "tools_in_user_message").contains(key)) {
        throw new TokenizerException(at + ": unknown key \"" + key + "\"");
      }
    }
    return new ChatOptions(
        Json.has(node, "tools")
            ? Optional.of(Json.requireArray(node, at, "tools"))
            : Optional.empty(),
        Json.has(node, "builtin_tools")
            ? Optional.of(Json.requireStrings(node, at, "builtin_tools"))
            : Optional.empty(),
        Json.optionalString(node, at, "date_string", DEFAULT.dateString()),
        Json.optionalBoolean(node, at, "tools_in_user_message", DEFAULT.toolsInUserMessage()));
  }
}
