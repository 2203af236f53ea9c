// Small wrappers around the tensor-core and asynchronous-copy instructions of sm_80 and newer.
//
// Everything that is one PTX instruction or one address rule is here, so that a kernel built on it reads as arithmetic.
// Shared memory is addressed by 32-bit shared-window addresses throughout.
//
// Fragment layouts of mma.m16n8k16 (lane l, g = l / 4, t = l % 4):
//   A (16 x 16)  a0: row g, columns 2t, 2t+1   a1: row g+8   a2: row g, columns 2t+8, 2t+9   a3: row g+8, same columns
//   B (16 x 8)   b0: rows 2t, 2t+1 of column g               b1: rows 2t+8, 2t+9 of column g
//   C (16 x 8)   c0, c1: row g, columns 2t, 2t+1             c2, c3: row g+8
// Two neighbouring C tiles, packed to 16 bits, are therefore one A fragment: no lane has to exchange anything.
#pragma once

typedef unsigned short half_bits;   // one 16-bit floating-point number, bfloat16 or float16, as storage
typedef unsigned int word;

// ---------------------------------------------------------------- element types

struct Bf16 {
    static __device__ __forceinline__ word pack(float low, float high) {
        word r;
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
        return r;
    }
    static __device__ __forceinline__ float low(word w) { return __uint_as_float(w << 16); }
    static __device__ __forceinline__ float high(word w) { return __uint_as_float(w & 0xffff0000u); }
    // c += a * b
    static __device__ __forceinline__ void mma(float (&c)[4], const word (&a)[4], word b0, word b1) {
        asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    }
};

struct F16 {
    static __device__ __forceinline__ word pack(float low, float high) {
        word r;
        asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
        return r;
    }
    static __device__ __forceinline__ float low(word w) {
        float r;
        asm("{ .reg .b16 a, b; mov.b32 {a, b}, %1; cvt.f32.f16 %0, a; }" : "=f"(r) : "r"(w));
        return r;
    }
    static __device__ __forceinline__ float high(word w) {
        float r;
        asm("{ .reg .b16 a, b; mov.b32 {a, b}, %1; cvt.f32.f16 %0, b; }" : "=f"(r) : "r"(w));
        return r;
    }
    static __device__ __forceinline__ void mma(float (&c)[4], const word (&a)[4], word b0, word b1) {
        asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    }
};

// ---------------------------------------------------------------- shared memory

static __device__ __forceinline__ word shared_address(const void* p) { return (word) __cvta_generic_to_shared(p); }

// Copies 16 bytes to shared memory in the background; with take == false writes zeros (source must still be a valid address).
static __device__ __forceinline__ void copy16(word destination, const void* source, bool take) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :: "r"(destination), "l"(source), "r"(take ? 16 : 0) : "memory");
}

static __device__ __forceinline__ void copy8(word destination, const void* source, bool take) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;"
                 :: "r"(destination), "l"(source), "r"(take ? 8 : 0) : "memory");
}

// Closes the group of copies issued since the last call (also when there were none).
static __device__ __forceinline__ void copies_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most `pending` groups of this thread are unfinished. Other threads' copies need a barrier after it.
template <int pending> static __device__ __forceinline__ void copies_wait() {
    asm volatile("cp.async.wait_group %0;" :: "n"(pending) : "memory");
}

// Four 8x8 matrices of 16-bit elements; lanes 8i ... 8i+7 give the row addresses of matrix i.
static __device__ __forceinline__ void load_matrices(word (&r)[4], word address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}

static __device__ __forceinline__ void load_matrices_transposed(word (&r)[4], word address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address) : "memory");
}

static __device__ __forceinline__ void shared_store(word address, word value) {
    asm volatile("st.shared.b32 [%0], %1;" :: "r"(address), "r"(value) : "memory");
}

static __device__ __forceinline__ uint4 shared_load16(word address) {
    uint4 v;
    asm volatile("ld.shared.v4.b32 {%0,%1,%2,%3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "r"(address) : "memory");
    return v;
}

static __device__ __forceinline__ float4 shared_load_floats(word address) {
    float4 v;
    asm volatile("ld.shared.v4.f32 {%0,%1,%2,%3}, [%4];" : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "r"(address) : "memory");
    return v;
}

// ---------------------------------------------------------------- tiles of rows

// A shared tile of rows of D 16-bit elements (D a multiple of 16), without padding between rows.
// A row has D / 8 chunks of 16 bytes. The chunk index is XORed with bits of the row number so that the same chunk of eight
// consecutive rows lies in eight different 16-byte bank groups: ldmatrix then has no bank conflicts. How many bits are needed
// depends on how the row length divides 128 bytes:
//   D / 8 multiple of 8: three bits, row & 7          (the usual 128-byte swizzle)
//   D / 8 multiple of 4: two bits, (row >> 1) & 3     (rows already alternate between two halves)
//   D / 8 multiple of 2: one bit, (row >> 2) & 1
// The tile must start at a multiple of 128 bytes.
template <int D> struct Rows {
    static_assert(D % 16 == 0, "the row length must be a multiple of 16");
    static const int chunks = D / 8;
    static const int bytes = D * 2;
    static const int shift = chunks % 8 == 0 ? 0 : chunks % 4 == 0 ? 1 : 2;
    static const int mask = chunks % 8 == 0 ? 7 : chunks % 4 == 0 ? 3 : 1;

    static __device__ __forceinline__ int key(int row) { return (row >> shift) & mask; }
    static __device__ __forceinline__ word offset(int row, int chunk) { return row * bytes + ((chunk ^ key(row)) << 4); }
};

// What one lane adds to a tile address for ldmatrix.x4. The tile is walked in steps of 16 elements along the row (two chunks).
//   sixteen rows, two chunks: matrices ordered rows first. Gives the A operand of a tile stored [row][k],
//                             and (transposed) two B operands of a tile stored [k][n].
//   chunks first:             gives two B operands of a tile stored [n][k].
template <int D> struct Lane {
    word row;    // bytes to the row of this lane
    word flip;   // chunk XOR of this lane, times 16

    static __device__ __forceinline__ Lane rows_first(int lane) { return make(lane & 15, lane >> 4); }
    static __device__ __forceinline__ Lane chunks_first(int lane) {
        return make((lane & 7) + ((lane >> 4) << 3), (lane >> 3) & 1);
    }
    static __device__ __forceinline__ Lane make(int row, int chunk) {
        Lane l;
        l.row = row * Rows<D>::bytes;
        l.flip = (Rows<D>::key(row) ^ chunk) << 4;
        return l;
    }
    // first: address of the tile's row (a multiple of 8) where the 16 x 16 piece starts; step: index of the 16-element column step
    // Only the low part of the step takes part in the XOR; the rest is a constant offset of the instruction.
    __device__ __forceinline__ word at(word first, int step) const {
        const int span = 16 * (Rows<D>::mask + 1);
        return first + (row + ((step * 32 % span) ^ flip)) + step * 32 / span * span;
    }
};

// ---------------------------------------------------------------- arithmetic

static __device__ __forceinline__ float exp2_fast(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}
