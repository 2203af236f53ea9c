"""Measures in PyTorch what `chrysalis bench compare --peer torch` measures.

Run by it as `python3 torch_peer.py DEVICE THREADS`; with cuda-bf16 as DEVICE it measures networks alone, with weights in bf16, and the
training step with autocast to bf16. Says who it is in one line of JSON, then answers each line
{"name", "shape", "dtype", "warm_up_s", "measure_s", "min_runs", "config"} with {"median_ms", "min_ms", "max_ms", "runs"}, with {"unknown": true} if it
has no counterpart of that name, or with {"error"}. gemm, conv and attention are in "dtype"; all else is in f32: TF32 is switched off. Results go into memory that is there
already where PyTorch can do that, as on the other side.
"""

import functools
import json
import os
import statistics
import sys
import time

# Answers have a line of their own; whatever else is printed goes to standard error.
ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

import torch
from torch import nn
from torch.nn import functional

DEVICE = torch.device(sys.argv[1].removesuffix("-bf16"))
MIXED = sys.argv[1].endswith("-bf16")
torch.set_num_threads(int(sys.argv[2]))
torch.set_grad_enabled(False)
torch.manual_seed(0)
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True
if MIXED:
    torch.set_default_dtype(torch.bfloat16)

FUSED = getattr(functional, "scaled_dot_product_attention", None)
FUSED_RMS = getattr(functional, "rms_norm", None)
MAX_RUNS = 100_000


def finish():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def timed(call, warm_up, measure, min_runs):
    """Single calls for `measure` seconds, at least `min_runs`, after a warm-up of at least one."""
    end = time.perf_counter() + warm_up
    call()
    finish()
    while time.perf_counter() < end:
        call()
        finish()
    times, total = [], 0.0
    while len(times) < min_runs or (total < measure and len(times) < MAX_RUNS):
        begun = time.perf_counter()
        call()
        finish()
        times.append(time.perf_counter() - begun)
        total += times[-1]
    return {
        "median_ms": statistics.median(times) * 1e3,
        "min_ms": min(times) * 1e3,
        "max_ms": max(times) * 1e3,
        "runs": len(times),
    }


def sizes(shape):
    return [int(size) for size in shape.split(":")[0].split("x")]


def randn(*shape):
    return torch.randn(*shape, device=DEVICE)


@functools.lru_cache
def hidden(queries, keys):
    """Which keys a causal attention does not see."""
    return torch.ones(queries, keys, dtype=torch.bool, device=DEVICE).triu(1)


def attend(q, k, v, causal):
    """(B, H, Q, D), (B, H, K, D) -> (B, H, Q, D); a causal one of as many queries as keys."""
    if FUSED is not None:
        return FUSED(q, k, v, is_causal=causal)
    scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    if causal:
        scores = scores.masked_fill(hidden(q.shape[2], k.shape[2]), float("-inf"))
    return torch.softmax(scores, -1) @ v


def heads(x, count):
    batch, tokens, width = x.shape
    return x.view(batch, tokens, count, width // count).transpose(1, 2)


def merged(x):
    batch, count, tokens, size = x.shape
    return x.transpose(1, 2).reshape(batch, tokens, count * size)


def rms(x, weight, epsilon):
    if FUSED_RMS is not None:
        return FUSED_RMS(x, weight.shape, weight, epsilon)
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * weight


def attend_grouped(q, keys, values, causal):
    """As `attend`, of fewer key heads than query heads: those that share keys are queries of one head, without a copy of the cache."""
    batch, count, queries, size = q.shape
    groups = count // keys.shape[1]
    if queries > 1:
        return attend(q, keys.repeat_interleave(groups, 1), values.repeat_interleave(groups, 1), causal)
    return attend(q.reshape(batch, keys.shape[1], groups, size), keys, values, False).reshape(batch, count, 1, size)


# ---- operations


def gemm(shape, dtype):
    m, n, k = sizes(shape)
    a, b, c = (randn(*size).to(dtype) for size in ((m, k), (k, n), (m, n)))
    return lambda: torch.mm(a, b, out=c)


def conv(shape, dtype):
    batch, inputs, outputs, height, width, kernel = sizes(shape)
    of = (batch, inputs, height, width), (outputs, inputs, kernel, kernel), (outputs,)
    x, weight, bias = (randn(*size).to(dtype) for size in of)
    return lambda: functional.conv2d(x, weight, bias, padding=kernel // 2)


def attention(shape, dtype):
    batch, count, queries, keys, size = sizes(shape)
    q, k, v = (randn(batch, count, rows, size).to(dtype) for rows in (queries, keys, keys))
    return lambda: attend(q, k, v, shape.endswith(":causal"))


def add(shape, _):
    a, b, y = randn(*sizes(shape)), randn(*sizes(shape)), randn(*sizes(shape))
    return lambda: torch.add(a, b, out=y)


def gelu_tanh(shape, _):
    x = randn(*sizes(shape))
    return lambda: functional.gelu(x, approximate="tanh")


def softmax(shape, _):
    x, y = randn(*sizes(shape)), randn(*sizes(shape))
    return lambda: torch.softmax(x, -1, out=y)


def layer_norm(shape, _):
    x, weight, bias = randn(*sizes(shape)), randn(sizes(shape)[1]), randn(sizes(shape)[1])
    return lambda: functional.layer_norm(x, weight.shape, weight, bias)


def rms_norm(shape, _):
    x, weight = randn(*sizes(shape)), randn(sizes(shape)[1])
    return lambda: rms(x, weight, 1e-5)


# ---- networks, with random weights


class Llama:
    """config: that of a Hugging Face folder."""

    def __init__(self, config, context):
        self.eps = config["rms_norm_eps"]
        self.heads, self.kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
        width, inner = config["hidden_size"], config["intermediate_size"]
        size = config.get("head_dim") or width // self.heads
        scale = width**-0.5
        self.words = randn(config["vocab_size"], width)
        self.head = self.words if config.get("tie_word_embeddings") else scale * randn(config["vocab_size"], width)
        self.norm = torch.ones(width, device=DEVICE)
        self.layers = [
            {
                "norm1": torch.ones(width, device=DEVICE),
                "norm2": torch.ones(width, device=DEVICE),
                "q": scale * randn(self.heads * size, width),
                "k": scale * randn(self.kv_heads * size, width),
                "v": scale * randn(self.kv_heads * size, width),
                "o": scale * randn(width, self.heads * size),
                "gate": scale * randn(inner, width),
                "up": scale * randn(inner, width),
                "down": scale * randn(width, inner),
                "keys": torch.zeros(1, self.kv_heads, context, size, device=DEVICE),
                "values": torch.zeros(1, self.kv_heads, context, size, device=DEVICE),
            }
            for _ in range(config["num_hidden_layers"])
        ]
        turns = config["rope_theta"] ** (-torch.arange(0, size, 2, device=DEVICE) / size)
        angles = torch.outer(torch.arange(context, device=DEVICE), turns).repeat(1, 2)
        self.cos, self.sin = angles.cos(), angles.sin()

    def rotate(self, x, begin, end):
        first, second = x.chunk(2, -1)
        return x * self.cos[begin:end] + torch.cat((-second, first), -1) * self.sin[begin:end]

    def logits(self, ids, begin):
        """Logits of the last of `ids`, which follow `begin` others."""
        end = begin + ids.shape[1]
        x = functional.embedding(ids, self.words)
        for layer in self.layers:
            y = rms(x, layer["norm1"], self.eps)
            q = self.rotate(heads(y @ layer["q"].T, self.heads), begin, end)
            layer["keys"][:, :, begin:end] = self.rotate(heads(y @ layer["k"].T, self.kv_heads), begin, end)
            layer["values"][:, :, begin:end] = heads(y @ layer["v"].T, self.kv_heads)
            keys, values = layer["keys"][:, :, :end], layer["values"][:, :, :end]
            x = x + merged(attend_grouped(q, keys, values, end - begin > 1)) @ layer["o"].T
            y = rms(x, layer["norm2"], self.eps)
            x = x + (functional.silu(y @ layer["gate"].T) * (y @ layer["up"].T)) @ layer["down"].T
        return rms(x[:, -1], self.norm, self.eps) @ self.head.T


def prompt(count, config):
    model = Llama(config, count)
    ids = torch.randint(config["vocab_size"], (1, count), device=DEVICE)
    return lambda: model.logits(ids, 0)


def generate(count, config):
    model = Llama(config, count)
    ids = torch.randint(config["vocab_size"], (1, count), device=DEVICE)

    def call():
        for i in range(count):
            model.logits(ids[:, i : i + 1], i)

    return call


def siglip(_, config):
    """config: `vision_config` of a Hugging Face folder. Features, before the last norm."""
    width, count, patch, side = config["hidden_size"], config["num_attention_heads"], config["patch_size"], config["image_size"]
    epsilon = config["layer_norm_eps"]

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
            self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
            self.up, self.down = nn.Linear(width, config["intermediate_size"]), nn.Linear(config["intermediate_size"], width)

        def forward(self, x):
            y = self.norm1(x)
            y = attend(heads(self.q(y), count), heads(self.k(y), count), heads(self.v(y), count), False)
            x = x + self.out(merged(y))
            return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

    patches = nn.Conv2d(config.get("num_channels", 3), width, patch, patch).to(DEVICE)
    layers = nn.Sequential(*[Layer() for _ in range(config["num_hidden_layers"])]).to(DEVICE)
    places = randn((side // patch) ** 2, width)
    pixels = randn(config["images"], config.get("num_channels", 3), side, side)
    return lambda: layers(patches(pixels).flatten(2).transpose(1, 2) + places)


def train_step(_, config):
    torch.set_default_dtype(torch.float32)  # parameters and what AdamW keeps
    try:
        return mixed_step(config)
    finally:
        torch.set_default_dtype(torch.bfloat16 if MIXED else torch.float32)


def mixed_step(config):
    width, count, tokens, batch, vocab = (config[key] for key in ("width", "heads", "tokens", "batch", "vocab"))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            y = self.norm1(x)
            x = x + self.out(merged(attend(heads(self.q(y), count), heads(self.k(y), count), heads(self.v(y), count), True)))
            return x + self.down(functional.gelu(self.up(self.norm2(x))))

    words, places = nn.Embedding(vocab, width).to(DEVICE), nn.Embedding(tokens, width).to(DEVICE)
    blocks = nn.Sequential(*[Block() for _ in range(config["layers"])], nn.LayerNorm(width)).to(DEVICE)
    parameters = [*words.parameters(), *places.parameters(), *blocks.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.1)
    ids = torch.randint(vocab, (batch, tokens), device=DEVICE)
    targets = torch.randint(vocab, (batch, tokens), device=DEVICE)

    def step():
        with torch.enable_grad():
            with torch.autocast(DEVICE.type, torch.bfloat16, enabled=MIXED):
                logits = functional.linear(blocks(words(ids) + places.weight), words.weight)
                loss = functional.cross_entropy(logits.view(-1, vocab), targets.view(-1))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    return step


DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
TYPED = {call.__name__: call for call in (gemm, conv, attention)}
NETWORKS = {call.__name__: call for call in (siglip, train_step)}
KNOWN = {call.__name__: call for call in (add, gelu_tanh, softmax, layer_norm, rms_norm)} | NETWORKS


def answer(request):
    name = request["name"]
    if name[:2] in ("pp", "tg") and name[2:].isdigit():
        call = (prompt if name.startswith("pp") else generate)(int(name[2:]), request["config"])
    elif MIXED and name not in NETWORKS:
        return {"unknown": True}
    elif name in TYPED:
        call = TYPED[name](request["shape"], DTYPES[request["dtype"]])
    elif name in KNOWN:
        call = KNOWN[name](request["shape"], request.get("config"))
    else:
        return {"unknown": True}
    return timed(call, request["warm_up_s"], request["measure_s"], request["min_runs"])


def say(what):
    print(json.dumps(what), file=ANSWERS, flush=True)


def main():
    device = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "cpu"
    say({"torch": torch.__version__, "device": device, "threads": torch.get_num_threads()})
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception as e:  # no memory, or an old PyTorch without some function: this row alone has no peer
            result = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        if DEVICE.type == "cuda":
            torch.cuda.empty_cache()  # the memory is wanted by whoever is measured next
        say(result)


if __name__ == "__main__":
    main()
