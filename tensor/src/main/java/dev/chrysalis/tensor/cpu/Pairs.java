package dev.chrysalis.tensor.cpu;

import static dev.chrysalis.tensor.cpu.AllMemory.ALL_MEMORY;
import static dev.chrysalis.tensor.cpu.BlockRows.B;
import static dev.chrysalis.tensor.cpu.Lanes.F;
import static dev.chrysalis.tensor.cpu.Lanes.I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Bytes that hold two numbers of four bits, a vector of them at a time.
final class Pairs {
  static final int LOW = 15;

  private Pairs() {}

  /// Unsigned bytes from an address on, one to a lane.
  static IntVector load(long at) {
    return (IntVector)
        ByteVector.fromMemorySegment(B, ALL_MEMORY, at, ByteOrder.LITTLE_ENDIAN)
            .convertShape(ZERO_EXTEND_B2I, I, 0);
  }

  static FloatVector low(IntVector pairs) {
    return floats(pairs.and(LOW));
  }

  static FloatVector high(IntVector pairs) {
    return floats(pairs.lanewise(LSHR, 4));
  }

  static FloatVector floats(IntVector values) {
    return (FloatVector) values.convertShape(I2F, F, 0);
  }
}
