// Convolutions of pictures as matrix products with an input that is unrolled on its way to shared
// memory (sm_80 and newer, PTX 7.0). The fast path beside convolutions.cl, with which it must agree;
// groups == 1 only. f32: multiply-adds on the CUDA cores, no TF32. bf16, f16: tensor cores
// (mma.m16n8k16), f32 sums, rounded once at the end.
//
// Forward, with pixels p = (b, row, column) of the output and taps t = (c, i, j) of the filters:
//
//   y (b, o, row, column) = sum_t w(o, t) x(b, c, row stride_h - pad_top + i dilation_h,
//                                               column stride_w - pad_left + j dilation_w) [+ bias(o)]
//   x (B, C, H, W), w (O, C, kh, kw), y (B, O, OH, OW), all dense
//
// Parameters, in order:
//   int batch
//   Geometry g       8 ints: stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w,
//                    groups (1; not read), up. Pads may be negative.
//                    up: 0, or up_h + 65536 up_w: x is read as if up - 1 zeros stood between its
//                    pixels ("any" kernels only). With swapped filters this is the transposed
//                    convolution, or the gradient of a convolution of that stride.
//   int channels, height, width, outputs, out_height, out_width, kernel_h, kernel_w
//   int depth        how many taps a block adds up: C kh kw (or anything above), or, to split them, a
//                    multiple of the kernel's depth step below it
//   int aligned      2: w is a multiple of 16 bytes and C kh kw one of 8 (16-bit kernels)
//                    4: f32: y is a multiple of 16 bytes and OH OW one of 4
//                       16 bit: y (or parts) is a multiple of 8 bytes and OH OW one of 2
//   const T *x, const T *w, const T *bias (or 0), T *y
//   float *parts     0; or, if depth splits the taps, a workspace (ceil(C kh kw / depth), B, O, OH, OW)
//                    to write instead of y; bias is then left to conv_sum
//
// Grid: x = ceil(O / rows) * ceil(B OH OW / columns), z = ceil(C kh kw / depth).
//
//   kernel                  conditions                                        depth step
//   conv_f32_3x3_TILE       kernel 3x3, dilation 1, up 0                      18
//   conv_f32_1x1_TILE       kernel 1x1, up 0                                  16
//   conv_f32_any_TILE       -; TILE 128x128 or 64x64                          16
//   conv_bf16_3x3_TILE      kernel 3x3, stride 1, dilation 1, pad_left 1, OW == W, W a multiple of 8,
//                           x a multiple of 16 bytes, up 0                    48
//   conv_bf16_1x1_TILE      kernel 1x1, stride 1, pads 0, OH == H, OW == W, H W a multiple of 8, x a
//                           multiple of 16 bytes, up 0                        32
//   conv_bf16_any_TILE      -; TILE 128x64 or 64x64                           32
//   conv_f16_...            as bf16
//
//   f32 TILE (rows x columns)  threads  dynamic shared bytes: 3x3, otherwise
//   128x128                    256      57024, 50688
//   64x128                     128      43200, 38400
//   128x64                     128      43200, 38400
//   64x64                      128      29376, 26112
//   16-bit TILE                threads  dynamic shared bytes: 3x3, otherwise
//   128x128                    256      79872, 55296
//   64x128                     128      58368, 39936
//   128x64                     128      61440, 43008
//   64x64                      64       39936, 27648
// Above 48 KB the attribute MAX_DYNAMIC_SHARED_SIZE_BYTES has to be set.
//
// Which tile, and into how many parts taps are cut: Convolutions.tile and depth.
//
//   conv_sum_f32, conv_sum_bf16, conv_sum_f16   adds parts in a fixed order
//     long count (= B O OH OW), int pixels (= OH OW), int outputs, int splits, const float *parts,
//     const T *bias (or 0), T *y; 256 threads, grid x = ceil(count / 256)
//     For the weight gradient: count = O C kh kw, bias 0.
//
// Gradient of the input:
//   conv_swap_4, conv_swap_2 (bytes of an element)   w (O, C, taps) -> (C, O, taps reversed)
//     int outputs, int channels, int taps (= kh kw), const T *w, T *to
//     256 threads, grid x = ceil(C / 8), y = ceil(O / 16), dynamic shared bytes = 128 * taps * size
//   then a forward kernel with x = dy, channels = O, height, width = OH, OW, outputs = C, out_height,
//   out_width = H, W, stride 1, the same dilation, pad_top = dilation_h (kh - 1) - pad_top, pad_left
//   likewise, up = 0 for stride 1, otherwise stride_h + 65536 stride_w.
//
// Gradient of the weights: dw(o, t) = sum_p dy(p, o) x(p, t)
//   conv_weights_f32_TILE            depth step 16; TILE 128x128: 256 threads, 51712 bytes
//                                    64x64: 128 threads, 26624 bytes
//   conv_weights_bf16_KIND, _f16_    depth step 64; tile 128x96, 256 threads, 97536 bytes;
//                                    KIND 3x3, 1x1, any under the conditions above
//   Parameters as forward up to kernel_w, then int depth (pixels of a block: B OH OW, or a multiple of
//   the depth step below it), int aligned (2: dy is a multiple of 16 bytes and OH OW one of 8; 16-bit
//   kernels), const T *x, const T *dy, T *dw, float *parts (0, or (ceil(B OH OW / depth), O, C, kh, kw)).
//   Grid: x = ceil(O / rows) * ceil(C kh kw / columns), z = ceil(B OH OW / depth).

// ---- instructions

typedef unsigned short u16;
typedef unsigned int u32;

static __device__ __forceinline__ u32 shared_address(const void *p) {
  return (u32)__cvta_generic_to_shared(p);
}

// Copies 4 or 16 bytes asynchronously, or zeros if not `there`: nothing is read then, but `from` is
// an address inside of the tensor all the same.
template <int BYTES>
static __device__ __forceinline__ void copy(void *to, const void *from, bool there) {
  if (BYTES == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
                 "r"(there ? 16 : 0)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(to)), "l"(from),
                 "r"(there ? 4 : 0)
                 : "memory");
  }
}

// Copies 4 bytes asynchronously, or does nothing at all.
static __device__ __forceinline__ void copy_if(bool there, float *to, const float *from) {
  asm volatile("{\n"
               ".reg .pred p;\n"
               "setp.ne.u32 p, %2, 0;\n"
               "@p cp.async.ca.shared.global [%0], [%1], 4;\n"
               "}" ::"r"(shared_address(to)), "l"(from), "r"((u32)there)
               : "memory");
}

static __device__ __forceinline__ void close_group() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits until at most `OPEN` of this thread's groups of copies are under way.
template <int OPEN>
static __device__ __forceinline__ void await_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(OPEN) : "memory");
}

// Four matrices of 8 x 8; lane l gives the address of row l % 8 of matrix l / 8.
static __device__ __forceinline__ void load_matrices(u32 (&to)[4], const u16 *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}

static __device__ __forceinline__ void load_turned(u32 (&to)[4], const u16 *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(shared_address(row))
               : "memory");
}

// The upper half of `low` and the lower half of `high`.
static __device__ __forceinline__ u32 middle(u32 low, u32 high) {
  return __funnelshift_l(low, high, 16);
}

#define MMA(KIND)                                                                            \
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." KIND "." KIND                        \
               ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"        \
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                              \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))

struct Bf16 {
  static __device__ __forceinline__ float wide(u16 bits) { return __uint_as_float((u32)bits << 16); }
  static __device__ __forceinline__ u16 narrow(float v) {
    u16 bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(v));
    return bits;
  }
  static __device__ __forceinline__ void multiply(float (&d)[4], u32 (&a)[4], u32 b0, u32 b1) {
    MMA("bf16");
  }
};

struct F16 {
  static __device__ __forceinline__ float wide(u16 bits) {
    float v;
    asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(bits));
    return v;
  }
  static __device__ __forceinline__ u16 narrow(float v) {
    u16 bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(v));
    return bits;
  }
  static __device__ __forceinline__ void multiply(float (&d)[4], u32 (&a)[4], u32 b0, u32 b1) {
    MMA("f16");
  }
};

// ---- sizes

struct Geometry {
  int stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w, groups, up;
};

struct Sizes {
  int batch;
  Geometry g;
  int channels, height, width, outputs, out_height, out_width, kernel_h, kernel_w;

  __device__ __forceinline__ int taps() const { return kernel_h * kernel_w; }
  __device__ __forceinline__ int plane() const { return height * width; }
  __device__ __forceinline__ int out_plane() const { return out_height * out_width; }
  __device__ __forceinline__ int pixels() const { return batch * out_plane(); }
};

// A pixel of the output, and where in the input its window begins. Beyond the last there is none.
struct Pixel {
  bool there;
  int image, row, column;

  __device__ __forceinline__ Pixel(const Sizes &s, int p) : there(p < s.pixels()) {
    int own = there ? p : 0;
    image = own / s.out_plane();
    own -= image * s.out_plane();
    row = own / s.out_width;
    column = own - row * s.out_width;
  }

  __device__ __forceinline__ int h(const Sizes &s) const { return row * s.g.stride_h - s.g.pad_top; }
  __device__ __forceinline__ int w(const Sizes &s) const {
    return column * s.g.stride_w - s.g.pad_left;
  }

  __device__ __forceinline__ void advance(const Sizes &s, int by) {
    column += by;
    while (column >= s.out_width) {
      column -= s.out_width;
      if (++row == s.out_height) {
        row = 0;
        image++;
      }
    }
  }
};

// Where position `at` of an axis with `up - 1` zeros between its elements lies; -1: nowhere.
static __device__ __forceinline__ int spread(int at, int up) {
  if (up > 1) {
    int place = at / up;
    return at >= 0 && place * up == at ? place : -1;
  }
  return at;
}

// A tap of the filters, in the order in which weights are stored.
struct Tap {
  int c, i, j;

  __device__ __forceinline__ Tap(const Sizes &s, int t) {
    c = t / s.taps();
    t -= c * s.taps();
    i = t / s.kernel_w;
    j = t - i * s.kernel_w;
  }

  __device__ __forceinline__ void advance(const Sizes &s) {
    if (++j == s.kernel_w) {
      j = 0;
      if (++i == s.kernel_h) {
        i = 0;
        c++;
      }
    }
  }

  // Where the tap reads in the picture of pixel `p`, -1: in the padding.
  __device__ __forceinline__ int place(const Sizes &s, int h, int w) const {
    h = spread(h + i * s.g.dilation_h, s.g.up & 0xffff);
    w = spread(w + j * s.g.dilation_w, s.g.up >> 16);
    return (unsigned)h < (unsigned)s.height && (unsigned)w < (unsigned)s.width
        ? (c * s.height + h) * s.width + w
        : -1;
  }
};

extern __shared__ float4 pool[];

// ---- f32
//
// A tile lies in shared memory as (DEPTH, SIZE) with 4 floats between the lines. Rows and columns
// outside of the result may hold anything, depths outside must be 0. All loads are copies of 4 bytes.

template <int SIZE>
static constexpr int line = SIZE + 4;

// Rows of a matrix (size, step) whose depth is contiguous.
template <int SIZE, int DEPTH, int THREADS>
struct Rows {
  static constexpr int ROWS = THREADS / DEPTH;
  static constexpr int PASSES = (SIZE + ROWS - 1) / ROWS;
  const float *at;
  long pass;
  int to, rows, left;

  __device__ __forceinline__ Rows(const float *from, int step, int first, int size, int depth) {
    int row = threadIdx.x / DEPTH;
    int d = threadIdx.x % DEPTH;
    at = from + (long)(first + row) * step + d;
    pass = (long)ROWS * step;
    to = d * line<SIZE> + row;
    rows = row < ROWS ? min(size - first, SIZE) - row : 0;
    left = depth - d;
  }

  __device__ __forceinline__ void clear(float *) {}

  __device__ __forceinline__ void fetch(float *tile) {
    // Beyond the last depth: the last.
    const float *from = at + min(left - 1, 0);
#pragma unroll
    for (int p = 0; p < PASSES; p++) {
      if (p * ROWS < rows) {
        copy<4>(tile + to + p * ROWS, from, left > 0);
      }
      from += pass;
    }
    at += DEPTH;
    left -= DEPTH;
  }
};

// The unrolled input of 3x3 filters: a pixel for a thread, all taps of a channel one after another.
template <int SIZE, int DEPTH, int THREADS>
struct NineTaps {
  static constexpr int GROUPS = THREADS / SIZE;
  static constexpr int CHANNELS = DEPTH / 9;
  static_assert(DEPTH % 9 == 0 && CHANNELS % GROUPS == 0, "tile");
  const float *at;
  unsigned open;
  int to, left, width, plane;

  __device__ __forceinline__ NineTaps(
      const float *x, const Sizes &s, int first, int start, int depth)
      : open(0), width(s.width), plane(s.plane()) {
    Pixel p(s, first + threadIdx.x % SIZE);
    int group = threadIdx.x / SIZE;
    int h = p.h(s);
    int w = p.w(s);
#pragma unroll
    for (int t = 0; t < 9; t++) {
      bool inside = p.there && (unsigned)(h + t / 3) < (unsigned)s.height
          && (unsigned)(w + t % 3) < (unsigned)s.width;
      open |= inside ? 1u << t : 0;
    }
    at = x + ((long)p.image * s.channels + start / 9 + group) * plane + (long)h * width + w;
    to = group * 9 * line<SIZE> + threadIdx.x % SIZE;
    left = depth / 9 - group;
  }

  // Zeros for the taps in the padding, which are never copied.
  __device__ __forceinline__ void clear(float *tile) {
#pragma unroll
    for (int c = 0; c < CHANNELS; c += GROUPS) {
#pragma unroll
      for (int t = 0; t < 9; t++) {
        if (!(open & 1u << t)) {
          tile[to + (c * 9 + t) * line<SIZE>] = 0;
        }
      }
    }
  }

  __device__ __forceinline__ void fetch(float *tile) {
#pragma unroll
    for (int c = 0; c < CHANNELS; c += GROUPS) {
      unsigned taps = c < left ? open : 0;
#pragma unroll
      for (int i = 0; i < 3; i++) {
        const float *from = at + (long)i * width;
#pragma unroll
        for (int j = 0; j < 3; j++) {
          int t = i * 3 + j;
          copy_if(taps & 1u << t, tile + to + (c * 9 + t) * line<SIZE>, from + j);
        }
      }
      at += (long)GROUPS * plane;
    }
    if (left < CHANNELS) {
#pragma unroll
      for (int c = 0; c < CHANNELS; c += GROUPS) {
        if (c >= left) {
#pragma unroll
          for (int t = 0; t < 9; t++) {
            tile[to + (c * 9 + t) * line<SIZE>] = 0;
          }
        }
      }
    }
    left -= CHANNELS;
  }
};

// The input of 1x1 filters.
template <int SIZE, int DEPTH, int THREADS>
struct OneTap {
  static constexpr int GROUPS = THREADS / SIZE;
  const float *at;
  bool open;
  int to, left, plane;

  __device__ __forceinline__ OneTap(const float *x, const Sizes &s, int first, int start, int depth)
      : plane(s.plane()) {
    Pixel p(s, first + threadIdx.x % SIZE);
    int group = threadIdx.x / SIZE;
    int h = p.h(s);
    int w = p.w(s);
    open = p.there && (unsigned)h < (unsigned)s.height && (unsigned)w < (unsigned)s.width;
    at = x + ((long)p.image * s.channels + start + group) * plane + (long)h * s.width + w;
    to = group * line<SIZE> + threadIdx.x % SIZE;
    left = open ? depth - group : 0;
  }

  __device__ __forceinline__ void clear(float *) {}

  __device__ __forceinline__ void fetch(float *tile) {
#pragma unroll
    for (int d = 0; d < DEPTH; d += GROUPS) {
      copy_if(d < left, tile + to + d * line<SIZE>, at);
      at += (long)GROUPS * plane;
    }
    if (left <= DEPTH - GROUPS) {
#pragma unroll
      for (int d = 0; d < DEPTH; d += GROUPS) {
        if (d >= left) {
          tile[to + d * line<SIZE>] = 0;
        }
      }
    }
    left -= DEPTH;
  }
};

// The unrolled input of any filters: a pixel for a thread, and consecutive taps.
template <int SIZE, int DEPTH, int THREADS>
struct AnyTaps {
  static constexpr int EACH = DEPTH * SIZE / THREADS;
  const Sizes &s;
  const float *picture;
  int h, w, t, to, left;

  __device__ __forceinline__ AnyTaps(
      const float *x, const Sizes &sizes, int first, int start, int depth)
      : s(sizes) {
    Pixel p(s, first + threadIdx.x % SIZE);
    int own = threadIdx.x / SIZE * EACH;
    h = p.h(s);
    w = p.w(s);
    picture = x + (long)p.image * s.channels * s.plane();
    t = start + own;
    to = own * line<SIZE> + threadIdx.x % SIZE;
    left = p.there ? depth - own : 0;
  }

  __device__ __forceinline__ void clear(float *) {}

  __device__ __forceinline__ void fetch(float *tile) {
    Tap tap(s, t);
#pragma unroll
    for (int d = 0; d < EACH; d++) {
      int place = d < left ? tap.place(s, h, w) : -1;
      copy<4>(tile + to + d * line<SIZE>, picture + max(place, 0), place >= 0);
      tap.advance(s);
    }
    t += DEPTH;
    left -= DEPTH;
  }
};

// For the gradient of weights the depth runs along the pixels of the output: a pixel of each tile for
// a thread. These are the gradients at it.
template <int SIZE, int DEPTH, int THREADS>
struct Gradients {
  static constexpr int ROWS = THREADS / DEPTH;
  const Sizes &s;
  const Pixel &p;
  const int &left;
  const float *dy;
  int to, rows;

  __device__ __forceinline__ Gradients(
      const float *from, const Sizes &sizes, const Pixel &pixel, const int &pixels, int first)
      : s(sizes), p(pixel), left(pixels) {
    int row = threadIdx.x / DEPTH;
    dy = from + (long)(first + row) * s.out_plane();
    to = threadIdx.x % DEPTH * line<SIZE> + row;
    rows = s.outputs - first - row;
  }

  __device__ __forceinline__ void clear(float *) {}

  __device__ __forceinline__ void fetch(float *tile) {
    long place = (long)p.image * s.outputs * s.out_plane() + p.row * s.out_width + p.column;
    const float *from = dy + (left > 0 ? place : 0);
#pragma unroll
    for (int i = 0; i < SIZE; i += ROWS) {
      if (i < rows) {
        copy<4>(tile + to + i, from, left > 0);
      }
      from += (long)ROWS * s.out_plane();
    }
  }
};

// What a tap adds to the place of a window's first pixel, and to its row and column.
struct Shift {
  int place;
  u16 h, w;
};

static __device__ __forceinline__ void list_shifts(
    Shift *shifts, const Sizes &s, int first, int count) {
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    int t = first + i;
    Tap tap(s, t < s.channels * s.taps() ? t : 0);
    int h = tap.i * s.g.dilation_h;
    int w = tap.j * s.g.dilation_w;
    shifts[i].place = (tap.c * s.height + h) * s.width + w;
    shifts[i].h = (u16)h;
    shifts[i].w = (u16)w;
  }
  __syncthreads();
}

// The input that the taps see from the pixel. Moves on to the pixel of the next tile.
template <int SIZE, int DEPTH, int THREADS>
struct Windows {
  static constexpr int ROWS = THREADS / DEPTH;
  const Sizes &s;
  Pixel &p;
  int &left;
  const float *x;
  const Shift *shifts;
  int to;

  __device__ __forceinline__ Windows(
      const float *from, const Sizes &sizes, Pixel &pixel, int &pixels, const Shift *list)
      : s(sizes), p(pixel), left(pixels), x(from), shifts(list + threadIdx.x / DEPTH) {
    to = threadIdx.x % DEPTH * line<SIZE> + threadIdx.x / DEPTH;
  }

  __device__ __forceinline__ void clear(float *) {}

  __device__ __forceinline__ void fetch(float *tile) {
    int h = p.h(s);
    int w = p.w(s);
    int first = h * s.width + w;
    const float *picture = x + (left > 0 ? (long)p.image * s.channels * s.plane() : 0);
#pragma unroll
    for (int i = 0; i < SIZE; i += ROWS) {
      Shift shift = shifts[i];
      bool open = left > 0 && (unsigned)(h + shift.h) < (unsigned)s.height
          && (unsigned)(w + shift.w) < (unsigned)s.width;
      copy<4>(tile + to + i, picture + (open ? first + shift.place : 0), open);
    }
    p.advance(s, DEPTH);
    left -= DEPTH;
  }
};

// A block's tile. WARPS_M x WARPS_N warps; a thread computes EACH_M x EACH_N results, in pieces of
// 4 x 4.
template <
    int ROWS_, int COLUMNS_, int DEPTH_, int WARPS_M_, int WARPS_N_, int EACH_M_, int EACH_N_>
struct Tile {
  static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_;
  static constexpr int WARPS_N = WARPS_N_, EACH_M = EACH_M_, EACH_N = EACH_N_, STAGES = 3;
  static constexpr int THREADS = 32 * WARPS_M_ * WARPS_N_;
  static constexpr int LANES_M = ROWS / WARPS_M_ / EACH_M;
  static constexpr int LANES_N = COLUMNS / WARPS_N / EACH_N;
  static constexpr int STAGE_A = DEPTH * line<ROWS>;
  static constexpr int STAGE = STAGE_A + DEPTH * line<COLUMNS>;
  static_assert(LANES_M * LANES_N == 32, "lanes");

  // Neighbouring lanes differ in row and column by turns: a half warp then reads a fragment of
  // either operand in one go.
  static __device__ __forceinline__ int row() {
    int lane = threadIdx.x % 32;
    return threadIdx.x / 32 / WARPS_N * LANES_M * EACH_M
        + (lane / (2 * LANES_N) * 2 + lane % 2) * 4;
  }

  static __device__ __forceinline__ int column() {
    return threadIdx.x / 32 % WARPS_N * LANES_N * EACH_N + threadIdx.x % 32 / 2 % LANES_N * 4;
  }
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

// `sum = a b` over `tiles` tiles of the depth.
template <class S, class A, class B>
static __device__ __forceinline__ void multiply(
    float (&sum)[S::EACH_M][S::EACH_N], A &from_a, B &from_b, int tiles) {
  float *shared = (float *)pool;
#pragma unroll
  for (int s = 0; s < S::STAGES; s++) {
    from_a.clear(shared + s * S::STAGE);
    from_b.clear(shared + s * S::STAGE + S::STAGE_A);
  }
#pragma unroll
  for (int i = 0; i < S::EACH_M; i++) {
#pragma unroll
    for (int j = 0; j < S::EACH_N; j++) {
      sum[i][j] = 0;
    }
  }
#pragma unroll
  for (int s = 0; s < S::STAGES - 1; s++) {
    if (s < tiles) {
      from_a.fetch(shared + s * S::STAGE);
      from_b.fetch(shared + s * S::STAGE + S::STAGE_A);
    }
    close_group();
  }
  int reading = 0;
  int copying = (S::STAGES - 1) * S::STAGE;
  for (int t = 0; t < tiles; t++) {
    await_groups<S::STAGES - 2>();
    __syncthreads();
    if (t + S::STAGES - 1 < tiles) {
      from_a.fetch(shared + copying);
      from_b.fetch(shared + copying + S::STAGE_A);
    }
    close_group();
    const float *tile_a = shared + reading + S::row();
    const float *tile_b = shared + reading + S::STAGE_A + S::column();
    float l[2][S::EACH_M];
    float r[2][S::EACH_N];
    take<S::EACH_M, S::LANES_M>(l[0], tile_a);
    take<S::EACH_N, S::LANES_N>(r[0], tile_b);
#pragma unroll
    for (int d = 0; d < S::DEPTH; d++) {
      if (d + 1 < S::DEPTH) {
        take<S::EACH_M, S::LANES_M>(l[(d + 1) % 2], tile_a + (d + 1) * line<S::ROWS>);
        take<S::EACH_N, S::LANES_N>(r[(d + 1) % 2], tile_b + (d + 1) * line<S::COLUMNS>);
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
  }
}

template <class S, template <int, int, int> class Taps>
static __device__ __forceinline__ void forward_f32(
    const Sizes &s, int depth, int aligned, const float *x, const float *w, const float *bias,
    float *y, float *parts) {
  // Tiles of the same pixels follow one another.
  int row_tiles = (s.outputs + S::ROWS - 1) / S::ROWS;
  int top = blockIdx.x % row_tiles * S::ROWS;
  int left = blockIdx.x / row_tiles * S::COLUMNS;
  int all = s.channels * s.taps();
  int start = blockIdx.z * depth;
  depth = min(depth, all - start);
  Rows<S::ROWS, S::DEPTH, S::THREADS> from_w(w + start, all, top, s.outputs, depth);
  Taps<S::COLUMNS, S::DEPTH, S::THREADS> from_x(x, s, left, start, depth);
  float sum[S::EACH_M][S::EACH_N];
  multiply<S>(sum, from_w, from_x, (depth + S::DEPTH - 1) / S::DEPTH);

  if (parts) {
    y = parts + (long)blockIdx.z * s.outputs * s.pixels();
    bias = 0;
  }
  long plane = s.out_plane();
#pragma unroll
  for (int j = 0; j < S::EACH_N; j += 4) {
    int p = left + S::column() + j * S::LANES_N;
#pragma unroll
    for (int c = 0; c < 4; c++) {
      if (p + c < s.pixels() && (c == 0 || !(aligned & 4))) {
        int image = (p + c) / s.out_plane();
        float *to = y + (long)image * s.outputs * plane + (p + c - image * s.out_plane());
#pragma unroll
        for (int i = 0; i < S::EACH_M; i++) {
          int o = top + S::row() + i / 4 * 4 * S::LANES_M + i % 4;
          if (o < s.outputs) {
            float b = bias ? bias[o] : 0;
            if (aligned & 4) {
              *(float4 *)(to + o * plane) = make_float4(
                  sum[i][j] + b, sum[i][j + 1] + b, sum[i][j + 2] + b, sum[i][j + 3] + b);
            } else {
              to[o * plane] = sum[i][j + c] + b;
            }
          }
        }
      }
    }
  }
}

template <class S>
static __device__ __forceinline__ void weights_f32(
    const Sizes &s, int depth, const float *x, const float *dy, float *dw, float *parts) {
  int row_tiles = (s.outputs + S::ROWS - 1) / S::ROWS;
  int top = blockIdx.x % row_tiles * S::ROWS;
  int first = blockIdx.x / row_tiles * S::COLUMNS;
  int all = s.channels * s.taps();
  int start = blockIdx.z * depth;
  depth = min(depth, s.pixels() - start);
  Shift *shifts = (Shift *)((float *)pool + S::STAGES * S::STAGE);
  list_shifts(shifts, s, first, S::COLUMNS);
  int own = threadIdx.x % S::DEPTH;
  Pixel p(s, start + own);
  int left = depth - own;
  Gradients<S::ROWS, S::DEPTH, S::THREADS> from_dy(dy, s, p, left, top);
  Windows<S::COLUMNS, S::DEPTH, S::THREADS> from_x(x, s, p, left, shifts);
  float sum[S::EACH_M][S::EACH_N];
  multiply<S>(sum, from_dy, from_x, (depth + S::DEPTH - 1) / S::DEPTH);

  float *to = parts ? parts + (long)blockIdx.z * s.outputs * all : dw;
#pragma unroll
  for (int i = 0; i < S::EACH_M; i++) {
    int o = top + S::row() + i / 4 * 4 * S::LANES_M + i % 4;
#pragma unroll
    for (int j = 0; j < S::EACH_N; j++) {
      int t = first + S::column() + j / 4 * 4 * S::LANES_N + j % 4;
      if (o < s.outputs && t < all) {
        to[(long)o * all + t] = sum[i][j];
      }
    }
  }
}

// ---- 16 bits
//
// Filters lie in shared memory as (ROWS, DEPTH + 8): 16 bytes between the lines, so that eight lines
// meet no bank twice. The unrolled input of the forward kernels lies as (DEPTH, COLUMNS), and eight
// columns of line d at eight (e ^ d % 8) instead of e, for the same reason; that of the gradient of
// weights as (COLUMNS, DEPTH + 8).

static __device__ __forceinline__ u16 *turned_place(u16 *tile, int columns, int d, int eight) {
  return tile + d * columns + (eight ^ d % 8) * 8;
}

// Rows of a matrix (size, step) whose depth is contiguous.
template <int SIZE, int DEPTH, int THREADS>
struct HalfRows {
  static constexpr int LINE = DEPTH + 8;
  static constexpr int STEP = THREADS / 2;
  static_assert(SIZE % STEP == 0 && DEPTH % 16 == 0, "tile");
  const u16 *origin, *at;
  long pass;
  int rows, left;
  bool wide;

  __device__ __forceinline__ HalfRows(
      const u16 *from, int step, int first, int size, int depth, bool aligned)
      : origin(from), wide(aligned) {
    int row = threadIdx.x / 2;
    int d = threadIdx.x % 2 * 8;
    at = from + (long)(first + row) * step + d;
    pass = (long)STEP * step;
    rows = size - first - row;
    left = depth - d;
  }

  __device__ __forceinline__ void fetch(u16 *tile) {
#pragma unroll
    for (int p = 0; p < SIZE / STEP; p++) {
#pragma unroll
      for (int b = 0; b < DEPTH; b += 16) {
        const u16 *from = at + p * pass + b;
        u16 *target = tile + ((int)threadIdx.x / 2 + p * STEP) * LINE + threadIdx.x % 2 * 8 + b;
        int inside = p * STEP < rows ? min(max(left - b, 0), 8) : 0;
        if (wide) {
          copy<16>(target, inside > 0 ? from : origin, inside > 0);
        } else {
#pragma unroll 1
          for (int i = 0; i < 8; i++) {
            target[i] = i < inside ? from[i] : 0;
          }
        }
      }
    }
    at += DEPTH;
    left -= DEPTH;
  }
};

// Eight neighbouring pixels and the ones beside them.
struct Eight {
  uint4 own;
  u16 before, after;

  __device__ __forceinline__ void load(const u16 *at, bool open, bool first, bool last) {
    own = open ? *(const uint4 *)at : make_uint4(0, 0, 0, 0);
    before = open && !first ? at[-1] : 0;
    after = open && !last ? at[8] : 0;
  }

  // What the taps j = 0, 1, 2 of a line see.
  __device__ __forceinline__ uint4 seen(int j) const {
    if (j == 1) {
      return own;
    }
    u32 xy = middle(own.x, own.y);
    u32 yz = middle(own.y, own.z);
    u32 zw = middle(own.z, own.w);
    return j == 0 ? make_uint4(before | own.x << 16, xy, yz, zw)
                  : make_uint4(xy, yz, zw, middle(own.w, after));
  }
};

// The unrolled input of 3x3 filters: the three taps of a filter's line from the same eight pixels.
template <int SIZE, int DEPTH, int THREADS>
struct HalfNine {
  static constexpr bool STAGED = true;
  static constexpr int ACROSS = SIZE / 8;
  static constexpr int STEP = THREADS / ACROSS;
  static constexpr int EACH = DEPTH / 3 / STEP;
  static_assert(DEPTH % 3 == 0 && DEPTH / 3 % STEP == 0, "tile");
  const u16 *x;
  int h, height, width, tap_line, end;
  bool first, last;
  Eight held[EACH];

  __device__ __forceinline__ HalfNine(
      const u16 *from, const Sizes &s, int first_pixel, int start, int depth)
      : height(s.height), width(s.width) {
    Pixel p(s, first_pixel + (int)threadIdx.x % ACROSS * 8);
    x = from + (long)p.image * s.channels * s.plane() + p.column;
    h = p.h(s);
    first = p.column == 0;
    last = p.column + 8 == width;
    tap_line = start / 3 + threadIdx.x / ACROSS;
    end = p.there ? (start + depth) / 3 : 0;
  }

  __device__ __forceinline__ void fetch(u16 *) {
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      int l = tap_line + e * STEP;
      int c = l / 3;
      int row = h + l - 3 * c;
      bool open = l < end && (unsigned)row < (unsigned)height;
      held[e].load(x + (c * height + row) * width, open, first, last);
    }
    tap_line += DEPTH / 3;
  }

  __device__ __forceinline__ void store(u16 *tile) {
#pragma unroll
    for (int e = 0; e < EACH; e++) {
#pragma unroll
      for (int j = 0; j < 3; j++) {
        int d = ((int)threadIdx.x / ACROSS + e * STEP) * 3 + j;
        *(uint4 *)turned_place(tile, SIZE, d, (int)threadIdx.x % ACROSS) = held[e].seen(j);
      }
    }
  }
};

// The input of 1x1 filters.
template <int SIZE, int DEPTH, int THREADS>
struct HalfOne {
  static constexpr bool STAGED = false;
  static constexpr int ACROSS = SIZE / 8;
  static constexpr int STEP = THREADS / ACROSS;
  const u16 *origin, *at;
  int plane, d, eight, left;

  __device__ __forceinline__ HalfOne(
      const u16 *x, const Sizes &s, int first, int start, int depth)
      : origin(x), plane(s.plane()) {
    eight = threadIdx.x % ACROSS;
    d = threadIdx.x / ACROSS;
    Pixel p(s, first + eight * 8);
    at = x + ((long)p.image * s.channels + start + d) * plane + p.row * s.width + p.column;
    left = p.there ? depth - d : 0;
  }

  __device__ __forceinline__ void fetch(u16 *tile) {
#pragma unroll
    for (int i = 0; i < DEPTH; i += STEP) {
      copy<16>(turned_place(tile, SIZE, d + i, eight), i < left ? at : origin, i < left);
      at += (long)STEP * plane;
    }
    left -= DEPTH;
  }

  __device__ __forceinline__ void store(u16 *) {}
};

// The unrolled input of any filters: two pixels for a thread, and consecutive taps.
template <int SIZE, int DEPTH, int THREADS>
struct HalfAny {
  static constexpr bool STAGED = true;
  static constexpr int EACH = DEPTH * SIZE / 2 / THREADS;
  const Sizes &s;
  const u16 *picture[2];
  int h[2], w[2], there[2], t, d, pair, left;
  u16 held[EACH][2];

  __device__ __forceinline__ HalfAny(
      const u16 *x, const Sizes &sizes, int first, int start, int depth)
      : s(sizes) {
    pair = threadIdx.x % (SIZE / 2);
    d = threadIdx.x / (SIZE / 2) * EACH;
#pragma unroll
    for (int i = 0; i < 2; i++) {
      Pixel p(s, first + pair * 2 + i);
      there[i] = p.there;
      h[i] = p.h(s);
      w[i] = p.w(s);
      picture[i] = x + (long)p.image * s.channels * s.plane();
    }
    t = start + d;
    left = depth - d;
  }

  __device__ __forceinline__ void fetch(u16 *) {
    Tap tap(s, t);
#pragma unroll
    for (int e = 0; e < EACH; e++) {
#pragma unroll
      for (int i = 0; i < 2; i++) {
        int place = there[i] && e < left ? tap.place(s, h[i], w[i]) : -1;
        held[e][i] = place < 0 ? 0 : picture[i][place];
      }
      tap.advance(s);
    }
    t += DEPTH;
    left -= DEPTH;
  }

  __device__ __forceinline__ void store(u16 *tile) {
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      *(u32 *)(turned_place(tile, SIZE, d + e, pair / 4) + pair % 4 * 2) =
          held[e][0] | (u32)held[e][1] << 16;
    }
  }
};

// For the gradient of weights: the gradients at the output's pixels, (outputs, pixels) by pictures.
template <int SIZE, int DEPTH, int THREADS>
struct HalfGradients {
  static constexpr int LINE = DEPTH + 8;
  static constexpr int STEP = THREADS / 2;
  static_assert(SIZE % STEP == 0 && DEPTH % 16 == 0, "tile");
  const u16 *origin, *at;
  int plane, outputs, q, to, rows, left;
  bool wide;

  __device__ __forceinline__ HalfGradients(
      const u16 *dy, const Sizes &s, int first, int start, int depth, bool aligned)
      : origin(dy), plane(s.out_plane()), outputs(s.outputs), wide(aligned) {
    int row = threadIdx.x / 2;
    int d = threadIdx.x % 2 * 8;
    int image = (start + d) / plane;
    q = start + d - image * plane;
    at = dy + ((long)image * outputs + first + row) * plane + q;
    to = row * LINE + d;
    rows = outputs - first - row;
    left = depth - d;
  }

  // `at` goes `by` pixels on, perhaps into another picture.
  __device__ __forceinline__ void advance(int by) {
    at += by;
    q += by;
    while (q >= plane) {
      q -= plane;
      at += (long)(outputs - 1) * plane;
    }
  }

  __device__ __forceinline__ void fetch(u16 *tile) {
#pragma unroll
    for (int b = 0; b < DEPTH; b += 16) {
      if (wide) {
#pragma unroll
        for (int p = 0; p < SIZE; p += STEP) {
          bool there = p < rows && left > 0;
          copy<16>(
              tile + to + p * LINE + b, there ? at + (long)p * plane : origin, there);
        }
        advance(16);
      } else {
#pragma unroll 1
        for (int i = 0; i < 8; i++) {
          for (int p = 0; p < SIZE; p += STEP) {
            tile[to + p * LINE + b + i] = p < rows && i < left ? at[(long)p * plane] : 0;
          }
          advance(i < 7 ? 1 : 9);
        }
      }
      left -= 16;
    }
  }
};

// What the taps of 3x3 filters see: eight pixels of each tile and a filter's line for a thread.
template <int SIZE, int DEPTH, int THREADS>
struct HalfNineWindows {
  static constexpr bool STAGED = true;
  static constexpr int LINE = DEPTH + 8;
  static constexpr int ACROSS = DEPTH / 8;
  static_assert(SIZE / 3 * ACROSS == THREADS, "tile");
  const Sizes &s;
  const u16 *x;
  Pixel p;
  int h, to, left;
  Eight held;

  __device__ __forceinline__ HalfNineWindows(
      const u16 *from, const Sizes &sizes, const Shift *, int first, int start, int depth)
      : s(sizes), p(sizes, start + (int)threadIdx.x % ACROSS * 8) {
    int l = first / 3 + threadIdx.x / ACROSS;
    h = l % 3 - s.g.pad_top;
    x = from + l / 3 * s.plane();
    to = threadIdx.x / ACROSS * 3 * LINE + threadIdx.x % ACROSS * 8;
    left = l < s.channels * 3 ? depth - (int)threadIdx.x % ACROSS * 8 : 0;
  }

  __device__ __forceinline__ void fetch(u16 *) {
    int row = p.row + h;
    held.load(
        x + (long)p.image * s.channels * s.plane() + row * s.width + p.column,
        left > 0 && (unsigned)row < (unsigned)s.height, p.column == 0, p.column + 8 == s.width);
    p.advance(s, DEPTH);
    left -= DEPTH;
  }

  __device__ __forceinline__ void store(u16 *tile) {
#pragma unroll
    for (int j = 0; j < 3; j++) {
      *(uint4 *)(tile + to + j * LINE) = held.seen(j);
    }
  }
};

template <int SIZE, int DEPTH, int THREADS>
struct HalfOneWindows {
  static constexpr bool STAGED = false;
  static constexpr int LINE = DEPTH + 8;
  static constexpr int ACROSS = DEPTH / 8;
  static constexpr int STEP = THREADS / ACROSS;
  const Sizes &s;
  const u16 *origin, *x;
  Pixel p;
  int to, rows, left;

  __device__ __forceinline__ HalfOneWindows(
      const u16 *from, const Sizes &sizes, const Shift *, int first, int start, int depth)
      : s(sizes), origin(from), p(sizes, start + (int)threadIdx.x % ACROSS * 8) {
    int row = threadIdx.x / ACROSS;
    x = from + (long)(first + row) * s.plane();
    to = row * LINE + threadIdx.x % ACROSS * 8;
    rows = s.channels - first - row;
    left = depth - (int)threadIdx.x % ACROSS * 8;
  }

  __device__ __forceinline__ void fetch(u16 *tile) {
    const u16 *from =
        x + (long)p.image * s.channels * s.plane() + p.row * s.width + p.column;
#pragma unroll
    for (int i = 0; i < SIZE; i += STEP) {
      bool there = left > 0 && i < rows;
      copy<16>(tile + to + i * LINE, there ? from : origin, there);
      from += (long)STEP * s.plane();
    }
    p.advance(s, DEPTH);
    left -= DEPTH;
  }

  __device__ __forceinline__ void store(u16 *) {}
};

template <int SIZE, int DEPTH, int THREADS>
struct HalfAnyWindows {
  static constexpr bool STAGED = true;
  static constexpr int LINE = DEPTH + 8;
  static constexpr int STEP = THREADS / (DEPTH / 2);
  static constexpr int EACH = SIZE / STEP;
  const Sizes &s;
  const u16 *x;
  const Shift *shifts;
  Pixel p;
  int to, rows, left;
  u16 held[EACH][2];

  __device__ __forceinline__ HalfAnyWindows(
      const u16 *from, const Sizes &sizes, const Shift *list, int first, int start, int depth)
      : s(sizes), x(from), p(sizes, start + (int)threadIdx.x % (DEPTH / 2) * 2) {
    int row = threadIdx.x / (DEPTH / 2);
    int pair = threadIdx.x % (DEPTH / 2);
    shifts = list + row;
    to = row * LINE + pair * 2;
    rows = s.channels * s.taps() - first - row;
    left = depth - pair * 2;
  }

  __device__ __forceinline__ void fetch(u16 *) {
#pragma unroll
    for (int i = 0; i < 2; i++) {
      int h = p.h(s);
      int w = p.w(s);
      const u16 *from = x + (long)p.image * s.channels * s.plane() + (long)h * s.width + w;
#pragma unroll
      for (int e = 0; e < EACH; e++) {
        Shift shift = shifts[e * STEP];
        bool open = i < left && e * STEP < rows
            && (unsigned)(h + shift.h) < (unsigned)s.height
            && (unsigned)(w + shift.w) < (unsigned)s.width;
        held[e][i] = open ? from[shift.place] : 0;
      }
      p.advance(s, i == 0 ? 1 : DEPTH - 1);
    }
    left -= DEPTH;
  }

  __device__ __forceinline__ void store(u16 *tile) {
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      *(u32 *)(tile + to + e * STEP * LINE) = held[e][0] | (u32)held[e][1] << 16;
    }
  }
};

// A block's tile: WARPS_M x WARPS_N warps. TURNED: the right operand lies as (DEPTH, COLUMNS).
template <int ROWS_, int COLUMNS_, int DEPTH_, int WARPS_M_, int WARPS_N_, bool TURNED_>
struct HalfTile {
  static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_, STAGES = 3;
  static constexpr bool TURNED = TURNED_;
  static constexpr int THREADS = 32 * WARPS_M_ * WARPS_N_;
  static constexpr int WARP_M = ROWS / WARPS_M_, WARP_N = COLUMNS / WARPS_N_;
  static constexpr int PIECES_M = WARP_M / 16, PIECES_N = WARP_N / 8;
  static constexpr int LINE = DEPTH + 8;
  static constexpr int STAGE_A = ROWS * LINE;
  static constexpr int STAGE = STAGE_A + (TURNED ? DEPTH * COLUMNS : COLUMNS * LINE);
  static_assert(WARP_M % 16 == 0 && WARP_N % 16 == 0, "warps");

  static __device__ __forceinline__ int row() { return threadIdx.x / 32 / WARPS_N_ * WARP_M; }
  static __device__ __forceinline__ int column() { return threadIdx.x / 32 % WARPS_N_ * WARP_N; }
};

// Piece (i, j) of `sum` holds rows 16 i + lane / 4 (+ 8 from its element 2 on) and columns
// 8 j + lane % 4 * 2 (+ 1 in its odd elements) of the warp's part.
template <class T, class S, class A, class B>
static __device__ __forceinline__ void multiply_halves(
    float (&sum)[S::PIECES_M][S::PIECES_N][4], A &from_a, B &from_b, int tiles) {
  u16 *shared = (u16 *)pool;
#pragma unroll
  for (int i = 0; i < S::PIECES_M; i++) {
#pragma unroll
    for (int j = 0; j < S::PIECES_N; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        sum[i][j][e] = 0;
      }
    }
  }
  // Copies run two tiles ahead, what comes through registers one.
#pragma unroll
  for (int s = 0; s < S::STAGES - 1; s++) {
    if (s < tiles) {
      from_a.fetch(shared + s * S::STAGE);
      if (!B::STAGED) {
        from_b.fetch(shared + s * S::STAGE + S::STAGE_A);
      }
    }
    close_group();
  }
  if (B::STAGED) {
    from_b.fetch(shared);
    from_b.store(shared + S::STAGE_A);
  }
  int lane = threadIdx.x % 32;
  int reading = 0;
  int copying = (S::STAGES - 1) * S::STAGE;
  for (int t = 0; t < tiles; t++) {
    await_groups<S::STAGES - 2>();
    __syncthreads();
    if (t + S::STAGES - 1 < tiles) {
      from_a.fetch(shared + copying);
      if (!B::STAGED) {
        from_b.fetch(shared + copying + S::STAGE_A);
      }
    }
    close_group();
    if (B::STAGED && t + 1 < tiles) {
      from_b.fetch(shared);
    }
    const u16 *tile_a = shared + reading + (S::row() + lane % 16) * S::LINE + lane / 16 * 8;
    u16 *tile_b = shared + reading + S::STAGE_A;
#pragma unroll
    for (int d = 0; d < S::DEPTH; d += 16) {
      u32 a[S::PIECES_M][4];
      u32 b[S::PIECES_N / 2][4];
#pragma unroll
      for (int i = 0; i < S::PIECES_M; i++) {
        load_matrices(a[i], tile_a + i * 16 * S::LINE + d);
      }
#pragma unroll
      for (int j = 0; j < S::PIECES_N / 2; j++) {
        if (S::TURNED) {
          load_turned(
              b[j], turned_place(
                        tile_b, S::COLUMNS, d + lane % 16, S::column() / 8 + j * 2 + lane / 16));
        } else {
          load_matrices(
              b[j], tile_b + (S::column() + j * 16 + lane / 16 * 8 + lane % 8) * S::LINE + d
                        + lane / 8 % 2 * 8);
        }
      }
#pragma unroll
      for (int i = 0; i < S::PIECES_M; i++) {
#pragma unroll
        for (int j = 0; j < S::PIECES_N; j++) {
          T::multiply(sum[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
        }
      }
    }
    copying = reading;
    reading = reading == (S::STAGES - 1) * S::STAGE ? 0 : reading + S::STAGE;
    if (B::STAGED && t + 1 < tiles) {
      from_b.store(shared + reading + S::STAGE_A);
    }
  }
}

template <class T, class S, template <int, int, int> class Taps>
static __device__ __forceinline__ void forward_halves(
    const Sizes &s, int depth, int aligned, const u16 *x, const u16 *w, const u16 *bias, u16 *y,
    float *parts) {
  int row_tiles = (s.outputs + S::ROWS - 1) / S::ROWS;
  int top = blockIdx.x % row_tiles * S::ROWS;
  int left = blockIdx.x / row_tiles * S::COLUMNS;
  int all = s.channels * s.taps();
  int start = blockIdx.z * depth;
  depth = min(depth, all - start);
  HalfRows<S::ROWS, S::DEPTH, S::THREADS> from_w(
      w + start, all, top, s.outputs, depth, aligned & 2);
  Taps<S::COLUMNS, S::DEPTH, S::THREADS> from_x(x, s, left, start, depth);
  float sum[S::PIECES_M][S::PIECES_N][4];
  multiply_halves<T, S>(sum, from_w, from_x, (depth + S::DEPTH - 1) / S::DEPTH);

  int lane = threadIdx.x % 32;
  int first = top + S::row() + lane / 4;
  long plane = s.out_plane();
  long part = (long)blockIdx.z * s.outputs * s.pixels();
#pragma unroll
  for (int j = 0; j < S::PIECES_N; j++) {
#pragma unroll
    for (int c = 0; c < 2; c++) {
      int p = left + S::column() + j * 8 + lane % 4 * 2 + c;
      if (p < s.pixels() && (c == 0 || !(aligned & 4))) {
        int image = p / s.out_plane();
        long place = (long)image * s.outputs * plane + (p - image * s.out_plane());
#pragma unroll
        for (int i = 0; i < S::PIECES_M; i++) {
#pragma unroll
          for (int half = 0; half < 2; half++) {
            int o = first + i * 16 + half * 8;
            if (o < s.outputs) {
              long at = place + o * plane;
              float v = sum[i][j][half * 2 + c];
              float next = sum[i][j][half * 2 + 1];
              if (parts) {
                if (aligned & 4) {
                  *(float2 *)(parts + part + at) = make_float2(v, next);
                } else {
                  parts[part + at] = v;
                }
              } else {
                float b = bias ? T::wide(bias[o]) : 0;
                if (aligned & 4) {
                  *(u32 *)(y + at) = T::narrow(v + b) | (u32)T::narrow(next + b) << 16;
                } else {
                  y[at] = T::narrow(v + b);
                }
              }
            }
          }
        }
      }
    }
  }
}

template <class T, class S, template <int, int, int> class Windows>
static __device__ __forceinline__ void weights_halves(
    const Sizes &s, int depth, int aligned, const u16 *x, const u16 *dy, u16 *dw, float *parts) {
  int row_tiles = (s.outputs + S::ROWS - 1) / S::ROWS;
  int top = blockIdx.x % row_tiles * S::ROWS;
  int first = blockIdx.x / row_tiles * S::COLUMNS;
  int all = s.channels * s.taps();
  int start = blockIdx.z * depth;
  depth = min(depth, s.pixels() - start);
  Shift *shifts = (Shift *)((u16 *)pool + S::STAGES * S::STAGE);
  list_shifts(shifts, s, first, S::COLUMNS);
  HalfGradients<S::ROWS, S::DEPTH, S::THREADS> from_dy(dy, s, top, start, depth, aligned & 2);
  Windows<S::COLUMNS, S::DEPTH, S::THREADS> from_x(x, s, shifts, first, start, depth);
  float sum[S::PIECES_M][S::PIECES_N][4];
  multiply_halves<T, S>(sum, from_dy, from_x, (depth + S::DEPTH - 1) / S::DEPTH);

  int lane = threadIdx.x % 32;
  long part = (long)blockIdx.z * s.outputs * all;
#pragma unroll
  for (int i = 0; i < S::PIECES_M; i++) {
#pragma unroll
    for (int j = 0; j < S::PIECES_N; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int o = top + S::row() + i * 16 + lane / 4 + e / 2 * 8;
        int t = first + S::column() + j * 8 + lane % 4 * 2 + e % 2;
        if (o < s.outputs && t < all) {
          if (parts) {
            parts[part + (long)o * all + t] = sum[i][j][e];
          } else {
            dw[(long)o * all + t] = T::narrow(sum[i][j][e]);
          }
        }
      }
    }
  }
}

// ---- kernels: of the element type E_F32, E_BF16 or E_F16 that is defined, and of one kind: K_NINE (3x3), K_ONE (1x1), K_ANY,
// K_WEIGHTS (gradients of weights) or K_REST. An image is slow to translate at its first loading.

#define SIZES                                                                                      \
  int batch, Geometry g, int channels, int height, int width, int outputs, int out_height,         \
      int out_width, int kernel_h, int kernel_w
#define GATHERED                                                                                   \
  Sizes s = {batch,      g,         channels, height,   width,                                     \
             outputs,    out_height, out_width, kernel_h, kernel_w}

#define FORWARD_F32(NAME, TILE, BLOCKS, TAPS, KERNEL)                                              \
  extern "C" __global__ void __launch_bounds__(TILE::THREADS, BLOCKS) NAME(                        \
      SIZES, int depth, int aligned, const float *x, const float *w, const float *bias, float *y,  \
      float *parts) {                                                                              \
    GATHERED;                                                                                      \
    KERNEL;                                                                                        \
    forward_f32<TILE, TAPS>(s, depth, aligned, x, w, bias, y, parts);                              \
  }

//           rows columns depth warps each
typedef Tile<128, 128, 18, 4, 2, 8, 8> Tile128x128Nine;
typedef Tile<128, 128, 16, 4, 2, 8, 8> Tile128x128;
typedef Tile<64, 128, 18, 2, 2, 8, 8> Tile64x128Nine;
typedef Tile<64, 128, 16, 2, 2, 8, 8> Tile64x128;
typedef Tile<128, 64, 18, 2, 2, 8, 8> Tile128x64Nine;
typedef Tile<128, 64, 16, 2, 2, 8, 8> Tile128x64;
typedef Tile<64, 64, 18, 2, 2, 8, 4> Tile64x64Nine;
typedef Tile<64, 64, 16, 2, 2, 8, 4> Tile64x64;

#define THREE (s.kernel_h = s.kernel_w = 3)
#define ONE (s.kernel_h = s.kernel_w = 1)
#define NINE_F32(TILE, BLOCKS) FORWARD_F32(conv_f32_3x3_##TILE, Tile##TILE##Nine, BLOCKS, NineTaps, THREE)
#define ONE_F32(TILE, BLOCKS) FORWARD_F32(conv_f32_1x1_##TILE, Tile##TILE, BLOCKS, OneTap, ONE)
#define EACH_TILE_F32(KIND) KIND(128x128, 2) KIND(64x128, 4) KIND(128x64, 4) KIND(64x64, 5)

#ifdef E_F32
#ifdef K_NINE
EACH_TILE_F32(NINE_F32)
#endif
#ifdef K_ONE
EACH_TILE_F32(ONE_F32)
#endif
#ifdef K_ANY
FORWARD_F32(conv_f32_any_128x128, Tile128x128, 2, AnyTaps, )
FORWARD_F32(conv_f32_any_64x64, Tile64x64, 5, AnyTaps, )
#endif
#endif

#define WEIGHTS_F32(NAME, TILE, BLOCKS)                                                            \
  extern "C" __global__ void __launch_bounds__(TILE::THREADS, BLOCKS) NAME(                        \
      SIZES, int depth, int, const float *x, const float *dy, float *dw, float *parts) {           \
    GATHERED;                                                                                      \
    weights_f32<TILE>(s, depth, x, dy, dw, parts);                                                 \
  }

#if defined(E_F32) && defined(K_WEIGHTS)
WEIGHTS_F32(conv_weights_f32_128x128, Tile128x128, 2)
WEIGHTS_F32(conv_weights_f32_64x64, Tile64x64, 5)
#endif

#if defined(E_F32) && defined(K_REST)
extern "C" __global__ void conv_sum_f32(
    long count, int pixels, int outputs, int splits, const float *parts, const float *bias,
    float *y) {
  long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) {
    float sum = parts[i];
    for (int p = 1; p < splits; p++) {
      sum += parts[p * count + i];
    }
    y[i] = sum + (bias ? bias[i / pixels % outputs] : 0);
  }
}
#endif

//               rows columns depth warps turned
typedef HalfTile<128, 128, 48, 2, 4, true> Half128x128Nine;
typedef HalfTile<128, 128, 32, 2, 4, true> Half128x128;
typedef HalfTile<64, 128, 48, 1, 4, true> Half64x128Nine;
typedef HalfTile<64, 128, 32, 1, 4, true> Half64x128;
typedef HalfTile<128, 64, 48, 2, 2, true> Half128x64Nine;
typedef HalfTile<128, 64, 32, 2, 2, true> Half128x64;
typedef HalfTile<64, 64, 48, 1, 2, true> Half64x64Nine;
typedef HalfTile<64, 64, 32, 1, 2, true> Half64x64;
typedef HalfTile<128, 96, 64, 4, 2, false> HalfWeights;

#define FORWARD(NAME, T, TILE, BLOCKS, TAPS, KERNEL)                                               \
  extern "C" __global__ void __launch_bounds__(TILE::THREADS, BLOCKS) NAME(                        \
      SIZES, int depth, int aligned, const u16 *x, const u16 *w, const u16 *bias, u16 *y,          \
      float *parts) {                                                                              \
    GATHERED;                                                                                      \
    KERNEL;                                                                                        \
    forward_halves<T, TILE, TAPS>(s, depth, aligned, x, w, bias, y, parts);                        \
  }

#define NINE_HALF(NAME, T, TILE, BLOCKS) FORWARD(conv_##NAME##_3x3_##TILE, T, Half##TILE##Nine, BLOCKS, HalfNine, THREE)
#define ONE_HALF(NAME, T, TILE, BLOCKS) FORWARD(conv_##NAME##_1x1_##TILE, T, Half##TILE, BLOCKS, HalfOne, ONE)
#define EACH_TILE(KIND, NAME, T) \
  KIND(NAME, T, 128x128, 2) KIND(NAME, T, 64x128, 4) KIND(NAME, T, 128x64, 4) KIND(NAME, T, 64x64, 8)

#define WEIGHTS(NAME, T, WINDOWS, KERNEL)                                                          \
  extern "C" __global__ void __launch_bounds__(HalfWeights::THREADS, 2) NAME(                      \
      SIZES, int depth, int aligned, const u16 *x, const u16 *dy, u16 *dw, float *parts) {         \
    GATHERED;                                                                                      \
    KERNEL;                                                                                        \
    weights_halves<T, HalfWeights, WINDOWS>(s, depth, aligned, x, dy, dw, parts);                  \
  }

#define SUM(NAME, T)                                                                               \
  extern "C" __global__ void NAME(                                                                 \
      long count, int pixels, int outputs, int splits, const float *parts, const u16 *bias,        \
      u16 *y) {                                                                                    \
    long i = (long)blockIdx.x * blockDim.x + threadIdx.x;                                          \
    if (i < count) {                                                                               \
      float sum = parts[i];                                                                        \
      for (int p = 1; p < splits; p++) {                                                           \
        sum += parts[p * count + i];                                                               \
      }                                                                                            \
      y[i] = T::narrow(sum + (bias ? T::wide(bias[i / pixels % outputs]) : 0));                    \
    }                                                                                              \
  }

#if defined(K_NINE)
#define KERNELS(NAME, T) EACH_TILE(NINE_HALF, NAME, T)
#elif defined(K_ONE)
#define KERNELS(NAME, T) EACH_TILE(ONE_HALF, NAME, T)
#elif defined(K_ANY)
#define KERNELS(NAME, T)                                          \
  FORWARD(conv_##NAME##_any_128x64, T, Half128x64, 2, HalfAny, )  \
  FORWARD(conv_##NAME##_any_64x64, T, Half64x64, 4, HalfAny, )
#elif defined(K_WEIGHTS)
#define KERNELS(NAME, T)                                          \
  WEIGHTS(conv_weights_##NAME##_3x3, T, HalfNineWindows, THREE)   \
  WEIGHTS(conv_weights_##NAME##_1x1, T, HalfOneWindows, ONE)      \
  WEIGHTS(conv_weights_##NAME##_any, T, HalfAnyWindows, )
#else
#define KERNELS(NAME, T) SUM(conv_sum_##NAME, T)
#endif

#ifdef E_BF16
KERNELS(bf16, Bf16)
#endif
#ifdef E_F16
KERNELS(f16, F16)
#endif

#ifdef K_REST
// `w (outputs, channels, taps) -> (channels, outputs, taps reversed)`: 16 x 8 filters for a block.
template <class T>
static __device__ __forceinline__ void swap_filters(
    int outputs, int channels, int taps, const T *w, T *to) {
  T *held = (T *)pool;
  int c0 = blockIdx.x * 8;
  int o0 = blockIdx.y * 16;
  int run = 8 * taps;
  for (int i = threadIdx.x; i < 16 * run; i += blockDim.x) {
    int o = i / run;
    int rest = i - o * run;
    if (o0 + o < outputs && c0 + rest / taps < channels) {
      held[i] = w[((long)(o0 + o) * channels + c0) * taps + rest];
    }
  }
  __syncthreads();
  run = 16 * taps;
  for (int i = threadIdx.x; i < 8 * run; i += blockDim.x) {
    int c = i / run;
    int o = (i - c * run) / taps;
    int t = i - c * run - o * taps;
    if (o0 + o < outputs && c0 + c < channels) {
      to[((long)(c0 + c) * outputs + o0 + o) * taps + t] = held[(o * 8 + c) * taps + taps - 1 - t];
    }
  }
}

#ifdef E_F32
extern "C" __global__ void conv_swap_4(
    int outputs, int channels, int taps, const float *w, float *to) {
  swap_filters(outputs, channels, taps, w, to);
}

#endif

#if defined(E_BF16) || defined(E_F16)
extern "C" __global__ void conv_swap_2(int outputs, int channels, int taps, const u16 *w, u16 *to) {
  swap_filters(outputs, channels, taps, w, to);
}
#endif
#endif
