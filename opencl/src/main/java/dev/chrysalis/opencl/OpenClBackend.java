package dev.chrysalis.opencl;

import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import java.util.List;
import java.util.OptionalInt;

/// A device of OpenCL 1.2 or newer.
public final class OpenClBackend extends DeviceBackend {
  /// The device of the number that the system property `chrysalis.device` says; without it the
  /// first graphics processor, or else the first device.
  public OpenClBackend() {
    super(chosenNumber());
  }

  /// @param number of the device, see `devices`
  public OpenClBackend(int number) {
    super(OptionalInt.of(number));
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
  public List<DeviceInfo> devices() {
    return Devices.found().stream().map(Devices.Found::info).toList();
  }

  @Override
  protected Device open(DeviceInfo info) {
    return OpenClDevice.open(Devices.found().get(info.number()));
  }
}
