// Moving elements of one, two, four or eight bytes.

KERNEL move(
    long n, int rank, Sizes sizes, Steps sx, Steps sy, GLOBAL const T *x, long ox, GLOBAL T *y, long oy) {
  if (ITEM < n) {
    y[oy + place(ITEM, rank, sizes, sy)] = x[ox + place(ITEM, rank, sizes, sx)];
  }
}

KERNEL tril(long n, int rows, int columns, int diagonal, GLOBAL const T *x, GLOBAL T *y) {
  if (ITEM < n) {
    int column = (int)(ITEM % columns);
    int row = (int)(ITEM / columns % rows);
    y[ITEM] = column - row > diagonal ? 0 : x[ITEM];
  }
}

KERNEL choose(
    long n, int rank, Sizes sizes, Steps sc, Steps sa, Steps sb, GLOBAL const uchar *condition, long oc,
    GLOBAL const T *a, long oa, GLOBAL const T *b, long ob, GLOBAL T *y) {
  if (ITEM < n) {
    y[ITEM] = condition[oc + place(ITEM, rank, sizes, sc)] != 0
                  ? a[oa + place(ITEM, rank, sizes, sa)]
                  : b[ob + place(ITEM, rank, sizes, sb)];
  }
}

// `x (outer, size, inner), index (count) -> y (outer, count, inner)`
KERNEL take(
    long n, int size, int count, long inner, GLOBAL const long *index, GLOBAL const T *x, GLOBAL T *y) {
  if (ITEM < n) {
    long line = ITEM / inner;
    long outer = line / count;
    y[ITEM] = x[(outer * size + index[line % count]) * inner + ITEM % inner];
  }
}

// `x (outer, size, inner), index (outer, count, inner) -> y` of the shape of `index`
KERNEL pick(
    long n, int size, int count, long inner, GLOBAL const long *index, GLOBAL const T *x, GLOBAL T *y) {
  if (ITEM < n) {
    long outer = ITEM / inner / count;
    y[ITEM] = x[(outer * size + index[ITEM]) * inner + ITEM % inner];
  }
}
