package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.nn.Activation;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Tensor;

/// `linear₂(gelu(linear₀(x)))` with the exact gelu: projector and vision head. The layers are
/// called `0` and `2`, as in a sequential module.
public record GeluMlp(Linear first, Linear second) {
  static GeluMlp load(Weights w, int in, int hidden, int out) {
    return new GeluMlp(Linear.load(w.at("0"), in, hidden), Linear.load(w.at("2"), hidden, out));
  }

  /// `(…, in) → (…, out)`
  public Tensor forward(Tensor x) {
    return second.forward(Activation.GELU.forward(first.forward(x)));
  }
}
