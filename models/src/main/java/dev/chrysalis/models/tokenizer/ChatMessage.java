package dev.chrysalis.models.tokenizer;

import dev.chrysalis.models.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One message of a chat.
public sealed interface ChatMessage {
  /// Words of the system, the user or the assistant.
  record Text(String role, String content) implements ChatMessage {}

  /// The assistant calls functions. The layout has room for exactly one call.
  record ToolCalls(List<Call> calls) implements ChatMessage {
    public ToolCalls {
      calls = List.copyOf(calls);
    }
  }

  /// What a function returned: a text or any JSON value.
  record ToolResult(JsonNode content) implements ChatMessage {}

  /// @param arguments by name, in order
  record Call(String name, ObjectNode arguments) {}

  /// A message in the usual form: `role`, `content`, and `tool_calls` where functions are called.
  static ChatMessage parse(JsonNode node) {
    String at = "chat message";
    ObjectNode message = Json.asObject(node, at);
    for (String key : message.propertyNames()) {
      if (!Set.of("role", "content", "tool_calls").contains(key)) {
        throw new TokenizerException(at + ": unknown key \"" + key + "\"");
      }
    }
    String role = Json.requireString(message, at, "role");
    if (message.has("tool_calls")) {
      var calls = new ArrayList<Call>();
      for (JsonNode call : Json.requireArray(message, at, "tool_calls")) {
        JsonNode function = Json.requireObject(call, at, "function");
        calls.add(
            new Call(
                Json.requireString(function, at, "name"),
                Json.requireObject(function, at, "arguments")));
      }
      return new ToolCalls(calls);
    }
    if (role.equals("tool") || role.equals("ipython")) {
      if (!Json.has(message, "content")) {
        throw new TokenizerException(at + ": a tool result needs \"content\"");
      }
      return new ToolResult(message.get("content"));
    }
    return new Text(role, Json.requireString(message, at, "content"));
  }
}
