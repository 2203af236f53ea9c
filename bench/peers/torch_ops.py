#!/usr/bin/env python3
"""Measures PyTorch's convolutions, attention, and a training step of a GPT on the CPU, to hold `chrysalis bench` against.

    python3 bench/peers/torch_ops.py --chrysalis ./chrysalis                 # all three
    python3 bench/peers/torch_ops.py --chrysalis ./chrysalis conv attention
    python3 bench/peers/torch_ops.py conv                                    # PyTorch alone

For each piece of work PyTorch is measured, then Chrysalis, then PyTorch again, on the same number of threads; printed is how fast Chrysalis
is relative to the better of PyTorch's turns (1 is as fast), by the median call and by the fastest. Where the two ratios differ, the machine
was busy with something else. Attention is measured as PyTorch composes it (two products and a softmax) and, where PyTorch has it, as its
fused one. For the stronger baseline of PyTorch keep its memory from going back to the system between calls:
MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

CONV = [
    (1, 320, 320, 64, 64, 3),
    (1, 640, 640, 32, 32, 3),
    (1, 1280, 1280, 16, 16, 3),
    (1, 1280, 1280, 8, 8, 3),
    (1, 512, 512, 64, 64, 3),
    (1, 128, 128, 512, 512, 3),
]
ATTENTION = [((1, 16, 729, 729, 72), False), ((1, 32, 512, 512, 128), True), ((1, 8, 4096, 4096, 40), False)]
# That of `chrysalis bench train`.
LAYERS, WIDTH, HEADS, TOKENS, BATCH, VOCABULARY = 6, 384, 6, 256, 8, 512
WORK = ("conv", "attention", "train")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", nargs="*", metavar="WORK", help=f"of {', '.join(WORK)}; all by itself")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads of both (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="warm-up and measurement, each (default: %(default)s)")
    parser.add_argument("--chrysalis", metavar="LAUNCHER", help="measure this program too")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args()
    unknown = set(options.work) - set(WORK)
    if unknown:
        parser.error(f"got {', '.join(sorted(unknown))}, need some of {', '.join(WORK)}")
    return options


def timed(call, seconds):
    """Milliseconds of single calls, after a warm-up of the same length."""
    end = time.perf_counter() + seconds
    call()
    while time.perf_counter() < end:
        call()
    times = []
    while len(times) < 5 or sum(times) < seconds:
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return {"median_ms": statistics.median(times) * 1e3, "min_ms": min(times) * 1e3, "max_ms": max(times) * 1e3}


def conv_call(torch, sizes):
    batch, inputs, outputs, height, width, kernel = sizes
    x = torch.randn(batch, inputs, height, width)
    weight = torch.randn(outputs, inputs, kernel, kernel)
    bias = torch.randn(outputs)
    return lambda: torch.nn.functional.conv2d(x, weight, bias, padding=kernel // 2)


def attention_calls(torch, sizes, causal):
    batch, heads, queries, keys, size = sizes
    q = torch.randn(batch, heads, queries, size)
    k, v = torch.randn(batch, heads, keys, size), torch.randn(batch, heads, keys, size)
    hidden = torch.ones(queries, keys, dtype=torch.bool).triu(1 + keys - queries)

    def composed():
        scores = q @ k.transpose(-1, -2) * size**-0.5
        if causal:
            scores = scores.masked_fill(hidden, float("-inf"))
        return torch.softmax(scores, -1) @ v

    calls = {"torch composed": composed}
    fused = getattr(torch.nn.functional, "scaled_dot_product_attention", None)
    if fused is not None:
        calls["torch fused"] = lambda: fused(q, k, v, is_causal=causal)
    return calls


def train_call(torch):
    nn, functional = torch.nn, torch.nn.functional
    fused = getattr(functional, "scaled_dot_product_attention", None)
    hidden = torch.full((TOKENS, TOKENS), float("-inf")).triu(1)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x):
            size = WIDTH // HEADS
            q, k, v = self.qkv(self.norm1(x)).view(BATCH, TOKENS, 3, HEADS, size).permute(2, 0, 3, 1, 4)
            if fused is not None:
                y = fused(q, k, v, is_causal=True)
            else:
                y = torch.softmax(q @ k.transpose(-1, -2) * size**-0.5 + hidden, -1) @ v
            x = x + self.out(y.transpose(1, 2).reshape(BATCH, TOKENS, WIDTH))
            return x + self.down(functional.gelu(self.up(self.norm2(x))))

    class Gpt(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(TOKENS, WIDTH)
            self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)

        def forward(self, ids):
            return self.head(self.norm(self.blocks(self.words(ids) + self.places.weight)))

    model = Gpt()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0.1)
    ids = torch.randint(VOCABULARY, (BATCH, TOKENS))
    targets = torch.randint(VOCABULARY, (BATCH, TOKENS))

    def step():
        with torch.enable_grad():
            loss = functional.cross_entropy(model(ids).view(-1, VOCABULARY), targets.view(-1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return step


def work(torch, name):
    """(arguments of `chrysalis bench`, name of its row, shape, PyTorch's calls by name) for each piece of work."""
    if name == "conv":
        for sizes in CONV:
            shape = "x".join(map(str, sizes))
            yield ["conv", "--shape", shape], "conv", shape, {"torch": conv_call(torch, sizes)}
    elif name == "attention":
        for sizes, causal in ATTENTION:
            shape = "x".join(map(str, sizes)) + (":causal" if causal else "")
            yield ["attention", "--shape", shape], "attention", shape, attention_calls(torch, sizes, causal)
    else:
        shape = f"{LAYERS} layers, width {WIDTH}, {TOKENS} tokens, batch {BATCH}"
        yield ["train"], "train_step", shape, {"torch": train_call(torch)}


def measure_chrysalis(options, words):
    command = [options.chrysalis, "bench", *words, "--json", "--threads", str(options.threads), "--seconds", str(options.seconds)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if answer.returncode != 0:
        sys.exit(f"torch_ops: {' '.join(command)} ended with {answer.returncode}")
    return json.loads(answer.stdout)


def main():
    options = arguments()
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):  # read once, when the library is loaded
        os.environ[variable] = str(options.threads)
    import torch

    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    rows = []

    def show(text):
        print(text, file=sys.stderr if options.json else sys.stdout, flush=True)

    def add(row, who):
        rows.append({"who": who, **row})
        show(
            f"{who:15} {row['name']:10} {row['shape']:26} median {row['median_ms']:10.3f} ms  min {row['min_ms']:10.3f} ms  "
            f"max {row['max_ms']:10.3f} ms"
        )
        return row

    show(f"torch {torch.__version__}, {options.threads} threads")
    for name in options.work or WORK:
        for words, row_name, shape, calls in work(torch, name):

            def turn():
                return {
                    who: add({"name": row_name, "shape": shape, **timed(call, options.seconds)}, who) for who, call in calls.items()
                }

            first = turn()
            if not options.chrysalis:
                continue
            ours = next(row for row in measure_chrysalis(options, words) if row["name"] == row_name)
            add({**ours, "shape": shape}, "chrysalis")
            second = turn()
            for who in calls:
                best = [min(first[who][key], second[who][key]) / ours[key] for key in ("median_ms", "min_ms")]
                rows.append({"who": f"chrysalis / {who}", "name": row_name, "shape": shape, "ratio": best[0], "ratio_min": best[1]})
                show(f"{'ratio':15} {row_name:10} {shape:26} median {best[0]:10.3f}     min {best[1]:10.3f}     against {who}")
    if options.json:
        print(json.dumps({"torch": torch.__version__, "threads": options.threads, "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
