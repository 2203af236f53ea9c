package dev.chrysalis.models.diffusion;

import dev.chrysalis.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Where a sampler is: all that the next step needs, so that a run can be kept and continued.
///
/// @param steps number of steps asked for; calls of the network may be more
/// @param timesteps of all calls, in order
/// @param index of the next call
/// @param sample the current latents
/// @param history what the sampler remembers of earlier calls, newest first
public record SamplerState(
    int steps, List<Integer> timesteps, int index, Tensor sample, List<Tensor> history) {
  public SamplerState {
    timesteps = List.copyOf(timesteps);
    history = List.copyOf(history);
    if (index < 0 || index > timesteps.size()) {
      throw new IllegalArgumentException(
          "sampler: got index %d, need 0 to %d".formatted(index, timesteps.size()));
    }
  }

  /// Whether `sample` is the result.
  public boolean isDone() {
    return index == timesteps.size();
  }

  /// The timestep of the next call.
  ///
  /// @throws IllegalStateException if there is none
  public int timestep() {
    if (isDone()) {
      throw new IllegalStateException("sampler: all %d calls are done".formatted(timesteps.size()));
    }
    return timesteps.get(index);
  }

  /// Everything that must outlive the scope of a step.
  public List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>(history);
    tensors.add(sample);
    return tensors;
  }

  /// After one more call.
  SamplerState next(Tensor nextSample, List<Tensor> nextHistory) {
    return new SamplerState(steps, timesteps, index + 1, nextSample, nextHistory);
  }
}
