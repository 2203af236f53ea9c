// Rows of numbers stored in blocks that share scales; see `BlockFormat`. An item spells out one
// element.

FUNCTION float half_at(GLOBAL const uchar *block, int at) {
  return HALF_AT(block + at, 0);
}

KERNEL q8_0(long n, GLOBAL const uchar *x, GLOBAL float *y) {
  if (ITEM < n) {
    GLOBAL const uchar *block = x + ITEM / 32 * 34;
    y[ITEM] = half_at(block, 0) * (char)block[2 + ITEM % 32];
  }
}

KERNEL q4_0(long n, GLOBAL const uchar *x, GLOBAL float *y) {
  if (ITEM < n) {
    GLOBAL const uchar *block = x + ITEM / 32 * 18;
    int i = (int)(ITEM % 32);
    int q = block[2 + i % 16] >> (i / 16 * 4) & 15;
    y[ITEM] = half_at(block, 0) * (q - 8);
  }
}

KERNEL q4_k(long n, GLOBAL const uchar *x, GLOBAL float *y) {
  if (ITEM < n) {
    GLOBAL const uchar *block = x + ITEM / 256 * 144;
    int i = (int)(ITEM % 256);
    int part = i / 32;
    int q = block[16 + part / 2 * 32 + i % 32] >> (part % 2 * 4) & 15;
    int scale = part < 4 ? block[4 + part] & 63 : (block[8 + part] & 15) | (block[part] >> 6 << 4);
    int shift =
        part < 4 ? block[8 + part] & 63 : block[8 + part] >> 4 | (block[4 + part] >> 6 << 4);
    y[ITEM] = half_at(block, 0) * scale * q - half_at(block, 2) * shift;
  }
}

KERNEL q6_k(long n, GLOBAL const uchar *x, GLOBAL float *y) {
  if (ITEM < n) {
    GLOBAL const uchar *block = x + ITEM / 256 * 210;
    int i = (int)(ITEM % 256);
    int part = i / 128;
    int quarter = i % 128 / 32;
    int low = block[part * 64 + quarter % 2 * 32 + i % 32] >> (quarter / 2 * 4);
    int high = block[128 + part * 32 + i % 32] >> (2 * quarter);
    int q = ((low & 15) | ((high & 3) << 4)) - 32;
    y[ITEM] = half_at(block, 208) * (char)block[192 + i / 16] * q;
  }
}
