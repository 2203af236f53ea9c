// One dialect for OpenCL C 1.2 and CUDA C++. Every kernel file is compiled behind this one, once
// for each kind of element it is needed for:
//
//   T_F64 T_F32          floats; T is the type in memory, R the type that is computed with
//   T_I64 T_I32 T_U8 T_I8 T_BOOL   integers, computed with as 64-bit integers
//   T_B1 T_B2 T_B4 T_B8  elements of so many bytes, which are only moved
//
// 16-bit floats are widened in front of a kernel and rounded behind it (cast.cl), except as weights
// of a product.

#ifdef __OPENCL_VERSION__

// Products are joined with sums where a kernel says so, nowhere else: differences of like products
// would be left with what one of them was not rounded by. (nvcc: --fmad=false)
#pragma OPENCL FP_CONTRACT OFF

#if defined(HAS_DOUBLE)
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#define KERNEL __kernel void
#define FUNCTION static inline
#define GLOBAL __global
#define LOCAL __local
#define LOCAL_POINTER __local
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#define ITEM ((long)get_global_id(0))
#define LANE ((int)get_local_id(0))
#define LANES ((int)get_local_size(0))
#define GROUP ((long)get_group_id(0))
#define HALF_AT(p, i) vload_half(i, (GLOBAL const half *)(p))
#define STORE_HALF(v, p, i) vstore_half_rte(v, i, (GLOBAL half *)(p))
#define FLOAT_OF(bits) as_float(bits)
#define BITS_OF(v) as_uint(v)
// 0 for NaN, which a driver may turn into anything.
#define WHOLE_OF(v) ((v) != (v) ? 0 : convert_long_sat_rtz(v))

#else

#define KERNEL extern "C" __global__ void
#define FUNCTION static __device__ __forceinline__
#define GLOBAL
#define LOCAL __shared__
#define LOCAL_POINTER
#define BARRIER() __syncthreads()
#define ITEM ((long)blockIdx.x * blockDim.x + threadIdx.x)
#define LANE ((int)threadIdx.x)
#define LANES ((int)blockDim.x)
#define GROUP ((long)blockIdx.x)
#define HALF_AT(p, i) half_float(((const ushort *)(p))[i])
#define STORE_HALF(v, p, i) (((ushort *)(p))[i] = float_half(v))
#define FLOAT_OF(bits) __uint_as_float(bits)
#define BITS_OF(v) __float_as_uint(v)
// Beyond the range of a long the nearest end of it, and 0 for NaN.
#define WHOLE_OF(v)                                         \
  ((v) != (v) ? 0                                           \
   : (v) >= 9223372036854775808.0f ? 9223372036854775807L   \
   : (v) <= -9223372036854775808.0f ? -9223372036854775807L - 1 \
                                    : (long)(v))
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

FUNCTION float half_float(ushort bits) {
  float v;
  asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(bits));
  return v;
}

FUNCTION ushort float_half(float v) {
  ushort bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(v));
  return bits;
}

#endif

#if defined(T_F64)
typedef double T;
typedef double R;
#define FLOATING
#elif defined(T_F32)
typedef float T;
typedef float R;
#define FLOATING
#elif defined(T_I64)
typedef long T;
typedef long R;
#elif defined(T_I32)
typedef int T;
typedef long R;
#elif defined(T_U8) || defined(T_BOOL)
typedef uchar T;
typedef long R;
#elif defined(T_I8)
typedef char T;
typedef long R;
#elif defined(T_B1)
typedef uchar T;
#elif defined(T_B2)
typedef ushort T;
#elif defined(T_B4)
typedef uint T;
#elif defined(T_B8)
typedef ulong T;
#endif

#if defined(T_BOOL)
#define STORED(value) ((value) != 0)
#else
#define STORED(value) ((T)(value))
#endif

#define MAX_AXES 8

// Sizes of axes, outermost first, and elements from one index to the next on each.
typedef struct {
  int v[MAX_AXES];
} Sizes;

typedef struct {
  long v[MAX_AXES];
} Steps;

// Where the element at row-major position `i` lies. All indices are constants once the loop is
// unrolled: with others every item would first copy the structs to memory of its own.
FUNCTION long place(long i, int rank, Sizes sizes, Steps steps) {
  long at = 0;
#pragma unroll
  for (int axis = MAX_AXES - 1; axis > 0; axis--) {
    if (axis < rank) {
      long next = i / sizes.v[axis];
      at += (i - next * sizes.v[axis]) * steps.v[axis];
      i = next;
    }
  }
  return at + i * steps.v[0];
}

#if defined(FLOATING)
// A literal of the type that is computed with; a plain one would be a double where there are none.
#if defined(T_F64)
#define NUMBER(x) (x)
#else
#define NUMBER(x) (x##f)
#endif
#define INF ((R)INFINITY)
#define IS_NAN(x) ((x) != (x))

FUNCTION R sigmoid_of(R x) { return 1 / (1 + exp(-x)); }

FUNCTION R silu_slope(R x) {
  R s = sigmoid_of(x);
  return s + x * s * (1 - s);
}

// `(1 + erf(x/sqrt 2)) / 2`, without cancellation on the left.
FUNCTION R normal_cdf(R x) { return erfc(-x * NUMBER(0.70710678118654752440)) / 2; }
#else
#define IS_NAN(x) 0
#endif
