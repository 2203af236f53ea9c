package dev.chrysalis.tensor.device;

/// How a kernel runs: `groups * rows * layers` groups of `lanes` items.
///
/// @param groups along the first axis
/// @param rows along the second axis; 1 for portable kernels
/// @param layers along the third axis; 1 for portable kernels
/// @param sharedBytes of memory that the items of a group share, beside what the kernel declares
///   itself; 0 for portable kernels
public record Grid(long groups, int rows, int layers, int lanes, int sharedBytes) {
  /// Of one axis.
  public Grid(long groups, int lanes, int sharedBytes) {
    this(groups, 1, 1, lanes, sharedBytes);
  }

  /// Of one axis and a kernel that declares all the memory it shares.
  public Grid(long groups, int lanes) {
    this(groups, lanes, 0);
  }
}
