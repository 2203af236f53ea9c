# Writes kinds.gguf, one tensor of each storage, and kinds.safetensors, what they mean in f32, with the gguf package: python3 kinds.py FOLDER
import sys, types, json, struct, numpy as np
t = types.ModuleType('sentencepiece'); t.SentencePieceProcessor = None; sys.modules['sentencepiece'] = t
import gguf
from gguf import GGMLQuantizationType as Q, quants
out = sys.argv[1]; rng = np.random.default_rng(11)
w = gguf.GGUFWriter(out + '/kinds.gguf', 'llama')
w.add_name('kinds'); w.add_uint64('test.u64', 1 << 40); w.add_int32('test.i32', -7); w.add_float32('test.f32', 0.5); w.add_float64('test.f64', -1e-9)
w.add_bool('test.yes', True); w.add_array('test.words', ['a', '', 'Ġé€', 'd']); w.add_array('test.numbers', [3, -1, 70000]); w.add_array('test.reals', [0.25, -2.5])
want = {}
def add(name, q, rows, cols):
    x = (rng.standard_normal((rows, cols)) * np.exp(rng.uniform(-6, 3, (rows, 1)))).astype(np.float32)
    x[0, :7] = [0, 1, -1, 0.1, 65000, -3e-5, 1e-7]
    if q in (Q.Q4_K, Q.Q6_K):
        bs, ts = gguf.GGML_QUANT_SIZES[q]
        b = rng.integers(0, 256, (rows, cols // bs, ts), dtype=np.uint8)
        d = (rng.uniform(-1, 1, (rows, cols // bs)) * 10.0 ** rng.uniform(-4, 1, (rows, cols // bs))).astype(np.float16)
        if q == Q.Q4_K:
            m = (rng.uniform(-1, 1, (rows, cols // bs)) * 10.0 ** rng.uniform(-4, 1, (rows, cols // bs))).astype(np.float16)
            b[:, :, 0:2] = d[..., None].view(np.uint8); b[:, :, 2:4] = m[..., None].view(np.uint8)
        else: b[:, :, 208:210] = d[..., None].view(np.uint8)
        data = b.reshape(rows, -1)
    elif q == Q.F32: data = x
    elif q == Q.F16: data = x.astype(np.float16)
    else: data = quants.quantize(x, q)
    f = data.astype(np.float32) if q in (Q.F32, Q.F16) else quants.dequantize(data, q)
    want[name] = np.ascontiguousarray(f.reshape(rows, cols), dtype=np.float32)
    w.add_tensor(name, data, raw_dtype=q)
for q in (Q.F32, Q.F16, Q.BF16, Q.Q8_0, Q.Q4_0): add('w.' + q.name, q, 5, 96)
for q in (Q.Q4_K, Q.Q6_K): add('w.' + q.name, q, 3, 512)
w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(progress=False); w.close()
h, data, off = {}, b'', 0
for k, v in want.items():
    b = v.tobytes(); h[k] = {'dtype': 'F32', 'shape': list(v.shape), 'data_offsets': [off, off + len(b)]}; data += b; off += len(b)
j = json.dumps(h).encode(); j += b' ' * (-len(j) % 8)
open(out + '/kinds.safetensors', 'wb').write(struct.pack('<Q', len(j)) + j + data)
