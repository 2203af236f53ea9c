/*
 * Decoding at memory speed: products of one to eight rows of activations with a large weight matrix, the same with GGUF
 * blocks, and attention of a few queries over a long cache. All of them read their large operand once.
 *
 * Written for sm_80; the streaming loads with cache hints need PTX 7.4 (CUDA 11.4, driver 470), all else is PTX 7.0.
 * Every kernel is deterministic: sums are taken in an order fixed by the shapes and the launch, there are no atomics.
 * In every parameter list pointers and longs have 64 bits, ints and floats 32.
 * ROWS, BLOCKS or ATTENTION compiles that section's kernels: an image is slow to translate at its first loading.
 *
 * 1. Products with plain weights        y[m][j] = sum_i x[m][i] * w[j][i] (+ bias[j]),  m < rows, j < n, i < k
 *
 *    rows_f32_{f32,f16,bf16}_{1,2,4,8}, rows_f32_{...}_block_8         x, bias, y are f32
 *    rows_16_bf16_{1,2,4,8},            rows_16_bf16_block_8           x, bias, y have the type of w (one rounding, at the end)
 *      (x, w, bias or null, y, int rows, int n, int k, long row_x, long row_w, long row_y, int slab)
 *    The number at the end is M, the most rows the kernel takes (1 <= rows <= M); row_x, row_w, row_y are strides in elements.
 *    Weights are widened exactly, products and sums are f32 fused multiply-adds. Rows of w that begin at multiples of 16
 *    bytes (base and row_w) are read 16 bytes at a time, others element by element; k and n are arbitrary (>= 1).
 *      threads  256
 *      slab     elements of x kept in shared memory for each row: the smaller of 8192 / M and k rounded up to 32 (a multiple
 *               of 32; a multiple of 1024 unless it covers k); not used with M = 1, where x comes through the cache
 *      shared   M * (slab + 32) * 4 bytes, dynamic; none with M = 1
 *      grid     ceil(n / rows a block), or fewer: blocks stride over the rows. Rows a block: 2, 16, 32, 32 for M = 1, 2, 4, 8.
 *               With M = 1 all eight warps share two rows of w, in block_8 one: for n below about 1000.
 *
 * 2. Products with GGUF blocks          the same, w[j][i] = scale * q of block i / 32; x, bias, y are f32
 *
 *    q8_0: 34 bytes = f16 scale, 32 signed bytes.   q4_0: 18 bytes = f16 scale, 16 bytes; the low nibble of byte b is element
 *    b, the high nibble element b + 16, value nibble - 8. k is a multiple of 32; rows lie one after the other.
 *    The sum of a block, sum x * q (q exact in f32), is taken in f32 and then multiplied by the scale.
 *
 *    rows_q8_0_1, rows_{q8_0,q4_0}_{2,4,8} k % 256 = 0, n >= 4, base 16-byte aligned: a warp copies 16-byte pieces of R rows to
 *                                          shared memory, some stages ahead
 *      (x, w, bias or null, y, int rows, int n, int k, long row_x, long row_y, int slab)
 *      threads  256, slab as above (a multiple of 1024 unless it covers k)
 *      R        4, q8_0_1: 2;   stages 3, q8_0_{2,4,8}: 2
 *      shared   M * (slab + 32) * 4 + 8 * stages * R * 32 * (34 or 18) bytes, dynamic
 *      grid     ceil(n / (8 R)) or fewer
 *    rows_{q8_0,q4_0}_any_{1,8}            any k % 32 = 0, any n, base 4-byte aligned: lanes read their blocks directly
 *      (the same parameters), threads 256, shared M * (slab + 32) * 4, grid ceil(n / 16) or fewer
 *
 * 3. Attention of few queries            y = softmax(scale * q k^T) v, lse = log of the softmax sum (natural)
 *
 *    decode_attention_{f32,bf16}_{64,128,256}_{4,8}          the most D; the queries a block serves (QT)
 *      (q, k, v, y, lse, part_o, part_ml, length or null, int H, int Hkv, int T, int S, int D,
 *       long k_batch, long k_head, long k_row, long v_batch, long v_head, long v_row,
 *       float scale, int causal, int split_keys, int splits)
 *    q, y (B,H,T,D) f32 and lse (B,H,T) contiguous; k, v with strides in elements, D contiguous, every row 16-byte aligned.
 *    D is a multiple of 8. Where length is given, S is read from it (a replayed graph), splits being for the longest S.
 *    causal: query t sees keys 0 .. S - T + t. Queries without keys give 0 and minus infinity.
 *      threads  128, shared static
 *      grid     (splits, Hkv * ceil(H / Hkv * T / QT), B); splits = ceil(S / split_keys) >= 1, so that the grid has 400 to 800
 *               blocks; split_keys a multiple of 32. Take QT = 4 where H / Hkv * T <= 4, else 8.
 *    With splits = 1 the result goes to y and lse. Otherwise the parts go to part_o (B*H*T, splits, D) and part_ml
 *    (B*H*T, splits, 2) f32, and then
 *    decode_combine (part_o, part_ml, y, lse, length or null, int D, int split_keys, int splits)
 *      threads  256, grid B*H*T, shared 256 * 16 + 1024 bytes static
 */

typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

/* 16 bytes of a stream that is read once: not kept in the first-level cache. */
__device__ __forceinline__ uint4 load_stream(const void* p) {
    uint4 v;
    asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p));
    return v;
}
/* Brings a piece of the stream near: it arrives while the activations are staged. */
__device__ __forceinline__ void prefetch(const void* p) { asm volatile("prefetch.global.L2 [%0];" :: "l"(p)); }
__device__ __forceinline__ u32 load_word(const void* p) {
    u32 v;
    asm volatile("ld.global.nc.u32 %0, [%1];" : "=r"(v) : "l"(p));
    return v;
}
__device__ __forceinline__ u16 load_half(const void* p) {
    u16 v;
    asm volatile("ld.global.nc.u16 %0, [%1];" : "=h"(v) : "l"(p));
    return v;
}
__device__ __forceinline__ void copy_async(void* shared, const void* global) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" :: "r"((u32)__cvta_generic_to_shared(shared)), "l"(global) : "memory");
}
__device__ __forceinline__ void copy_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> __device__ __forceinline__ void copy_wait() { asm volatile("cp.async.wait_group %0;" :: "n"(N) : "memory"); }
__device__ __forceinline__ float f16_value(u16 v) {
    float f;
    asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(v));
    return f;
}
__device__ __forceinline__ u16 to_f16(float f) {
    u16 v;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(v) : "f"(f));
    return v;
}
__device__ __forceinline__ u16 to_bf16(float f) {
    u16 v;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(v) : "f"(f));
    return v;
}
__device__ __forceinline__ float exp2_quick(float x) {
    float r;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
    return r;
}
__device__ __forceinline__ u8* dynamic_shared() {
    extern __shared__ uint4 dynamic_memory[];
    return (u8*)dynamic_memory;
}
#define ALL_LANES 0xffffffffu

/* Storage types: `per16` elements lie in 16 bytes. */
struct F32 {
    typedef float type;
    static const int per16 = 4;
    static __device__ __forceinline__ float value(float v) { return v; }
    static __device__ __forceinline__ float round(float v) { return v; }
    static __device__ __forceinline__ void widen(const uint4& v, float* f) {
        f[0] = __uint_as_float(v.x), f[1] = __uint_as_float(v.y), f[2] = __uint_as_float(v.z), f[3] = __uint_as_float(v.w);
    }
};
struct F16 {
    typedef u16 type;
    static const int per16 = 8;
    static __device__ __forceinline__ float value(u16 v) { return f16_value(v); }
    static __device__ __forceinline__ u16 round(float v) { return to_f16(v); }
    static __device__ __forceinline__ void widen(const uint4& v, float* f) {
        const u32 word[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
        for (int i = 0; i < 4; i++) f[2 * i] = f16_value((u16)word[i]), f[2 * i + 1] = f16_value((u16)(word[i] >> 16));
    }
};
struct BF16 {
    typedef u16 type;
    static const int per16 = 8;
    static __device__ __forceinline__ float value(u16 v) { return __uint_as_float((u32)v << 16); }
    static __device__ __forceinline__ u16 round(float v) { return to_bf16(v); }
    static __device__ __forceinline__ void widen(const uint4& v, float* f) {
        const u32 word[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
        for (int i = 0; i < 4; i++) f[2 * i] = __uint_as_float(word[i] << 16), f[2 * i + 1] = __uint_as_float(word[i] & 0xffff0000u);
    }
};

/*
 * Sums of N values over aligned groups of L lanes, N and L powers of two. While more than one value is left, each step gives
 * one half of the values to either half of the lanes. Afterwards v[i], i < max(1, N / L), is the sum with index
 * lane * N / L + i, `lane` counted within the group; where N < L, L / N neighbours hold the same sum.
 */
template <int COUNT, int OFFSET> __device__ __forceinline__ void sum_step(float* v, int lane) {
    if constexpr (OFFSET > 0) {
        const bool upper = lane & OFFSET;
        if constexpr (COUNT > 1) {
#pragma unroll
            for (int i = 0; i < COUNT / 2; i++) {
                const float a = v[i], b = v[i + COUNT / 2];
                v[i] = (upper ? b : a) + __shfl_xor_sync(ALL_LANES, upper ? a : b, OFFSET);
            }
        } else {
            v[0] += __shfl_xor_sync(ALL_LANES, v[0], OFFSET);
        }
        sum_step<(COUNT > 1 ? COUNT / 2 : 1), OFFSET / 2>(v, lane);
    }
}
template <int N, int L> __device__ __forceinline__ void sum_over_lanes(float (&v)[N], int lane) { sum_step<N, L / 2>(v, lane); }

/*
 * Activations in shared memory: M rows of slab + 32 floats. A lane that works on 4 * P consecutive elements reads them as P
 * float4; so that neighbouring lanes find neighbouring float4, those are dealt out to P planes, set apart by 32 / P floats.
 */
template <int P> __device__ __forceinline__ int plane_stride(int slab) { return P == 1 ? 0 : slab / P + 32 / P; }
template <int P> __device__ __forceinline__ int place(int i, int plane) {
    const int quad = i >> 2;
    return P == 1 ? i : (quad % P) * plane + (quad / P) * 4 + (i & 3);
}

/*
 * Copies elements k0 .. k0 + len of the rows of x. NIBBLES: element i is multiplied by 2^-(8 (i & 1) + 4 (i >> 4 & 1)), the
 * inverse of the place its q4_0 nibble is left at (see Q4::decode).
 */
template <class X, int M, int P, bool NIBBLES>
__device__ __forceinline__ void stage(float* xs, const typename X::type* x, int rows, int k0, int len, int slab, long row_x) {
    const int V = X::per16;
    const int plane = plane_stride<P>(slab);
    const bool aligned = (unsigned long)x % 16 == 0 && row_x % V == 0;
#pragma unroll 1
    for (int m = 0; m < M; m++) {
        const typename X::type* from = x + (long)min(m, rows - 1) * row_x + k0;
        float* to = xs + m * (slab + 32);
        int done = 0;
        if (aligned) {
            const int vectors = len / V;
            done = vectors * V;
#pragma unroll 4
            for (int v = threadIdx.x; v < vectors; v += blockDim.x) {
                float f[V];
                X::widen(((const uint4*)from)[v], f);
#pragma unroll
                for (int c = 0; c < V / 4; c++) {
                    float4 quad = make_float4(f[4 * c], f[4 * c + 1], f[4 * c + 2], f[4 * c + 3]);
                    const int i = v * V + 4 * c;
                    if (NIBBLES) {
                        const float even = i & 16 ? 0x1p-4f : 1.0f, odd = even * 0x1p-8f;
                        quad = make_float4(quad.x * even, quad.y * odd, quad.z * even, quad.w * odd);
                    }
                    *(float4*)(to + place<P>(i, plane)) = quad;
                }
            }
        }
        for (int i = done + threadIdx.x; i < len; i += blockDim.x) {
            float v = X::value(from[i]);
            if (NIBBLES) v *= (i & 16 ? 0x1p-4f : 1.0f) * (i & 1 ? 0x1p-8f : 1.0f);
            to[place<P>(i, plane)] = v;
        }
    }
}

/* Writes the M x R sums of a warp, kept by sum_over_lanes<M * R, 32> (index m * R + r), to rows row0 .. row0 + R of y. */
template <class X, int M, int R>
__device__ __forceinline__ void store(float sum, int index, const typename X::type* bias, typename X::type* y, int rows, int n, long row_y, int row0) {
    const int m = index / R, j = row0 + index % R;
    if (m < rows && j < n) {
        if (bias) sum += X::value(bias[j]);
        y[m * row_y + j] = X::round(sum);
    }
}

/*
 * Plain weights. A group of G warps takes R rows of w; W warps a block. U vectors of 16 bytes of each row are asked for before
 * the first is used. SHARED: x lies in shared memory, else each lane reads it through the first-level cache.
 */
template <class T, class X, int M, int R, int U, int W, int G, bool SHARED>
__device__ __forceinline__ void rows_plain(const typename X::type* __restrict__ x, const typename T::type* __restrict__ w,
                                           const typename X::type* __restrict__ bias, typename X::type* __restrict__ y,
                                           int rows, int n, int k, long row_x, long row_w, long row_y, int slab) {
    const int V = T::per16, P = V / 4, STEP = 32 * G, N = M * R, PER_BLOCK = W / G * R;
    __shared__ float across[G > 1 ? W * N : 1];
    float* xs = (float*)dynamic_shared();
    const int lane = threadIdx.x % 32, group = threadIdx.x / STEP, t = threadIdx.x % STEP;
    const int plane = plane_stride<P>(slab), stride = slab + 32;
    const bool wide = (unsigned long)w % 16 == 0 && row_w % V == 0 && (SHARED || ((unsigned long)x % 16 == 0 && row_x % X::per16 == 0));
    if (!SHARED) slab = k;

    for (long first = (long)blockIdx.x * PER_BLOCK; first < n; first += (long)gridDim.x * PER_BLOCK) {
        const int row0 = (int)first + group * R;
        const typename T::type* wr[R];
#pragma unroll
        for (int r = 0; r < R; r++) wr[r] = w + (long)min(row0 + r, n - 1) * row_w;
        float acc[N];
#pragma unroll
        for (int i = 0; i < N; i++) acc[i] = 0;

        for (int k0 = 0; k0 < k; k0 += slab) {
            const int len = min(slab, k - k0);
            if (SHARED && (slab < k || first == (long)blockIdx.x * PER_BLOCK)) {
                if (wide) {
#pragma unroll
                    for (int u = 0; u < 2 * U; u++)
#pragma unroll
                        for (int r = 0; r < R; r++)
                            if ((t + u * STEP + 1) * V <= len) prefetch(wr[r] + k0 + (t + u * STEP) * V);
                }
                if (slab < k) __syncthreads();
                stage<X, M, P, false>(xs, x, rows, k0, len, slab, row_x);
                __syncthreads();
            }
            auto multiply = [&](const uint4 (&word)[R], int v) {
                float f[R][V];
#pragma unroll
                for (int r = 0; r < R; r++) T::widen(word[r], f[r]);
#pragma unroll
                for (int m = 0; m < M; m++) {
                    float xf[V];
                    if (SHARED) {
#pragma unroll
                        for (int c = 0; c < P; c++) {
                            const float4 quad = *(const float4*)(xs + m * stride + c * plane + v * 4);
                            xf[4 * c] = quad.x, xf[4 * c + 1] = quad.y, xf[4 * c + 2] = quad.z, xf[4 * c + 3] = quad.w;
                        }
                    } else {
                        const typename X::type* from = x + (long)min(m, rows - 1) * row_x + k0 + v * V;
                        if (X::per16 > V) {
#pragma unroll
                            for (int i = 0; i < V; i++) xf[i] = X::value(from[i]);
                        } else {
#pragma unroll
                            for (int c = 0; c < V / X::per16; c++) X::widen(__ldg((const uint4*)from + c), xf + c * X::per16);
                        }
                    }
#pragma unroll
                    for (int r = 0; r < R; r++)
#pragma unroll
                        for (int i = 0; i < V; i++) acc[m * R + r] = fmaf(f[r][i], xf[i], acc[m * R + r]);
                }
            };
            int tail = 0;
            if (wide) {
                const int vectors = len / V;
                int v = t;
                for (; v + (U - 1) * STEP < vectors; v += U * STEP) {
                    uint4 word[U][R];
#pragma unroll
                    for (int u = 0; u < U; u++)
#pragma unroll
                        for (int r = 0; r < R; r++) word[u][r] = load_stream(wr[r] + k0 + (v + u * STEP) * V);
#pragma unroll
                    for (int u = 0; u < U; u++) multiply(word[u], v + u * STEP);
                }
#pragma unroll 1
                for (; U > 1 && v < vectors; v += STEP) {
                    uint4 word[R];
#pragma unroll
                    for (int r = 0; r < R; r++) word[r] = load_stream(wr[r] + k0 + v * V);
                    multiply(word, v);
                }
                tail = vectors * V;
            }
#pragma unroll (M == 1 ? 4 : 1)
            for (int i = tail + t; i < len; i += STEP) {
                float f[R];
#pragma unroll
                for (int r = 0; r < R; r++) f[r] = T::value(wr[r][k0 + i]);
#pragma unroll
                for (int m = 0; m < M; m++) {
                    const float xf = SHARED ? xs[m * stride + place<P>(i, plane)] : X::value(x[(long)min(m, rows - 1) * row_x + k0 + i]);
#pragma unroll
                    for (int r = 0; r < R; r++) acc[m * R + r] = fmaf(f[r], xf, acc[m * R + r]);
                }
            }
        }

        sum_over_lanes<N, 32>(acc, lane);
        if (G == 1) {
            if (lane % (32 / N) == 0) store<X, M, R>(acc[0], lane * N / 32, bias, y, rows, n, row_y, row0);
        } else {
            if (lane % (32 / N) == 0) across[threadIdx.x / 32 * N + lane * N / 32] = acc[0];
            __syncthreads();
            if (t < N) {
                float sum = across[group * G * N + t];
#pragma unroll
                for (int g = 1; g < G; g++) sum += across[(group * G + g) * N + t];
                store<X, M, R>(sum, t, bias, y, rows, n, row_y, row0);
            }
            __syncthreads();
        }
    }
}

/*
 * Blocks of 32. `WORDS` 32-bit words of quants, `BYTES` bytes with the scale in front. decode gives elements 4 c .. 4 c + 3 of
 * a block as exact integers in f32 (Q4: times a power of two that the staged x makes up for), without integer conversions:
 * the bits are put into the fraction of 2^23, and 2^23 plus the zero point is taken off.
 */
struct Q8 {
    static const int BYTES = 34, WORDS = 8;
    static const bool NIBBLES = false;
    static __device__ __forceinline__ void decode(const u32* quants, int c, float* f) {
        const u32 v = quants[c] ^ 0x80808080u;
#pragma unroll
        for (int b = 0; b < 4; b++) f[b] = __uint_as_float(__byte_perm(v, 0x4b000000u, 0x7440 | b)) - 8388736.0f;
    }
};
struct Q4 {
    static const int BYTES = 18, WORDS = 4;
    static const bool NIBBLES = true;
    static __device__ __forceinline__ void decode(const u32* quants, int c, float* f) {
        const u32 low = quants[c & 3], high = low >> 16;
        const int shift = c < 4 ? 0 : 4;
        const u32 first = 0xfu << shift, second = 0xf00u << shift;
        const float zero1 = 8388608.0f + (8 << shift), zero2 = 8388608.0f + (8 << (shift + 8));
        f[0] = __uint_as_float((low & first) | 0x4b000000u) - zero1;
        f[1] = __uint_as_float((low & second) | 0x4b000000u) - zero2;
        f[2] = __uint_as_float((high & first) | 0x4b000000u) - zero1;
        f[3] = __uint_as_float((high & second) | 0x4b000000u) - zero2;
    }
};

/* acc += scale * (C float4 of x) . (quants), for R rows of w; xs points at the first float4 of this lane. */
template <class Q, int M, int R, int WORDS, int C>
__device__ __forceinline__ void multiply_quants(const u32 (&quants)[R][WORDS], const float (&scale)[R], const float* xs, int plane, int stride, float (&acc)[M * R]) {
    float sum[M * R];
#pragma unroll
    for (int i = 0; i < M * R; i++) sum[i] = 0;
#pragma unroll
    for (int c = 0; c < C; c++) {
        float f[R][4];
#pragma unroll
        for (int r = 0; r < R; r++) Q::decode(quants[r], c, f[r]);
#pragma unroll
        for (int m = 0; m < M; m++) {
            const float4 quad = *(const float4*)(xs + m * stride + c * plane);
#pragma unroll
            for (int r = 0; r < R; r++) {
                float s = sum[m * R + r];
                s = fmaf(f[r][0], quad.x, s), s = fmaf(f[r][1], quad.y, s), s = fmaf(f[r][2], quad.z, s), s = fmaf(f[r][3], quad.w, s);
                sum[m * R + r] = s;
            }
        }
    }
#pragma unroll
    for (int m = 0; m < M; m++)
#pragma unroll
        for (int r = 0; r < R; r++) acc[m * R + r] = fmaf(scale[r], sum[m * R + r], acc[m * R + r]);
}

/*
 * A block begins at an even byte. Its words are read from the multiple of 4 at or before it; where it begins in the middle of
 * a word (`odd`), the first word ends with the scale and the quants are whole words, else they straddle words.
 */
template <int WORDS> __device__ __forceinline__ float unpack(const u32 (&word)[WORDS + 1], bool odd, u32* quants) {
    const u32 pick = odd ? 0x7654 : 0x5432;
#pragma unroll
    for (int i = 0; i < WORDS; i++) quants[i] = __byte_perm(word[i], word[i + 1], pick);
    return f16_value((u16)(odd ? word[0] >> 16 : word[0]));
}

/*
 * Raw blocks through shared memory: each of W warps takes R rows and copies tiles of R x 32 blocks, S - 1 tiles ahead, into
 * its own ring of S tiles; the ring goes on from one group of rows to the next. Lane l works on block l of the tile.
 */
template <class Q, int M, int R, int W, int S>
__device__ __forceinline__ void rows_ring(const float* __restrict__ x, const u8* __restrict__ w, const float* __restrict__ bias, float* __restrict__ y,
                                          int rows, int n, int k, long row_x, long row_y, int slab) {
    const int TILE = 32 * Q::BYTES, PIECES = TILE / 16, COPIES = (R * PIECES + 31) / 32, N = M * R, PER_BLOCK = W * R;
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int stride = slab + 32, plane = plane_stride<8>(slab);
    const int blocks = k / 32, row_bytes = blocks * Q::BYTES, tiles = (blocks + 31) / 32;
    float* xs = (float*)dynamic_shared();
    u8* ring = dynamic_shared() + M * stride * 4 + warp * (S * R * TILE);
    if ((long)blockIdx.x * PER_BLOCK >= n) return;
    const int turns = (int)((n - (long)blockIdx.x * PER_BLOCK + (long)gridDim.x * PER_BLOCK - 1) / ((long)gridDim.x * PER_BLOCK));
    const int steps = turns * tiles;

    // The last group of rows is moved back to end at n: what it shares with another group comes out the same.
    auto first_row = [&](int turn) { return (int)min(((long)turn * gridDim.x + blockIdx.x) * PER_BLOCK + warp * R, (long)n - R); };
    int ask_turn = 0, ask_tile = 0, ask_slot = 0;
    auto ask = [&]() {
        if (ask_turn < turns) {
            const u8* from = w + (long)first_row(ask_turn) * row_bytes + ask_tile * TILE;
            u8* to = ring + ask_slot * (R * TILE);
            const int left = row_bytes - ask_tile * TILE;
#pragma unroll
            for (int i = 0; i < COPIES; i++) {
                const int piece = i * 32 + lane, r = piece / PIECES, at = piece % PIECES * 16;
                if (r < R && at < left) copy_async(to + piece * 16, from + (long)r * row_bytes + at);
            }
            if (++ask_tile == tiles) ask_tile = 0, ask_turn++;
            if (++ask_slot == S) ask_slot = 0;
        }
        copy_commit();
    };
#pragma unroll 1
    for (int i = 0; i < S - 1; i++) ask();

    float acc[N];
#pragma unroll
    for (int i = 0; i < N; i++) acc[i] = 0;
    int turn = 0, tile = 0, slot = 0, k0 = 0;
#pragma unroll 1
    for (int step = 0; step < steps; step++) {
        if (step == 0 || (slab < k && tile * 1024 % slab == 0)) {
            k0 = tile * 1024;
            __syncthreads();
            stage<F32, M, 8, Q::NIBBLES>(xs, x, rows, k0, min(slab, k - k0), slab, row_x);
            __syncthreads();
        }
        copy_wait<S - 2>();
        __syncwarp();
        ask();
        if (tile * 32 + lane < blocks) {
            u32 quants[R][Q::WORDS];
            float scale[R];
            const bool odd = lane & 1;
#pragma unroll
            for (int r = 0; r < R; r++) {
                const u32* from = (const u32*)(ring + slot * (R * TILE) + r * TILE + (lane * Q::BYTES & ~3));
                u32 word[Q::WORDS + 1];
#pragma unroll
                for (int i = 0; i <= Q::WORDS; i++) word[i] = from[i];
                scale[r] = unpack<Q::WORDS>(word, odd, quants[r]);
            }
            multiply_quants<Q, M, R, Q::WORDS, 8>(quants, scale, xs + (tile * 32 - k0 / 32 + lane) * 4, plane, stride, acc);
        }
        if (++slot == S) slot = 0;
        if (++tile == tiles) {
            sum_over_lanes<N, 32>(acc, lane);
            if (lane % (32 / N) == 0) store<F32, M, R>(acc[0], lane * N / 32, bias, y, rows, n, row_y, first_row(turn));
#pragma unroll
            for (int i = 0; i < N; i++) acc[i] = 0;
            tile = 0, turn++;
        }
    }
}

/* Raw blocks read in place, for any k: a warp takes R rows, a lane reads its blocks by words. */
template <class Q, int M, int R, int W>
__device__ __forceinline__ void rows_any(const float* __restrict__ x, const u8* __restrict__ w, const float* __restrict__ bias, float* __restrict__ y,
                                         int rows, int n, int k, long row_x, long row_y, int slab) {
    const int N = M * R, PER_BLOCK = W * R;
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int stride = slab + 32, plane = plane_stride<8>(slab);
    const long row_bytes = (long)(k / 32) * Q::BYTES;
    float* xs = (float*)dynamic_shared();
    for (long first = (long)blockIdx.x * PER_BLOCK; first < n; first += (long)gridDim.x * PER_BLOCK) {
        const int row0 = (int)first + warp * R;
        float acc[N];
#pragma unroll
        for (int i = 0; i < N; i++) acc[i] = 0;
        for (int k0 = 0; k0 < k; k0 += slab) {
            const int len = min(slab, k - k0);
            if (slab < k || first == (long)blockIdx.x * PER_BLOCK) {
                if (slab < k) __syncthreads();
                stage<F32, M, 8, Q::NIBBLES>(xs, x, rows, k0, len, slab, row_x);
                __syncthreads();
            }
#pragma unroll 1
            for (int b = lane; b < len / 32; b += 32) {
                u32 word[R][Q::WORDS + 1], quants[R][Q::WORDS];
                float scale[R];
                bool odd[R];
#pragma unroll
                for (int r = 0; r < R; r++) {
                    const long at = min(row0 + r, n - 1) * row_bytes + (long)(k0 / 32 + b) * Q::BYTES;
                    const u8* from = w + (at & ~3L);
                    odd[r] = at & 2;
#pragma unroll
                    for (int i = 0; i < Q::WORDS; i++) word[r][i] = load_word(from + 4 * i);
                    // only half of the last word may belong to the matrix
                    word[r][Q::WORDS] = odd[r] ? load_word(from + 4 * Q::WORDS) : load_half(from + 4 * Q::WORDS);
                }
#pragma unroll
                for (int r = 0; r < R; r++) scale[r] = unpack<Q::WORDS>(word[r], odd[r], quants[r]);
                multiply_quants<Q, M, R, Q::WORDS, 8>(quants, scale, xs + b * 4, plane, stride, acc);
            }
        }
        sum_over_lanes<N, 32>(acc, lane);
        if (lane % (32 / N) == 0) store<F32, M, R>(acc[0], lane * N / 32, bias, y, rows, n, row_y, row0);
    }
}

/*
 * Attention of a few queries. L lanes share a key (8 elements each), a warp takes 32 / L keys at a time and U times that many
 * in a step; W warps share the keys of the block's split. Each group of L lanes keeps its own running maximum (of scores times
 * log2 e) and sums for QT queries; groups and warps are merged at the end. The next keys are asked for as soon as the present
 * ones have been multiplied, the next values likewise.
 */
template <class C, int L, int QT, int U, int W>
__device__ __forceinline__ void attend(const float* __restrict__ q, const typename C::type* __restrict__ keys, const typename C::type* __restrict__ values,
                                       float* __restrict__ y, float* __restrict__ lse, float* __restrict__ part_o, float* __restrict__ part_ml,
                                       const int* __restrict__ length, int H, int Hkv, int T, int S, int D, long k_batch, long k_head, long k_row,
                                       long v_batch, long v_head, long v_row, float scale, int causal, int split_keys, int splits) {
    const int V = C::per16, CH = 8 / V, N = U * QT, HELD = N > L ? N / L : 1, WIDE = 32 / L, STEP = U * WIDE;
    __shared__ float warp_o[W][QT][8 * L];
    __shared__ float warp_m[W][QT], warp_l[W][QT];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, part = lane % L, group = lane / L;
    const int heads = H / Hkv, queries = heads * T, tiles = (queries + QT - 1) / QT;
    const int kv = blockIdx.y / tiles, query0 = blockIdx.y % tiles * QT, b = blockIdx.z, split = blockIdx.x;
    if (length) S = *length;
    const int begin = split * split_keys, end = min(S, begin + split_keys);
    if (split > 0 && begin >= S) return;
    keys += b * k_batch + kv * k_head;
    values += b * v_batch + kv * v_head;

    float qf[QT][8], acc[QT][8];
#pragma unroll
    for (int j = 0; j < QT; j++) {
        // query i of a key head is head i / T, position i % T: they lie one after the other in q
        const float* from = q + (((long)b * H + kv * heads) * T + min(query0 + j, queries - 1)) * D;
#pragma unroll
        for (int c = 0; c < CH; c++)
#pragma unroll
            for (int i = 0; i < V; i++) {
                const int d = (c * L + part) * V + i;
                qf[j][c * V + i] = d < D ? from[d] * (scale * 1.4426950408889634f) : 0.0f;
                acc[j][c * V + i] = 0;
            }
    }
    // the scores this lane holds after the sums: query and step within the key group, and the last key that query sees
    int last[HELD], step_of[HELD];
    float top[HELD], total[HELD];
#pragma unroll
    for (int i = 0; i < HELD; i++) {
        const int index = part * N / L + i, j = index % QT;
        step_of[i] = index / QT;
        last[i] = causal ? S - T + min(query0 + j, queries - 1) % T : S - 1;
        top[i] = -1e30f, total[i] = 0;
    }
    auto load = [&](uint4 (&to)[U][CH], const typename C::type* from, long row, int key0) {
#pragma unroll
        for (int u = 0; u < U; u++) {
            const int key = key0 + u * WIDE + group;
#pragma unroll
            for (int c = 0; c < CH; c++) {
                const int d = (c * L + part) * V;
                to[u][c] = make_uint4(0, 0, 0, 0);
                if (key < end && d < D) to[u][c] = load_stream(from + key * row + d);
            }
        }
    };
    uint4 kw[U][CH], vw[U][CH];
    const int first = begin + warp * STEP;
    load(kw, keys, k_row, first);
    load(vw, values, v_row, first);
#pragma unroll 1
    for (int key0 = first; key0 < end; key0 += W * STEP) {
        float s[N];
#pragma unroll
        for (int u = 0; u < U; u++) {
            float f[8];
#pragma unroll
            for (int c = 0; c < CH; c++) C::widen(kw[u][c], f + c * V);
#pragma unroll
            for (int j = 0; j < QT; j++) {
                float sum = 0;
#pragma unroll
                for (int i = 0; i < 8; i++) sum = fmaf(f[i], qf[j][i], sum);
                s[u * QT + j] = sum;
            }
        }
        load(kw, keys, k_row, key0 + W * STEP);
        sum_over_lanes<N, L>(s, lane);

        float most[HELD], p[HELD];
        bool higher = false;
#pragma unroll
        for (int i = 0; i < HELD; i++) {
            const int key = key0 + step_of[i] * WIDE + group;
            if (key >= end || key > last[i]) s[i] = __uint_as_float(0xff800000u);
            most[i] = s[i];
#pragma unroll
            for (int o = L / 2; o >= L / U; o /= 2) most[i] = fmaxf(most[i], __shfl_xor_sync(ALL_LANES, most[i], o));
            higher |= most[i] > top[i];
        }
        if (__any_sync(ALL_LANES, higher)) {
            float shrink[HELD];
#pragma unroll
            for (int i = 0; i < HELD; i++) {
                const float now = fmaxf(top[i], most[i]);
                shrink[i] = exp2_quick(top[i] - now);
                total[i] *= shrink[i];
                top[i] = now;
            }
#pragma unroll
            for (int j = 0; j < QT; j++) {
                const float by = __shfl_sync(ALL_LANES, shrink[j % HELD], group * L + j * L / N);
#pragma unroll
                for (int i = 0; i < 8; i++) acc[j][i] *= by;
            }
        }
#pragma unroll
        for (int i = 0; i < HELD; i++) p[i] = exp2_quick(s[i] - top[i]), total[i] += p[i];
#pragma unroll
        for (int u = 0; u < U; u++) {
            float f[8];
#pragma unroll
            for (int c = 0; c < CH; c++) C::widen(vw[u][c], f + c * V);
#pragma unroll
            for (int j = 0; j < QT; j++) {
                const float weight = __shfl_sync(ALL_LANES, p[(u * QT + j) % HELD], group * L + (u * QT + j) * L / N);
#pragma unroll
                for (int i = 0; i < 8; i++) acc[j][i] = fmaf(weight, f[i], acc[j][i]);
            }
        }
        load(vw, values, v_row, key0 + W * STEP);
    }

#pragma unroll
    for (int i = 0; i < HELD; i++)
#pragma unroll
        for (int o = L / 2; o >= L / U; o /= 2) total[i] += __shfl_xor_sync(ALL_LANES, total[i], o);
#pragma unroll
    for (int j = 0; j < QT; j++) {
        float m = __shfl_sync(ALL_LANES, top[j % HELD], group * L + j * L / N);
        float l = __shfl_sync(ALL_LANES, total[j % HELD], group * L + j * L / N);
#pragma unroll
        for (int o = L; o < 32; o *= 2) {
            const float m2 = __shfl_xor_sync(ALL_LANES, m, o), l2 = __shfl_xor_sync(ALL_LANES, l, o), most = fmaxf(m, m2);
            const float here = exp2_quick(m - most), there = exp2_quick(m2 - most);
            l = l * here + l2 * there;
            m = most;
#pragma unroll
            for (int i = 0; i < 8; i++) acc[j][i] = acc[j][i] * here + __shfl_xor_sync(ALL_LANES, acc[j][i], o) * there;
        }
        if (group == 0) {
#pragma unroll
            for (int c = 0; c < CH; c++)
#pragma unroll
                for (int i = 0; i < V; i++) warp_o[warp][j][(c * L + part) * V + i] = acc[j][c * V + i];
            if (part == 0) warp_m[warp][j] = m, warp_l[warp][j] = l;
        }
    }
    __syncthreads();
    for (int at = threadIdx.x; at < QT * D; at += W * 32) {
        const int j = at / D, d = at % D;
        if (query0 + j >= queries) break;
        float m = warp_m[0][j], l = 0, o = 0;
#pragma unroll
        for (int i = 1; i < W; i++) m = fmaxf(m, warp_m[i][j]);
#pragma unroll
        for (int i = 0; i < W; i++) {
            const float by = exp2_quick(warp_m[i][j] - m);
            l = fmaf(by, warp_l[i][j], l);
            o = fmaf(by, warp_o[i][j][d], o);
        }
        const long row = ((long)b * H + kv * heads) * T + query0 + j;
        if (splits == 1) {
            y[row * D + d] = l == 0 ? 0.0f : o / l; // NaN stays NaN
            if (d == 0) lse[row] = l == 0 ? __uint_as_float(0xff800000u) : m * 0.6931471805599453f + logf(l);
        } else {
            part_o[(row * splits + split) * D + d] = o;
            if (d == 0) part_ml[(row * splits + split) * 2] = m, part_ml[(row * splits + split) * 2 + 1] = l;
        }
    }
}

#ifdef ATTENTION
/* Merges the parts of one query: D / 4 threads side by side, as many such groups as fit share the splits. */
extern "C" __global__ void __launch_bounds__(256, 4)
decode_combine(const float* __restrict__ part_o, const float* __restrict__ part_ml, float* __restrict__ y, float* __restrict__ lse, const int* __restrict__ length,
               int D, int split_keys, int splits) {
    __shared__ float4 sums[256];
    __shared__ float totals[256];
    const long row = blockIdx.x;
    const int count = length ? max(1, min(splits, (*length + split_keys - 1) / split_keys)) : splits;
    const int quads = D / 4, groups = 256 / quads, quad = threadIdx.x % quads, group = threadIdx.x / quads;
    const float2* ml = (const float2*)part_ml + row * splits;
    const float4* from = (const float4*)part_o + row * splits * quads + quad;
    float m = -1e30f;
    for (int s = threadIdx.x % 32; s < count; s += 32) m = fmaxf(m, ml[s].x);
#pragma unroll
    for (int o = 16; o > 0; o /= 2) m = fmaxf(m, __shfl_xor_sync(ALL_LANES, m, o));
    float4 sum = make_float4(0, 0, 0, 0);
    float total = 0;
    if (group < groups) {
#pragma unroll 8
        for (int s = group; s < count; s += groups) {
            const float2 part = ml[s];
            const float4 o = from[(long)s * quads];
            const float by = exp2_quick(part.x - m);
            total = fmaf(by, part.y, total);
            sum.x = fmaf(by, o.x, sum.x), sum.y = fmaf(by, o.y, sum.y), sum.z = fmaf(by, o.z, sum.z), sum.w = fmaf(by, o.w, sum.w);
        }
    }
    sums[threadIdx.x] = sum;
    totals[threadIdx.x] = total;
    __syncthreads();
    if (group == 0) {
        for (int g = 1; g < groups; g++) {
            const float4 o = sums[g * quads + quad];
            total += totals[g * quads + quad];
            sum.x += o.x, sum.y += o.y, sum.z += o.z, sum.w += o.w;
        }
        const float by = total == 0 ? 0.0f : 1.0f / total;
        ((float4*)y)[row * quads + quad] = make_float4(sum.x * by, sum.y * by, sum.z * by, sum.w * by);
        if (quad == 0) lse[row] = total == 0 ? __uint_as_float(0xff800000u) : m * 0.6931471805599453f + logf(total);
    }
}

#endif

/* ---- the kernels ---- */

#define PLAIN(name, T, X, M, R, U, W, G, SHARED, B) \
    extern "C" __global__ void __launch_bounds__(W * 32, B) name(const X::type* x, const T::type* w, const X::type* bias, X::type* y, \
            int rows, int n, int k, long row_x, long row_w, long row_y, int slab) { \
        rows_plain<T, X, M, R, U, W, G, SHARED>(x, w, bias, y, rows, n, k, row_x, row_w, row_y, slab); \
    }
#ifdef ROWS
/* rows of w a block:  M = 1: 2,  M = 2: 16,  M = 4, 8: 32;  block_8: 1. B: blocks that an SM's registers must hold. */
#define ROWS_ALL(name, T, X) \
    PLAIN(name##_1, T, X, 1, 2, 2, 8, 8, false, 4) \
    PLAIN(name##_2, T, X, 2, 2, 4, 8, 1, true, 3) \
    PLAIN(name##_4, T, X, 4, 4, 2, 8, 1, true, 2) \
    PLAIN(name##_8, T, X, 8, 4, 2, 8, 1, true, 2) \
    PLAIN(name##_block_8, T, X, 8, 1, 2, 8, 8, true, 2)
ROWS_ALL(rows_f32_f32, F32, F32)
ROWS_ALL(rows_f32_f16, F16, F32)
ROWS_ALL(rows_f32_bf16, BF16, F32)
ROWS_ALL(rows_16_bf16, BF16, BF16)
#endif

#define RING(name, Q, M, R, W, S, B) \
    extern "C" __global__ void __launch_bounds__(W * 32, B) name(const float* x, const u8* w, const float* bias, float* y, \
            int rows, int n, int k, long row_x, long row_y, int slab) { \
        rows_ring<Q, M, R, W, S>(x, w, bias, y, rows, n, k, row_x, row_y, slab); \
    }
#define ANY(name, Q, M, R, W, B) \
    extern "C" __global__ void __launch_bounds__(W * 32, B) name(const float* x, const u8* w, const float* bias, float* y, \
            int rows, int n, int k, long row_x, long row_y, int slab) { \
        rows_any<Q, M, R, W>(x, w, bias, y, rows, n, k, row_x, row_y, slab); \
    }
#ifdef BLOCKS
/* rows of w a block:  8 R, R being 2 for q8_0_1 and any, else 4 */
#define QUANTS(name, Q, S) \
    RING(rows_##name##_2, Q, 2, 4, 8, S, 2) \
    RING(rows_##name##_4, Q, 4, 4, 8, S, 2) \
    RING(rows_##name##_8, Q, 8, 4, 8, S, 1) \
    ANY(rows_##name##_any_1, Q, 1, 2, 8, 4) \
    ANY(rows_##name##_any_8, Q, 8, 2, 8, 2)
QUANTS(q8_0, Q8, 2)
QUANTS(q4_0, Q4, 3)
RING(rows_q8_0_1, Q8, 1, 2, 8, 3, 3)
#endif

#ifdef ATTENTION
#define ATTEND(name, C, L, QT, U, B) \
    extern "C" __global__ void __launch_bounds__(128, B) name(const float* q, const C::type* k, const C::type* v, float* y, float* lse, float* part_o, float* part_ml, \
            const int* length, int H, int Hkv, int T, int S, int D, long k_batch, long k_head, long k_row, long v_batch, long v_head, long v_row, \
            float scale, int causal, int split_keys, int splits) { \
        attend<C, L, QT, U, 4>(q, k, v, y, lse, part_o, part_ml, length, H, Hkv, T, S, D, k_batch, k_head, k_row, v_batch, v_head, v_row, scale, causal, split_keys, splits); \
    }
/* U: steps whose keys and values are under way at a time. B: blocks that an SM's registers must hold. */
#define ATTEND_ALL(name, C, U) \
    ATTEND(name##_64_4, C, 8, 4, U, 3) ATTEND(name##_64_8, C, 8, 8, 2, 2) \
    ATTEND(name##_128_4, C, 16, 4, U, 3) ATTEND(name##_128_8, C, 16, 8, 2, 2) \
    ATTEND(name##_256_4, C, 32, 4, U, 3) ATTEND(name##_256_8, C, 32, 8, 2, 2)
ATTEND_ALL(decode_attention_f32, F32, 2)
ATTEND_ALL(decode_attention_bf16, BF16, 4)
#endif
