package dev.chrysalis.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.DType;
import dev.chrysalis.tensor.Ops;
import dev.chrysalis.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers against plain loops.
final class LayersTest {
  private static Tensor random(long stream, int... sizes) {
    return Ops.normal(DType.F64, 17, stream, sizes);
  }

  private static Linear linear(long stream, int in, int out) {
    return new Linear(random(stream, out, in), Optional.of(random(stream + 1, out)));
  }

  /// `x (rows, in) → (rows, out)`
  private static double[][] plain(Linear layer, double[][] x) {
    int out = layer.weight().rows();
    int in = layer.weight().columns();
    double[][] y = new double[x.length][out];
    for (int r = 0; r < x.length; r++) {
      for (int o = 0; o < out; o++) {
        y[r][o] = layer.bias().orElseThrow().getDouble(o);
        for (int i = 0; i < in; i++) {
          y[r][o] += x[r][i] * layer.weight().dense().getDouble((long) o * in + i);
        }
      }
    }
    return y;
  }

  private static double[][] rows(Tensor x, int batch) {
    int rows = x.size(1);
    int width = x.size(2);
    double[][] result = new double[rows][width];
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < width; i++) {
        result[r][i] = x.getDouble(((long) batch * rows + r) * width + i);
      }
    }
    return result;
  }

  /// One head after the other, one query after the other.
  private static double[][] attend(double[][] q, double[][] k, double[][] v, int heads) {
    int d = q[0].length / heads;
    double[][] y = new double[q.length][q[0].length];
    for (int h = 0; h < heads; h++) {
      for (int t = 0; t < q.length; t++) {
        double[] weights = new double[k.length];
        double total = 0;
        for (int s = 0; s < k.length; s++) {
          double score = 0;
          for (int i = h * d; i < (h + 1) * d; i++) {
            score += q[t][i] * k[s][i];
          }
          weights[s] = Math.exp(score / Math.sqrt(d));
          total += weights[s];
        }
        for (int s = 0; s < k.length; s++) {
          for (int i = h * d; i < (h + 1) * d; i++) {
            y[t][i] += weights[s] / total * v[s][i];
          }
        }
      }
    }
    return y;
  }

  @ParameterizedTest
  @CsvSource({"1, 6, 6, 6", "2, 6, 6, 6", "3, 6, 5, 12", "2, 1, 1, 4", "4, 3, 1, 8"})
  void attentionMatchesItsFormula(int heads, int queries, int keys, int width) {
    int contextWidth = 7;
    MultiHeadAttention attention =
        new MultiHeadAttention(
            linear(1, 5, width),
            linear(3, contextWidth, width),
            linear(5, contextWidth, width),
            linear(7, width, 5),
            heads);
    Tensor x = random(20, 2, queries, 5);
    Tensor context = random(21, 2, keys, contextWidth);
    Tensor y = attention.forward(x, context);
    for (int b = 0; b < 2; b++) {
      double[][] q = plain(attention.q(), rows(x, b));
      double[][] k = plain(attention.k(), rows(context, b));
      double[][] v = plain(attention.v(), rows(context, b));
      double[][] expected = plain(attention.out(), attend(q, k, v, heads));
      double[][] found = rows(y, b);
      for (int t = 0; t < queries; t++) {
        assertArrayEquals(expected[t], found[t], 1e-10);
      }
    }
  }

  @Test
  void selfAttentionIsAttentionToItself() {
    MultiHeadAttention attention =
        new MultiHeadAttention(
            linear(1, 4, 4), linear(3, 4, 4), linear(5, 4, 4), linear(7, 4, 4), 2);
    Tensor x = random(30, 1, 3, 4);
    double[][] in = rows(x, 0);
    double[][] mixed =
        attend(plain(attention.q(), in), plain(attention.k(), in), plain(attention.v(), in), 2);
    double[][] expected = plain(attention.out(), mixed);
    double[][] found = rows(attention.forward(x, x), 0);
    for (int t = 0; t < 3; t++) {
      assertArrayEquals(expected[t], found[t], 1e-10);
    }
    Tensor heads = MultiHeadAttention.splitHeads(x, 2);
    assertArrayEquals(x.toDoubles(), MultiHeadAttention.mergeHeads(heads).toDoubles());
    assertEquals(x.getDouble(6), heads.getDouble(8)); // (head 1, token 1, 0) is (token 1, 2)
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void groupNormTakesStatisticsOverAGroup(int groups) {
    int channels = 4;
    int pixels = 6;
    Tensor x = random(40, 2, channels, 2, 3);
    GroupNorm norm = new GroupNorm(random(41, channels), random(42, channels), groups, 1e-3);
    double[] expected = new double[2 * channels * pixels];
    double[] silu = new double[expected.length];
    int size = channels / groups * pixels;
    for (int start = 0; start < expected.length; start += size) {
      double mean = 0;
      double square = 0;
      for (int i = start; i < start + size; i++) {
        mean += x.getDouble(i) / size;
        square += x.getDouble(i) * x.getDouble(i) / size;
      }
      for (int i = start; i < start + size; i++) {
        int channel = i / pixels % channels;
        double hat = (x.getDouble(i) - mean) / Math.sqrt(square - mean * mean + 1e-3);
        expected[i] = hat * norm.weight().getDouble(channel) + norm.bias().getDouble(channel);
        silu[i] = expected[i] / (1 + Math.exp(-expected[i]));
      }
    }
    assertArrayEquals(expected, norm.forward(x).toDoubles(), 1e-10);
    assertArrayEquals(silu, norm.forwardSilu(x).toDoubles(), 1e-10);
  }

  @Test
  void rowNormsFollowTheirFormulas() {
    Tensor x = Tensor.of(new double[] {1, 2, 3, 6, -4, 0, 0, 4}, 2, 4);
    Tensor weight = Tensor.of(new double[] {1, 2, 0.5, -1}, 4);
    Tensor bias = Tensor.of(new double[] {0, 1, 2, 3}, 4);
    double rms = Math.sqrt(50 / 4.0 + 0.5);
    double[] first = {1 / rms, 4 / rms, 1.5 / rms, -6 / rms};
    double[] found = new RmsNorm(weight, 0.5).forward(x).toDoubles();
    assertArrayEquals(first, Arrays.copyOf(found, 4), 1e-12);
    double deviation = Math.sqrt(3.5 + 0.5); // mean 3, variance 14/4
    double[] second = {-2 / deviation, 1 - 2 / deviation, 2, 3 - 3 / deviation};
    found = new LayerNorm(weight, bias, 0.5).forward(x).toDoubles();
    assertArrayEquals(second, Arrays.copyOf(found, 4), 1e-12);
  }

  @Test
  void layersAskForTheirWeightsByTheUsualNames() {
    Weights w = Weights.fresh((name, shape) -> Initializer.normal(1), 1);
    Linear.load(w.at("linear"), 3, 2);
    Linear.loadWithoutBias(w.at("free"), 3, 2);
    LayerNorm.load(w.at("ln"), 4, 1e-5);
    RmsNorm.load(w.at("rms"), 4, 1e-5);
    GroupNorm.load(w.at("gn"), 2, 4, 1e-5);
    Embedding.load(w.at("embed"), 10, 4);
    Conv2dSpec spec = new Conv2dSpec(1, 1, 1, 1, 1, 1, 1, 1, 2);
    Conv2d conv = Conv2d.load(w.at("conv"), 4, 6, 3, spec);
    Map<String, Tensor> tensors = w.tensors();
    assertEquals(
        Set.of(
            "linear.weight",
            "linear.bias",
            "free.weight",
            "ln.weight",
            "ln.bias",
            "rms.weight",
            "gn.weight",
            "gn.bias",
            "embed.weight",
            "conv.weight",
            "conv.bias"),
        tensors.keySet());
    assertArrayEquals(new int[] {2, 3}, tensors.get("linear.weight").shape().toArray());
    assertArrayEquals(new int[] {6, 2, 3, 3}, tensors.get("conv.weight").shape().toArray());
    Tensor y = conv.forward(Ops.normal(DType.F32, 1, 2, 1, 4, 5, 5));
    assertArrayEquals(new int[] {1, 6, 5, 5}, y.shape().toArray());
  }

  @Test
  void embeddingPicksRows() {
    Embedding embedding =
        new Embedding(new Matrix.Dense(Tensor.of(new float[] {0, 1, 10, 11, 20, 21}, 3, 2)));
    Tensor y = embedding.forward(Tensor.of(new int[] {2, 0, 2}, 1, 3));
    assertArrayEquals(new int[] {1, 3, 2}, y.shape().toArray());
    assertArrayEquals(new float[] {20, 21, 0, 1, 20, 21}, y.toFloats());
  }

  @Test
  void aTraceKeepsWhatIsRecordedDuringIt() {
    Trace trace = new Trace();
    Tensor value = Tensor.scalar(DType.F32, 1);
    assertSame(value, Trace.record("outside", value));
    boolean on =
        trace.during(() -> {
          Trace.record("b", value);
          Trace.record("a", value);
          return Trace.isOn();
        });
    assertEquals(true, on);
    assertEquals(false, Trace.isOn());
    assertEquals(List.of("b", "a"), List.copyOf(trace.values().keySet()));
  }
}
