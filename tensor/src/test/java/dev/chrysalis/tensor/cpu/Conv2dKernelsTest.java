package dev.chrysalis.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.chrysalis.tensor.Conv2dSpec;
import dev.chrysalis.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Conv2dKernelsTest {
  private static final Parallel ONE = new Parallel(1);
  private static final Parallel FIVE = new Parallel(5);
  private static final double TOLERANCE = 3e-6;

  /// `x (batch, channels, height, width)`, `w (outputs, channels / groups, kernelH, kernelW)`
  record Case(
      int batch,
      int channels,
      int height,
      int width,
      int outputs,
      int kernelH,
      int kernelW,
      Conv2dSpec spec) {
    Tensor x() {
      return Samples.random(1, batch, channels, height, width);
    }

    Tensor w() {
      return Samples.random(2, outputs, channels / spec.groups(), kernelH, kernelW);
    }

    int[] out() {
      return new int[] {
        batch, outputs, spec.outHeight(height, kernelH), spec.outWidth(width, kernelW)
      };
    }
  }

  static List<Case> cases() {
    Conv2dSpec same = Conv2dSpec.of(1, 1);
    Conv2dSpec odd = new Conv2dSpec(2, 3, 1, 0, 2, 3, 2, 1, 1);
    return List.of(
        new Case(1, 1, 1, 1, 1, 1, 1, Conv2dSpec.of(1, 0)),
        new Case(2, 3, 8, 8, 5, 3, 3, same),
        new Case(1, 16, 32, 32, 20, 3, 3, same),
        new Case(2, 35, 16, 16, 33, 3, 3, same),
        new Case(3, 4, 7, 9, 6, 3, 3, same),
        new Case(14, 3, 4, 4, 70, 3, 3, same),
        new Case(2, 3, 65, 67, 4, 3, 3, same),
        new Case(2, 5, 40, 130, 3, 5, 1, new Conv2dSpec(1, 1, 2, 0, 2, 0, 1, 1, 1)),
        new Case(2, 20, 9, 11, 18, 1, 1, Conv2dSpec.of(1, 0)),
        new Case(1, 8, 10, 10, 8, 1, 1, Conv2dSpec.of(2, 0)),
        new Case(2, 6, 16, 16, 10, 3, 3, Conv2dSpec.of(2, 1)),
        new Case(2, 6, 17, 15, 10, 3, 3, new Conv2dSpec(2, 2, 0, 0, 1, 1, 1, 1, 1)),
        new Case(2, 3, 28, 28, 21, 14, 14, Conv2dSpec.of(14, 0)),
        new Case(1, 2, 40, 40, 5, 17, 17, Conv2dSpec.of(5, 3)),
        new Case(2, 4, 13, 12, 6, 3, 2, odd),
        new Case(2, 6, 9, 9, 4, 3, 3, same.withGroups(2)),
        new Case(2, 6, 9, 9, 6, 3, 3, same.withGroups(6)),
        new Case(1, 4, 12, 12, 6, 3, 3, new Conv2dSpec(1, 1, 2, 2, 2, 2, 2, 2, 2)),
        new Case(1, 2, 6, 6, 3, 2, 2, Conv2dSpec.of(3, 0)),
        new Case(0, 2, 6, 6, 3, 3, 3, same),
        // Products of matrices, if there are more output pixels than lanes.
        new Case(2, 256, 5, 7, 256, 1, 1, Conv2dSpec.of(1, 0)),
        new Case(5, 260, 1, 1, 256, 1, 1, Conv2dSpec.of(1, 0)),
        new Case(3, 3, 28, 28, 300, 14, 14, Conv2dSpec.of(14, 0)),
        new Case(2, 29, 13, 11, 257, 3, 3, new Conv2dSpec(2, 3, 1, 4, 2, 2, 1, 2, 1)),
        // Their sums go on where a channel has given some of its taps.
        new Case(1, 131, 12, 12, 256, 3, 3, Conv2dSpec.of(2, 1)),
        // Outputs of which one tap, or none, meets the picture.
        new Case(1, 65, 9, 8, 260, 2, 2, new Conv2dSpec(1, 1, 4, 1, 3, 2, 3, 2, 1)),
        // Paddings wider than the picture.
        new Case(1, 65, 9, 3, 256, 2, 2, new Conv2dSpec(1, 1, 0, 12, 0, 5, 1, 1, 1)));
  }

  /// Those, and pictures of more pixels than are multiplied with weights where these lie, too many,
  /// and too large, to be laid out for a product at a time.
  static Stream<Case> forwardCases() {
    return Stream.concat(
        cases().stream(),
        Stream.of(
            new Case(130, 65, 18, 2, 256, 2, 2, Conv2dSpec.of(1, 0)),
            new Case(30, 65, 14, 11, 256, 2, 2, Conv2dSpec.of(1, 0)),
            new Case(2, 131, 24, 24, 256, 3, 3, Conv2dSpec.of(2, 1)),
            new Case(1, 256, 22, 22, 256, 2, 2, Conv2dSpec.of(1, 6))));
  }

  /// Calls `use` for every product of the sum: output, weight and input position.
  private interface Term {
    void add(int y, int w, int x);
  }

  private static void eachTerm(Case c, Term use) {
    int[] out = c.out();
    Conv2dSpec s = c.spec;
    int perGroup = c.channels / s.groups();
    int taps = c.kernelH * c.kernelW;
    for (int y = 0; y < out[0] * out[1] * out[2] * out[3]; y++) {
      int j = y % out[3];
      int i = y / out[3] % out[2];
      int o = y / out[3] / out[2] % out[1];
      int n = y / out[3] / out[2] / out[1];
      int group = o / (c.outputs / s.groups());
      for (int t = 0; t < taps; t++) {
        int row = i * s.strideH() - s.padTop() + t / c.kernelW * s.dilationH();
        int column = j * s.strideW() - s.padLeft() + t % c.kernelW * s.dilationW();
        if (row >= 0 && row < c.height && column >= 0 && column < c.width) {
          for (int channel = 0; channel < perGroup; channel++) {
            int plane = n * c.channels + group * perGroup + channel;
            int x = (plane * c.height + row) * c.width + column;
            use.add(y, (o * perGroup + channel) * taps + t, x);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forwardCases")
  void forwardMatchesThePlainLoop(Case c) {
    float[] x = Samples.floats(c.x());
    float[] w = Samples.floats(c.w());
    Tensor bias = Samples.random(3, c.outputs);
    int[] out = c.out();
    double[] expected = new double[out[0] * out[1] * out[2] * out[3]];
    eachTerm(c, (y, weight, in) -> expected[y] += (double) w[weight] * x[in]);
    checkForward(c, List.of(c.x(), c.w()), expected);
    int plane = out[2] * out[3];
    for (int i = 0; i < expected.length; i++) {
      expected[i] += bias.getDouble(i / plane % c.outputs);
    }
    checkForward(c, List.of(c.x(), c.w(), bias), expected);
  }

  private static void checkForward(Case c, List<Tensor> in, double[] expected) {
    Tensor y = Samples.empty(c.out());
    Conv2dKernels.forward(FIVE, c.spec, in, y);
    Samples.assertClose(c + " of " + in.size(), expected, y, TOLERANCE);

    Tensor one = Samples.empty(c.out());
    Conv2dKernels.forward(ONE, c.spec, in, one);
    assertArrayEquals(Samples.floats(one), Samples.floats(y));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void inputGradMatchesThePlainLoop(Case c) {
    Tensor dy = Samples.random(4, c.out());
    float[] d = Samples.floats(dy);
    float[] w = Samples.floats(c.w());
    Tensor dx = Samples.empty(c.batch, c.channels, c.height, c.width);
    Conv2dKernels.inputGrad(FIVE, c.spec, List.of(dy, c.w()), dx);
    double[] expected = new double[Math.toIntExact(dx.count())];
    eachTerm(c, (out, weight, in) -> expected[in] += (double) w[weight] * d[out]);
    Samples.assertClose(c.toString(), expected, dx, TOLERANCE);

    Tensor one = Samples.empty(c.batch, c.channels, c.height, c.width);
    Conv2dKernels.inputGrad(ONE, c.spec, List.of(dy, c.w()), one);
    assertArrayEquals(Samples.floats(one), Samples.floats(dx));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void weightGradMatchesThePlainLoop(Case c) {
    Tensor dy = Samples.random(4, c.out());
    float[] d = Samples.floats(dy);
    float[] x = Samples.floats(c.x());
    int[] sizes = {c.outputs, c.channels / c.spec.groups(), c.kernelH, c.kernelW};
    Tensor dw = Samples.empty(sizes);
    Conv2dKernels.weightGrad(FIVE, c.spec, List.of(c.x(), dy), dw);
    double[] expected = new double[Math.toIntExact(dw.count())];
    eachTerm(c, (out, weight, in) -> expected[weight] += (double) x[in] * d[out]);
    Samples.assertClose(c.toString(), expected, dw, TOLERANCE);

    Tensor one = Samples.empty(sizes);
    Conv2dKernels.weightGrad(ONE, c.spec, List.of(c.x(), dy), one);
    assertArrayEquals(Samples.floats(one), Samples.floats(dw));
  }

  /// The adjoint of a convolution of the output's size, whose last rows and columns may go unread.
  @Test
  void transposedTakesOutputPaddingAndBias() {
    Conv2dSpec spec = new Conv2dSpec(2, 3, 1, 0, 1, 1, 1, 2, 2);
    int height = (5 - 1) * 2 - 2 + 2 + 1 + 1;
    int width = (6 - 1) * 3 - 1 + 2 * 2 + 2 + 1;
    Case c = new Case(2, 8, height, width, 6, 3, 3, spec);
    Tensor x = Samples.random(5, 2, 6, 5, 6);
    assertArrayEquals(x.shape().toArray(), c.out());
    Tensor w = Samples.random(2, 6, 4, 3, 3);
    Tensor bias = Samples.random(3, 8);
    Tensor y = Samples.empty(2, 8, height, width);
    Conv2dKernels.transposed(FIVE, spec, List.of(x, w, bias), y);
    float[] values = Samples.floats(x);
    float[] weights = Samples.floats(w);
    double[] expected = new double[Math.toIntExact(y.count())];
    eachTerm(c, (out, weight, in) -> expected[in] += (double) weights[weight] * values[out]);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += bias.getDouble(i / (height * width) % 8);
    }
    Samples.assertClose("transposed", expected, y, TOLERANCE);
  }

  @Test
  void nanReachesOnlyTheWindowsThatReadIt() {
    for (Case c :
        List.of(
            new Case(2, 3, 7, 9, 5, 3, 3, Conv2dSpec.of(1, 1)),
            new Case(2, 35, 14, 17, 40, 3, 3, Conv2dSpec.of(1, 1)), // by Winograd
            new Case(2, 29, 7, 9, 256, 3, 3, Conv2dSpec.of(2, 1)))) { // as a product
      Tensor x = c.x();
      Samples.set(x, 0, Float.NaN); // image 0, row 0, column 0
      Tensor y = Samples.empty(c.out());
      Conv2dKernels.forward(FIVE, c.spec, List.of(x, c.w()), y);
      boolean[] reads = new boolean[Math.toIntExact(y.count())];
      eachTerm(c, (out, weight, in) -> reads[out] |= in == 0);
      for (int i = 0; i < reads.length; i++) {
        assertEquals(reads[i], Double.isNaN(y.getDouble(i)), c + " at " + i);
      }
    }
  }
}
