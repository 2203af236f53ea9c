// What attention in F32 needs between matrix products, which are those of products_f32.cu.
//
// Scores lie as (rows, keys), rows = batch * heads * queries; row r is query r % queries. Causal: a query sees the keys up to its
// own number + keys - queries.

static __device__ __forceinline__ int seen(long row, int queries, int keys, int causal) {
  int count = causal ? (int)(row % queries) + keys - queries + 1 : keys;
  return min(max(count, 0), keys);
}

static constexpr int kLanes = 256;

// The largest, or the sum, of one value a thread.
template <bool MAX>
static __device__ __forceinline__ float over_block(float v, float *shared) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2) {
    float other = __shfl_xor_sync(0xffffffff, v, step);
    v = MAX ? fmaxf(v, other) : v + other;
  }
  __syncthreads(); // `shared` may still be read
  if (threadIdx.x % 32 == 0) {
    shared[threadIdx.x / 32] = v;
  }
  __syncthreads();
  v = shared[0];
#pragma unroll
  for (int i = 1; i < kLanes / 32; i++) {
    v = MAX ? fmaxf(v, shared[i]) : v + shared[i];
  }
  return v;
}

// scores -> softmax(scale * scores) over the keys that are seen, 0 elsewhere, in place; lse (rows): the logarithm of the sum,
// minus infinity where none is seen. 256 threads, a block for each row.
extern "C" __global__ void __launch_bounds__(kLanes)
    attention_weights(int queries, int keys, int causal, float scale, float *scores, float *lse) {
  __shared__ float shared[kLanes / 32];
  long row = blockIdx.x;
  float *s = scores + row * keys;
  int count = seen(row, queries, keys, causal);
  float most = -INFINITY;
  for (int i = threadIdx.x; i < count; i += kLanes) {
    most = fmaxf(most, scale * s[i]);
  }
  most = over_block<true>(most, shared);
  float base = most == -INFINITY ? 0 : most;
  float sum = 0;
  for (int i = threadIdx.x; i < count; i += kLanes) {
    float e = expf(scale * s[i] - base);
    s[i] = e;
    sum += e;
  }
  sum = over_block<false>(sum, shared);
  float factor = sum > 0 ? 1 / sum : 0;
  for (int i = threadIdx.x; i < keys; i += kLanes) {
    s[i] = i < count ? s[i] * factor : 0;
  }
  if (threadIdx.x == 0) {
    lse[row] = count > 0 ? most + logf(sum) : -INFINITY;
  }
}

// scores -> p = exp(scale * scores - lse), slopes g = dy . v -> scale * p * (g - sum of p g over the keys), in place, 0 where a
// key is not seen. The sum is that of y . dy, taken of the same numbers as what it is subtracted from: with one key the slope
// is 0. 256 threads, a block for each row.
extern "C" __global__ void __launch_bounds__(kLanes) attention_slopes(
    int queries, int keys, int causal, float scale, const float *lse, float *scores, float *slopes) {
  __shared__ float shared[kLanes / 32];
  long row = blockIdx.x;
  float *s = scores + row * keys;
  float *g = slopes + row * keys;
  float sum = lse[row];
  int count = sum == -INFINITY ? 0 : seen(row, queries, keys, causal);
  float dot = 0;
  for (int i = threadIdx.x; i < keys; i += kLanes) {
    float p = i < count ? expf(scale * s[i] - sum) : 0;
    s[i] = p;
    dot += i < count ? p * g[i] : 0;
  }
  dot = over_block<false>(dot, shared);
  for (int i = threadIdx.x; i < keys; i += kLanes) {
    g[i] = i < count ? scale * s[i] * (g[i] - dot) : 0;
  }
}
