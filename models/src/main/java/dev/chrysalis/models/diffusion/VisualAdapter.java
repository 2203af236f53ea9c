package dev.chrysalis.models.diffusion;

import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.LayerNorm;
import dev.chrysalis.nn.Linear;
import dev.chrysalis.nn.MultiHeadAttention;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.ShapeException;
import dev.chrysalis.tensor.Tensor;
import dev.chrysalis.tensor.UnaryFn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Turns visual features into rows of the UNet's context, in place of a text encoder. Tensor names
/// as in `adapter.safetensors`.
public sealed interface VisualAdapter {
  /// Eps of all norms.
  double NORM_EPS = 1e-5;

  VisualAdapterConfig config();

  /// `features (B, N, F) → (B, R, D)`, `R` is `N` for `mlp` and the number of learned tokens
  /// otherwise.
  Tensor forward(Tensor features);

  /// @param w the root of the checkpoint
  static VisualAdapter load(Weights w, VisualAdapterConfig c) {
    return switch (c.mode()) {
      case MLP -> Mlp.load(w, c);
      case XATTN, XATTNFFN -> CrossAttention.load(w, c);
    };
  }

  /// Fresh weights: `U(±1/√fanIn)`, norms 1, biases 0, learned tokens `N(0, 1)` so that they differ
  /// from the start; positions `N(0, 1/4)`.
  static Initializer initializer(String name, Shape shape) {
    return switch (name) {
      case "token_embeddings" -> Initializer.normal(1);
      case "position_embeddings" -> Initializer.normal(0.5);
      default -> UNet.fresh(name, shape);
    };
  }

  private static void check(VisualAdapterConfig c, Tensor features) {
    if (features.rank() != 3 || features.size(2) != c.inputDim()) {
      throw new ShapeException(
          "adapter: got features %s, need (B, N, %d)".formatted(features.shape(), c.inputDim()));
    }
    if (c.numPositions() > 0 && features.size(1) != c.numPositions()) {
      throw new ShapeException(
          "adapter: got features %s, need (B, %d, %d)"
              .formatted(features.shape(), c.numPositions(), c.inputDim()));
    }
  }

  /// `relu(norm(linear(x)))` for every layer but the last, which is `norm(linear(x))`, plus
  /// positions if there are any.
  ///
  /// @param positions `(N, D)`
  record Mlp(
      VisualAdapterConfig config,
      List<Linear> layers,
      List<LayerNorm> norms,
      Optional<Tensor> positions)
      implements VisualAdapter {
    static Mlp load(Weights w, VisualAdapterConfig c) {
      List<Linear> layers = new ArrayList<>();
      List<LayerNorm> norms = new ArrayList<>();
      for (int i = 0; i < c.numLayers(); i++) {
        int in = i == 0 ? c.inputDim() : c.hiddenDim();
        int out = i == c.numLayers() - 1 ? c.outputDim() : c.hiddenDim();
        layers.add(Linear.load(w.at("layers." + i), in, out));
        norms.add(LayerNorm.load(w.at("norms." + i), out, NORM_EPS));
      }
      Optional<Tensor> positions =
          c.numPositions() == 0
              ? Optional.empty()
              : Optional.of(w.get("position_embeddings", c.numPositions(), c.outputDim()));
      return new Mlp(c, List.copyOf(layers), List.copyOf(norms), positions);
    }

    @Override
    public Tensor forward(Tensor features) {
      check(config, features);
      Tensor x = features;
      for (int i = 0; i < layers.size(); i++) {
        x = norms.get(i).forward(layers.get(i).forward(x));
        if (i < layers.size() - 1) {
          x = x.unary(UnaryFn.RELU);
        }
      }
      return positions.isPresent() ? x.add(positions.get()) : x;
    }
  }

  /// Learned tokens attend to `p = input_norm(proj(features))`, layer by layer.
  ///
  /// @param tokenEmbeddings `(1, M, D)`
  record CrossAttention(
      VisualAdapterConfig config,
      Tensor tokenEmbeddings,
      Linear proj,
      LayerNorm inputNorm,
      List<Layer> layers)
      implements VisualAdapter {
    static CrossAttention load(Weights w, VisualAdapterConfig c) {
      int d = c.outputDim();
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < c.numLayers(); i++) {
        layers.add(Layer.load(w.at("cross_attn_layers." + i), c));
      }
      return new CrossAttention(
          c,
          w.get("token_embeddings", 1, c.numTokens(), d),
          Linear.load(w.at("proj"), c.inputDim(), d),
          LayerNorm.load(w.at("input_norm"), d, NORM_EPS),
          List.copyOf(layers));
    }

    @Override
    public Tensor forward(Tensor features) {
      check(config, features);
      Tensor p = inputNorm.forward(proj.forward(features)); // (B, N, D)
      Tensor tokens =
          tokenEmbeddings.expand(features.size(0), config.numTokens(), config.outputDim());
      for (Layer layer : layers) {
        tokens = layer.forward(tokens, p);
      }
      return tokens;
    }
  }

  /// `x = norm1(x + attention(x, p))`, then `x = norm2(x + ffn.2(relu(ffn.0(x))))` where there is
  /// such a network.
  ///
  /// @param inProjWeight `(3·D, D)`: rows of query, key, value
  /// @param inProjBias `(3·D)`
  record Layer(
      Tensor inProjWeight,
      Tensor inProjBias,
      Linear outProj,
      LayerNorm norm1,
      Optional<FeedForward> ffn,
      int heads) {
    static Layer load(Weights w, VisualAdapterConfig c) {
      int d = c.outputDim();
      Weights attention = w.at("cross_attn");
      return new Layer(
          attention.get("in_proj_weight", 3 * d, d),
          attention.get("in_proj_bias", 3 * d),
          Linear.load(attention.at("out_proj"), d, d),
          LayerNorm.load(w.at("norm1"), d, NORM_EPS),
          c.mode() == VisualAdapterConfig.Mode.XATTNFFN
              ? Optional.of(FeedForward.load(w, d))
              : Optional.empty(),
          c.numHeads());
    }

    /// `x (B, M, D), p (B, N, D) → (B, M, D)`
    Tensor forward(Tensor x, Tensor p) {
      MultiHeadAttention attention =
          new MultiHeadAttention(part(0), part(1), part(2), outProj, heads);
      Tensor y = norm1.forward(x.add(attention.forward(x, p)));
      return ffn.map(network -> network.forward(y)).orElse(y);
    }

    private Linear part(int index) {
      int d = inProjWeight.size(1);
      return new Linear(
          inProjWeight.slice(0, index * d, (index + 1) * d),
          Optional.of(inProjBias.slice(0, index * d, (index + 1) * d)));
    }
  }

  /// `norm2(x + ffn.2(relu(ffn.0(x))))`, four times as wide inside.
  record FeedForward(Linear in, Linear out, LayerNorm norm2) {
    static FeedForward load(Weights w, int d) {
      return new FeedForward(
          Linear.load(w.at("ffn.0"), d, 4 * d),
          Linear.load(w.at("ffn.2"), 4 * d, d),
          LayerNorm.load(w.at("norm2"), d, NORM_EPS));
    }

    Tensor forward(Tensor x) {
      return norm2.forward(x.add(out.forward(in.forward(x).unary(UnaryFn.RELU))));
    }
  }
}
