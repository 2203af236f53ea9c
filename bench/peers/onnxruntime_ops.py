#!/usr/bin/env python3
"""Measures convolutions and matrix products of ONNX Runtime, to hold `chrysalis bench conv` and `bench gemm` against.

    pip install onnxruntime onnx numpy
    python3 bench/peers/onnxruntime_ops.py --chrysalis ./chrysalis conv 1x320x320x64x64x3
    python3 bench/peers/onnxruntime_ops.py --chrysalis ./chrysalis gemm 512x4096x4096

A convolution is BxCxOxHxWxK, as for `bench conv`: B pictures of C channels and HxW pixels to O channels by a KxK kernel, with a bias and a
border of zeros. A product is MxNxK: (M, K) times (K, N). Without shapes, those of LLaMA, SigLIP and Stable Diffusion are taken. Weights are
constants of the ONNX model, so the peer may prepare them once. For each shape: the peer, then Chrysalis, then the peer again, on the same number
of threads; the ratio is to the better of the peer's two turns (1 is as fast), by the median call and by the fastest.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy
import onnx
import onnxruntime

SHAPES = {
    "gemm": ["512x512x512", "1024x1024x1024", "2048x2048x2048", "64x4096x4096", "512x4096x4096", "729x4304x1152"],
    "conv": [
        "1x320x320x64x64x3",
        "1x640x640x32x32x3",
        "1x1280x1280x16x16x3",
        "1x1280x1280x8x8x3",
        "1x512x512x64x64x3",
        "1x128x128x512x512x3",
    ],
}
SIZES = {"gemm": 3, "conv": 6}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=SHAPES)
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads of both (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="warm-up and measurement of a shape, each (default: %(default)s)")
    parser.add_argument("--chrysalis", metavar="LAUNCHER", help="measure this program too")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args()
    for shape in options.shapes:
        sizes = shape.split("x")
        if len(sizes) != SIZES[options.work] or not all(size.isdecimal() and int(size) > 0 for size in sizes):
            parser.error(f"got '{shape}', need {SIZES[options.work]} sizes with x between them")
    return options


def network(work, sizes):
    """A model of one operation, its input, and its floating-point operations."""
    random = numpy.random.default_rng(1)

    def normal(*shape):
        return random.standard_normal(shape, dtype=numpy.float32)

    if work == "gemm":
        m, n, k = sizes
        x, constants = normal(m, k), {"w": normal(k, n)}
        node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
        operations, result = 2.0 * m * n * k, [m, n]
    else:
        batch, inputs, outputs, height, width, kernel = sizes
        x = normal(batch, inputs, height, width)
        constants = {"w": normal(outputs, inputs, kernel, kernel), "b": normal(outputs)}
        node = onnx.helper.make_node("Conv", ["x", "w", "b"], ["y"], kernel_shape=[kernel, kernel], pads=[kernel // 2] * 4)
        operations, result = 2.0 * batch * outputs * inputs * height * width * kernel * kernel, [batch, outputs, height, width]
    real = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [node],
        work,
        [onnx.helper.make_tensor_value_info("x", real, x.shape)],
        [onnx.helper.make_tensor_value_info("y", real, result)],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString(), x, operations


def measure(work, sizes, threads, seconds):
    model, x, operations = network(work, sizes)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def timed():
        begun = time.perf_counter()
        session.run(["y"], {"x": x})
        return time.perf_counter() - begun

    end = time.perf_counter() + seconds
    timed()
    while time.perf_counter() < end:
        timed()
    times = []
    while len(times) < 5 or sum(times) < seconds:
        times.append(timed())
    return {
        "name": work,
        "shape": "x".join(map(str, sizes)),
        "dtype": "f32",
        "backend": "onnxruntime",
        "threads": threads,
        "median_ms": statistics.median(times) * 1e3,
        "min_ms": min(times) * 1e3,
        "max_ms": max(times) * 1e3,
        "gflops": operations / statistics.median(times) * 1e-9,
    }


def measure_chrysalis(launcher, work, shape, threads, seconds):
    command = [launcher, "bench", work, "--json", "--shape", shape, "--threads", str(threads), "--seconds", str(seconds)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if answer.returncode != 0:
        sys.exit(f"onnxruntime_ops: {' '.join(command)} ended with {answer.returncode}")
    return json.loads(answer.stdout)[0]


def main():
    options = arguments()
    rows = []
    if not options.json:
        print(f"ONNX Runtime {onnxruntime.__version__}, {options.threads} threads")
    for shape in options.shapes or SHAPES[options.work]:
        sizes = [int(size) for size in shape.split("x")]
        turns = [measure(options.work, sizes, options.threads, options.seconds)]
        rows.append(turns[0])
        text = f"{options.work} {shape}  ONNX Runtime {turns[0]['median_ms']:.2f} ms (min {turns[0]['min_ms']:.2f})"
        if options.chrysalis:
            ours = measure_chrysalis(options.chrysalis, options.work, shape, options.threads, options.seconds)
            turns.append(measure(options.work, sizes, options.threads, options.seconds))
            best = {key: min(turn[key] for turn in turns) for key in ("median_ms", "min_ms")}
            ratio = {key: best[key] / ours[key] for key in best}
            rows += [{**ours, "ratio": ratio["median_ms"], "ratio_of_fastest": ratio["min_ms"]}, turns[1]]
            text = (
                f"{options.work} {shape}  ONNX Runtime {best['median_ms']:.2f} ms (min {best['min_ms']:.2f}), Chrysalis"
                f" {ours['median_ms']:.2f} ({ours['min_ms']:.2f}), {ours['gflops']:.1f} GFLOP/s;"
                f" ratio {ratio['median_ms']:.2f}, by the fastest call {ratio['min_ms']:.2f}"
            )
        if not options.json:
            print(text, flush=True)
    if options.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
