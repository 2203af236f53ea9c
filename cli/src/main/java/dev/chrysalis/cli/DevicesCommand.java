package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.tensor.Backend;
import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.Backends;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Lists the devices that `--device` names.
@Command(
    name = "devices",
    description =
        "List the devices of this machine by the backends and numbers that --backend and --device take."
            + " Exit status 1 if there is none.")
final class DevicesCommand extends ChrysalisCommand {
  private static final double GIGA = 1e9;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Override
  public Integer call() {
    List<DeviceInfo> found = new ArrayList<>();
    for (Backend backend : Backends.all()) {
      if (backend instanceof DeviceBackend devices && !backend.isVariant()) {
        try {
          found.addAll(devices.devices());
        } catch (BackendException e) {
          console().note("chrysalis: " + e.getMessage());
        }
      }
    }
    if (json) {
      ArrayNode array = Json.newArray();
      found.forEach(each -> put(array.addObject(), each));
      console().json(array);
    } else {
      found.forEach(each -> console().line(line(each)));
      if (found.isEmpty()) {
        console().line("no devices");
      }
    }
    return found.isEmpty() ? FAILED : DONE;
  }

  private static void put(ObjectNode json, DeviceInfo device) {
    json.put("backend", device.backend())
        .put("number", device.number())
        .put("name", device.name())
        .put("kind", kind(device))
        .put("platform", device.platform())
        .put("version", device.version())
        .put("driver", device.driver())
        .put("units", device.units())
        .put("memory_bytes", device.memoryBytes())
        .put("largest_block_bytes", device.largestBytes())
        .put("f64", device.doubles());
  }

  private static String line(DeviceInfo device) {
    return "%-6s %d  %s, %s, %d units, %.1f GB, %s, %s, driver %s"
        .formatted(
            device.backend(),
            device.number(),
            device.name(),
            kind(device),
            device.units(),
            device.memoryBytes() / GIGA,
            device.platform(),
            device.version(),
            device.driver());
  }

  private static String kind(DeviceInfo device) {
    return device.kind().name().toLowerCase(Locale.ROOT);
  }
}
