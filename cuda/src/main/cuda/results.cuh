// Elements of 16 bits, and results that leave the registers in pairs.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#if defined(H_BF16)
typedef __nv_bfloat16 H;
typedef __nv_bfloat162 H2;
#define PAIR(x, y) __floats2bfloat162_rn(x, y)
#define SINGLE(x) __float2bfloat16_rn(x)
#define WIDE(x) __bfloat162float(x)
#else
typedef __half H;
typedef __half2 H2;
#define PAIR(x, y) __floats2half2_rn(x, y)
#define SINGLE(x) __float2half_rn(x)
#define WIDE(x) __half2float(x)
#endif

// Where results go: y (m, n) of 16 or 32 bits, rows `ld` elements apart, and what is added to each row.
struct Results {
  void *y;
  int is_f32;
  long ld;
  const void *bias;
  int bias_is_f32;
  int m;
  int n;
};

// The first result is element `oy` behind y.
__device__ __forceinline__ Results results_at(
    void *y, long oy, int y_is_f32, long ldy, const void *bias, int bias_is_f32, int m, int n) {
  return {(char *)y + oy * (y_is_f32 ? 4 : 2), y_is_f32, ldy, bias, bias_is_f32, m, n};
}

__device__ __forceinline__ float bias_at(const Results &to, int column) {
  if (to.bias == nullptr || column >= to.n) {
    return 0;
  }
  return to.bias_is_f32 ? ((const float *)to.bias)[column] : WIDE(((const H *)to.bias)[column]);
}

// Two results of neighbouring columns, the first of an even number; those outside of y are dropped.
__device__ __forceinline__ void store_pair(const Results &to, int row, int column, float first, float second) {
  if (row >= to.m || column >= to.n) {
    return;
  }
  long at = (long)row * to.ld + column;
  bool both = column + 1 < to.n;
  bool pairs = both && to.ld % 2 == 0;
  if (to.is_f32) {
    float *y = (float *)to.y + at;
    if (pairs) {
      *(float2 *)y = make_float2(first, second);
    } else {
      y[0] = first;
      if (both) {
        y[1] = second;
      }
    }
  } else {
    H *y = (H *)to.y + at;
    if (pairs) {
      *(H2 *)y = PAIR(first, second);
    } else {
      y[0] = SINGLE(first);
      if (both) {
        y[1] = SINGLE(second);
      }
    }
  }
}
