package dev.chrysalis.opencl;

import dev.chrysalis.tensor.BackendException;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceBackend;
import java.util.List;

/// A device of OpenCL 1.2 or newer.
public final class OpenClBackend extends DeviceBackend {
  private final int number;

  /// The device of the number that the system property `chrysalis.device` says, or the first.
  public OpenClBackend() {
    this(Integer.getInteger("chrysalis.device", 0));
  }

  /// @param number of the device, see `Devices`
  public OpenClBackend(int number) {
    this.number = number;
  }

  @Override
  public String name() {
    return "opencl";
  }

  /// Behind the CPU: a driver may be there that computes on the same processor, and slower.
  @Override
  public int priority() {
    return 50;
  }

  @Override
  public boolean isAvailable() {
    try {
      return !Devices.found().isEmpty();
    } catch (BackendException e) {
      return false;
    }
  }

  @Override
  public String description() {
    try {
      DeviceInfo info = chosen().info();
      return "%s, %s, %d units".formatted(info.label(), info.version(), info.units());
    } catch (BackendException e) {
      return e.getMessage();
    }
  }

  @Override
  protected Device open() {
    return OpenClDevice.open(chosen());
  }

  private Devices.Found chosen() {
    List<Devices.Found> found = Devices.found();
    if (number < 0 || number >= found.size()) {
      throw new BackendException(
          found.isEmpty()
              ? "opencl: no device: there is no driver, or it has none"
              : "opencl: device %d: there are 0 to %d".formatted(number, found.size() - 1));
    }
    return found.get(number);
  }
}
