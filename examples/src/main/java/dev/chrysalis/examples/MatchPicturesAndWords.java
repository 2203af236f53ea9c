package dev.chrysalis.examples;

import dev.chrysalis.autograd.Autograd;
import dev.chrysalis.autograd.Differentiated;
import dev.chrysalis.models.image.ImageProcessor;
import dev.chrysalis.models.image.Picture;
import dev.chrysalis.models.siglip.Siglip;
import dev.chrysalis.models.siglip.SiglipTextConfig;
import dev.chrysalis.models.siglip.SiglipVisionConfig;
import dev.chrysalis.nn.AdamW;
import dev.chrysalis.nn.Weights;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Scope;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A tiny SigLIP learns colour words: the embeddings of a picture and its word come to agree, those
/// of others to differ. Then it names pictures it has not seen, by the word that lies nearest.
public final class MatchPicturesAndWords {
  private static final List<String> WORDS = List.of("red", "green", "blue", "grey");
  private static final int[] COLOURS = {0xc83030, 0x30a040, 0x3050c8, 0x909090};
  private static final int SIZE = 16;
  private static final int STEPS = 40;

  private MatchPicturesAndWords() {}

  public static void main(String[] args) {
    Siglip.Config config =
        new Siglip.Config(
            new SiglipVisionConfig(32, 64, 2, 2, 3, SIZE, 8, 1e-6, "gelu_pytorch_tanh"),
            new SiglipTextConfig(WORDS.size(), 32, 64, 2, 2, 1, 32, 1e-6, "gelu_pytorch_tanh"));
    Weights weights = Weights.fresh(Siglip::initializer, 3);
    Siglip model = Siglip.load(weights, config);
    Map<String, Tensor> parameters = weights.tensors();
    AdamW adam = new AdamW().group(parameters, AdamW.Settings.withDecay(1e-4));
    Tensor words = Tensor.of(new int[] {0, 1, 2, 3}, WORDS.size(), 1); // one id a word
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < STEPS; i++) {
      int step = i;
      Scope.run(() -> {
        Tensor pixels = pictures(random);
        Differentiated result =
            Autograd.valueAndGradients(
                List.copyOf(parameters.values()), () -> model.loss(pixels, words));
        adam.step(GradientDescent.named(parameters, result), 0.003);
        if (step % 10 == 0 || step == STEPS - 1) {
          System.out.printf("step %2d  loss %.4f%n", step, result.value().item());
        }
      });
    }

    int right = 0;
    Tensor text = model.textEmbeddings(words); // (4, D)
    for (int round = 0; round < 10; round++) {
      Tensor cosines = model.imageEmbeddings(pictures(random)).matmul(text.swap(0, 1)); // (4, 4)
      for (int i = 0; i < WORDS.size(); i++) {
        right += Ops.argMax(cosines, 1).getLong(i) == i ? 1 : 0;
      }
    }
    System.out.printf("named %d of %d unseen pictures%n", right, 10 * WORDS.size());
  }

  /// One noisy picture of each colour, `(4, 3, H, W)`.
  private static Tensor pictures(SplittableRandom random) {
    ImageProcessor processor = ImageProcessor.siglip(SIZE);
    float[] pixels = new float[COLOURS.length * 3 * SIZE * SIZE];
    for (int i = 0; i < COLOURS.length; i++) {
      byte[] rgb = Picture.filled(SIZE, SIZE, COLOURS[i]).rgb();
      for (int at = 0; at < rgb.length; at++) {
        rgb[at] += (byte) random.nextInt(-40, 41); // between 8 and 240: nothing wraps around
      }
      float[] picture = processor.process(new Picture(SIZE, SIZE, rgb));
      System.arraycopy(picture, 0, pixels, i * picture.length, picture.length);
    }
    return Tensor.of(pixels, COLOURS.length, 3, SIZE, SIZE);
  }
}
