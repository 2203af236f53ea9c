// Norms, softmax and losses: a group for each line of an axis.

#define ROW_LANES 64

// The sum or the maximum over the items of a group, given to each of them.
FUNCTION R together(LOCAL_POINTER R *parts, int lane, int lanes, int max, R own) {
  BARRIER();
  parts[lane] = own;
  BARRIER();
  for (int half_way = lanes / 2; half_way > 0; half_way /= 2) {
    if (lane < half_way) {
      R a = parts[lane];
      R b = parts[lane + half_way];
      parts[lane] = !max ? a + b : IS_NAN(a) ? a : IS_NAN(b) ? b : a > b ? a : b;
    }
    BARRIER();
  }
  return parts[0];
}

#define SUM(value) together(parts, LANE, LANES, 0, value)
#define MAXIMUM(value) together(parts, LANE, LANES, 1, value)
#define EACH_OF(i, n) for (long i = LANE; i < (n); i += LANES)

// `x (rows, n) -> y, mean (rows), rstd (rows)`
KERNEL layer_norm(
    int n, R eps, GLOBAL const T *x, GLOBAL const T *w, GLOBAL const T *bias, GLOBAL T *y,
    GLOBAL T *means, GLOBAL T *rstds) {
  LOCAL R parts[ROW_LANES];
  GLOBAL const T *row = x + GROUP * n;
  R sum = 0;
  EACH_OF(i, n) { sum += row[i]; }
  R mean = SUM(sum) / n;
  R square = 0;
  EACH_OF(i, n) { square += (row[i] - mean) * (row[i] - mean); }
  R rstd = 1 / sqrt(SUM(square) / n + eps);
  EACH_OF(i, n) { y[GROUP * n + i] = (row[i] - mean) * rstd * w[i] + bias[i]; }
  if (LANE == 0) {
    means[GROUP] = mean;
    rstds[GROUP] = rstd;
  }
}

KERNEL rms_norm(
    int n, R eps, GLOBAL const T *x, GLOBAL const T *w, GLOBAL T *y, GLOBAL T *rstds) {
  LOCAL R parts[ROW_LANES];
  GLOBAL const T *row = x + GROUP * n;
  R square = 0;
  EACH_OF(i, n) { square += row[i] * row[i]; }
  R rstd = 1 / sqrt(SUM(square) / n + eps);
  EACH_OF(i, n) { y[GROUP * n + i] = row[i] * rstd * w[i]; }
  if (LANE == 0) {
    rstds[GROUP] = rstd;
  }
}

// `dx = rstd (g - sum g / n - x' sum(g x') / n)`, `g = dy w`, `x' = (x - mean) rstd`; without
// a mean (`centered` 0) the middle term is missing and the mean is 0.
KERNEL norm_grad(
    int n, int centered, GLOBAL const T *x, GLOBAL const T *w, GLOBAL const T *means,
    GLOBAL const T *rstds, GLOBAL const T *dy, GLOBAL T *dx) {
  LOCAL R parts[ROW_LANES];
  GLOBAL const T *row = x + GROUP * n;
  GLOBAL const T *d = dy + GROUP * n;
  R mean = centered ? means[GROUP] : 0;
  R rstd = rstds[GROUP];
  R sum = 0;
  R dot = 0;
  EACH_OF(i, n) {
    R g = d[i] * w[i];
    sum += g;
    dot += g * (row[i] - mean) * rstd;
  }
  sum = centered ? SUM(sum) : 0;
  dot = SUM(dot);
  EACH_OF(i, n) {
    R normal = (row[i] - mean) * rstd;
    dx[GROUP * n + i] = rstd * (d[i] * w[i] - sum / n - normal * dot / n);
  }
}

// `dw_i = sum dy x'`, `dbias_i = sum dy` over the rows: a group for each column.
KERNEL norm_weight_grad(
    int n, long rows, int centered, GLOBAL const T *x, GLOBAL const T *means, GLOBAL const T *rstds,
    GLOBAL const T *dy, GLOBAL T *dw, GLOBAL T *dbias) {
  LOCAL R parts[ROW_LANES];
  R weight = 0;
  R bias = 0;
  EACH_OF(row, rows) {
    R d = dy[row * n + GROUP];
    weight += d * (x[row * n + GROUP] - (centered ? means[row] : 0)) * rstds[row];
    bias += d;
  }
  weight = SUM(weight);
  bias = SUM(bias);
  if (LANE == 0) {
    dw[GROUP] = weight;
    if (centered) {
      dbias[GROUP] = bias;
    }
  }
}

// A group of channels lies together: `n` elements, `pixels` for each of its `share` channels.
KERNEL group_norm(
    long n, long pixels, int channels, int share, int silu, R eps, GLOBAL const T *x,
    GLOBAL const T *w, GLOBAL const T *bias, GLOBAL T *y, GLOBAL T *means, GLOBAL T *rstds) {
  LOCAL R parts[ROW_LANES];
  GLOBAL const T *all = x + GROUP * n;
  R sum = 0;
  EACH_OF(i, n) { sum += all[i]; }
  R mean = SUM(sum) / n;
  R square = 0;
  EACH_OF(i, n) { square += (all[i] - mean) * (all[i] - mean); }
  R rstd = 1 / sqrt(SUM(square) / n + eps);
  long first = GROUP * share % channels;
  EACH_OF(i, n) {
    long c = first + i / pixels;
    R value = (all[i] - mean) * rstd * w[c] + bias[c];
    y[GROUP * n + i] = silu ? value * sigmoid_of(value) : value;
  }
  if (LANE == 0) {
    means[GROUP] = mean;
    rstds[GROUP] = rstd;
  }
}

KERNEL group_norm_grad(
    long n, long pixels, int channels, int share, int silu, GLOBAL const T *x, GLOBAL const T *w,
    GLOBAL const T *bias, GLOBAL const T *means, GLOBAL const T *rstds, GLOBAL const T *dy,
    GLOBAL T *dx) {
  LOCAL R parts[ROW_LANES];
  GLOBAL const T *all = x + GROUP * n;
  GLOBAL const T *d = dy + GROUP * n;
  R mean = means[GROUP];
  R rstd = rstds[GROUP];
  long first = GROUP * share % channels;
  R sum = 0;
  R dot = 0;
  EACH_OF(i, n) {
    long c = first + i / pixels;
    R normal = (all[i] - mean) * rstd;
    R g = d[i] * (silu ? silu_slope(normal * w[c] + bias[c]) : 1) * w[c];
    sum += g;
    dot += g * normal;
  }
  sum = SUM(sum);
  dot = SUM(dot);
  EACH_OF(i, n) {
    long c = first + i / pixels;
    R normal = (all[i] - mean) * rstd;
    R g = d[i] * (silu ? silu_slope(normal * w[c] + bias[c]) : 1) * w[c];
    dx[GROUP * n + i] = rstd * (g - sum / n - normal * dot / n);
  }
}

// A work group for each channel.
KERNEL group_norm_weight_grad(
    long pixels, int batch, int channels, int share, int silu, GLOBAL const T *x, GLOBAL const T *w,
    GLOBAL const T *bias, GLOBAL const T *means, GLOBAL const T *rstds, GLOBAL const T *dy,
    GLOBAL T *dw, GLOBAL T *dbias) {
  LOCAL R parts[ROW_LANES];
  R weight = 0;
  R shift = 0;
  EACH_OF(i, batch * pixels) {
    long b = i / pixels;
    long at = (b * channels + GROUP) * pixels + i % pixels;
    long group = (b * channels + GROUP) / share;
    R normal = (x[at] - means[group]) * rstds[group];
    R d = dy[at] * (silu ? silu_slope(normal * w[GROUP] + bias[GROUP]) : 1);
    weight += d * normal;
    shift += d;
  }
  weight = SUM(weight);
  shift = SUM(shift);
  if (LANE == 0) {
    dw[GROUP] = weight;
    dbias[GROUP] = shift;
  }
}

// ---- along any axis: `(outer, size, inner)`, a group for each line

#define LINE (GROUP / inner * size * inner + GROUP % inner)
#define AT(i) (LINE + (i) * inner)

KERNEL l2_normalize(int size, long inner, R eps, GLOBAL const T *x, GLOBAL T *y) {
  LOCAL R parts[ROW_LANES];
  R square = 0;
  EACH_OF(i, size) { square += x[AT(i)] * x[AT(i)]; }
  R norm = sqrt(SUM(square));
  norm = IS_NAN(norm) ? norm : norm > eps ? norm : eps;
  EACH_OF(i, size) { y[AT(i)] = x[AT(i)] / norm; }
}

KERNEL l2_normalize_grad(
    int size, long inner, R eps, GLOBAL const T *x, GLOBAL const T *dy, GLOBAL T *dx) {
  LOCAL R parts[ROW_LANES];
  R square = 0;
  EACH_OF(i, size) { square += x[AT(i)] * x[AT(i)]; }
  R norm = sqrt(SUM(square));
  R dot = 0;
  EACH_OF(i, size) { dot += x[AT(i)] / norm * dy[AT(i)]; }
  dot = SUM(dot);
  EACH_OF(i, size) {
    dx[AT(i)] = norm <= eps ? dy[AT(i)] / eps : (dy[AT(i)] - x[AT(i)] / norm * dot) / norm;
  }
}

// Maximum of a line and the logarithm of the sum of its exponentials.
#define MAX_AND_SUM(x)                             \
  R top = -INF;                                    \
  EACH_OF(i, size) {                               \
    R value = x[AT(i)];                            \
    top = IS_NAN(top) ? top : IS_NAN(value) ? value : top > value ? top : value; \
  }                                                \
  top = MAXIMUM(top);                              \
  R sum = 0;                                       \
  EACH_OF(i, size) { sum += exp(x[AT(i)] - top); } \
  sum = SUM(sum);

KERNEL softmax(int size, long inner, GLOBAL const T *x, GLOBAL T *y) {
  LOCAL R parts[ROW_LANES];
  MAX_AND_SUM(x)
  EACH_OF(i, size) { y[AT(i)] = exp(x[AT(i)] - top) / sum; }
}

KERNEL softmax_grad(int size, long inner, GLOBAL const T *y, GLOBAL const T *dy, GLOBAL T *dx) {
  LOCAL R parts[ROW_LANES];
  R dot = 0;
  EACH_OF(i, size) { dot += y[AT(i)] * dy[AT(i)]; }
  dot = SUM(dot);
  EACH_OF(i, size) { dx[AT(i)] = y[AT(i)] * (dy[AT(i)] - dot); }
}

KERNEL log_softmax(int size, long inner, GLOBAL const T *x, GLOBAL T *y) {
  LOCAL R parts[ROW_LANES];
  MAX_AND_SUM(x)
  R lse = isinf(top) ? top : top + log(sum);
  EACH_OF(i, size) { y[AT(i)] = x[AT(i)] - lse; }
}

KERNEL log_softmax_grad(
    int size, long inner, GLOBAL const T *y, GLOBAL const T *dy, GLOBAL T *dx) {
  LOCAL R parts[ROW_LANES];
  R sum = 0;
  EACH_OF(i, size) { sum += dy[AT(i)]; }
  sum = SUM(sum);
  EACH_OF(i, size) { dx[AT(i)] = dy[AT(i)] - exp(y[AT(i)]) * sum; }
}

KERNEL log_sum_exp(int size, long inner, GLOBAL const T *x, GLOBAL T *y) {
  LOCAL R parts[ROW_LANES];
  MAX_AND_SUM(x)
  if (LANE == 0) {
    y[GROUP] = isinf(top) ? top : top + log(sum);
  }
}

// `each_n` of `logits (N, V), target (N)`: the loss of one row, 0 where the target does not count.
KERNEL cross_entropy(
    int size, long ignored, R smoothing, GLOBAL const T *x, GLOBAL const long *target,
    GLOBAL const T *lse, GLOBAL T *each) {
  LOCAL R parts[ROW_LANES];
  GLOBAL const T *row = x + GROUP * size;
  R mean = 0;
  if (smoothing != 0) {
    R sum = 0;
    EACH_OF(i, size) { sum += row[i]; }
    mean = SUM(sum) / size;
  }
  if (LANE == 0) {
    long chosen = target[GROUP];
    R loss = 0;
    if (chosen != ignored) {
      loss = (1 - smoothing) * (lse[GROUP] - row[chosen]);
      loss += smoothing == 0 ? 0 : smoothing * (lse[GROUP] - mean);
    }
    each[GROUP] = loss;
  }
}

// `dlogits = dloss share (softmax(x) - (1 - s) onehot(target) - s/V)`
KERNEL cross_entropy_grad(
    long n, int size, long ignored, R smoothing, R share, GLOBAL const T *x, GLOBAL const long *target,
    GLOBAL const T *lse, GLOBAL const T *dloss, GLOBAL T *dx) {
  if (ITEM < n) {
    long row = ITEM / size;
    long chosen = target[row];
    R wanted = smoothing / size + (ITEM % size == chosen ? 1 - smoothing : 0);
    dx[ITEM] = chosen == ignored ? 0 : dloss[0] * share * (exp(x[ITEM] - lse[row]) - wanted);
  }
}
