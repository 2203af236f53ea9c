// Products of matrices of 16-bit numbers on tensor cores since sm_80: y (m, n) = op(a) (m, k) op(b) (k, n) [+ bias (n)].
//
// Sums are in F32 and are rounded once. A block of four warps makes a tile of 128 x 128 results, each warp 64 x 64 of them by
// `mma.m16n8k16`. Three stages of 64 columns of a and rows of b go round in shared memory, filled by asynchronous copies of
// 16 bytes, whose part outside of the operand is filled up with zeros. Rows there are 128 bytes long, and their 16-byte chunks
// are exchanged by the row's number, so that `ldmatrix` meets no bank twice.
//
// Built for each element type (H_F16 or H_BF16) and layout (A_K or A_M, B_K or B_N: the contiguous axis of a and b).
//
// products_mma: 128 threads; grid: tiles of 128 x 128; shared memory: 98,304 bytes.

#include <stdint.h>

#include "results.cuh"

#if defined(H_BF16)
#define MMA_TYPE "bf16"
#else
#define MMA_TYPE "f16"
#endif

#ifdef A_M
constexpr bool kTransposeA = true;
#else
constexpr bool kTransposeA = false;
#endif
#ifdef B_N
constexpr bool kTransposeB = true;
#else
constexpr bool kTransposeB = false;
#endif

constexpr int kSide = 128;
constexpr int kDepth = 64;
constexpr int kStages = 3;
constexpr int kThreads = 128;
constexpr int kBlockBytes = 8192;                        // 64 lines of 128 bytes
constexpr int kOperandBytes = kSide * kDepth * 2;
constexpr int kBand = 8;                                 // rows of tiles that are walked together

__device__ __forceinline__ void copy16(uint32_t to, const void *from, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
}

template <bool TRANSPOSED>
__device__ __forceinline__ void load8x8x4(uint32_t (&r)[4], uint32_t from) {
  if (TRANSPOSED) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(from)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(from)
                 : "memory");
  }
}

__device__ __forceinline__ void multiply_add(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." MMA_TYPE "." MMA_TYPE
               ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Where 16 bytes lie: `line` and `chunk` of (lines, 64 elements), or of blocks (64 lines, 64 elements) if there are more chunks.
__device__ __forceinline__ uint32_t place(int line, int chunk) {
  return (chunk >> 3) * kBlockBytes + line * 128 + (((chunk & 7) ^ (line & 7)) << 4);
}

// A part of an operand, of which `side` begins at `first` and k at `k0`, to shared memory.
template <bool TRANSPOSED>
__device__ __forceinline__ void fetch(uint32_t to, const H *x, long ld, int first, int side, int k0, int k) {
  constexpr int chunks_of_line = TRANSPOSED ? kSide / 8 : kDepth / 8;
#pragma unroll
  for (int i = 0; i < kSide * kDepth / 8 / kThreads; i++) {
    int at = threadIdx.x + i * kThreads;
    int line = at / chunks_of_line;
    int chunk = at % chunks_of_line;
    int row = (TRANSPOSED ? k0 : first) + line;
    int column = (TRANSPOSED ? first : k0) + chunk * 8;
    int rows = TRANSPOSED ? k : side;
    int columns = TRANSPOSED ? side : k;
    int there = row < rows ? min(8, max(0, columns - column)) : 0;
    copy16(to + place(line, chunk), there > 0 ? x + (long)row * ld + column : x, there * 2);
  }
}

// a (m, k) or, transposed, (k, m); b (n, k) or (k, n): rows lda and ldb elements apart, the first elements oa and ob, all of
// them multiples of 8.
extern "C" __global__ void __launch_bounds__(kThreads)
    products_mma(const H *a, long oa, long lda, const H *b, long ob, long ldb, void *y, long oy, int y_is_f32, long ldy,
                 const void *bias, int bias_is_f32, int m, int n, int k) {
  Results to = results_at(y, oy, y_is_f32, ldy, bias, bias_is_f32, m, n);
  a += oa;
  b += ob;
  extern __shared__ __align__(128) char dynamic[];
  uint32_t stages = (uint32_t)__cvta_generic_to_shared(dynamic);
  int rows = (to.m + kSide - 1) / kSide;
  int columns = (to.n + kSide - 1) / kSide;
  int in_band = kBand * columns;
  int band = blockIdx.x / in_band;
  int height = min(kBand, rows - band * kBand);
  int rest = blockIdx.x - band * in_band;
  int m0 = (band * kBand + rest % height) * kSide;
  int n0 = rest / height * kSide;
  int lane = threadIdx.x % 32;
  int warp = threadIdx.x / 32;
  int top = (warp / 2) * 64;
  int left = (warp % 2) * 64;
  int depths = (k + kDepth - 1) / kDepth;

  float d[4][8][4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
#pragma unroll
    for (int j = 0; j < 8; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        d[i][j][e] = 0;
      }
    }
  }
#pragma unroll
  for (int s = 0; s < kStages - 1; s++) {
    if (s < depths) {
      fetch<kTransposeA>(stages + s * 2 * kOperandBytes, a, lda, m0, to.m, s * kDepth, k);
      fetch<kTransposeB>(stages + s * 2 * kOperandBytes + kOperandBytes, b, ldb, n0, to.n, s * kDepth, k);
    }
    asm volatile("cp.async.commit_group;" ::: "memory");
  }
  for (int depth = 0; depth < depths; depth++) {
    asm volatile("cp.async.wait_group %0;" ::"n"(kStages - 2) : "memory");
    __syncthreads(); // this stage is there, and all are done with the one before
    int ahead = depth + kStages - 1;
    if (ahead < depths) {
      uint32_t next = stages + (ahead % kStages) * 2 * kOperandBytes;
      fetch<kTransposeA>(next, a, lda, m0, to.m, ahead * kDepth, k);
      fetch<kTransposeB>(next + kOperandBytes, b, ldb, n0, to.n, ahead * kDepth, k);
    }
    asm volatile("cp.async.commit_group;" ::: "memory");
    uint32_t from_a = stages + (depth % kStages) * 2 * kOperandBytes;
    uint32_t from_b = from_a + kOperandBytes;
#pragma unroll
    for (int step = 0; step < kDepth / 16; step++) {
      uint32_t x[4][4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        if (kTransposeA) {
          int line = step * 16 + (lane & 7) + ((lane >> 4) << 3);
          load8x8x4<true>(x[i], from_a + place(line, (top + i * 16) / 8 + ((lane >> 3) & 1)));
        } else {
          load8x8x4<false>(x[i], from_a + place(top + i * 16 + (lane & 15), step * 2 + (lane >> 4)));
        }
      }
#pragma unroll
      for (int j = 0; j < 4; j++) { // two tiles of 8 columns each
        uint32_t w[4];
        if (kTransposeB) {
          int line = step * 16 + (lane & 15);
          load8x8x4<true>(w, from_b + place(line, (left + j * 16) / 8 + (lane >> 4)));
        } else {
          int line = left + j * 16 + (lane & 7) + ((lane >> 4) << 3);
          load8x8x4<false>(w, from_b + place(line, step * 2 + ((lane >> 3) & 1)));
        }
#pragma unroll
        for (int i = 0; i < 4; i++) {
          multiply_add(d[i][2 * j], x[i], w[0], w[1]);
          multiply_add(d[i][2 * j + 1], x[i], w[2], w[3]);
        }
      }
    }
  }
  asm volatile("cp.async.wait_group 0;" ::: "memory");
#pragma unroll
  for (int j = 0; j < 8; j++) {
    int column = n0 + left + j * 8 + 2 * (lane % 4);
    float first = bias_at(to, column), second = bias_at(to, column + 1);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int row = m0 + top + i * 16 + lane / 4;
      store_pair(to, row, column, d[i][j][0] + first, d[i][j][1] + second);
      store_pair(to, row + 8, column, d[i][j][2] + first, d[i][j][3] + second);
    }
  }
}
