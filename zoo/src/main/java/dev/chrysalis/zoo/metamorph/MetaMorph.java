package dev.chrysalis.zoo.metamorph;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.models.llama.Llama;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.siglip.SiglipVision;
import dev.chrysalis.nn.Initializer;
import dev.chrysalis.nn.Losses;
import dev.chrysalis.nn.Trace;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Resampling;
import dev.chrysalis.tensor.Shape;
import dev.chrysalis.tensor.Tensor;
import java.util.List;

/// One language model that reads pictures and answers in words and pictures. Tong et al. 2024,
/// arXiv:2412.14164.
///
/// A picture becomes visual tokens: SigLIP patches, resized to a small grid, each of length 1. A
/// projector feeds them to LLaMA between `<image_start>` and `<image_end>`. Of a hidden state, the
/// text head makes the next word, the vision head the next visual token.
public record MetaMorph(
    MetaMorphConfig config,
    Llama language,
    SiglipVision visionTower,
    GeluMlp projector,
    GeluMlp visionHead) {
  private static final double NORM_EPS = 1e-12;

  private static final String TOWER = "model.vision_tower.vision_tower";

  /// Weights that checkpoints carry and nothing reads; those of the tower's pooling head only where
  /// the config has none.
  public static boolean isUnused(String name) {
    return name.startsWith("model.vision_proj.") || name.startsWith(TOWER + ".head.");
  }

  /// @param w the root of the checkpoint
  public static MetaMorph load(Weights w, MetaMorphConfig c) {
    return load(w, c, SiglipVision.load(w.at(TOWER), c.vision()));
  }

  /// A model that sees through a tower which is there already.
  ///
  /// @param w the root of a checkpoint without a vision tower
  public static MetaMorph load(Weights w, MetaMorphConfig c, SiglipVision visionTower) {
    int d = c.language().hiddenSize();
    int visual = c.vision().hiddenSize();
    return new MetaMorph(
        c,
        Llama.load(w, c.language()),
        visionTower,
        GeluMlp.load(w.at("model.mm_projector"), visual, d, d),
        GeluMlp.load(w.at("vision_head"), d, d, visual));
  }

  /// Fresh weights: SigLIP's and LLaMA's own rules; projector uniform by fan-in; vision head `N(0,
  /// initializer_range²)` with zero biases.
  public static Initializer initializer(MetaMorphConfig c, String name, Shape shape) {
    String tower = "model.vision_tower.vision_tower.";
    if (name.startsWith(tower)) {
      return Siglip.initializer(name.substring(tower.length()), shape);
    }
    if (name.startsWith("model.mm_projector")) {
      int fanIn = name.contains(".0.") ? c.vision().hiddenSize() : c.language().hiddenSize();
      return Initializer.uniform(1 / Math.sqrt(fanIn));
    }
    if (name.startsWith("vision_head") && name.endsWith("bias")) {
      return Initializer.constant(0);
    }
    return Llama.initializer(c.language(), name, shape);
  }

  // ---- pictures to visual tokens

  /// Visual tokens of pictures: output of the last SigLIP block, resized (bilinear, no
  /// antialiasing) to the token grid, each divided by its length. `pixels (B, 3, H, W) → (B, m, C)`
  public Tensor features(Tensor pixels) {
    return visualTokens(visionTower.features(pixels));
  }

  /// Visual tokens of pictures that the vision tower has seen already. `patches (B, N, C) → (B, m,
  /// C)`
  public Tensor visualTokens(Tensor patches) {
    Tensor tokens = resample(Trace.record("vision.tokens", patches));
    Trace.record("vision.grid", tokens);
    return Trace.record("features", config.normalizeVision() ? normalize(tokens) : tokens);
  }

  private Tensor resample(Tensor patches) {
    int count = patches.size(1);
    int channels = patches.size(2);
    int from = (int) Math.round(Math.sqrt(count));
    int to = config.tokenGrid();
    if (from == to) {
      return patches;
    }
    Tensor grid =
        patches.reshape(patches.size(0), from, from, channels).permute(0, 3, 1, 2); // (B, C, h, h)
    return Ops.interpolate(grid, to, to, Resampling.BILINEAR)
        .reshape(patches.size(0), channels, to * to)
        .swap(1, 2); // (B, m, C)
  }

  private static Tensor normalize(Tensor tokens) {
    return Ops.l2Normalize(tokens, -1, NORM_EPS);
  }

  /// `(…, C) → (…, D)`
  public Tensor project(Tensor features) {
    return Trace.record("projected", projector.forward(features));
  }

  // ---- hidden states to words and visual tokens

  /// `(…, D) → (…, V)`
  public Tensor logits(Tensor hidden) {
    return language.logits(hidden);
  }

  /// The next visual token, of length 1 if the config says so. `(…, D) → (…, C)`
  public Tensor predictVisual(Tensor hidden) {
    Tensor token = visionHead.forward(hidden);
    return config.normalizeVision() ? normalize(token) : token;
  }

  // ---- training

  /// Input embeddings of laid-out conversations: words through the table, visual tokens through the
  /// projector, zeros as padding.
  ///
  /// @param features `(pictures, m, C)`; ignored if the batch has no pictures
  /// @return `(B, T, D)`
  public Tensor embed(Sequences batch, Tensor features) {
    int d = config.language().hiddenSize();
    Tensor words = language.embed(Tensor.of(batch.textIds(), batch.textIds().length)); // (words, D)
    Tensor padding = Tensor.zeros(words.dtype(), 1, d);
    Tensor table =
        batch.imageCount() == 0
            ? Ops.cat(0, List.of(words, padding))
            : Ops.cat(0, List.of(words, project(features).reshape(-1, d), padding));
    return Ops.embedding(table, Tensor.of(batch.source(), batch.rows(), batch.length()));
  }

  /// What a batch costs.
  ///
  /// @param total `text + visionCoef · visual`
  /// @param text mean cross-entropy of the words to be learnt; 0 if there are none
  /// @param visual mean of `1 − cos` over the visual tokens to be learnt; 0 if there are none
  public record Loss(Tensor total, Tensor text, Tensor visual) {}

  /// The VPiT loss: each position predicts what follows it, words by cross-entropy, visual tokens
  /// by cosine. Targets get no gradient.
  ///
  /// @param features visual tokens of all pictures of the batch, `(pictures, m, C)`
  public Loss loss(Sequences batch, Tensor features) {
    return loss(batch, features, features);
  }

  /// The VPiT loss of a model that reads visual tokens which are not quite those it is to predict.
  ///
  /// @param read visual tokens of all pictures of the batch as they are read, `(pictures, m, C)`
  /// @param features the right ones, of the same shape
  public Loss loss(Sequences batch, Tensor read, Tensor features) {
    Tensor hidden = language.hidden(embed(batch, read)); // (B, T, D)
    Tensor rows = hidden.reshape(-1, hidden.size(2)); // (B·T, D)
    Tensor text = textLoss(batch, rows);
    Tensor visual = visualLoss(batch, rows, features);
    return new Loss(text.add(visual.mul(config.visionCoef())), text, visual);
  }

  private Tensor textLoss(Sequences batch, Tensor rows) {
    long[] predictors = batch.textPredictors();
    if (predictors.length == 0) {
      return Tensor.scalar(DType.F32, 0);
    }
    Tensor logits = logits(Ops.embedding(rows, Tensor.of(predictors, predictors.length)));
    long[] targets = batch.textTargets();
    return Ops.crossEntropy(logits, Tensor.of(targets, targets.length), -100);
  }

  private Tensor visualLoss(Sequences batch, Tensor rows, Tensor features) {
    long[] predictors = batch.visualPredictors();
    if (predictors.length == 0) {
      return Tensor.scalar(DType.F32, 0);
    }
    Tensor states = Ops.embedding(rows, Tensor.of(predictors, predictors.length)); // (n, D)
    Tensor prediction = Trace.record("pred", visionHead.forward(states)); // (n, C)
    Tensor table = Autograd.detach(features).reshape(-1, features.size(2));
    Tensor target = Ops.embedding(table, Tensor.of(batch.targetRows(), predictors.length));
    Trace.record("target", target);
    return Losses.cosine(prediction, target);
  }
}
