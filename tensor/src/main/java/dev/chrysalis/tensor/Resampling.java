package dev.chrysalis.tensor;

/// How `Op.Interpolate` finds values between the grid points.
///
/// @param mode the filter
/// @param alignCorners whether the corner points of both grids coincide; otherwise pixel edges do
/// @param antialias whether the filter widens when shrinking; bicubic then has coefficient −0.5
///   instead of −0.75
public record Resampling(Mode mode, boolean alignCorners, boolean antialias) {
  /// The filter.
  public enum Mode {
    /// Reads `⌊i·in/out⌋`.
    NEAREST,
    /// Reads `⌊(i + ½)·in/out⌋`.
    NEAREST_EXACT,
    /// Between the two neighbours on each axis, by distance.
    BILINEAR,
    /// Of the four neighbours on each axis. Keys 1981, "Cubic convolution interpolation".
    BICUBIC
  }

  /// Bilinear, corners not aligned, no antialiasing.
  public static final Resampling BILINEAR = new Resampling(Mode.BILINEAR, false, false);

  /// Nearest by the floor rule.
  public static final Resampling NEAREST = new Resampling(Mode.NEAREST, false, false);

  /// Bicubic (−0.75), corners not aligned, no antialiasing.
  public static final Resampling BICUBIC = new Resampling(Mode.BICUBIC, false, false);
}
