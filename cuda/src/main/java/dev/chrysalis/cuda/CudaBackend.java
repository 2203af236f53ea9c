package dev.chrysalis.cuda;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Op;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.device.Device;
import dev.chrysalis.tensor.device.DeviceBackend;
import dev.chrysalis.tensor.device.DeviceInfo;
import dev.chrysalis.tensor.device.Work;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A graphics processor of NVIDIA, through its driver alone: no toolkit is needed.
public class CudaBackend extends DeviceBackend {
  private final Optional<DType> rounding;

  private final boolean usesCublas;

  /// Of the device, once it is open.
  private volatile OwnKernels own;

  /// The device of the number that the system property `chrysalis.device` says; without it the
  /// first graphics processor, or else the first device.
  public CudaBackend() {
    this(chosenNumber(), Optional.empty(), false);
  }

  /// @param number of the device, see `devices`
  public CudaBackend(int number) {
    this(OptionalInt.of(number), Optional.empty(), false);
  }

  /// @param rounding what F32 operands of products are rounded to
  /// @param usesCublas whether cuBLAS takes the place of our own products
  CudaBackend(OptionalInt number, Optional<DType> rounding, boolean usesCublas) {
    super(number);
    this.usesCublas = usesCublas;
    this.rounding = rounding;
  }

  @Override
  public String name() {
    return "cuda";
  }

  /// In front of OpenCL, behind the CPU, whose results are the reference.
  @Override
  public int priority() {
    return 60;
  }

  @Override
  public final List<DeviceInfo> devices() {
    return Driver.devices();
  }

  @Override
  protected final Device open(DeviceInfo info) {
    CudaDevice device = CudaDevice.open(info);
    Optional<Blas> blas = usesCublas ? Optional.of(device.withCublas()) : Optional.empty();
    own = new OwnKernels(info, device, blas, rounding);
    return device;
  }

  @Override
  protected final boolean runOwn(Work work, Op op, List<Tensor> in, List<Tensor> out) {
    return own.run(work, op, in, out);
  }
}
