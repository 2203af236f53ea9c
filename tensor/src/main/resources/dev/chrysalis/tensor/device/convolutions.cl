// Convolutions and pooling over pictures (B, C, H, W): an item for each result, plain loops.

typedef struct {
  int stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w, groups, unused;
} Geometry;

// `x (B, C, H, W), w (O, C/groups, kh, kw) [, bias] -> y (B, O, OH, OW)`
KERNEL conv2d(
    long n, Geometry g, int channels, int height, int width, int outputs, int out_height, int out_width,
    int kernel_h, int kernel_w, GLOBAL const T *x, GLOBAL const T *w, int has_bias,
    GLOBAL const T *bias, GLOBAL T *y) {
  if (ITEM < n) {
    int column = (int)(ITEM % out_width);
    int row = (int)(ITEM / out_width % out_height);
    int o = (int)(ITEM / out_width / out_height % outputs);
    long b = ITEM / out_width / out_height / outputs;
    int share = channels / g.groups;
    int first = o / (outputs / g.groups) * share;
    R sum = has_bias ? bias[o] : 0;
    for (int c = 0; c < share; c++) {
      GLOBAL const T *plane = x + (b * channels + first + c) * height * width;
      GLOBAL const T *taps = w + ((long)o * share + c) * kernel_h * kernel_w;
      for (int i = 0; i < kernel_h; i++) {
        int h = row * g.stride_h - g.pad_top + i * g.dilation_h;
        for (int j = 0; j < kernel_w; j++) {
          int v = column * g.stride_w - g.pad_left + j * g.dilation_w;
          if (0 <= h && h < height && 0 <= v && v < width) {
            sum = fma(plane[(long)h * width + v], taps[i * kernel_w + j], sum);
          }
        }
      }
    }
    y[ITEM] = sum;
  }
}

// `dy (B, O, OH, OW), w (O, C/groups, kh, kw) [, bias (C)] -> dx (B, C, H, W)`; with a bias it is
// the transposed convolution.
KERNEL conv2d_input_grad(
    long n, Geometry g, int channels, int height, int width, int outputs, int out_height, int out_width,
    int kernel_h, int kernel_w, GLOBAL const T *dy, GLOBAL const T *w, int has_bias,
    GLOBAL const T *bias, GLOBAL T *dx) {
  if (ITEM < n) {
    int v = (int)(ITEM % width);
    int h = (int)(ITEM / width % height);
    int c = (int)(ITEM / width / height % channels);
    long b = ITEM / width / height / channels;
    int share = channels / g.groups;
    int each = outputs / g.groups;
    int first = c / share * each;
    R sum = has_bias ? bias[c] : 0;
    for (int i = 0; i < kernel_h; i++) {
      int row = h + g.pad_top - i * g.dilation_h;
      if (row < 0 || row % g.stride_h != 0 || row / g.stride_h >= out_height) {
        continue;
      }
      for (int j = 0; j < kernel_w; j++) {
        int column = v + g.pad_left - j * g.dilation_w;
        if (column < 0 || column % g.stride_w != 0 || column / g.stride_w >= out_width) {
          continue;
        }
        for (int o = first; o < first + each; o++) {
          long at = ((b * outputs + o) * out_height + row / g.stride_h) * out_width;
          long tap = (((long)o * share + c % share) * kernel_h + i) * kernel_w + j;
          sum = fma(dy[at + column / g.stride_w], w[tap], sum);
        }
      }
    }
    dx[ITEM] = sum;
  }
}

#define GRAD_LANES 64

// `x, dy -> dw (O, C/groups, kh, kw)`: a group for each weight, its items share the pixels.
KERNEL conv2d_weight_grad(
    int batch, Geometry g, int channels, int height, int width, int outputs, int out_height,
    int out_width, int kernel_h, int kernel_w, GLOBAL const T *x, GLOBAL const T *dy, GLOBAL T *dw) {
  LOCAL R parts[GRAD_LANES];
  int share = channels / g.groups;
  int j = (int)(GROUP % kernel_w);
  int i = (int)(GROUP / kernel_w % kernel_h);
  int c = (int)(GROUP / kernel_w / kernel_h % share);
  int o = (int)(GROUP / kernel_w / kernel_h / share);
  int first = o / (outputs / g.groups) * share;
  long pixels = (long)out_height * out_width;
  R sum = 0;
  for (long at = LANE; at < batch * pixels; at += LANES) {
    long b = at / pixels;
    int row = (int)(at % pixels / out_width);
    int column = (int)(at % out_width);
    int h = row * g.stride_h - g.pad_top + i * g.dilation_h;
    int v = column * g.stride_w - g.pad_left + j * g.dilation_w;
    if (0 <= h && h < height && 0 <= v && v < width) {
      R pixel = x[((b * channels + first + c) * height + h) * width + v];
      sum = fma(pixel, dy[(b * outputs + o) * pixels + at % pixels], sum);
    }
  }
  parts[LANE] = sum;
  BARRIER();
  for (int half_way = LANES / 2; half_way > 0; half_way /= 2) {
    if (LANE < half_way) {
      parts[LANE] += parts[LANE + half_way];
    }
    BARRIER();
  }
  if (LANE == 0) {
    dw[GROUP] = parts[0];
  }
}

KERNEL avg_pool(
    long n, int height, int width, int out_height, int out_width, int kernel_h, int kernel_w,
    int stride_h, int stride_w, GLOBAL const T *x, GLOBAL T *y) {
  if (ITEM < n) {
    int column = (int)(ITEM % out_width) * stride_w;
    int row = (int)(ITEM / out_width % out_height) * stride_h;
    GLOBAL const T *plane = x + ITEM / out_width / out_height * height * width;
    R sum = 0;
    for (int i = row; i < row + kernel_h; i++) {
      for (int j = column; j < column + kernel_w; j++) {
        sum += plane[(long)i * width + j];
      }
    }
    y[ITEM] = sum / (kernel_h * kernel_w);
  }
}

KERNEL avg_pool_grad(
    long n, int height, int width, int out_height, int out_width, int kernel_h, int kernel_w,
    int stride_h, int stride_w, GLOBAL const T *dy, GLOBAL T *dx) {
  if (ITEM < n) {
    int v = (int)(ITEM % width);
    int h = (int)(ITEM / width % height);
    GLOBAL const T *plane = dy + ITEM / width / height * out_height * out_width;
    R sum = 0;
    for (int i = 0; i < kernel_h; i++) {
      for (int j = 0; j < kernel_w; j++) {
        int row = h - i;
        int column = v - j;
        if (row >= 0 && column >= 0 && row % stride_h == 0 && column % stride_w == 0
            && row / stride_h < out_height && column / stride_w < out_width) {
          sum += plane[(long)(row / stride_h) * out_width + column / stride_w];
        }
      }
    }
    dx[ITEM] = sum / (kernel_h * kernel_w);
  }
}

KERNEL max_pool(
    long n, int height, int width, int out_height, int out_width, int kernel_h, int kernel_w,
    int stride_h, int stride_w, int pad_h, int pad_w, GLOBAL const T *x, GLOBAL T *y,
    GLOBAL long *indices) {
  if (ITEM < n) {
    int left = (int)(ITEM % out_width) * stride_w - pad_w;
    int top = (int)(ITEM / out_width % out_height) * stride_h - pad_h;
    GLOBAL const T *plane = x + ITEM / out_width / out_height * height * width;
    long best = (long)max(top, 0) * width + max(left, 0);
    for (int i = max(top, 0); i < min(top + kernel_h, height); i++) {
      for (int j = max(left, 0); j < min(left + kernel_w, width); j++) {
        R found = plane[best];
        R other = plane[(long)i * width + j];
        // NaN is larger than everything.
        if (found < other || (IS_NAN(other) && !IS_NAN(found))) {
          best = (long)i * width + j;
        }
      }
    }
    y[ITEM] = plane[best];
    indices[ITEM] = best;
  }
}

// An item for each pixel of dx looks through the windows that may have chosen it.
KERNEL max_pool_grad(
    long n, long pixels, long windows, GLOBAL const T *dy, GLOBAL const long *indices, GLOBAL T *dx) {
  if (ITEM < n) {
    long plane = ITEM / pixels;
    long own = ITEM % pixels;
    R sum = 0;
    for (long i = plane * windows; i < (plane + 1) * windows; i++) {
      sum += indices[i] == own ? dy[i] : 0;
    }
    dx[ITEM] = sum;
  }
}

// Resampling along one axis by a table: output i reads `columns[starts[i] ... starts[i+1] - 1]`.
// `x (outer, size, inner) -> y (outer, out_size, inner)`
KERNEL resample(
    long n, int size, int out_size, long inner, GLOBAL const int *starts, GLOBAL const int *columns,
    GLOBAL const T *weights, GLOBAL const T *x, GLOBAL T *y) {
  if (ITEM < n) {
    int i = (int)(ITEM / inner % out_size);
    GLOBAL const T *line = x + ITEM / inner / out_size * size * inner + ITEM % inner;
    R sum = 0;
    for (int at = starts[i]; at < starts[i + 1]; at++) {
      sum = fma(weights[at], line[columns[at] * inner], sum);
    }
    y[ITEM] = sum;
  }
}
