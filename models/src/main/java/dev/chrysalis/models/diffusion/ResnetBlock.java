package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.Conv2d;
import dev.chrysalis.nn.GroupNorm;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// A residual block: `h = conv1(silu(norm1(x))) + time_emb_proj(time)`, `y = shortcut(x) +
/// conv2(silu(norm2(h)))`.
///
/// Ho et al. 2020, arXiv:2006.11239, appendix B; names as in Stable Diffusion checkpoints.
///
/// @param timeEmbProj absent in the autoencoder
/// @param convShortcut 1 × 1, where the channels change
public record ResnetBlock(
    GroupNorm norm1,
    Conv2d conv1,
    Optional<Linear> timeEmbProj,
    GroupNorm norm2,
    Conv2d conv2,
    Optional<Conv2d> convShortcut) {
  private static final Conv2dSpec SAME = Conv2dSpec.of(1, 1);

  /// @param timeDim width of the time embedding; 0 for none
  static ResnetBlock load(Weights w, int in, int out, int timeDim, int groups, double eps) {
    return new ResnetBlock(
        GroupNorm.load(w.at("norm1"), groups, in, eps),
        Conv2d.load(w.at("conv1"), in, out, 3, SAME),
        timeDim == 0
            ? Optional.empty()
            : Optional.of(Linear.load(w.at("time_emb_proj"), timeDim, out)),
        GroupNorm.load(w.at("norm2"), groups, out, eps),
        Conv2d.load(w.at("conv2"), out, out, 3, SAME),
        in == out
            ? Optional.empty()
            : Optional.of(Conv2d.load(w.at("conv_shortcut"), in, out, 1, Conv2dSpec.of(1, 0))));
  }

  /// `(B, C, H, W) → (B, O, H, W)`, without time.
  Tensor forward(Tensor x) {
    return block(x, h -> conv1.forward(norm1.forwardSilu(h)));
  }

  /// `(B, C, H, W) → (B, O, H, W)`
  ///
  /// @param time silu of the time embedding, `(B, E)`
  Tensor forward(Tensor x, Tensor time) {
    return block(x, h -> first(h, time));
  }

  /// Channels of the pictures that are alive at once in `forward`: of the input, its norm and
  /// `conv1`; or, later, of the input and of three as large as the output.
  int channelsAlive() {
    int in = conv1.weight().size(1);
    int out = conv1.weight().size(0);
    return Math.max(2 * in + out, in + 3 * out);
  }

  private Tensor block(Tensor x, UnaryOperator<Tensor> first) {
    return Memory.scoped(() -> {
      Tensor y = Memory.chain(x, List.of(first, this::second));
      return convShortcut.map(shortcut -> shortcut.forward(x)).orElse(x).add(y);
    });
  }

  private Tensor first(Tensor x, Tensor time) {
    Tensor h = conv1.forward(norm1.forwardSilu(x));
    Tensor shift = timeEmbProj.orElseThrow().forward(time); // (B, O)
    return h.add(shift.reshape(shift.size(0), shift.size(1), 1, 1));
  }

  private Tensor second(Tensor h) {
    return conv2.forward(norm2.forwardSilu(h));
  }
}
