// Products of matrices: tiles of 32 x 32 results for a group of 8 x 8 items, 4 x 4 results each.
//
// W is the type of the right operand in memory: with W_F16 or W_BF16 it is widened on its way.

#if defined(W_F16) || defined(W_BF16)
typedef ushort W;
#else
typedef T W;
#endif

FUNCTION R weight(GLOBAL const W *w, long i) {
#if defined(W_F16)
  return HALF_AT(w, i);
#elif defined(W_BF16)
  return FLOAT_OF((uint)w[i] << 16);
#else
  return w[i];
#endif
}

#define TILE 32
#define DEPTH 16
#define SIDE 8
#define EACH 4

// `y_(b) = op(a)_(b) op(w)_(b) [+ bias]`; leading axes are walked with their own steps, 0 where an
// operand repeats. Groups: tiles of the columns, then of the rows, then matrices.
KERNEL product(
    int m, int n, int k, int rank, Sizes batch, Steps step_a, Steps step_w, long row_a, long col_a,
    long row_w, long col_w, GLOBAL const T *a, long oa, GLOBAL const W *w, long ow, int has_bias,
    GLOBAL const T *bias, GLOBAL T *y) {
  LOCAL R tile_a[DEPTH][TILE];
  LOCAL R tile_w[DEPTH][TILE];
  int columns = (n + TILE - 1) / TILE;
  int rows = (m + TILE - 1) / TILE;
  long matrix = GROUP / ((long)columns * rows);
  int top = (int)(GROUP / columns % rows) * TILE;
  int left = (int)(GROUP % columns) * TILE;
  GLOBAL const T *from_a = a + oa + place(matrix, rank, batch, step_a);
  long start_w = ow + place(matrix, rank, batch, step_w);
  int item_row = LANE / SIDE;
  int item_column = LANE % SIDE;
  R sum[EACH][EACH];
  for (int i = 0; i < EACH; i++) {
    for (int j = 0; j < EACH; j++) {
      sum[i][j] = 0;
    }
  }
  for (int depth = 0; depth < k; depth += DEPTH) {
    for (int at = LANE; at < DEPTH * TILE; at += SIDE * SIDE) {
      // Neighbouring items read neighbouring addresses, whichever axis is contiguous.
      int da = col_a == 1 ? at % DEPTH : at / TILE;
      int ia = col_a == 1 ? at / DEPTH : at % TILE;
      int in_a = top + ia < m && depth + da < k;
      tile_a[da][ia] = in_a ? from_a[(top + ia) * row_a + (depth + da) * col_a] : 0;
      int dw = row_w == 1 ? at % DEPTH : at / TILE;
      int jw = row_w == 1 ? at / DEPTH : at % TILE;
      int in_w = left + jw < n && depth + dw < k;
      tile_w[dw][jw] =
          in_w ? weight(w, start_w + (depth + dw) * row_w + (left + jw) * col_w) : 0;
    }
    BARRIER();
    for (int d = 0; d < DEPTH; d++) {
      R right[EACH];
      for (int j = 0; j < EACH; j++) {
        right[j] = tile_w[d][item_column * EACH + j];
      }
      for (int i = 0; i < EACH; i++) {
        R l = tile_a[d][item_row * EACH + i];
        for (int j = 0; j < EACH; j++) {
          sum[i][j] = fma(l, right[j], sum[i][j]);
        }
      }
    }
    BARRIER();
  }
  GLOBAL T *to = y + matrix * m * n;
  for (int i = 0; i < EACH; i++) {
    for (int j = 0; j < EACH; j++) {
      int row = top + item_row * EACH + i;
      int column = left + item_column * EACH + j;
      if (row < m && column < n) {
        to[(long)row * n + column] = sum[i][j] + (has_bias ? bias[column] : 0);
      }
    }
  }
}

#define DOT_LANES 64

// `y (rows, n) = x (rows, k) w (n, k)' [+ bias]` for few rows: a group for each result.
KERNEL product_with_rows(
    int n, int k, long row_w, GLOBAL const T *x, GLOBAL const W *w, long ow, int has_bias,
    GLOBAL const T *bias, GLOBAL T *y) {
  LOCAL R parts[DOT_LANES];
  int column = (int)(GROUP % n);
  GLOBAL const T *row = x + GROUP / n * k;
  long start = ow + column * row_w;
  R sum = 0;
  for (int i = LANE; i < k; i += LANES) {
    sum = fma(row[i], weight(w, start + i), sum);
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
    y[GROUP] = parts[0] + (has_bias ? bias[column] : 0);
  }
}
