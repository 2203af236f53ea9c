package dev.chrysalis.models.diffusion;

import dev.chrysalis.models.json.ConfigException;
import dev.chrysalis.models.json.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Checks of config values that this package shares.
final class Supported {
  private Supported() {}

  /// Refuses a config in which `key` is there, is not null, and is none of `allowed` (booleans,
  /// numbers, strings).
  static void only(JsonNode json, String source, String key, Object... allowed) {
    if (!Json.has(json, key)) {
      return;
    }
    JsonNode value = json.get(key);
    for (Object one : allowed) {
      if (equal(value, one)) {
        return;
      }
    }
    throw new ConfigException(
        "%s: %s: found %s, supported is %s"
            .formatted(
                source,
                key,
                Json.describe(value),
                allowed.length == 0 ? "only its absence" : "only " + List.of(allowed)));
  }

  private static boolean equal(JsonNode value, Object allowed) {
    return switch (allowed) {
      case Boolean flag -> value.isBoolean() && value.booleanValue() == flag;
      case Number number -> value.isNumber() && value.doubleValue() == number.doubleValue();
      case String text -> value.isString() && value.stringValue().equals(text);
      default -> throw new IllegalArgumentException("no config value: " + allowed);
    };
  }

  /// @param model what the message calls the config
  static void check(boolean ok, String model, String key, Object found, String need) {
    if (!ok) {
      throw new ConfigException(
          "%s config: %s: found %s, need %s".formatted(model, key, found, need));
    }
  }

  /// The channels of all levels: at least one level, each a positive multiple of the groups of the
  /// norms.
  static void checkChannels(String model, List<Integer> channels, int groups) {
    check(groups > 0, model, "norm_num_groups", groups, "1 or more");
    check(
        !channels.isEmpty() && channels.stream().allMatch(c -> c > 0 && c % groups == 0),
        model,
        "block_out_channels",
        channels,
        "multiples of norm_num_groups " + groups);
  }

  static void checkTypes(
      String model, String key, List<String> types, int levels, List<String> allowed) {
    check(types.size() == levels, model, key, types, "one for each of %d levels".formatted(levels));
    check(allowed.containsAll(types), model, key, types, "each one of " + allowed);
  }
}
