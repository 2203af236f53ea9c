package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;

/// Turns noise into latents, one call of the network after the other.
///
/// ```java
/// SamplerState state = sampler.start(noise, 20);
/// while (!state.isDone()) {
///   Tensor output = network.apply(state.sample(), state.timestep());
///   state = sampler.step(state, output, freshNoise);
/// }
/// ```
///
/// Samplers hold no state. Latents are computed in the dtype of the noise, coefficients in doubles.
public sealed interface Sampler permits Ddim, Ddpm, DpmSolverMultistep, Plms {
  NoiseSchedule schedule();

  /// What the network's output means.
  PredictionType prediction();

  /// The timesteps of all calls for `steps` steps, in order.
  ///
  /// @throws IllegalArgumentException if so many steps are not possible
  List<Integer> timesteps(int steps);

  /// The state before the first call.
  ///
  /// @param noise standard normal numbers
  default SamplerState start(Tensor noise, int steps) {
    return new SamplerState(steps, timesteps(steps), 0, noise, List.of());
  }

  /// The state after the network has given `output` for `state.sample()` at `state.timestep()`.
  ///
  /// @param noise gives standard normal numbers of the shape of `output`; asked at most once, and
  ///   only if the step is random
  SamplerState step(SamplerState state, Tensor output, Supplier<Tensor> noise);
}
