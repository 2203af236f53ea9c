#!/usr/bin/env python3
"""Measures Stable Diffusion 1.5 in PyTorch, to hold `chrysalis bench draw` against: a step of the UNet for a picture of 512 x 512 with guidance
(a batch of two latents of 4 x 64 x 64, 77 tokens of text), and the autoencoder's decoder for one picture.

    python3 bench/peers/torch_diffusion.py --chrysalis ./chrysalis
    python3 bench/peers/torch_diffusion.py --chrysalis ./chrysalis --calls 1 unet

The networks have the published shapes (the parameters are counted and compared) and random weights, and compute in f32. Each turn is a process of
its own: the peer, then Chrysalis, then the peer again, on the same number of threads; the ratio is to the better of the peer's two turns (1 is as
fast), and the memory is the largest resident size of each process as the system counts it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

PARAMETERS = {"unet": 859_520_964, "vae": 49_490_199}
ROWS = {"unet": "unet_step", "vae": "vae_decode"}
CHANNELS = {"unet": (320, 640, 1280, 1280), "vae": (128, 256, 512, 512)}
GROUPS, HEADS, TEXT, TIME = 32, 8, 768, 1280


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", nargs="*", help="unet, vae (default: both)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads of both (default: %(default)s)")
    parser.add_argument("--calls", type=int, default=2, help="measured calls of the peer, after one that is not (default: %(default)s)")
    parser.add_argument("--chrysalis", metavar="LAUNCHER", help="measure this program too")
    parser.add_argument("--turn", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for work in options.work:
        if work not in ROWS:
            parser.error(f"got '{work}', need unet or vae")
    return options


def networks():
    """The two networks, as a dictionary of functions that make them and their inputs; here, so that only turns import PyTorch."""
    import torch
    from torch import nn
    from torch.nn import functional

    def attend(q, k, v, heads):
        batch, _, width = q.shape
        q, k, v = (t.view(batch, -1, heads, width // heads).transpose(1, 2) for t in (q, k, v))
        if hasattr(functional, "scaled_dot_product_attention"):
            out = functional.scaled_dot_product_attention(q, k, v)
        else:
            out = torch.softmax(q @ k.transpose(2, 3) * (width // heads) ** -0.5, dim=-1) @ v
        return out.transpose(1, 2).reshape(batch, -1, width)

    class Residual(nn.Module):
        def __init__(self, inputs, outputs, times, eps):
            super().__init__()
            self.norm1, self.norm2 = nn.GroupNorm(GROUPS, inputs, eps), nn.GroupNorm(GROUPS, outputs, eps)
            self.conv1, self.conv2 = nn.Conv2d(inputs, outputs, 3, padding=1), nn.Conv2d(outputs, outputs, 3, padding=1)
            self.time = nn.Linear(times, outputs) if times else None
            self.short = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

        def forward(self, x, times=None):
            h = self.conv1(functional.silu(self.norm1(x)))
            if self.time is not None:
                h = h + self.time(functional.silu(times))[:, :, None, None]
            h = self.conv2(functional.silu(self.norm2(h)))
            return h + (x if self.short is None else self.short(x))

    class Attention(nn.Module):
        def __init__(self, width, context, heads, bias=False):
            super().__init__()
            self.heads = heads
            self.q, self.k, self.v = nn.Linear(width, width, bias), nn.Linear(context, width, bias), nn.Linear(context, width, bias)
            self.out = nn.Linear(width, width)

        def forward(self, x, context):
            return self.out(attend(self.q(x), self.k(context), self.v(context), self.heads))

    class Transformer(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.norm = nn.GroupNorm(GROUPS, width, 1e-6)
            self.proj_in, self.proj_out = nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1)
            self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
            self.self_attention, self.cross_attention = Attention(width, width, HEADS), Attention(width, TEXT, HEADS)
            self.gate, self.down = nn.Linear(width, 8 * width), nn.Linear(4 * width, width)

        def forward(self, x, text):
            batch, width, height, _ = x.shape
            h = self.proj_in(self.norm(x)).flatten(2).transpose(1, 2)
            n = self.norms[0](h)
            h = h + self.self_attention(n, n)
            h = h + self.cross_attention(self.norms[1](h), text)
            value, gate = self.gate(self.norms[2](h)).chunk(2, dim=-1)
            h = h + self.down(value * functional.gelu(gate))
            return x + self.proj_out(h.transpose(1, 2).reshape(batch, width, height, -1))

    def upsampled(x):
        return functional.interpolate(x, scale_factor=2.0, mode="nearest")

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            widths = CHANNELS["unet"]
            self.time1, self.time2 = nn.Linear(widths[0], TIME), nn.Linear(TIME, TIME)
            self.conv_in = nn.Conv2d(4, widths[0], 3, padding=1)
            self.down, self.up, skips, now = nn.ModuleList(), nn.ModuleList(), [widths[0]], widths[0]
            for level, width in enumerate(widths):
                last = level == len(widths) - 1
                for _ in range(2):
                    self.down.append(nn.ModuleList([Residual(now, width, TIME, 1e-5)] + ([] if last else [Transformer(width)])))
                    now = width
                    skips.append(now)
                if not last:
                    self.down.append(nn.Conv2d(width, width, 3, stride=2, padding=1))
                    skips.append(now)
            self.mid = nn.ModuleList([Residual(now, now, TIME, 1e-5), Transformer(now), Residual(now, now, TIME, 1e-5)])
            for level, width in reversed(list(enumerate(widths))):
                first = level == len(widths) - 1
                for _ in range(3):
                    self.up.append(nn.ModuleList([Residual(now + skips.pop(), width, TIME, 1e-5)] + ([] if first else [Transformer(width)])))
                    now = width
                if level > 0:
                    self.up.append(nn.Conv2d(width, width, 3, padding=1))
            self.norm, self.conv_out = nn.GroupNorm(GROUPS, now, 1e-5), nn.Conv2d(now, 4, 3, padding=1)

        def forward(self, x, steps, text):
            half = CHANNELS["unet"][0] // 2
            angles = steps[:, None] * torch.exp(torch.arange(half) * (-torch.log(torch.tensor(10000.0)) / half))
            times = self.time2(functional.silu(self.time1(torch.cat([angles.cos(), angles.sin()], dim=1))))
            h = self.conv_in(x)
            skips = [h]
            for block in self.down:
                h = self.block(block, h, times, text)
                skips.append(h)
            h = self.mid[2](self.mid[1](self.mid[0](h, times), text), times)
            for block in self.up:
                if isinstance(block, nn.Conv2d):
                    h = block(upsampled(h))
                else:
                    h = self.block(block, torch.cat([h, skips.pop()], dim=1), times, text)
            return self.conv_out(functional.silu(self.norm(h)))

        @staticmethod
        def block(block, h, times, text):
            if isinstance(block, nn.Conv2d):
                return block(h)
            h = block[0](h, times)
            return block[1](h, text) if len(block) > 1 else h

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            widths = CHANNELS["vae"]
            now = widths[-1]
            self.post, self.conv_in = nn.Conv2d(4, 4, 1), nn.Conv2d(4, now, 3, padding=1)
            self.mid = nn.ModuleList([Residual(now, now, 0, 1e-6), Residual(now, now, 0, 1e-6)])
            self.mid_norm, self.attention = nn.GroupNorm(GROUPS, now, 1e-6), Attention(now, now, 1, bias=True)
            self.up = nn.ModuleList()
            for level, width in reversed(list(enumerate(widths))):
                for _ in range(3):
                    self.up.append(Residual(now, width, 0, 1e-6))
                    now = width
                if level > 0:
                    self.up.append(nn.Conv2d(width, width, 3, padding=1))
            self.norm, self.conv_out = nn.GroupNorm(GROUPS, now, 1e-6), nn.Conv2d(now, 3, 3, padding=1)

        def forward(self, x):
            h = self.mid[0](self.conv_in(self.post(x)))
            n = self.mid_norm(h).flatten(2).transpose(1, 2)
            h = h + self.attention(n, n).transpose(1, 2).reshape(h.shape)
            h = self.mid[1](h)
            for block in self.up:
                h = block(upsampled(h)) if isinstance(block, nn.Conv2d) else block(h)
            return self.conv_out(functional.silu(self.norm(h)))

    return {
        "unet": lambda: (UNet(), [torch.randn(2, 4, 64, 64), torch.tensor([500.0, 500.0]), torch.randn(2, 77, TEXT)]),
        "vae": lambda: (Decoder(), [torch.randn(1, 4, 64, 64)]),
    }


def turn(work, threads, calls):
    """Measures one network in this process and prints it as JSON."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network, inputs = networks()[work]()
    count = sum(p.numel() for p in network.parameters())
    if count != PARAMETERS[work]:
        sys.exit(f"torch_diffusion: {work}: found {count} parameters, need {PARAMETERS[work]}")
    network.eval()
    times = []
    with torch.no_grad():
        for _ in range(calls + 1):
            begun = time.perf_counter()
            network(*inputs)
            times.append((time.perf_counter() - begun) * 1e3)
    print(json.dumps({"times": times[1:], "version": torch.__version__}))


def run(command):
    """What a process printed, and the largest memory it had, in bytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"torch_diffusion: {' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return json.loads(printed), usage.ru_maxrss * 1024


def main():
    options = arguments()
    works = options.work or list(ROWS)
    if options.turn:
        turn(works[0], options.threads, options.calls)
        return
    peer = [sys.executable, __file__, "--turn", "--threads", str(options.threads), "--calls", str(options.calls)]
    for work in works:
        turns = [run([*peer, work])]
        text = ""
        if options.chrysalis:
            bench = [options.chrysalis, "bench", "draw", "--json", "--steps", "0", "--threads", str(options.threads), "--seconds", "0"]
            rows, memory = run([*bench, "--part", work])
            ours = next(row for row in rows if row["name"] == ROWS[work])
            turns.append(run([*peer, work]))
        best = min(statistics.median(measured["times"]) for measured, _ in turns)
        held = max(memory_of for _, memory_of in turns)
        if options.chrysalis:
            text = (
                f"; Chrysalis {ours['median_ms']:.0f} ms, {memory / 1e9:.2f} GB; ratio {best / ours['median_ms']:.2f},"
                f" memory {memory / held:.2f} of the peer's"
            )
        version = turns[0][0]["version"]
        print(f"{ROWS[work]}  PyTorch {version} {best:.0f} ms, {held / 1e9:.2f} GB{text}", flush=True)


if __name__ == "__main__":
    main()
