// From any element type to any other. The source is T_… or, here alone, T_F16 or T_BF16.

#if defined(T_F16) || defined(T_BF16)
typedef ushort T;
typedef float R;
#define FLOATING
#endif

FUNCTION R loaded(GLOBAL const T *x, long i) {
#if defined(T_F16)
  return HALF_AT(x, i);
#elif defined(T_BF16)
  return FLOAT_OF((uint)x[i] << 16);
#else
  return x[i];
#endif
}

#if defined(T_F64)
// The float next to `v` towards zero whose last bit is set if it is not `v` itself: rounding it once
// more rounds `v` once.
FUNCTION float odd_float(double v) {
  float nearest = (float)v;
  if ((double)nearest == v || v != v || isinf(v)) {
    return nearest;
  }
  uint bits = BITS_OF(nearest);
  if (fabs((double)nearest) > fabs(v)) {
    bits -= 1;
  }
  return FLOAT_OF(bits | 1);
}
#define NARROW(v) odd_float(v)
#elif defined(FLOATING)
#define NARROW(v) (v)
#elif defined(HAS_DOUBLE)
FUNCTION float odd_long(long v) {
  double wide = (double)v;
  float nearest = (float)wide;
  if ((double)nearest == wide) {
    return nearest;
  }
  uint bits = BITS_OF(nearest);
  if (fabs((double)nearest) > fabs(wide)) {
    bits -= 1;
  }
  return FLOAT_OF(bits | 1);
}
#define NARROW(v) odd_long(v)
#else
#define NARROW(v) ((float)(v))
#endif

FUNCTION ushort bf16_bits(float v) {
  uint bits = BITS_OF(v);
  if (v != v) {
    return (ushort)((bits >> 16) | 0x40);
  }
  return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

#if defined(FLOATING)
#define WHOLE(v) WHOLE_OF(v)
#else
#define WHOLE(v) (v)
#endif

#define CAST(name, type, value)                                                    \
  KERNEL name(long n, int rank, Sizes sizes, Steps sx, GLOBAL const T *x, long ox, \
              GLOBAL type *y) {                                                    \
    if (ITEM < n) {                                                                \
      R v = loaded(x, ox + place(ITEM, rank, sizes, sx));                          \
      y[ITEM] = (type)(value);                                                     \
    }                                                                              \
  }

#if defined(HAS_DOUBLE)
CAST(to_F64, double, v)
#endif
CAST(to_F32, float, v)
CAST(to_BF16, ushort, bf16_bits(NARROW(v)))
CAST(to_I64, long, WHOLE(v))
CAST(to_I32, int, WHOLE(v))
CAST(to_U8, uchar, WHOLE(v))
CAST(to_I8, char, WHOLE(v))
CAST(to_BOOL, uchar, v != 0)

KERNEL to_F16(
    long n, int rank, Sizes sizes, Steps sx, GLOBAL const T *x, long ox, GLOBAL ushort *y) {
  if (ITEM < n) {
    STORE_HALF(NARROW(loaded(x, ox + place(ITEM, rank, sizes, sx))), y, ITEM);
  }
}
