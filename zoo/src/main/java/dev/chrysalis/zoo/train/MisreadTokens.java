package dev.chrysalis.zoo.train;

import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.zoo.metamorph.Sequences;

/// Pictures that a model answers with, as it reads them while it learns to predict them.
///
/// In training the tokens before the next one are the right ones, and each tells about the whole
/// picture: the next is copied from them rather than made from the request, and once the model
/// reads its own tokens instead, one wrong token spoils the rest. So a quarter of the pictures are
/// read as they are; half with all tokens moved, by up to twice their length; and a quarter with
/// some tokens, few or many, taken from the same place of another picture. Pictures that the model
/// is shown stay as they are.
final class MisreadTokens {
  private static final double RIGHT = 0.25;
  private static final double MOVED = 0.5;
  private static final double FARTHEST = 2;

  private MisreadTokens() {}

  /// @param features visual tokens of all pictures of the batch, of length 1, `(n, m, C)`
  static Tensor of(Tensor features, Sequences sequences, long seed, int step) {
    int n = features.size(0);
    int m = features.size(1);
    float[] chances = Ops.uniform(DType.F32, seed, 4L * step, n).toFloats();
    float[] others = Ops.uniform(DType.F32, seed, 4L * step + 1, n).toFloats();
    float[] tokens = Ops.uniform(DType.F32, seed, 4L * step + 2, n * m).toFloats();
    float[] distances = new float[n];
    long[] rows = new long[n * m];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = row;
    }
    for (long target : sequences.targetRows()) {
      int row = (int) target;
      int picture = row / m;
      double chance = chances[picture];
      if (chance >= RIGHT + MOVED) {
        double share = (chance - RIGHT - MOVED) / (1 - RIGHT - MOVED);
        int other = (picture + 1 + (int) (others[picture] * (n - 1))) % n;
        rows[row] = tokens[row] < share ? (long) other * m + row % m : row;
      } else if (chance >= RIGHT) {
        distances[picture] = (float) (FARTHEST * (chance - RIGHT) / MOVED);
      }
    }
    Tensor read = Ops.embedding(features.reshape(n * m, features.size(2)), Tensor.of(rows, n, m));
    return MovedTokens.of(read, Tensor.of(distances, n, 1, 1), seed, 4L * step + 3);
  }
}
