package dev.chrysalis.nn;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;

/// First values of a weight. A pure function of shape, seed and stream.
///
/// Fans count as for a matrix `(out, in)` or a convolution `(out, in, kh, kw)`: `fanIn = in·kh·kw`,
/// `fanOut = out·kh·kw`.
@FunctionalInterface
public interface Initializer {
  /// @param stream which sequence of the generator; one a weight
  Tensor make(Shape shape, long seed, long stream);

  /// `value` everywhere.
  static Initializer constant(double value) {
    return (shape, seed, stream) -> Ops.fill(DType.F32, value, shape.toArray());
  }

  /// `N(0, deviation²)`
  static Initializer normal(double deviation) {
    return (shape, seed, stream) ->
        Ops.normal(DType.F32, seed, stream, shape.toArray()).mul(deviation);
  }

  /// `U(−bound, bound)`
  static Initializer uniform(double bound) {
    return (shape, seed, stream) ->
        Ops.affine(Ops.uniform(DType.F32, seed, stream, shape.toArray()), 2 * bound, -bound);
  }

  /// `U(±√(6 / (fanIn + fanOut)))`. Glorot & Bengio 2010, eq. 16.
  static Initializer xavierUniform() {
    return (shape, seed, stream) ->
        uniform(Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape)))).make(shape, seed, stream);
  }

  /// `N(0, gain² / fanIn)`; gain 1 is LeCun's, √2 He's.
  static Initializer fanInNormal(double gain) {
    return (shape, seed, stream) ->
        normal(gain / Math.sqrt(fanIn(shape))).make(shape, seed, stream);
  }

  /// `U(±1/√fanIn)`, the usual default of linear and convolution weights. For biases use `uniform`
  /// with the weight's fan.
  static Initializer fanInUniform() {
    return (shape, seed, stream) -> uniform(1 / Math.sqrt(fanIn(shape))).make(shape, seed, stream);
  }

  /// Inputs that reach one output.
  static long fanIn(Shape shape) {
    return shape.rank() < 2 ? Math.max(1, shape.count()) : shape.count() / shape.size(0);
  }

  /// Outputs that one input reaches.
  static long fanOut(Shape shape) {
    return shape.rank() < 2 ? Math.max(1, shape.count()) : shape.count() / shape.size(1);
  }
}
