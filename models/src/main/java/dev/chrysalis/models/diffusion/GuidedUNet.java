package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// A UNet under a fixed condition, steered away from what it gives without one: `u + g·(c − u)`,
/// with `c` the output under the context and `u` the one under a context of zeros, both from one
/// call.
///
/// Ho & Salimans 2022, arXiv:2207.12598, eq. 6, in the parametrisation of Stable Diffusion, where
/// `g = 1` means no guidance.
///
/// @param contexts `(B, S, D)` without guidance, else zeros and the context, `(2·B, S, D)`
/// @param guidance `g`
public record GuidedUNet(UNet unet, Tensor contexts, double guidance) {
  /// @param context `(B, S, D)`
  public static GuidedUNet of(UNet unet, Tensor context, double guidance) {
    Tensor contexts =
        guidance == 1 ? context : Ops.cat(0, List.of(Ops.zerosLike(context), context));
    return new GuidedUNet(unet, contexts, guidance);
  }

  /// `x (B, C, h, w) → (B, C, h, w)`
  public Tensor forward(Tensor x, int timestep) {
    int batch = x.size(0);
    long[] timesteps = new long[contexts.size(0)];
    Arrays.fill(timesteps, timestep);
    Tensor t = Tensor.of(timesteps, timesteps.length);
    if (guidance == 1) {
      return unet.forward(x, t, contexts);
    }
    Tensor outputs = unet.forward(Ops.cat(0, List.of(x, x)), t, contexts); // (2·B, C, h, w)
    Tensor u = outputs.slice(0, 0, batch);
    Tensor c = outputs.slice(0, batch, 2 * batch);
    return u.add(c.sub(u).mul(guidance));
  }
}
