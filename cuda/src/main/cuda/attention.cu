// Fused attention with tensor cores for sm_80 and newer: forward, and a backward without atomics.
//
// Method: FlashAttention-2 (Dao 2023, arXiv 2307.08691). The matrix of scores never reaches global memory.
//
// Shapes, row-major and contiguous, 16-byte aligned:
//   q, y, dy, dq  (batch, heads, queries, d)        16-bit (bfloat16 or float16)
//   k, v, dk, dv  (batch, kv_heads, keys, d)        16-bit
//   lse           (batch, heads, queries)           f32
//   stats         (batch, heads, queries, 2)        f32, workspace of the backward
// Query head h uses key/value head h / (heads / kv_heads). d is a multiple of 8 and at most the D of the instance
// (the rest of a row is filled with zeros in shared memory). scale > 0.
//
// Forward, for query i:
//   s_j = scale * q_i . k_j   over the keys j (causal: j <= i + keys - queries, aligned at the bottom right)
//   y_i = sum_j exp(s_j - m) v_j / sum_j exp(s_j - m)      lse_i = m + ln sum_j exp(s_j - m)      m = max_j s_j
// A query that sees no key gets y = 0 and lse = -infinity.
//
// Backward, with p_ij = exp(s_ij - lse_i) and delta_i = dy_i . y_i:
//   dv_j = sum_i p_ij dy_i     ds_ij = p_ij (dy_i . v_j - delta_i)     dk_j = scale sum_i ds_ij q_i     dq_i = scale sum_j ds_ij k_j
// Three kernels: rows (stats), keys (dk, dv: one block per tile of keys, loops over queries and over the query heads of the group),
// queries (dq: one block per tile of queries, loops over keys and computes p again). Sums are always taken in the same order.
//
// ------------------------------------------------------------------------------------------------------------------------------
// Entry points. TYPE is bf16 or f16. All integers are 32-bit.
//
//   attention_forward_TYPE_dD(int batch, int heads, int kv_heads, int queries, int keys, int d, int causal, float scale,
//                             q, k, v, y, float* lse)                       lse may be null
//   attention_backward_rows_TYPE(int rows, int d, dy, y, const float* lse, float2* stats)           rows = batch * heads * queries
//       256 threads, grid = ceil(rows / 32), no shared memory; stats_i = (lse_i * log2 e, delta_i), the first +infinity for lse = -infinity
//   attention_backward_keys_TYPE_dD(int batch, int heads, int kv_heads, int queries, int keys, int d, int causal, float scale,
//                             q, k, v, dy, const float2* stats, dk, dv)
//   attention_backward_queries_TYPE_dD(same integers and scale, q, k, v, dy, const float2* stats, dq)
//
// A module of one type and head size: nvcc -ptx -arch=compute_80 -std=c++17 -O3 -DH_BF16 -DD_64; PTX version 7.0 suffices.
// One-dimensional grids: forward and queries ceil(queries / ROWS) * batch * heads; keys ceil(keys / ROWS) * batch * kv_heads.
//
//   instance (TYPE)                     ROWS  threads  dynamic shared bytes  registers sm_80 / sm_90a (no spills)
//   forward_TYPE_d32                     128      256                 24576        118 / 116
//   forward_TYPE_d64                     128      128                 49152        243 / 248
//   forward_TYPE_d80                      64      128                 51200        180 / 187
//   forward_TYPE_d96                      64      128                 61440        192 / 191
//   forward_TYPE_d128                     64      128                 81920        207 / 201
//   forward_TYPE_d160                    128      256                 81920        189 / 200
//   backward_keys_TYPE_d32                64      128                 25600        190 / 190
//   backward_keys_TYPE_d64                64      128                 50176        252 / 252
//   backward_keys_TYPE_d80                64      128                 62464        252 / 246
//   backward_keys_TYPE_d96                64      128                 74752        250 / 255
//   backward_keys_TYPE_d128               64      128                 99328        248 / 250
//   backward_keys_TYPE_d160               64      128                 82432        254 / 255
//   backward_queries_TYPE_d32             64      128                 24576        141 / 142
//   backward_queries_TYPE_d64            128      128                 65536        254 / 254
//   backward_queries_TYPE_d80             64      128                 61440        201 / 211
//   backward_queries_TYPE_d96             64      128                 73728        204 / 209
//   backward_queries_TYPE_d128            64      128                 98304        212 / 221
//   backward_queries_TYPE_d160            64      128                 81920        201 / 206
//   Shared bytes above 48 KB need cuFuncSetAttribute(f, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8, bytes). All fit 99 KB (sm_86, sm_89).
// ------------------------------------------------------------------------------------------------------------------------------

#include "tensor_core.cuh"

static const float LOG2E = 1.4426950408889634f;

extern __shared__ __align__(1024) unsigned char shared_memory[];

static __device__ __forceinline__ float minus_infinity() { return __int_as_float(0xff800000); }

// The sizes every kernel gets.
struct Sizes {
    int batch, heads, kv_heads, queries, keys, d, causal;
    float scale;
    __device__ __forceinline__ int group() const { return heads / kv_heads; }
    // Causal: query i sees the keys up to i + shift.
    __device__ __forceinline__ int shift() const { return keys - queries; }
};

// Which tile of which head this block works on. Heads are taken in sections whose streamed data fits the L2 cache together; inside a
// section the tiles with the same number follow each other, so that (causal) all long tiles start before the short ones.
struct Place {
    int tile, head;
    __device__ __forceinline__ Place(int tiles, int heads, long long bytes_per_head) {
        long long fit = (24ll << 20) / bytes_per_head;
        int wide = fit < 1 ? 1 : fit > heads ? heads : (int) fit;
        int section = blockIdx.x / (wide * tiles), rest = blockIdx.x - section * wide * tiles;
        int here = min(wide, heads - section * wide);
        tile = rest / here;
        head = section * wide + rest - tile * here;
    }
};

// Starts copying `ROWS` rows from row `first` on into a shared tile; rows from `limit` on and elements from d on become zero.
template <int D, int ROWS, int THREADS>
static __device__ __forceinline__ void load_rows(word tile, const half_bits* matrix, int first, int limit, int d) {
    const int chunks = Rows<D>::chunks;
    if constexpr (THREADS % chunks == 0) {
        const int step = THREADS / chunks;
        int chunk = threadIdx.x % chunks, row = threadIdx.x / chunks;
        const bool inside = chunk * 8 < d;
        const half_bits* source = inside ? matrix + (size_t) (first + row) * d + chunk * 8 : matrix;
        const size_t stride = inside ? (size_t) step * d : 0;
        if (ROWS % step == 0 && first + ROWS <= limit) {   // a whole tile: no test per row
            #pragma unroll
            for (int i = 0; i < ROWS / step; i++) copy16(tile + Rows<D>::offset(row + i * step, chunk), source + i * stride, inside);
        } else {
            #pragma unroll
            for (int i = 0; i < (ROWS + step - 1) / step; i++) {
                int r = row + i * step;
                bool take = inside && first + r < limit;
                if (ROWS % step == 0 || r < ROWS) copy16(tile + Rows<D>::offset(r, chunk), take ? source + i * stride : matrix, take);
            }
        }
    } else {
        #pragma unroll
        for (int i = 0; i < (ROWS * chunks + THREADS - 1) / THREADS; i++) {
            int index = threadIdx.x + i * THREADS, r = index / chunks, chunk = index - r * chunks;
            bool take = chunk * 8 < d && first + r < limit;
            if ((ROWS * chunks) % THREADS == 0 || r < ROWS)
                copy16(tile + Rows<D>::offset(r, chunk), take ? matrix + (size_t) (first + r) * d + chunk * 8 : matrix, take);
        }
    }
}

// Writes the MT * 16 rows of one warp: packed into `tile` (shared rows that only this warp uses), then to global memory in 16-byte pieces.
template <class T, int D, int MT>
static __device__ __forceinline__ void store_rows(const float (&c)[MT][D / 8][4], word tile, half_bits* matrix, int first, int limit, int d) {
    const int chunks = Rows<D>::chunks;
    int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
    __syncwarp();
    #pragma unroll
    for (int m = 0; m < MT; m++)
        #pragma unroll
        for (int n = 0; n < D / 8; n++) {
            shared_store(tile + Rows<D>::offset(16 * m + g, n) + 4 * t, T::pack(c[m][n][0], c[m][n][1]));
            shared_store(tile + Rows<D>::offset(16 * m + g + 8, n) + 4 * t, T::pack(c[m][n][2], c[m][n][3]));
        }
    __syncwarp();
    #pragma unroll 4
    for (int index = lane; index < MT * 16 * chunks; index += 32) {
        int row = index / chunks, chunk = index - row * chunks;
        if (first + row < limit && chunk * 8 < d)
            *(uint4*) (matrix + (size_t) (first + row) * d + chunk * 8) = shared_load16(tile + Rows<D>::offset(row, chunk));
    }
}

// c += A B' for a tile A of MT * 16 rows and a tile B of N rows, both of length D in shared memory.
template <class T, int D, int MT, int N>
static __device__ __forceinline__ void multiply(float (&c)[MT][N / 8][4], word a, word b, const Lane<D>& by_rows, const Lane<D>& by_chunks) {
    #pragma unroll
    for (int k = 0; k < D / 16; k++) {
        word fa[MT][4];
        #pragma unroll
        for (int m = 0; m < MT; m++) load_matrices(fa[m], by_rows.at(a + m * 16 * Rows<D>::bytes, k));
        #pragma unroll
        for (int n = 0; n < N / 16; n++) {
            word fb[4];
            load_matrices(fb, by_chunks.at(b + n * 16 * Rows<D>::bytes, k));
            #pragma unroll
            for (int m = 0; m < MT; m++) {
                T::mma(c[m][2 * n], fa[m], fb[0], fb[1]);
                T::mma(c[m][2 * n + 1], fa[m], fb[2], fb[3]);
            }
        }
    }
}

// The fragments of the MT * 16 rows of A, to keep them in registers.
template <int D, int MT>
static __device__ __forceinline__ void keep_rows(word (&fa)[D / 16][MT][4], word a, const Lane<D>& by_rows) {
    #pragma unroll
    for (int k = 0; k < D / 16; k++)
        #pragma unroll
        for (int m = 0; m < MT; m++) load_matrices(fa[k][m], by_rows.at(a + m * 16 * Rows<D>::bytes, k));
}

// c += A B' as above, with A in registers.
template <class T, int D, int MT, int N>
static __device__ __forceinline__ void multiply_kept(float (&c)[MT][N / 8][4], const word (&fa)[D / 16][MT][4], word b, const Lane<D>& by_chunks) {
    #pragma unroll
    for (int k = 0; k < D / 16; k++)
        #pragma unroll
        for (int n = 0; n < N / 16; n++) {
            word fb[4];
            load_matrices(fb, by_chunks.at(b + n * 16 * Rows<D>::bytes, k));
            #pragma unroll
            for (int m = 0; m < MT; m++) {
                T::mma(c[m][2 * n], fa[k][m], fb[0], fb[1]);
                T::mma(c[m][2 * n + 1], fa[k][m], fb[2], fb[3]);
            }
        }
}

// c += W B for weights W (MT * 16 rows, N columns) in registers, as left there by `multiply`, and a shared tile B of N rows of length D.
template <class T, int D, int MT, int N>
static __device__ __forceinline__ void multiply_weights(float (&c)[MT][D / 8][4], const float (&w)[MT][N / 8][4], word b, const Lane<D>& by_rows) {
    #pragma unroll
    for (int k = 0; k < N / 16; k++) {
        word fa[MT][4];
        #pragma unroll
        for (int m = 0; m < MT; m++) {
            fa[m][0] = T::pack(w[m][2 * k][0], w[m][2 * k][1]);
            fa[m][1] = T::pack(w[m][2 * k][2], w[m][2 * k][3]);
            fa[m][2] = T::pack(w[m][2 * k + 1][0], w[m][2 * k + 1][1]);
            fa[m][3] = T::pack(w[m][2 * k + 1][2], w[m][2 * k + 1][3]);
        }
        #pragma unroll
        for (int n = 0; n < D / 16; n++) {
            word fb[4];
            load_matrices_transposed(fb, by_rows.at(b + k * 16 * Rows<D>::bytes, n));
            #pragma unroll
            for (int m = 0; m < MT; m++) {
                T::mma(c[m][2 * n], fa[m], fb[0], fb[1]);
                T::mma(c[m][2 * n + 1], fa[m], fb[2], fb[3]);
            }
        }
    }
}

template <int MT, int N> static __device__ __forceinline__ void clear(float (&c)[MT][N][4]) {
    #pragma unroll
    for (int m = 0; m < MT; m++)
        #pragma unroll
        for (int n = 0; n < N; n++)
            #pragma unroll
            for (int e = 0; e < 4; e++) c[m][n][e] = 0;
}

template <int MT, int N> static __device__ __forceinline__ void multiply_by(float (&c)[MT][N][4], float f) {
    #pragma unroll
    for (int m = 0; m < MT; m++)
        #pragma unroll
        for (int n = 0; n < N; n++)
            #pragma unroll
            for (int e = 0; e < 4; e++) c[m][n][e] *= f;
}

// ---------------------------------------------------------------- forward

// ROWS queries per block, WARPS warps with MT * 16 queries each, COLS keys per step.
// KEEP: the fragments of q stay in registers. STAGES 2: k and v of the next step are copied during this one (one barrier a step);
// STAGES 1: v is copied during q k', the next k during the product with v (two barriers, half the shared memory).
// Shared memory: q [ROWS], k [STAGES][COLS], v [STAGES][COLS], rows of D.
template <class T, int D, int ROWS, int COLS, int WARPS, bool KEEP, int STAGES>
static __device__ __forceinline__ void forward(const Sizes& z, const half_bits* q, const half_bits* k, const half_bits* v, half_bits* y, float* lse) {
    const int MT = ROWS / (16 * WARPS), THREADS = 32 * WARPS, STEP = COLS * Rows<D>::bytes;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
    const int tiles = (z.queries + ROWS - 1) / ROWS;
    Place place(tiles, z.batch * z.heads, max(1ll, 4ll * z.keys * z.d / z.group()));
    const int q0 = (tiles - 1 - place.tile) * ROWS, kv = place.head / z.group();   // the last, longest tile first
    q += (size_t) place.head * z.queries * z.d;
    k += (size_t) kv * z.keys * z.d;
    v += (size_t) kv * z.keys * z.d;

    const word tile_q = shared_address(shared_memory), tile_k = tile_q + ROWS * Rows<D>::bytes, tile_v = tile_k + STAGES * STEP;
    const word own_q = tile_q + warp * MT * 16 * Rows<D>::bytes;
    const Lane<D> by_rows = Lane<D>::rows_first(lane), by_chunks = Lane<D>::chunks_first(lane);

    const int shift = z.shift(), own = q0 + warp * MT * 16;   // first query of this warp
    const int end = z.causal ? min(z.keys, q0 + ROWS + shift) : z.keys;
    const int steps = end > 0 ? (end + COLS - 1) / COLS : 0;

    load_rows<D, ROWS, THREADS>(tile_q, q, q0, z.queries, z.d);
    copies_commit();
    if (steps > 0) {
        load_rows<D, COLS, THREADS>(tile_k, k, 0, z.keys, z.d);
        if (STAGES == 2) load_rows<D, COLS, THREADS>(tile_v, v, 0, z.keys, z.d);
    }
    copies_commit();
    copies_wait<1>();
    __syncthreads();

    word fq[D / 16][MT][4];   // unused without KEEP
    if constexpr (KEEP) keep_rows(fq, own_q, by_rows);

    const float c = z.scale * LOG2E;
    float o[MT][D / 8][4], top[MT][2], sum[MT][2];   // top: largest raw score of a row; sum: this lane's share
    clear(o);
    #pragma unroll
    for (int m = 0; m < MT; m++)
        #pragma unroll
        for (int r = 0; r < 2; r++) { top[m][r] = minus_infinity(); sum[m][r] = 0; }

    for (int step = 0; step < steps; step++) {
        const int k0 = step * COLS;
        const word now_k = tile_k + (STAGES == 2 && (step & 1) ? STEP : 0), now_v = tile_v + (STAGES == 2 && (step & 1) ? STEP : 0);
        copies_wait<0>();
        __syncthreads();
        if constexpr (STAGES == 2) {
            if (step + 1 < steps) {
                load_rows<D, COLS, THREADS>(tile_k + (step & 1 ? 0 : STEP), k, k0 + COLS, z.keys, z.d);
                load_rows<D, COLS, THREADS>(tile_v + (step & 1 ? 0 : STEP), v, k0 + COLS, z.keys, z.d);
            }
        } else load_rows<D, COLS, THREADS>(tile_v, v, k0, z.keys, z.d);
        copies_commit();

        // A warp whose queries all lie outside, or before these keys, only takes part in the copies.
        const bool active = own < z.queries && (!z.causal || k0 <= own + MT * 16 - 1 + shift);
        float s[MT][COLS / 8][4];
        if (active) {
            clear(s);
            if constexpr (KEEP) multiply_kept<T, D, MT, COLS>(s, fq, now_k, by_chunks);
            else multiply<T, D, MT, COLS>(s, own_q, now_k, by_rows, by_chunks);
        }
        if constexpr (STAGES == 1) {
            copies_wait<0>();
            __syncthreads();
            if (step + 1 < steps) load_rows<D, COLS, THREADS>(tile_k, k, k0 + COLS, z.keys, z.d);
            copies_commit();
        }
        if (active) {
            if (k0 + COLS > z.keys || (z.causal && k0 + COLS - 1 > own + shift)) {   // the end of the keys, or the diagonal
                #pragma unroll
                for (int m = 0; m < MT; m++)
                    #pragma unroll
                    for (int n = 0; n < COLS / 8; n++)
                        #pragma unroll
                        for (int e = 0; e < 4; e++) {
                            int key = k0 + 8 * n + 2 * t + (e & 1), query = own + 16 * m + g + (e & 2 ? 8 : 0);
                            if (key >= z.keys || (z.causal && key > query + shift)) s[m][n][e] = minus_infinity();
                        }
            }
            #pragma unroll
            for (int m = 0; m < MT; m++)
                #pragma unroll
                for (int r = 0; r < 2; r++) {
                    float best = top[m][r];
                    #pragma unroll
                    for (int n = 0; n < COLS / 8; n++) best = fmaxf(best, fmaxf(s[m][n][2 * r], s[m][n][2 * r + 1]));
                    best = fmaxf(best, __shfl_xor_sync(0xffffffffu, best, 1));
                    best = fmaxf(best, __shfl_xor_sync(0xffffffffu, best, 2));
                    float base = best == minus_infinity() ? 0 : best * c;   // no key so far: keep -inf - -inf away
                    float fade = exp2_fast(fmaf(top[m][r], c, -base));
                    top[m][r] = best;
                    float add = 0;
                    #pragma unroll
                    for (int n = 0; n < COLS / 8; n++)
                        #pragma unroll
                        for (int e = 0; e < 2; e++) {
                            float p = exp2_fast(fmaf(s[m][n][2 * r + e], c, -base));
                            s[m][n][2 * r + e] = p;
                            add += p;
                        }
                    sum[m][r] = fmaf(sum[m][r], fade, add);
                    #pragma unroll
                    for (int n = 0; n < D / 8; n++) { o[m][n][2 * r] *= fade; o[m][n][2 * r + 1] *= fade; }
                }
            multiply_weights<T, D, MT, COLS>(o, s, now_v, by_rows);
        }
    }

    #pragma unroll
    for (int m = 0; m < MT; m++)
        #pragma unroll
        for (int r = 0; r < 2; r++) {
            float total = sum[m][r];
            total += __shfl_xor_sync(0xffffffffu, total, 1);
            total += __shfl_xor_sync(0xffffffffu, total, 2);
            float inverse = total > 0 ? 1 / total : total == 0 ? 0 : total;   // NaN stays NaN
            int query = own + 16 * m + g + 8 * r;
            if (lse && t == 0 && query < z.queries)
                lse[(size_t) place.head * z.queries + query] = total == 0 ? minus_infinity() : fmaf(top[m][r], z.scale, logf(total));
            #pragma unroll
            for (int n = 0; n < D / 8; n++) { o[m][n][2 * r] *= inverse; o[m][n][2 * r + 1] *= inverse; }
        }
    store_rows<T, D, MT>(o, own_q, y + (size_t) place.head * z.queries * z.d, own, z.queries, z.d);
}

// ---------------------------------------------------------------- backward

// stats of 32 rows per block of 256 threads: eight lanes per row.
template <class T>
static __device__ __forceinline__ void backward_rows(int rows, int d, const half_bits* dy, const half_bits* y, const float* lse, float2* stats) {
    int row = blockIdx.x * 32 + (threadIdx.x >> 3), part = threadIdx.x & 7;
    float dot = 0;
    if (row < rows)
        for (int i = part * 8; i < d; i += 64) {
            uint4 a = *(const uint4*) (dy + (size_t) row * d + i), b = *(const uint4*) (y + (size_t) row * d + i);
            dot = fmaf(T::low(a.x), T::low(b.x), dot);
            dot = fmaf(T::high(a.x), T::high(b.x), dot);
            dot = fmaf(T::low(a.y), T::low(b.y), dot);
            dot = fmaf(T::high(a.y), T::high(b.y), dot);
            dot = fmaf(T::low(a.z), T::low(b.z), dot);
            dot = fmaf(T::high(a.z), T::high(b.z), dot);
            dot = fmaf(T::low(a.w), T::low(b.w), dot);
            dot = fmaf(T::high(a.w), T::high(b.w), dot);
        }
    dot += __shfl_xor_sync(0xffffffffu, dot, 1);
    dot += __shfl_xor_sync(0xffffffffu, dot, 2);
    dot += __shfl_xor_sync(0xffffffffu, dot, 4);
    if (row < rows && part == 0) {
        float l = lse[row];
        stats[row] = make_float2(l == minus_infinity() ? -l : l * LOG2E, dot);
    }
}

// dk and dv of ROWS keys. Scores are computed transposed (keys as rows), so that p' and ds' stay in registers as A operands.
// COLS queries are copied per step, and worked on PART at a time (fewer registers). KEEP: the fragments of k and v stay in registers.
// Shared memory: k, v [ROWS], q, dy [2][COLS], rows of D; then stats [2][COLS].
template <class T, int D, int ROWS, int COLS, int PART, int WARPS, bool KEEP>
static __device__ __forceinline__ void backward_keys(const Sizes& z, const half_bits* q, const half_bits* k, const half_bits* v, const half_bits* dy,
                                                     const float2* stats, half_bits* dk, half_bits* dv) {
    const int MT = ROWS / (16 * WARPS), THREADS = 32 * WARPS, STEP = COLS * Rows<D>::bytes, OWN = MT * 16 * Rows<D>::bytes;
    static_assert(COLS <= THREADS, "one thread copies the stats of one query");
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
    const int tiles = (z.keys + ROWS - 1) / ROWS, group = z.group();
    Place place(tiles, z.batch * z.kv_heads, max(1ll, 4ll * z.queries * z.d * group));
    const int k0 = place.tile * ROWS;   // causal: the first tile is the longest
    const size_t start = (size_t) place.head * z.keys * z.d;
    const int first_head = place.head / z.kv_heads * z.heads + place.head % z.kv_heads * group;

    const word tile_k = shared_address(shared_memory), tile_v = tile_k + ROWS * Rows<D>::bytes;
    const word tile_q = tile_v + ROWS * Rows<D>::bytes, tile_dy = tile_q + 2 * STEP, tile_stats = tile_dy + 2 * STEP;
    const word own_k = tile_k + warp * OWN, own_v = tile_v + warp * OWN;
    const Lane<D> by_rows = Lane<D>::rows_first(lane), by_chunks = Lane<D>::chunks_first(lane);

    const int shift = z.shift(), own = k0 + warp * MT * 16;   // first key of this warp
    const int begin = z.causal ? max(0, k0 - shift) / COLS * COLS : 0;   // queries before it see no key of this block

    auto fetch = [&](int head, int q0, int stage) {
        const size_t rows = (size_t) (first_head + head) * z.queries;
        load_rows<D, COLS, THREADS>(tile_q + stage * STEP, q + rows * z.d, q0, z.queries, z.d);
        load_rows<D, COLS, THREADS>(tile_dy + stage * STEP, dy + rows * z.d, q0, z.queries, z.d);
        if (threadIdx.x < COLS) {
            bool take = q0 + threadIdx.x < z.queries;
            copy8(tile_stats + (stage * COLS + threadIdx.x) * 8, take ? stats + rows + q0 + threadIdx.x : stats, take);
        }
    };

    load_rows<D, ROWS, THREADS>(tile_k, k + start, k0, z.keys, z.d);
    load_rows<D, ROWS, THREADS>(tile_v, v + start, k0, z.keys, z.d);
    copies_commit();
    if (begin < z.queries) fetch(0, begin, 0);
    copies_commit();

    word fk[D / 16][MT][4], fv[D / 16][MT][4];   // unused without KEEP
    if constexpr (KEEP) {
        copies_wait<1>();
        __syncthreads();
        keep_rows(fk, own_k, by_rows);
        keep_rows(fv, own_v, by_rows);
    }

    const float c = z.scale * LOG2E;
    float ck[MT][D / 8][4], cv[MT][D / 8][4];
    clear(ck);
    clear(cv);

    int stage = 0;
    for (int head = 0, q0 = begin; head < group && begin < z.queries;) {
        int next_head = head, next = q0 + COLS;
        if (next >= z.queries) { next = begin; next_head++; }
        copies_wait<0>();
        __syncthreads();
        if (next_head < group) fetch(next_head, next, stage ^ 1);
        copies_commit();

        #pragma unroll
        for (int part = 0; part < COLS; part += PART) {
            const int first = q0 + part;
            if (own < z.keys && first < z.queries && (!z.causal || own <= first + PART - 1 + shift)) {
                const word now_q = tile_q + stage * STEP + part * Rows<D>::bytes, now_dy = tile_dy + stage * STEP + part * Rows<D>::bytes;
                const word now_stats = tile_stats + (stage * COLS + part + 2 * t) * 8;
                float p[MT][PART / 8][4];
                clear(p);
                if constexpr (KEEP) multiply_kept<T, D, MT, PART>(p, fk, now_q, by_chunks);
                else multiply<T, D, MT, PART>(p, own_k, now_q, by_rows, by_chunks);
                #pragma unroll
                for (int n = 0; n < PART / 8; n++) {
                    float4 st = shared_load_floats(now_stats + n * 64);   // lse and delta of two neighbouring queries
                    #pragma unroll
                    for (int m = 0; m < MT; m++)
                        #pragma unroll
                        for (int e = 0; e < 4; e++) p[m][n][e] = exp2_fast(fmaf(p[m][n][e], c, e & 1 ? -st.z : -st.x));
                }
                if (z.causal && own + MT * 16 - 1 > first + shift) {   // the diagonal
                    #pragma unroll
                    for (int m = 0; m < MT; m++)
                        #pragma unroll
                        for (int n = 0; n < PART / 8; n++)
                            #pragma unroll
                            for (int e = 0; e < 4; e++) {
                                int key = own + 16 * m + g + (e & 2 ? 8 : 0), query = first + 8 * n + 2 * t + (e & 1);
                                if (key > query + shift) p[m][n][e] = 0;
                            }
                }
                multiply_weights<T, D, MT, PART>(cv, p, now_dy, by_rows);
                float ds[MT][PART / 8][4];
                clear(ds);
                if constexpr (KEEP) multiply_kept<T, D, MT, PART>(ds, fv, now_dy, by_chunks);
                else multiply<T, D, MT, PART>(ds, own_v, now_dy, by_rows, by_chunks);
                #pragma unroll
                for (int n = 0; n < PART / 8; n++) {
                    float4 st = shared_load_floats(now_stats + n * 64);
                    #pragma unroll
                    for (int m = 0; m < MT; m++)
                        #pragma unroll
                        for (int e = 0; e < 4; e++) ds[m][n][e] = p[m][n][e] * (ds[m][n][e] - (e & 1 ? st.w : st.y));
                }
                multiply_weights<T, D, MT, PART>(ck, ds, now_q, by_rows);
            }
        }
        head = next_head;
        q0 = next;
        stage ^= 1;
    }

    copies_wait<0>();
    __syncthreads();
    multiply_by(ck, z.scale);
    store_rows<T, D, MT>(ck, own_k, dk + start, own, z.keys, z.d);
    store_rows<T, D, MT>(cv, own_v, dv + start, own, z.keys, z.d);
}

// dq of ROWS queries; walks over the keys as the forward does. KEEP: the fragments of q and dy stay in registers.
// Shared memory: q, dy [ROWS], k, v [2][COLS], rows of D.
template <class T, int D, int ROWS, int COLS, int WARPS, bool KEEP>
static __device__ __forceinline__ void backward_queries(const Sizes& z, const half_bits* q, const half_bits* k, const half_bits* v, const half_bits* dy,
                                                        const float2* stats, half_bits* dq) {
    const int MT = ROWS / (16 * WARPS), THREADS = 32 * WARPS, STEP = COLS * Rows<D>::bytes, OWN = MT * 16 * Rows<D>::bytes;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
    const int tiles = (z.queries + ROWS - 1) / ROWS;
    Place place(tiles, z.batch * z.heads, max(1ll, 4ll * z.keys * z.d / z.group()));
    const int q0 = (tiles - 1 - place.tile) * ROWS, kv = place.head / z.group();
    const size_t rows = (size_t) place.head * z.queries;
    k += (size_t) kv * z.keys * z.d;
    v += (size_t) kv * z.keys * z.d;

    const word tile_q = shared_address(shared_memory), tile_dy = tile_q + ROWS * Rows<D>::bytes;
    const word tile_k = tile_dy + ROWS * Rows<D>::bytes, tile_v = tile_k + 2 * STEP;
    const word own_q = tile_q + warp * OWN, own_dy = tile_dy + warp * OWN;
    const Lane<D> by_rows = Lane<D>::rows_first(lane), by_chunks = Lane<D>::chunks_first(lane);

    const int shift = z.shift(), own = q0 + warp * MT * 16;
    const int end = z.causal ? min(z.keys, q0 + ROWS + shift) : z.keys;
    const int steps = end > 0 ? (end + COLS - 1) / COLS : 0;

    load_rows<D, ROWS, THREADS>(tile_q, q + rows * z.d, q0, z.queries, z.d);
    load_rows<D, ROWS, THREADS>(tile_dy, dy + rows * z.d, q0, z.queries, z.d);
    copies_commit();
    if (steps > 0) {
        load_rows<D, COLS, THREADS>(tile_k, k, 0, z.keys, z.d);
        load_rows<D, COLS, THREADS>(tile_v, v, 0, z.keys, z.d);
    }
    copies_commit();

    float2 st[MT][2];   // lse and delta of the rows of this lane; queries outside count as rows without keys
    #pragma unroll
    for (int m = 0; m < MT; m++)
        #pragma unroll
        for (int r = 0; r < 2; r++) {
            int query = own + 16 * m + g + 8 * r;
            st[m][r] = query < z.queries ? stats[rows + query] : make_float2(-minus_infinity(), 0);
        }

    word fq[D / 16][MT][4], fdy[D / 16][MT][4];   // unused without KEEP
    if constexpr (KEEP) {
        copies_wait<1>();
        __syncthreads();
        keep_rows(fq, own_q, by_rows);
        keep_rows(fdy, own_dy, by_rows);
    }

    const float c = z.scale * LOG2E;
    float cq[MT][D / 8][4];
    clear(cq);

    for (int step = 0; step < steps; step++) {
        const int k0 = step * COLS, stage = step & 1;
        const word now_k = tile_k + stage * STEP, now_v = tile_v + stage * STEP;
        copies_wait<0>();
        __syncthreads();
        if (step + 1 < steps) {
            load_rows<D, COLS, THREADS>(tile_k + (stage ^ 1) * STEP, k, k0 + COLS, z.keys, z.d);
            load_rows<D, COLS, THREADS>(tile_v + (stage ^ 1) * STEP, v, k0 + COLS, z.keys, z.d);
        }
        copies_commit();
        if (own < z.queries && (!z.causal || k0 <= own + MT * 16 - 1 + shift)) {
            float p[MT][COLS / 8][4], ds[MT][COLS / 8][4];
            clear(p);
            if constexpr (KEEP) multiply_kept<T, D, MT, COLS>(p, fq, now_k, by_chunks);
            else multiply<T, D, MT, COLS>(p, own_q, now_k, by_rows, by_chunks);
            #pragma unroll
            for (int m = 0; m < MT; m++)
                #pragma unroll
                for (int n = 0; n < COLS / 8; n++)
                    #pragma unroll
                    for (int e = 0; e < 4; e++) p[m][n][e] = exp2_fast(fmaf(p[m][n][e], c, -st[m][e >> 1].x));
            if (k0 + COLS > z.keys || (z.causal && k0 + COLS - 1 > own + shift)) {
                #pragma unroll
                for (int m = 0; m < MT; m++)
                    #pragma unroll
                    for (int n = 0; n < COLS / 8; n++)
                        #pragma unroll
                        for (int e = 0; e < 4; e++) {
                            int key = k0 + 8 * n + 2 * t + (e & 1), query = own + 16 * m + g + (e & 2 ? 8 : 0);
                            if (key >= z.keys || (z.causal && key > query + shift)) p[m][n][e] = 0;
                        }
            }
            clear(ds);
            if constexpr (KEEP) multiply_kept<T, D, MT, COLS>(ds, fdy, now_v, by_chunks);
            else multiply<T, D, MT, COLS>(ds, own_dy, now_v, by_rows, by_chunks);
            #pragma unroll
            for (int m = 0; m < MT; m++)
                #pragma unroll
                for (int n = 0; n < COLS / 8; n++)
                    #pragma unroll
                    for (int e = 0; e < 4; e++) ds[m][n][e] = p[m][n][e] * (ds[m][n][e] - st[m][e >> 1].y);
            multiply_weights<T, D, MT, COLS>(cq, ds, now_k, by_rows);
        }
    }

    copies_wait<0>();   // without any step the copies of q are still under way
    __syncthreads();
    multiply_by(cq, z.scale);
    store_rows<T, D, MT>(cq, own_q, dq + rows * z.d, own, z.queries, z.d);
}

// ---------------------------------------------------------------- instances

#define SIZES int batch, int heads, int kv_heads, int queries, int keys, int d, int causal, float scale
#define PACKED Sizes{batch, heads, kv_heads, queries, keys, d, causal, scale}

// name, element type, D, ROWS, COLS, WARPS, KEEP, STAGES, blocks per multiprocessor to leave registers for
#define FORWARD(name, T, D, ROWS, COLS, WARPS, KEEP, STAGES, BLOCKS) \
    extern "C" __global__ void __launch_bounds__(32 * WARPS, BLOCKS) attention_forward_##name( \
            SIZES, const half_bits* q, const half_bits* k, const half_bits* v, half_bits* y, float* lse) { \
        forward<T, D, ROWS, COLS, WARPS, KEEP, STAGES>(PACKED, q, k, v, y, lse); }

// name, element type, D, ROWS, COLS, PART, WARPS, KEEP, blocks
#define KEYS(name, T, D, ROWS, COLS, PART, WARPS, KEEP, BLOCKS) \
    extern "C" __global__ void __launch_bounds__(32 * WARPS, BLOCKS) attention_backward_keys_##name( \
            SIZES, const half_bits* q, const half_bits* k, const half_bits* v, const half_bits* dy, const float2* stats, half_bits* dk, half_bits* dv) { \
        backward_keys<T, D, ROWS, COLS, PART, WARPS, KEEP>(PACKED, q, k, v, dy, stats, dk, dv); }

// name, element type, D, ROWS, COLS, WARPS, KEEP, blocks
#define QUERIES(name, T, D, ROWS, COLS, WARPS, KEEP, BLOCKS) \
    extern "C" __global__ void __launch_bounds__(32 * WARPS, BLOCKS) attention_backward_queries_##name( \
            SIZES, const half_bits* q, const half_bits* k, const half_bits* v, const half_bits* dy, const float2* stats, half_bits* dq) { \
        backward_queries<T, D, ROWS, COLS, WARPS, KEEP>(PACKED, q, k, v, dy, stats, dq); }

// The element types and head sizes wanted: all, or those of H_BF16, H_F16, D_32 ... D_160 that are defined. A module with few of them
// is assembled faster when the driver loads it.
#if !defined H_BF16 && !defined H_F16
#define H_BF16
#define H_F16
#endif
#if !defined D_32 && !defined D_64 && !defined D_80 && !defined D_96 && !defined D_128 && !defined D_160
#define D_32
#define D_64
#define D_80
#define D_96
#define D_128
#define D_160
#endif

#ifdef H_BF16
#define WITH_BF16(...) __VA_ARGS__
#else
#define WITH_BF16(...)
#endif
#ifdef H_F16
#define WITH_F16(...) __VA_ARGS__
#else
#define WITH_F16(...)
#endif

#define BOTH(KIND, D, ...) WITH_BF16(KIND(bf16_d##D, Bf16, D, __VA_ARGS__)) WITH_F16(KIND(f16_d##D, F16, D, __VA_ARGS__))

#define ROWS(name, T) \
    extern "C" __global__ void __launch_bounds__(256) attention_backward_rows_##name( \
            int rows, int d, const half_bits* dy, const half_bits* y, const float* lse, float2* stats) { \
        backward_rows<T>(rows, d, dy, y, lse, stats); }

WITH_BF16(ROWS(bf16, Bf16))
WITH_F16(ROWS(f16, F16))

#ifdef D_32
BOTH(FORWARD, 32, 128, 64, 8, true, 2, 2)
BOTH(KEYS, 32, 64, 64, 64, 4, false, 1)
BOTH(QUERIES, 32, 64, 64, 4, false, 1)
#endif

#ifdef D_64
BOTH(FORWARD, 64, 128, 64, 4, true, 2, 2)
BOTH(KEYS, 64, 64, 64, 64, 4, true, 2)
BOTH(QUERIES, 64, 128, 64, 4, false, 2)
#endif

#ifdef D_80
BOTH(FORWARD, 80, 64, 64, 4, true, 2, 2)
BOTH(KEYS, 80, 64, 64, 64, 4, false, 1)
BOTH(QUERIES, 80, 64, 64, 4, false, 1)
#endif

#ifdef D_96
BOTH(FORWARD, 96, 64, 64, 4, true, 2, 2)
BOTH(KEYS, 96, 64, 64, 64, 4, false, 1)
BOTH(QUERIES, 96, 64, 64, 4, false, 1)
#endif

#ifdef D_128
BOTH(FORWARD, 128, 64, 64, 4, true, 2, 2)
BOTH(KEYS, 128, 64, 64, 32, 4, false, 1)
BOTH(QUERIES, 128, 64, 64, 4, false, 1)
#endif

#ifdef D_160
BOTH(FORWARD, 160, 128, 32, 8, false, 2, 1)
BOTH(KEYS, 160, 64, 32, 32, 4, false, 1)
BOTH(QUERIES, 160, 64, 32, 4, false, 1)
#endif
