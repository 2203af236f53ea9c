// Products of matrices of 16-bit numbers on Hopper's tensor cores: y (m, n) = op(a) (m, k) op(b) (k, n) [+ bias (n)].
//
// Sums are in F32 and are rounded once. A block is a producer, one thread of which feeds the copy engine, and one or two
// consumer warpgroups, each with 64 rows of a tile. Stages of 64 columns of a and rows of b go round in shared memory: the
// producer fills a stage when it is empty, the consumers multiply it when it is full. Blocks stay for all tiles.
//
// Where there are few tiles, k is cut into parts; each part's sums go to y[part] (m, n) in F32, and `add_parts` adds them in
// the order of the parts.
//
// Tiles in shared memory have rows of 128 bytes, whose 16-byte chunks are exchanged by the row's number (128-byte swizzle).
// An operand whose k is the contiguous axis lies there as (rows, 64 k); one whose rows are contiguous as blocks (64 k, 64 rows).
//
// Built for each element type (H_F16 or H_BF16) and layout (A_K or A_M, B_K or B_N: the contiguous axis of a and b).
//
// products_ROWSxN: 128 threads and 128 more for each 64 rows; any number of blocks; shared memory: see Shape.
// add_parts: 256 threads, one for each result.

#include "hopper.cuh"
#include "results.cuh"
#include "wgmma.cuh"

#ifdef A_M
constexpr int kTransposeA = 1;
#else
constexpr int kTransposeA = 0;
#endif
#ifdef B_N
constexpr int kTransposeB = 1;
#else
constexpr int kTransposeB = 0;
#endif

constexpr int kDepth = 64;          // of a stage: 128 bytes
constexpr int kBlockBytes = 8192;   // 64 rows of 128 bytes
constexpr int kGroupThreads = 128;
constexpr int kStagedColumns = 128; // results of a warpgroup that wait in shared memory for the copy engine

// A tile of 64 * CONSUMERS x N results.
template <int N, int STAGES, int CONSUMERS>
struct Shape {
  static constexpr int rows = 64 * CONSUMERS;
  static constexpr int a_bytes = rows * kDepth * 2;
  static constexpr int b_bytes = N * kDepth * 2;
  static constexpr int stage_bytes = a_bytes + b_bytes;
  static constexpr int staged_bytes = 64 * kStagedColumns * 2;
  // Stages, staged results, barriers, and what the alignment to 1,024 bytes may take.
  static constexpr int shared_bytes = STAGES * stage_bytes + CONSUMERS * staged_bytes + 16 * STAGES + 1024;
};

// A part of the work: a tile and a range of stages of k.
struct Piece {
  int row;
  int column;
  int part;
  int begin;
  int end;
};

// Where the matrix units find an operand: bits 0-13 the address, 16-29 the distance of 64-row blocks of a layout (k, rows),
// 32-45 that of groups of 8 lines, all in 16 bytes; bits 62-63: 1 for the 128-byte swizzle.
__device__ __forceinline__ uint64_t operand(uint32_t address) {
  return (uint64_t)((address & 0x3FFFF) >> 4) | ((uint64_t)(kBlockBytes >> 4) << 16) | ((uint64_t)(1024 >> 4) << 32) |
         ((uint64_t)1 << 62);
}

// From one step of 16 k to the next, in 16 bytes.
template <int TRANSPOSED>
constexpr uint64_t kStep = TRANSPOSED ? 128 : 2;

// Tiles are walked in bands of `band` rows, column after column in a band, so that blocks at work together share rows of a and
// columns of b in the second-level cache.
__device__ __forceinline__ Piece piece_at(int index, int rows, int columns, int band, int parts, int depths) {
  Piece piece;
  int tiles = rows * columns;
  piece.part = index / tiles;
  int tile = index - piece.part * tiles;
  int in_band = band * columns;
  int top = tile / in_band;
  int height = min(band, rows - top * band);
  int rest = tile - top * in_band;
  piece.row = top * band + rest % height;
  piece.column = rest / height;
  piece.begin = (int)((long)depths * piece.part / parts);
  piece.end = (int)((long)depths * (piece.part + 1) / parts);
  return piece;
}

struct Ring {
  int stage = 0;
  uint32_t parity = 0;
  template <int STAGES>
  __device__ __forceinline__ void next() {
    if (++stage == STAGES) {
      stage = 0;
      parity ^= 1;
    }
  }
};

// How the work is cut, the same for all blocks.
struct Plan {
  int rows;
  int columns;
  int band;
  int parts;
  int depths;
  __device__ __forceinline__ int pieces() const { return rows * columns * parts; }
  __device__ __forceinline__ Piece at(int index) const { return piece_at(index, rows, columns, band, parts, depths); }
};

template <typename S, int N, int STAGES>
__device__ __forceinline__ void produce(
    const TensorMap *map_a, const TensorMap *map_b, uint32_t stages, uint32_t full, uint32_t empty, const Plan &plan) {
  Ring ring;
  for (int index = blockIdx.x; index < plan.pieces(); index += gridDim.x) {
    Piece piece = plan.at(index);
    int m0 = piece.row * S::rows;
    int n0 = piece.column * N;
    for (int depth = piece.begin; depth < piece.end; depth++) {
      uint32_t a = stages + ring.stage * S::stage_bytes;
      uint32_t b = a + S::a_bytes;
      uint32_t bar = full + 8 * ring.stage;
      barrier_wait(empty + 8 * ring.stage, ring.parity ^ 1);
      barrier_expect(bar, S::stage_bytes);
      int k0 = depth * kDepth;
      if (kTransposeA) {
        for (int i = 0; i < S::rows / 64; i++) {
          load_box(a + i * kBlockBytes, map_a, m0 + 64 * i, k0, bar);
        }
      } else {
        load_box(a, map_a, k0, m0, bar);
      }
      if (kTransposeB) {
        for (int i = 0; i < N / 64; i++) {
          load_box(b + i * kBlockBytes, map_b, n0 + 64 * i, k0, bar);
        }
      } else {
        load_box(b, map_b, k0, n0, bar);
      }
      ring.next<STAGES>();
    }
  }
}

// Sums of a warpgroup to global memory, by the copy engine: y's rows begin at multiples of 16 bytes.
template <int N>
__device__ __forceinline__ void store_staged(
    float (&d)[N / 2], const TensorMap *map_y, uint32_t staged, int group, int m0, int n0, int m, int n) {
  int thread = threadIdx.x % kGroupThreads;
  int lane = thread % 32;
  int line = (thread / 32) * 16 + (lane & 15);
  constexpr int columns = N < kStagedColumns ? N : kStagedColumns;
#pragma unroll
  for (int from = 0; from < N; from += columns) {
    if (thread == 0) {
      stores_read();
    }
    group_sync<1, kGroupThreads>(group);
#pragma unroll
    for (int c = 0; c < columns / 16; c++) {
      int j = (from / 16 + c) * 8;
      H2 r0 = PAIR(d[j], d[j + 1]), r1 = PAIR(d[j + 2], d[j + 3]), r2 = PAIR(d[j + 4], d[j + 5]), r3 = PAIR(d[j + 6], d[j + 7]);
      int chunk = (c % 4) * 2 + (lane >> 4);
      uint32_t to = staged + (c / 4) * kBlockBytes + line * 128 + ((chunk ^ (line & 7)) << 4);
      asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(*(uint32_t *)&r0),
                   "r"(*(uint32_t *)&r1), "r"(*(uint32_t *)&r2), "r"(*(uint32_t *)&r3)
                   : "memory");
    }
    writes_ready();
    group_sync<1, kGroupThreads>(group);
    if (thread == 0) {
      if (m0 < m) {
        for (int c = 0; c < columns / 64; c++) {
          if (n0 + from + 64 * c < n) {
            store_box(map_y, n0 + from + 64 * c, m0, staged + c * kBlockBytes);
          }
        }
      }
      stores_commit();
    }
  }
}

// Sums of a warpgroup to global memory, of 16 or 32 bits, whatever the rows' length.
template <int N>
__device__ __forceinline__ void store_plain(float (&d)[N / 2], const Results &to, int m0, int n0) {
  int thread = threadIdx.x % kGroupThreads;
  int lane = thread % 32;
  int row = m0 + (thread / 32) * 16 + lane / 4;
#pragma unroll
  for (int j = 0; j < N / 8; j++) {
    int column = n0 + j * 8 + 2 * (lane % 4);
    store_pair(to, row, column, d[4 * j], d[4 * j + 1]);
    store_pair(to, row + 8, column, d[4 * j + 2], d[4 * j + 3]);
  }
}

template <int N>
__device__ __forceinline__ void add_bias(float (&d)[N / 2], const Results &to, int n0) {
#pragma unroll
  for (int j = 0; j < N / 8; j++) {
    int column = n0 + 8 * j + 2 * (threadIdx.x % 4);
    float first = bias_at(to, column), second = bias_at(to, column + 1);
    d[4 * j] += first;
    d[4 * j + 1] += second;
    d[4 * j + 2] += first;
    d[4 * j + 3] += second;
  }
}

template <int N, int STAGES, int CONSUMERS>
__device__ __forceinline__ void products(
    const TensorMap *map_a, const TensorMap *map_b, const TensorMap *map_y, int staged_stores, const Results &all, int k, int band,
    int parts) {
  using S = Shape<N, STAGES, CONSUMERS>;
  extern __shared__ char dynamic[];
  uint32_t stages = (shared_address(dynamic) + 1023) & ~1023u;
  uint32_t staged = stages + STAGES * S::stage_bytes;
  uint32_t full = staged + CONSUMERS * S::staged_bytes;
  uint32_t empty = full + 8 * STAGES;
  if (threadIdx.x == 0) {
    for (int i = 0; i < STAGES; i++) {
      barrier_init(full + 8 * i, 1);
      barrier_init(empty + 8 * i, CONSUMERS);
    }
    barriers_ready();
  }
  __syncthreads();
  Plan plan;
  plan.rows = (all.m + S::rows - 1) / S::rows;
  plan.columns = (all.n + N - 1) / N;
  plan.band = band;
  plan.parts = parts;
  plan.depths = (k + kDepth - 1) / kDepth;
  int warpgroup = threadIdx.x / kGroupThreads;
  if (warpgroup == 0) {
    if (CONSUMERS == 2) {
      give_registers<40>();
    }
    if (threadIdx.x == 0) {
      produce<S, N, STAGES>(map_a, map_b, stages, full, empty, plan);
    }
  } else {
    if (CONSUMERS == 2) {
      take_registers<232>();
    }
    int group = warpgroup - 1;
    int thread = threadIdx.x % kGroupThreads;
    Ring ring;
    float d[N / 2];
    for (int index = blockIdx.x; index < plan.pieces(); index += gridDim.x) {
      Piece piece = plan.at(index);
      int last = 0;
      for (int depth = piece.begin; depth < piece.end; depth++) {
        uint32_t a = stages + ring.stage * S::stage_bytes;
        uint64_t from_a = operand(a + group * kBlockBytes);
        uint64_t from_b = operand(a + S::a_bytes);
        barrier_wait(full + 8 * ring.stage, ring.parity);
        hold(d);
        wgmma_fence();
#pragma unroll
        for (int i = 0; i < kDepth / 16; i++) {
          multiply_add<kTransposeA, kTransposeB>(
              H(), d, from_a + i * kStep<kTransposeA>, from_b + i * kStep<kTransposeB>, i > 0 || depth > piece.begin);
        }
        wgmma_commit();
        if (depth > piece.begin) { // the products of the stage before are done
          wgmma_wait<1>();
          if (thread == 0) {
            barrier_arrive(empty + 8 * last);
          }
        }
        last = ring.stage;
        ring.next<STAGES>();
      }
      wgmma_wait<0>();
      hold(d);
      if (thread == 0) {
        barrier_arrive(empty + 8 * last);
      }
      int m0 = piece.row * S::rows + group * 64;
      int n0 = piece.column * N;
      Results to = all;
      if (parts > 1) {
        to.y = (float *)to.y + (long)piece.part * all.m * all.ld;
      } else if (to.bias != nullptr) {
        add_bias<N>(d, to, n0);
      }
      if (staged_stores) {
        store_staged<N>(d, map_y, staged + group * S::staged_bytes, group, m0, n0, all.m, all.n);
      } else {
        store_plain<N>(d, to, m0, n0);
      }
    }
    if (staged_stores && thread == 0) {
      stores_done();
    }
  }
}

// map_a, map_b: boxes of 64 elements of the contiguous axis; of the other the tile's rows (a) and its columns
// (b) where k is contiguous, else 64. map_y: boxes of 64 columns and 64 rows, for 16-bit results; used instead of `y` if
// staged_stores is not 0. oy: of the first result. band: see piece_at. parts: at most the stages of k; if there are several, y holds them in F32.
#define PRODUCTS(NAME, N, STAGES, CONSUMERS)                                                               \
  extern "C" __global__ void __launch_bounds__(128 + 128 * CONSUMERS, 1)            \
      NAME(const __grid_constant__ TensorMap map_a, const __grid_constant__ TensorMap map_b,                        \
           const __grid_constant__ TensorMap map_y, int staged_stores, void *y, long oy, int y_is_f32, long ldy,    \
           const void *bias, int bias_is_f32, int m, int n, int k, int band, int parts) {                           \
    Results to = results_at(y, oy, y_is_f32, ldy, bias, bias_is_f32, m, n);                                         \
    products<N, STAGES, CONSUMERS>(&map_a, &map_b, &map_y, staged_stores, to, k, band, parts);             \
  }

PRODUCTS(products_128x256, 256, 4, 2)
PRODUCTS(products_128x128, 128, 6, 2)
PRODUCTS(products_64x128, 128, 8, 1)

// y = the sum over parts of `partial` (parts, m, n), rows n apart, [+ bias]
extern "C" __global__ void add_parts(
    const float *partial, int parts, void *y, long oy, int y_is_f32, long ldy, const void *bias, int bias_is_f32, int m, int n) {
  Results to = results_at(y, oy, y_is_f32, ldy, bias, bias_is_f32, m, n);
  long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < (long)m * n) {
    float sum = partial[i];
    for (int part = 1; part < parts; part++) {
      sum += partial[part * (long)m * n + i];
    }
    int column = (int)(i % n);
    long at = i / n * ldy + column;
    sum += bias_at(to, column);
    if (y_is_f32) {
      ((float *)to.y)[at] = sum;
    } else {
      ((H *)to.y)[at] = SINGLE(sum);
    }
  }
}
