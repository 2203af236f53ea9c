package dev.chrysalis.tensor;

/// The counter-based generator Philox4x32-10: numbers that are pure functions of `(seed, stream,
/// index)`, so every backend and every number of threads draws the same.
///
/// Block `b` of a stream is the cipher of the counter `(b low, b high, stream low, stream high)`
/// under the key `(seed low, seed high)`; its four words serve the indices `4b … 4b + 3`.
///
/// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
public final class Philox {
  /// Words of a block; kernels that draw many numbers start at multiples of it.
  public static final int BLOCK = 4;

  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final double UNIT = 0x1p-24;

  private Philox() {}

  /// Writes the four words of one block into `words`.
  public static void block(long seed, long stream, long block, int[] words) {
    int c0 = (int) block;
    int c1 = (int) (block >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long left = (MULTIPLIER_0 & 0xffffffffL) * (c0 & 0xffffffffL);
      long right = (MULTIPLIER_1 & 0xffffffffL) * (c2 & 0xffffffffL);
      c0 = (int) (right >>> 32) ^ c1 ^ k0;
      c1 = (int) right;
      c2 = (int) (left >>> 32) ^ c3 ^ k1;
      c3 = (int) left;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }

  /// Number `index` of a stream that is uniform in `[0, 1)`: the upper 24 bits of its word.
  public static double uniform(long seed, long stream, long index) {
    int[] words = new int[BLOCK];
    block(seed, stream, index / BLOCK, words);
    return unit(words[(int) (index % BLOCK)]);
  }

  /// Number `index` of a stream with mean 0 and deviation 1; a word pair `(u, v)` of a block makes
  /// two of them: `√(−2 ln(1 − u))·(cos 2πv, sin 2πv)`. Box & Muller 1958.
  public static double normal(long seed, long stream, long index) {
    double[] four = new double[BLOCK];
    normals(seed, stream, index / BLOCK * BLOCK, four, BLOCK);
    return four[(int) (index % BLOCK)];
  }

  /// Writes the uniform numbers `first … first + count − 1` of a stream; `first` is a multiple of
  /// four.
  public static void uniforms(long seed, long stream, long first, double[] out, int count) {
    int[] words = new int[BLOCK];
    for (int i = 0; i < count; i += BLOCK) {
      block(seed, stream, (first + i) / BLOCK, words);
      for (int j = 0; j < Math.min(BLOCK, count - i); j++) {
        out[i + j] = unit(words[j]);
      }
    }
  }

  /// Writes the normal numbers `first … first + count − 1` of a stream; `first` is a multiple of
  /// four.
  public static void normals(long seed, long stream, long first, double[] out, int count) {
    int[] words = new int[BLOCK];
    for (int i = 0; i < count; i += BLOCK) {
      block(seed, stream, (first + i) / BLOCK, words);
      for (int j = 0; j < Math.min(BLOCK, count - i); j += 2) {
        // StrictMath: the same bits on every machine, compiled or interpreted
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(words[j])));
        double angle = 2 * Math.PI * unit(words[j + 1]);
        out[i + j] = radius * StrictMath.cos(angle);
        if (i + j + 1 < count) {
          out[i + j + 1] = radius * StrictMath.sin(angle);
        }
      }
    }
  }

  private static double unit(int word) {
    return (word >>> 8) * UNIT;
  }
}
