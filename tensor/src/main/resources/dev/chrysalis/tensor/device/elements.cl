// Element by element. Inputs may be strided and repeat; outputs are row-major.

KERNEL fill(long n, R value, GLOBAL T *y) {
  if (ITEM < n) {
    y[ITEM] = STORED(value);
  }
}

KERNEL range(long n, R start, R step, GLOBAL T *y) {
  if (ITEM < n) {
    y[ITEM] = STORED(start + (R)ITEM * step);
  }
}

// The larger or the smaller of two; NaN if either is.
FUNCTION R larger(R a, R b) { return IS_NAN(a) ? a : IS_NAN(b) ? b : a > b ? a : b; }

FUNCTION R smaller(R a, R b) { return IS_NAN(a) ? a : IS_NAN(b) ? b : a < b ? a : b; }

// `y = scale * x + shift`
KERNEL affine(
    long n, int rank, Sizes sizes, Steps sx, R scale, R shift, GLOBAL const T *x, long ox, GLOBAL T *y) {
  if (ITEM < n) {
    y[ITEM] = STORED(scale * (R)x[ox + place(ITEM, rank, sizes, sx)] + shift);
  }
}

KERNEL limit(
    long n, int rank, Sizes sizes, Steps sx, R low, R high, GLOBAL const T *x, long ox, GLOBAL T *y) {
  if (ITEM < n) {
    y[ITEM] = STORED(smaller(larger(x[ox + place(ITEM, rank, sizes, sx)], low), high));
  }
}

FUNCTION R binary_of(int fn, R a, R b) {
  switch (fn) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
#if defined(FLOATING)
    case 3: return a / b;
#else
    case 3: return b == 0 ? 0 : a / b;
#endif
    case 4: return larger(a, b);
    case 5: return smaller(a, b);
#if defined(FLOATING)
    case 6: return a * sigmoid_of(a) * b;
#endif
  }
  return 0;
}

KERNEL binary(
    long n, int rank, Sizes sizes, Steps sa, Steps sb, int fn,
    GLOBAL const T *a, long oa, GLOBAL const T *b, long ob, GLOBAL T *y) {
  if (ITEM < n) {
    R left = a[oa + place(ITEM, rank, sizes, sa)];
    R right = b[ob + place(ITEM, rank, sizes, sb)];
    y[ITEM] = STORED(binary_of(fn, left, right));
  }
}

KERNEL compare(
    long n, int rank, Sizes sizes, Steps sa, Steps sb, int relation,
    GLOBAL const T *a, long oa, GLOBAL const T *b, long ob, GLOBAL uchar *y) {
  if (ITEM < n) {
    R left = a[oa + place(ITEM, rank, sizes, sa)];
    R right = b[ob + place(ITEM, rank, sizes, sb)];
    int holds = 0;
    switch (relation) {
      case 0: holds = left == right; break;
      case 1: holds = left != right; break;
      case 2: holds = left < right; break;
      case 3: holds = left <= right; break;
      case 4: holds = left > right; break;
      case 5: holds = left >= right; break;
    }
    y[ITEM] = (uchar)holds;
  }
}

#if defined(FLOATING)

FUNCTION R softplus_of(R x) { return larger(x, 0) + log1p(exp(-fabs(x))); }

// `sqrt(2/pi) * (x + 0.044715 x^3)`
FUNCTION R gelu_angle(R x) {
  return NUMBER(0.79788456080286535588) * (x + NUMBER(0.044715) * x * x * x);
}

FUNCTION R unary_of(int fn, R x) {
  switch (fn) {
    case 0: return -x;
    case 1: return x * x;
    case 2: return fabs(x);
    case 3: return x > 0 ? 1 : x < 0 ? -1 : x;
    case 4: return 1 / x;
    case 5: return sqrt(x);
    case 6: return 1 / sqrt(x);
    case 7: return exp(x);
    case 8: return log(x);
    case 9: return sin(x);
    case 10: return cos(x);
    case 11: return tanh(x);
    case 12: return erf(x);
    case 13: return sigmoid_of(x);
    case 14: return -softplus_of(-x);
    case 15: return softplus_of(x);
    case 16: return larger(x, 0);
    case 17: return x * sigmoid_of(x);
    case 18: return x * normal_cdf(x);
    case 19: return x * sigmoid_of(2 * gelu_angle(x)); // (1 + tanh a)/2 is sigmoid(2a)
    case 20: return x * sigmoid_of(NUMBER(1.702) * x);
    case 21: return floor(x);
    case 22: return rint(x);
  }
  return 0;
}

KERNEL unary(
    long n, int rank, Sizes sizes, Steps sx, int fn, GLOBAL const T *x, long ox, GLOBAL T *y) {
  if (ITEM < n) {
    y[ITEM] = unary_of(fn, x[ox + place(ITEM, rank, sizes, sx)]);
  }
}

KERNEL power(
    long n, int rank, Sizes sizes, Steps sx, R exponent, GLOBAL const T *x, long ox, GLOBAL T *y) {
  if (ITEM < n) {
    y[ITEM] = pow(x[ox + place(ITEM, rank, sizes, sx)], exponent);
  }
}

// Derivative of a function at `v`, which is its output where `UnaryFn.derivativeReadsOutput`.
FUNCTION R slope_of(int fn, R v) {
  switch (fn) {
    case 0: return -1;
    case 1: return 2 * v;
    case 2: return v > 0 ? 1 : v < 0 ? -1 : v;
    case 3: return 0;
    case 4: return -v * v;
    case 5: return NUMBER(0.5) / v;
    case 6: return -NUMBER(0.5) * v * v * v;
    case 7: return v;
    case 8: return 1 / v;
    case 9: return cos(v);
    case 10: return -sin(v);
    case 11: return 1 - v * v;
    case 12: return NUMBER(1.12837916709551257390) * exp(-v * v);
    case 13: return v * (1 - v);
    case 14: return sigmoid_of(-v);
    case 15: return sigmoid_of(v);
    case 16: return v > 0 ? 1 : 0;
    case 17: return silu_slope(v);
    case 18: return normal_cdf(v) + v * exp(-v * v / 2) * NUMBER(0.39894228040143267794);
    case 19: {
      R s = sigmoid_of(2 * gelu_angle(v));
      R angle = NUMBER(0.79788456080286535588) * (1 + 3 * NUMBER(0.044715) * v * v);
      return s + 2 * v * s * (1 - s) * angle;
    }
    case 20: {
      R s = sigmoid_of(NUMBER(1.702) * v);
      return s + NUMBER(1.702) * v * s * (1 - s);
    }
    case 21: return 0;
    case 22: return 0;
  }
  return 0;
}

KERNEL unary_grad(
    long n, int rank, Sizes sizes, Steps sv, Steps sd, int fn,
    GLOBAL const T *v, long ov, GLOBAL const T *dy, long od, GLOBAL T *dx) {
  if (ITEM < n) {
    R slope = slope_of(fn, v[ov + place(ITEM, rank, sizes, sv)]);
    dx[ITEM] = dy[od + place(ITEM, rank, sizes, sd)] * slope;
  }
}

KERNEL swiglu_grad(
    long n, GLOBAL const T *gate, GLOBAL const T *up, GLOBAL const T *dy, GLOBAL T *dgate, GLOBAL T *dup) {
  if (ITEM < n) {
    R g = gate[ITEM];
    R d = dy[ITEM];
    dgate[ITEM] = d * up[ITEM] * silu_slope(g);
    dup[ITEM] = d * g * sigmoid_of(g);
  }
}

// `x (rows, 2 half)`; `n` counts the outputs.
KERNEL geglu(long n, int half_row, GLOBAL const T *x, GLOBAL T *y) {
  if (ITEM < n) {
    long a = ITEM / half_row * 2 * half_row + ITEM % half_row;
    R b = x[a + half_row];
    y[ITEM] = x[a] * b * normal_cdf(b);
  }
}

KERNEL geglu_grad(long n, int half_row, GLOBAL const T *x, GLOBAL const T *dy, GLOBAL T *dx) {
  if (ITEM < n) {
    long a = ITEM / half_row * 2 * half_row + ITEM % half_row;
    R b = x[a + half_row];
    R d = dy[ITEM];
    dx[a] = d * b * normal_cdf(b);
    dx[a + half_row] = d * x[a] * slope_of(18, b);
  }
}

KERNEL adamw(
    long n, R rate, R beta1, R beta2, R eps, R kept, R correction_m, R correction_v,
    GLOBAL const T *p, GLOBAL const T *g, GLOBAL const T *m, GLOBAL const T *v,
    GLOBAL T *new_p, GLOBAL T *new_m, GLOBAL T *new_v) {
  if (ITEM < n) {
    R gradient = g[ITEM];
    R first = beta1 * m[ITEM] + (1 - beta1) * gradient;
    R second = beta2 * v[ITEM] + (1 - beta2) * gradient * gradient;
    R step = first / correction_m / (sqrt(second / correction_v) + eps);
    new_p[ITEM] = p[ITEM] * kept - rate * step;
    new_m[ITEM] = first;
    new_v[ITEM] = second;
  }
}

#if defined(HAS_DOUBLE)
typedef double Wide;
#define WIDE(x) (x)
#else
typedef float Wide;
#define WIDE(x) (x##f)
#endif

FUNCTION uint high_product(uint a, uint b) { return (uint)(((ulong)a * b) >> 32); }

// Philox4x32-10: an item draws the four numbers of a block; see `Philox`.
KERNEL random_numbers(
    long n, int normal, uint seed_low, uint seed_high, uint stream_low, uint stream_high, GLOBAL T *y) {
  long block = ITEM;
  if (4 * block < n) {
    uint c[4] = {(uint)block, (uint)(block >> 32), stream_low, stream_high};
    uint k0 = seed_low;
    uint k1 = seed_high;
    for (int round = 0; round < 10; round++) {
      uint left_high = high_product(0xD2511F53u, c[0]);
      uint left_low = 0xD2511F53u * c[0];
      uint right_high = high_product(0xCD9E8D57u, c[2]);
      uint right_low = 0xCD9E8D57u * c[2];
      c[0] = right_high ^ c[1] ^ k0;
      c[1] = right_low;
      c[2] = left_high ^ c[3] ^ k1;
      c[3] = left_low;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    Wide unit[4];
    for (int j = 0; j < 4; j++) {
      unit[j] = (Wide)(c[j] >> 8) * WIDE(5.9604644775390625e-8);
    }
    for (int j = 0; j < 4 && 4 * block + j < n; j++) {
      Wide value = unit[j];
      if (normal) { // Box and Muller, by pairs
        Wide radius = sqrt(-2 * log(1 - unit[j & 2]));
        Wide angle = WIDE(6.283185307179586476925286766559) * unit[(j & 2) + 1];
        value = radius * (j & 1 ? sin(angle) : cos(angle));
      }
      y[4 * block + j] = (T)value;
    }
  }
}

#endif
