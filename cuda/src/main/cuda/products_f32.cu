// f32 matrix products on the CUDA cores (sm_80 and newer, PTX 7.0): explicit fused multiply-adds,
// f32 sums, no TF32. The fast path beside `product` of products.cl, with which it must agree.
//
//   y_(b) (m, n) = a_(b) (m, k) w_(b) (k, n) [+ bias (n)]         y dense: (batches, m, n)
//
// One stride of each operand is 1; the name says which:
//   sgemm_nX_...   a(i, d) at i lda + d     (rows, the depth is contiguous)
//   sgemm_tX_...   a(i, d) at d lda + i     (a transposed matrix)
//   sgemm_Xn_...   w(d, j) at d ldw + j
//   sgemm_Xt_...   w(d, j) at j ldw + d     (weights (n, k) of a linear layer)
//   sgemm_nt_bf16_..., sgemm_nt_f16_...     the same with 16-bit w, widened on its way
//
// Kernels and tiles (rows x columns of y a block computes):
//   name suffix   tile      depth  threads  each   stages  dynamic shared bytes
//   _128x128      128x128   16     256      8x8    2       33792
//   _128x64       128x64    16     128      8x8    2       25600
//   _64x64        64x64     16     128      8x4    2       17408
// 16-bit w has 128x128 and 64x64.
//
// Parameters, in order:
//   int m, n, k
//   int depth        how much of k a block adds up: k, or, to split k, a multiple of 16 below it
//   int batches      number of matrices
//   int inner        matrix b is (b / inner, b % inner): two leading axes; inner = batches for one
//   long a_outer, a_inner, w_outer, w_inner     elements from one index of these axes to the next
//                    (0 where an operand is repeated)
//   long lda, ldw
//   int aligned      1: a may be read by 16 bytes, that is: its pointer is a multiple of 16 bytes;
//                       lda, a_outer and a_inner are multiples of 4
//                    2: the same of w (16-bit w: pointer a multiple of 8 bytes)
//                    4: the same of y and n
//   const float *a   const W *w   const float *bias (or 0)   float *y
//                    pointers already moved by the tensors' offsets
//
// Grid: x = ceil(m / rows of the tile) * ceil(n / columns), z = batches * ceil(k / depth) <= 65535.
// With depth < k, y is a workspace of (ceil(k / depth), batches, m, n) floats, bias is 0, and
// `sgemm_sum` adds the parts, always in the same order.
//
//   sgemm_sum  long count (= batches m n), int n, int parts, const float *from, const float *bias
//              (or 0), float *y; 256 threads, grid x = ceil(count / 256)
//
// ---- instructions

// Copies the first `bytes` of 4 or 16 bytes asynchronously and appends zeros. For 0 nothing is read,
// but `from` is an address inside of the matrix all the same.
template <int BYTES>
static __device__ __forceinline__ void copy(float *to, const float *from, int bytes) {
  unsigned at = (unsigned)__cvta_generic_to_shared(to);
  if (BYTES == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(at), "l"(from), "r"(bytes)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(at), "l"(from), "r"(bytes)
                 : "memory");
  }
}

static __device__ __forceinline__ void close_group() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits until at most `OPEN` of this thread's groups of copies are under way.
template <int OPEN>
static __device__ __forceinline__ void await_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(OPEN) : "memory");
}

static __device__ __forceinline__ float half_float(unsigned short bits) {
  float v;
  asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(bits));
  return v;
}

// ---- elements

struct Bf16 {
  unsigned short bits;
  __device__ __forceinline__ float value() const { return __uint_as_float((unsigned)bits << 16); }
};

struct F16 {
  unsigned short bits;
  __device__ __forceinline__ float value() const { return half_float(bits); }
};

struct F32 {
  float bits;
  __device__ __forceinline__ float value() const { return bits; }
};

// Four neighbours, read at once where the address allows.
template <class V>
struct alignas(4 * sizeof(V)) Four {
  V v[4];
};

// ---- from global to shared memory
//
// A tile lies in shared memory as (DEPTH, SIZE), where SIZE runs along the rows or columns of y,
// with 4 floats between the lines: so the transposing stores below meet no bank twice. Rows that lie
// outside of the matrix may hold anything (they reach no result), depths outside must be 0.

template <int SIZE>
static constexpr int line = SIZE + 4;

// An operand whose depth is contiguous, through registers: four depths of a row for a thread, a
// warp reads 16 rows of 32 bytes each.
template <class V, int SIZE, int DEPTH, int THREADS>
struct Staged {
  static constexpr bool STAGED = true;
  static constexpr int ROWS = THREADS / 2;
  static constexpr int PASSES = SIZE / ROWS;
  static constexpr int BLOCKS = DEPTH / 8;
  static_assert(SIZE % ROWS == 0 && DEPTH % 8 == 0, "tile");
  const V *at[PASSES];
  Four<V> held[PASSES][BLOCKS];
  int left;
  bool wide;

  __device__ __forceinline__ Staged(
      const V *from, long step, int first, int size, int depth, bool aligned)
      : left(depth), wide(aligned) {
#pragma unroll
    for (int p = 0; p < PASSES; p++) {
      int row = min(first + (int)threadIdx.x / 2 + p * ROWS, size - 1);
      at[p] = from + row * step + threadIdx.x % 2 * 4;
    }
  }

  __device__ __forceinline__ void fetch(float *) {
    if (wide && left >= DEPTH) {
#pragma unroll
      for (int p = 0; p < PASSES; p++) {
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
          held[p][b] = *(const Four<V> *)(at[p] + b * 8);
        }
      }
    } else {
      int own = left - (int)threadIdx.x % 2 * 4;
#pragma unroll
      for (int p = 0; p < PASSES; p++) {
#pragma unroll
        for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
          for (int d = 0; d < 4; d++) {
            held[p][b].v[d] = b * 8 + d < own ? at[p][b * 8 + d] : V{};
          }
        }
      }
    }
#pragma unroll
    for (int p = 0; p < PASSES; p++) {
      at[p] += DEPTH;
    }
    left -= DEPTH;
  }

  __device__ __forceinline__ void store(float *tile) {
    float *to = tile + threadIdx.x % 2 * 4 * line<SIZE> + threadIdx.x / 2;
#pragma unroll
    for (int p = 0; p < PASSES; p++) {
#pragma unroll
      for (int b = 0; b < BLOCKS; b++) {
#pragma unroll
        for (int d = 0; d < 4; d++) {
          to[(b * 8 + d) * line<SIZE> + p * ROWS] = held[p][b].v[d].value();
        }
      }
    }
  }
};

// An operand whose rows (or columns) of y are contiguous.
template <int SIZE, int DEPTH, int THREADS>
struct Straight {
  static constexpr bool STAGED = false;
  static constexpr int ACROSS = SIZE / 4;
  static constexpr int DEEP = THREADS / ACROSS;
  static constexpr int PASSES = DEPTH / DEEP;
  static_assert(THREADS % ACROSS == 0 && DEPTH % DEEP == 0, "tile");
  const float *origin, *at;
  long step;
  int to;
  int inside;
  int left;
  bool wide;

  __device__ __forceinline__ Straight(
      const F32 *from, long distance, int first, int size, int depth, bool aligned)
      : origin((const float *)from), step(distance), wide(aligned) {
    int row = threadIdx.x % ACROSS * 4;
    int d = threadIdx.x / ACROSS;
    inside = min(max(size - first - row, 0), 4);
    at = (const float *)from + d * step + (inside > 0 ? first + row : 0);
    to = d * line<SIZE> + row;
    left = depth - d;
  }

  __device__ __forceinline__ void fetch(float *tile) {
    const float *from = at;
#pragma unroll
    for (int p = 0; p < PASSES; p++) {
      int count = p * DEEP < left ? inside : 0;
      float *target = tile + to + p * DEEP * line<SIZE>;
      if (wide) {
        copy<16>(target, count > 0 ? from : origin, count * 4);
      } else {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          copy<4>(target + i, i < count ? from + i : origin, i < count ? 4 : 0);
        }
      }
      from += DEEP * step;
    }
    at += DEPTH * step;
    left -= DEPTH;
  }

  __device__ __forceinline__ void store(float *) {}
};

template <bool FIRST, class A, class B>
struct Either {
  typedef A type;
};

template <class A, class B>
struct Either<false, A, B> {
  typedef B type;
};

// ---- the product

// A block's tile. WARPS_M x WARPS_N warps; a thread computes EACH_M x EACH_N results, in pieces of
// 4 x 4.
template <
    int ROWS_, int COLUMNS_, int DEPTH_, int WARPS_M_, int WARPS_N_, int EACH_M_, int EACH_N_,
    int STAGES_>
struct Tile {
  static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_;
  static constexpr int WARPS_N = WARPS_N_, EACH_M = EACH_M_, EACH_N = EACH_N_, STAGES = STAGES_;
  static constexpr int THREADS = 32 * WARPS_M_ * WARPS_N_;
  static constexpr int LANES_M = ROWS / WARPS_M_ / EACH_M;
  static constexpr int LANES_N = COLUMNS / WARPS_N / EACH_N;
  static constexpr int STAGE_A = DEPTH * line<ROWS>;
  static constexpr int STAGE = STAGE_A + DEPTH * line<COLUMNS>;
  static_assert(LANES_M * LANES_N == 32, "lanes");
};

template <int EACH, int LANES>
static __device__ __forceinline__ void take(float (&to)[EACH], const float *from) {
#pragma unroll
  for (int i = 0; i < EACH; i += 4) {
    float4 four = *(const float4 *)(from + i * LANES);
    to[i] = four.x;
    to[i + 1] = four.y;
    to[i + 2] = four.z;
    to[i + 3] = four.w;
  }
}

extern __shared__ float4 pool[];

template <class S, bool A_DEEP, bool W_DEEP, class V>
static __device__ __forceinline__ void product(
    int m, int n, int k, int depth, int batches, int inner, long a_outer, long a_inner, long w_outer,
    long w_inner, long lda, long ldw, int aligned, const float *a, const V *w, const float *bias,
    float *y) {
  constexpr int DEPTH = S::DEPTH;
  typedef typename Either<
      A_DEEP, Staged<F32, S::ROWS, DEPTH, S::THREADS>,
      Straight<S::ROWS, DEPTH, S::THREADS>>::type A;
  typedef typename Either<
      W_DEEP, Staged<V, S::COLUMNS, DEPTH, S::THREADS>,
      Straight<S::COLUMNS, DEPTH, S::THREADS>>::type W;

  // Bands of 8 tiles' rows, walked column by column: neighbours in time share what they read.
  int columns = (n + S::COLUMNS - 1) / S::COLUMNS;
  int band = blockIdx.x / (8 * columns) * 8;
  int height = min((m + S::ROWS - 1) / S::ROWS - band, 8);
  int in_band = blockIdx.x - band * columns;
  int top = (band + in_band % height) * S::ROWS;
  int left = in_band / height * S::COLUMNS;
  int matrix = blockIdx.z % batches;
  int start = blockIdx.z / batches * depth;
  depth = min(depth, k - start);
  a += matrix / inner * a_outer + matrix % inner * a_inner + start * (A_DEEP ? 1 : lda);
  w += matrix / inner * w_outer + matrix % inner * w_inner + start * (W_DEEP ? 1 : ldw);
  A from_a((const F32 *)a, lda, top, m, depth, aligned & 1);
  W from_w(w, ldw, left, n, depth, aligned & 2);

  float *shared = (float *)pool;
  int lane = threadIdx.x % 32;
  int warp = threadIdx.x / 32;
  // Neighbouring lanes differ in row and column by turns: a half warp then reads a fragment of
  // either operand in one go.
  int row = warp / S::WARPS_N * S::LANES_M * S::EACH_M
      + (lane / (2 * S::LANES_N) * 2 + lane % 2) * 4;
  int column = warp % S::WARPS_N * S::LANES_N * S::EACH_N + lane / 2 % S::LANES_N * 4;

  float sum[S::EACH_M][S::EACH_N];
#pragma unroll
  for (int i = 0; i < S::EACH_M; i++) {
#pragma unroll
    for (int j = 0; j < S::EACH_N; j++) {
      sum[i][j] = 0;
    }
  }

  // Copies run STAGES - 1 tiles ahead, registers one tile.
  int tiles = (depth + DEPTH - 1) / DEPTH;
#pragma unroll
  for (int s = 0; s < S::STAGES - 1; s++) {
    float *stage = shared + s * S::STAGE;
    if (s < tiles) {
      if (!A::STAGED) {
        from_a.fetch(stage);
      }
      if (!W::STAGED) {
        from_w.fetch(stage + S::STAGE_A);
      }
    }
    close_group();
  }
  if (A::STAGED) {
    from_a.fetch(shared);
  }
  if (W::STAGED) {
    from_w.fetch(shared + S::STAGE_A);
  }
  from_a.store(shared);
  from_w.store(shared + S::STAGE_A);

  int reading = 0;
  int copying = (S::STAGES - 1) * S::STAGE;
  for (int t = 0; t < tiles; t++) {
    await_groups<S::STAGES - 2>();
    __syncthreads();
    if (t + S::STAGES - 1 < tiles) {
      if (!A::STAGED) {
        from_a.fetch(shared + copying);
      }
      if (!W::STAGED) {
        from_w.fetch(shared + copying + S::STAGE_A);
      }
    }
    close_group();
    if (t + 1 < tiles) {
      if (A::STAGED) {
        from_a.fetch(shared);
      }
      if (W::STAGED) {
        from_w.fetch(shared);
      }
    }
    const float *tile_a = shared + reading + row;
    const float *tile_w = shared + reading + S::STAGE_A + column;
    float l[2][S::EACH_M];
    float r[2][S::EACH_N];
    take<S::EACH_M, S::LANES_M>(l[0], tile_a);
    take<S::EACH_N, S::LANES_N>(r[0], tile_w);
#pragma unroll
    for (int d = 0; d < DEPTH; d++) {
      if (d + 1 < DEPTH) {
        take<S::EACH_M, S::LANES_M>(l[(d + 1) % 2], tile_a + (d + 1) * line<S::ROWS>);
        take<S::EACH_N, S::LANES_N>(r[(d + 1) % 2], tile_w + (d + 1) * line<S::COLUMNS>);
      }
#pragma unroll
      for (int i = 0; i < S::EACH_M; i++) {
#pragma unroll
        for (int j = 0; j < S::EACH_N; j++) {
          // To and fro, so that one factor stays.
          int c = i % 2 == 0 ? j : S::EACH_N - 1 - j;
          sum[i][c] = fmaf(l[d % 2][i], r[d % 2][c], sum[i][c]);
        }
      }
    }
    copying = reading;
    reading = reading == (S::STAGES - 1) * S::STAGE ? 0 : reading + S::STAGE;
    if (t + 1 < tiles) {
      from_a.store(shared + reading);
      from_w.store(shared + reading + S::STAGE_A);
    }
  }

  y += (long)blockIdx.z * m * n;
#pragma unroll
  for (int j = 0; j < S::EACH_N; j += 4) {
    int at = left + column + j * S::LANES_N;
    float b[4];
#pragma unroll
    for (int c = 0; c < 4; c++) {
      b[c] = bias && at + c < n ? bias[at + c] : 0;
    }
#pragma unroll
    for (int i = 0; i < S::EACH_M; i++) {
      int line_y = top + row + i / 4 * 4 * S::LANES_M + i % 4;
      float *to = y + (long)line_y * n + at;
      if (line_y < m) {
        if ((aligned & 4) && at < n) {
          *(float4 *)to = make_float4(
              sum[i][j] + b[0], sum[i][j + 1] + b[1], sum[i][j + 2] + b[2], sum[i][j + 3] + b[3]);
        } else {
#pragma unroll
          for (int c = 0; c < 4; c++) {
            if (at + c < n) {
              to[c] = sum[i][j + c] + b[c];
            }
          }
        }
      }
    }
  }
}

#define PRODUCT(NAME, TILE, BLOCKS, A_DEEP, W_DEEP, V)                                            \
  extern "C" __global__ void __launch_bounds__(TILE::THREADS, BLOCKS) NAME(                       \
      int m, int n, int k, int depth, int batches, int inner, long a_outer, long a_inner,         \
      long w_outer, long w_inner, long lda, long ldw, int aligned, const float *a, const V *w,    \
      const float *bias, float *y) {                                                              \
    product<TILE, A_DEEP, W_DEEP, V>(                                                             \
        m, n, k, depth, batches, inner, a_outer, a_inner, w_outer, w_inner, lda, ldw, aligned, a, \
        w, bias, y);                                                                              \
  }

//           rows columns depth warps each stages copies
typedef Tile<128, 128, 16, 4, 2, 8, 8, 2> Tile128;
typedef Tile<128, 64, 16, 2, 2, 8, 8, 2> Tile64;
typedef Tile<64, 64, 16, 2, 2, 8, 4, 2> TileSmall;

#define LAYOUTS(SUFFIX, TILE, BLOCKS)                          \
  PRODUCT(sgemm_nn_##SUFFIX, TILE, BLOCKS, true, false, F32)   \
  PRODUCT(sgemm_nt_##SUFFIX, TILE, BLOCKS, true, true, F32)    \
  PRODUCT(sgemm_tn_##SUFFIX, TILE, BLOCKS, false, false, F32)  \
  PRODUCT(sgemm_tt_##SUFFIX, TILE, BLOCKS, false, true, F32)

LAYOUTS(128x128, Tile128, 2)
LAYOUTS(128x64, Tile64, 4)
LAYOUTS(64x64, TileSmall, 5)
PRODUCT(sgemm_nt_bf16_128x128, Tile128, 2, true, true, Bf16)
PRODUCT(sgemm_nt_f16_128x128, Tile128, 2, true, true, F16)
PRODUCT(sgemm_nt_bf16_64x64, TileSmall, 5, true, true, Bf16)
PRODUCT(sgemm_nt_f16_64x64, TileSmall, 5, true, true, F16)

extern "C" __global__ void sgemm_sum(
    long count, int n, int parts, const float *from, const float *bias, float *y) {
  long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) {
    float sum = from[i];
    for (int p = 1; p < parts; p++) {
      sum += from[p * count + i];
    }
    y[i] = sum + (bias ? bias[i % n] : 0);
  }
}
