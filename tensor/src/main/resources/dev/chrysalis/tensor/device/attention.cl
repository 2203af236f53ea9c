// Attention with an online softmax, and rotary positions. `q (B, H, Tq, d), k (B, G, S, d), v (B, G,
// S, e)`, all row-major; query head h reads key/value head h div (H/G).

#define ATTENTION_LANES 64
#define MAX_COLUMNS 8  // of a head for each item: heads up to 512 wide

typedef struct {
  int heads, groups, queries, keys, d, e, causal, mask_kind;
} Problem;  // mask_kind: 0 none, 1 bytes that allow, 2 numbers that are added

FUNCTION long first_key(Problem p, long row) {
  long head = row / p.queries % p.heads;
  long batch = row / p.queries / p.heads;
  return (batch * p.groups + head / (p.heads / p.groups)) * p.keys;
}

// `scale q k + mask`, or -infinity where the query may not attend.
FUNCTION R score_of(
    Problem p, long row, int key, R scale, GLOBAL const T *q, GLOBAL const T *k,
    GLOBAL const uchar *allowed, GLOBAL const T *added, Steps mask) {
  int query = (int)(row % p.queries);
  if (p.causal && key > query + p.keys - p.queries) {
    return -INF;
  }
  R bias = 0;
  if (p.mask_kind != 0) {
    long head = row / p.queries % p.heads;
    long batch = row / p.queries / p.heads;
    long at = batch * mask.v[0] + head * mask.v[1] + query * mask.v[2] + key * mask.v[3];
    bias = p.mask_kind == 1 ? (allowed[at] != 0 ? 0 : -INF) : added[at];
  }
  if (bias == -INF) {
    return bias;
  }
  GLOBAL const T *a = q + row * p.d;
  GLOBAL const T *b = k + (first_key(p, row) + key) * p.d;
  R dot = 0;
  for (int i = 0; i < p.d; i++) {
    dot = fma(a[i], b[i], dot);
  }
  return scale * dot + bias;
}

// A group for each query: its items score a run of keys, one each, then add up the run's values, a
// column each.
KERNEL attention(
    Problem p, R scale, GLOBAL const T *q, GLOBAL const T *k, GLOBAL const T *v,
    GLOBAL const uchar *allowed, GLOBAL const T *added, Steps mask, GLOBAL T *y, GLOBAL T *lse) {
  LOCAL R scores[ATTENTION_LANES];
  R sums[MAX_COLUMNS];
  for (int c = 0; c < MAX_COLUMNS; c++) {
    sums[c] = 0;
  }
  R top = -INF;
  R total = 0;
  long start = first_key(p, GROUP);
  for (int run = 0; run < p.keys; run += LANES) {
    int key = run + LANE;
    BARRIER();
    scores[LANE] = key < p.keys ? score_of(p, GROUP, key, scale, q, k, allowed, added, mask) : -INF;
    BARRIER();
    R higher = top;
    for (int i = 0; i < LANES; i++) {
      R s = scores[i];
      higher = IS_NAN(higher) ? higher : IS_NAN(s) ? s : higher > s ? higher : s;
    }
    if (higher == -INF) {
      continue;
    }
    R shrink = top == -INF ? 0 : exp(top - higher);
    total *= shrink;
    for (int c = 0; c < MAX_COLUMNS; c++) {
      sums[c] *= shrink;
    }
    for (int i = 0; i < LANES; i++) {
      R weight = scores[i] == -INF ? 0 : exp(scores[i] - higher);
      total += weight;
      if (weight != 0) { // what nobody looks at does not count, not even NaN
        GLOBAL const T *value = v + (start + run + i) * p.e;
        for (int c = 0; c * LANES + LANE < p.e; c++) {
          sums[c] = fma(weight, value[c * LANES + LANE], sums[c]);
        }
      }
    }
    top = higher;
  }
  for (int c = 0; c * LANES + LANE < p.e; c++) {
    y[GROUP * p.e + c * LANES + LANE] = total == 0 ? 0 : sums[c] / total;
  }
  if (LANE == 0) {
    lse[GROUP] = total == 0 ? -INF : top + log(total);
  }
}

// `p = exp(score - lse)` and `ds = p (dp - D)` of every query and key, `D = sum dy y` of the query.
KERNEL attention_slopes(
    long n, Problem p, R scale, GLOBAL const T *q, GLOBAL const T *k, GLOBAL const T *v,
    GLOBAL const uchar *allowed, GLOBAL const T *added, Steps mask, GLOBAL const T *lse,
    GLOBAL const T *dots, GLOBAL const T *dy, GLOBAL T *weights, GLOBAL T *slopes) {
  if (ITEM < n) {
    long row = ITEM / p.keys;
    int key = (int)(ITEM % p.keys);
    R score = score_of(p, row, key, scale, q, k, allowed, added, mask);
    R weight = score == -INF || lse[row] == -INF ? 0 : exp(score - lse[row]);
    GLOBAL const T *d = dy + row * p.e;
    GLOBAL const T *value = v + (first_key(p, row) + key) * p.e;
    R slope = 0;
    for (int i = 0; i < p.e; i++) {
      slope = fma(d[i], value[i], slope);
    }
    weights[ITEM] = weight;
    slopes[ITEM] = weight * (slope - dots[row]);
  }
}

// `D (rows) = sum dy y`
KERNEL row_dots(long rows, int e, GLOBAL const T *y, GLOBAL const T *dy, GLOBAL T *dots) {
  if (ITEM < rows) {
    R dot = 0;
    for (int i = 0; i < e; i++) {
      dot = fma(y[ITEM * e + i], dy[ITEM * e + i], dot);
    }
    dots[ITEM] = dot;
  }
}

// `dq = scale ds k`
KERNEL attention_query_grad(
    long n, Problem p, R scale, GLOBAL const T *k, GLOBAL const T *slopes, GLOBAL T *dq) {
  if (ITEM < n) {
    long row = ITEM / p.d;
    int i = (int)(ITEM % p.d);
    long start = first_key(p, row);
    R sum = 0;
    for (int key = 0; key < p.keys; key++) {
      sum = fma(slopes[row * p.keys + key], k[(start + key) * p.d + i], sum);
    }
    dq[ITEM] = scale * sum;
  }
}

// `dk = scale ds' q` and `dv = p' dy`: the sum of `factor (rows, S)` times `rows (rows, width)` over
// all queries that read the key.
KERNEL attention_key_grad(
    long n, Problem p, int width, R scale, GLOBAL const T *factor, GLOBAL const T *rows,
    GLOBAL T *result) {
  if (ITEM < n) {
    int i = (int)(ITEM % width);
    int key = (int)(ITEM / width % p.keys);
    long group = ITEM / width / p.keys;
    int shared = p.heads / p.groups;
    long first = group * shared * p.queries;
    R sum = 0;
    for (long row = first; row < first + (long)shared * p.queries; row++) {
      sum = fma(factor[row * p.keys + key], rows[row * width + i], sum);
    }
    result[ITEM] = scale * sum;
  }
}

// `x (rows, d)`, positions `cos, sin (positions, d/2)` in turn.
KERNEL rope(
    long n, int half_row, long period, int inverse, GLOBAL const T *x, GLOBAL const T *cosine,
    GLOBAL const T *sine, GLOBAL T *y) {
  if (ITEM < n) {
    long low = ITEM / half_row * 2 * half_row + ITEM % half_row;
    long high = low + half_row;
    R c = cosine[ITEM % period];
    R s = inverse ? -sine[ITEM % period] : sine[ITEM % period];
    y[low] = x[low] * c - x[high] * s;
    y[high] = x[high] * c + x[low] * s;
  }
}
