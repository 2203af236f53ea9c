package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import dev.chrysalis.opencl.DeviceInfo;
import dev.chrysalis.opencl.Devices;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/// Lists the devices that `--device` names.
@Command(
    name = "devices",
    description =
        "List the OpenCL devices of this machine by the numbers that --device takes. Exit status 1 if"
            + " there is none.")
final class DevicesCommand extends ChrysalisCommand {
  private static final double GIGA = 1e9;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Override
  public Integer call() {
    List<DeviceInfo> devices = Devices.all();
    if (json) {
      ArrayNode array = Json.newArray();
      for (DeviceInfo device : devices) {
        array
            .addObject()
            .put("number", device.number())
            .put("name", device.name())
            .put("platform", device.platform())
            .put("kind", kind(device))
            .put("units", device.units())
            .put("memory_bytes", device.memoryBytes())
            .put("largest_block_bytes", device.largestBytes())
            .put("f64", device.doubles())
            .put("version", device.version())
            .put("driver", device.driver());
      }
      console().json(array);
    } else {
      devices.forEach(device -> console().line(line(device)));
      if (devices.isEmpty()) {
        console().line("no OpenCL device: there is no driver, or it has none");
      }
    }
    return devices.isEmpty() ? FAILED : DONE;
  }

  private static String line(DeviceInfo device) {
    return "%d  %s, %s, %d units, %.1f GB, %s, %s, driver %s"
        .formatted(
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
