// Sums, maxima and orders along axes.

// One element into the running result. Sums of floats carry what rounding has cut off (Kahan).
#if defined(FLOATING)
#define LOWEST (-INF)
#else
#define LOWEST ((R)(-9223372036854775807L - 1))
#endif

typedef struct {
  R value;
  R lost;
} Running;

FUNCTION Running begun(int max) {
  Running r;
  r.value = max ? LOWEST : 0;
  r.lost = 0;
  return r;
}

FUNCTION Running with(int max, Running r, R x) {
  if (max) {
    r.value = IS_NAN(r.value) ? r.value : IS_NAN(x) ? x : r.value > x ? r.value : x;
    return r;
  }
#if defined(FLOATING)
  R y = x - r.lost;
  R sum = r.value + y;
  r.lost = isfinite(sum) ? (sum - r.value) - y : 0;
  r.value = sum;
#else
  r.value += x;
#endif
  return r;
}

// `y_i` of `n` from the `count` elements that differ on the reduced axes alone; kept axes first.
KERNEL reduce_by_item(
    long n, int max, int kept, Sizes kept_sizes, Steps kept_steps, long count, int rank, Sizes sizes,
    Steps steps, GLOBAL const T *x, long ox, GLOBAL T *y) {
  if (ITEM < n) {
    long start = ox + place(ITEM, kept, kept_sizes, kept_steps);
    Running r = begun(max);
    for (long i = 0; i < count; i++) {
      r = with(max, r, x[start + place(i, rank, sizes, steps)]);
    }
    y[ITEM] = (T)r.value;
  }
}

#define REDUCE_LANES 128

// The same, a group for each result.
KERNEL reduce_by_group(
    long n, int max, int kept, Sizes kept_sizes, Steps kept_steps, long count, int rank, Sizes sizes,
    Steps steps, GLOBAL const T *x, long ox, GLOBAL T *y) {
  LOCAL R parts[REDUCE_LANES];
  long start = ox + place(GROUP, kept, kept_sizes, kept_steps);
  Running r = begun(max);
  for (long i = LANE; i < count; i += LANES) {
    r = with(max, r, x[start + place(i, rank, sizes, steps)]);
  }
  parts[LANE] = r.value;
  BARRIER();
  for (int half_way = LANES / 2; half_way > 0; half_way /= 2) {
    if (LANE < half_way) {
      Running both = begun(max);
      both.value = parts[LANE];
      parts[LANE] = with(max, both, parts[LANE + half_way]).value;
    }
    BARRIER();
  }
  if (LANE == 0) {
    y[GROUP] = (T)parts[0];
  }
}

// Whether `a` comes before `b` in rising order: NaN is largest, the two zeros are equal.
FUNCTION int before(R a, R b) { return a < b || (IS_NAN(b) && !IS_NAN(a)); }

// `x (outer, size, inner) -> y (outer, inner)`: the first index of the maximum.
KERNEL arg_max(long lines, int size, long inner, GLOBAL const T *x, GLOBAL long *y) {
  if (ITEM < lines) {
    GLOBAL const T *line = x + ITEM / inner * size * inner + ITEM % inner;
    int best = 0;
    for (int i = 1; i < size; i++) {
      best = before(line[best * inner], line[i * inner]) ? i : best;
    }
    y[ITEM] = best;
  }
}

// Stable order of each line: an item counts what comes before its element and puts it there, if
// that is among the first `k`. `x (outer, size, inner) -> values, indices (outer, k, inner)`
KERNEL order(
    long n, int size, long inner, int k, int descending, GLOBAL const T *x, GLOBAL T *values,
    GLOBAL long *indices) {
  if (ITEM < n) {
    long outer = ITEM / inner / size;
    int own = (int)(ITEM / inner % size);
    GLOBAL const T *line = x + outer * size * inner + ITEM % inner;
    R value = line[own * inner];
    int rank = 0;
    for (int i = 0; i < size; i++) {
      R other = line[i * inner];
      int first = descending ? before(value, other) : before(other, value);
      int later = descending ? before(other, value) : before(value, other);
      rank += first || (!later && i < own);
    }
    if (rank < k) {
      long at = (outer * k + rank) * inner + ITEM % inner;
      values[at] = line[own * inner];
      indices[at] = own;
    }
  }
}

KERNEL cumsum(long lines, int size, long inner, int reverse, GLOBAL const T *x, GLOBAL T *y) {
  if (ITEM < lines) {
    long start = ITEM / inner * size * inner + ITEM % inner;
    Running r = begun(0);
    for (int i = 0; i < size; i++) {
      long at = start + (reverse ? size - 1 - i : i) * inner;
      r = with(0, r, x[at]);
      y[at] = (T)r.value;
    }
  }
}

// `y (outer, size, inner)`, already a copy of the first input, gets the slices of `source (outer,
// count, inner)` added where `index (count)` says. An item owns a column and goes down it in order.
KERNEL index_add(
    long lines, int size, int count, long inner, GLOBAL const long *index, GLOBAL const T *source,
    GLOBAL T *y) {
  if (ITEM < lines) {
    long outer = ITEM / inner;
    long column = ITEM % inner;
    for (int i = 0; i < count; i++) {
      long at = (outer * size + index[i]) * inner + column;
      y[at] = STORED((R)y[at] + (R)source[(outer * count + i) * inner + column]);
    }
  }
}

// As `index_add`, with an index for every element of the source.
KERNEL scatter_add(
    long lines, int size, int count, long inner, GLOBAL const long *index, GLOBAL const T *source,
    GLOBAL T *y) {
  if (ITEM < lines) {
    long outer = ITEM / inner;
    long column = ITEM % inner;
    for (int i = 0; i < count; i++) {
      long from = (outer * count + i) * inner + column;
      long at = (outer * size + index[from]) * inner + column;
      y[at] = STORED((R)y[at] + (R)source[from]);
    }
  }
}
