package dev.chrysalis.models.json;

import java.math.BigDecimal;
import tools.jackson.databind.JsonNode;

/// JSON as text in the layout of Python's `json.dumps(value, ensure_ascii=False)`, so that chat
/// prompts and saved configs come out character for character as the Python tools write them.
public final class JsonText {
  private static final int ONE_LINE = -1;

  private final StringBuilder out = new StringBuilder();
  private final int indent;

  private JsonText(int indent) {
    this.indent = indent;
  }

  /// One line; separators `", "` and `": "`.
  public static String compact(JsonNode node) {
    return new JsonText(ONE_LINE).write(node, 0);
  }

  /// One entry a line, `indent` blanks a level; empty containers stay `{}` and `[]`.
  public static String indented(JsonNode node, int indent) {
    return new JsonText(indent).write(node, 0);
  }

  private String write(JsonNode node, int level) {
    append(node, level);
    return out.toString();
  }

  private void append(JsonNode node, int level) {
    switch (node.getNodeType()) {
      case OBJECT -> appendObject(node, level);
      case ARRAY -> appendArray(node, level);
      case STRING -> appendString(node.stringValue());
      case NUMBER -> out.append(number(node));
      case BOOLEAN -> out.append(node.booleanValue());
      case NULL -> out.append("null");
      case BINARY, MISSING, POJO ->
          throw new IllegalArgumentException(
              "json: a node of type " + node.getNodeType() + " has no text");
    }
  }

  private void appendObject(JsonNode node, int level) {
    out.append('{');
    boolean first = true;
    for (var entry : node.properties()) {
      separate(first, level + 1);
      first = false;
      appendString(entry.getKey());
      out.append(": ");
      append(entry.getValue(), level + 1);
    }
    close(first, level, '}');
  }

  private void appendArray(JsonNode node, int level) {
    out.append('[');
    boolean first = true;
    for (JsonNode element : node) {
      separate(first, level + 1);
      first = false;
      append(element, level + 1);
    }
    close(first, level, ']');
  }

  private void separate(boolean first, int level) {
    if (indent == ONE_LINE) {
      out.append(first ? "" : ", ");
    } else {
      out.append(first ? "\n" : ",\n").repeat(' ', indent * level);
    }
  }

  private void close(boolean empty, int level, char bracket) {
    if (!empty && indent != ONE_LINE) {
      out.append('\n').repeat(' ', indent * level);
    }
    out.append(bracket);
  }

  private void appendString(String s) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || loneSurrogate(s, i)) { // a lone half has no UTF-8 form: keep it escaped
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean loneSurrogate(String s, int i) {
    char c = s.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == s.length() || !Character.isLowSurrogate(s.charAt(i + 1));
    }
    return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(s.charAt(i - 1)));
  }

  private static String number(JsonNode node) {
    return node.isIntegralNumber() ? node.numberValue().toString() : number(node.doubleValue());
  }

  /// Shortest digits that read back as `value`; exponent form below 1e-4 and from 1e16 on.
  static String number(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("json: " + value + " is not a JSON number");
    }
    if (value == 0) {
      return Double.toString(value); // keeps the sign of -0.0
    }
    var decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = decimal.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    String sign = value < 0 ? "-" : "";
    String power = (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + power;
  }
}
