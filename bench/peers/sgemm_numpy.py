#!/usr/bin/env python3
"""Measures numpy's single-precision matrix product, to hold `chrysalis bench gemm` against.

    python3 bench/peers/sgemm_numpy.py 1024x1024x1024 729x1152x4304
    python3 bench/peers/sgemm_numpy.py --chrysalis ./chrysalis 1024x1024x1024

Shapes are MxNxK: (M, K) times (K, N), row-major. The second form measures numpy, then Chrysalis, then numpy again, each on the same
number of threads, and prints how fast Chrysalis is relative to the better of numpy's two turns (1 is as fast), by the median call and by
the fastest. Where the two ratios differ, the machine was busy with something else. OPENBLAS_NUM_THREADS (or --threads) sets the threads.
"""

import argparse
import ctypes
import glob
import json
import os
import statistics
import subprocess
import sys
import time


def parse_shape(text):
    sizes = text.split("x")
    if len(sizes) != 3 or not all(size.isdecimal() and int(size) > 0 for size in sizes):
        raise argparse.ArgumentTypeError(f"got '{text}', need MxNxK, as in 1024x1024x1024")
    return tuple(int(size) for size in sizes)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", type=parse_shape, default=[(1024, 1024, 1024)], metavar="MxNxK")
    parser.add_argument("--threads", type=int, default=default_threads(), help="threads of both (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="warm-up and measurement of a shape, each (default: %(default)s)")
    parser.add_argument("--chrysalis", metavar="LAUNCHER", help="measure this program too")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    return parser.parse_args()


def default_threads():
    return int(os.environ.get("OPENBLAS_NUM_THREADS", len(os.sched_getaffinity(0))))


def loaded_blas():
    """File names of the BLAS libraries this process has loaded (Linux)."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            files = {os.path.realpath(line.split()[-1]) for line in maps if "blas" in line}
    except OSError:
        return ""
    return " ".join(sorted(os.path.join(*file.split(os.sep)[-2:]) for file in files))


def blas_name(numpy):
    """The library numpy was built with and, for an OpenBLAS that came in the wheel, its own account of itself."""
    try:
        built = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
        name = f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()
    except (TypeError, KeyError):  # numpy older than 1.26
        name = loaded_blas() or "unknown"
    folder = os.path.join(os.path.dirname(os.path.dirname(numpy.__file__)), "numpy.libs")
    for path in glob.glob(os.path.join(folder, "*openblas*")):
        library = ctypes.CDLL(path)
        for prefix in ("scipy_openblas", "openblas"):
            for suffix in ("64_", ""):
                config = getattr(library, f"{prefix}_get_config{suffix}", None)
                if config is not None:
                    config.restype = ctypes.c_char_p
                    return f"{name} ({config().decode()})"
    return name


def measure(numpy, shape, seconds):
    m, n, k = shape
    random = numpy.random.default_rng(1)
    a = random.standard_normal((m, k), dtype=numpy.float32)
    b = random.standard_normal((k, n), dtype=numpy.float32)
    c = numpy.empty((m, n), dtype=numpy.float32)

    def timed():
        begun = time.perf_counter()
        numpy.matmul(a, b, out=c)
        return time.perf_counter() - begun

    end = time.perf_counter() + seconds
    timed()
    while time.perf_counter() < end:
        timed()
    times = []
    while len(times) < 5 or sum(times) < seconds:
        times.append(timed())
    exact = a[0].astype(numpy.float64) @ b[:, -1].astype(numpy.float64)
    size = numpy.abs(a[0].astype(numpy.float64)) @ numpy.abs(b[:, -1].astype(numpy.float64))
    if not abs(c[0, -1] - exact) <= 1e-5 * size:
        sys.exit(f"sgemm_numpy: {m}x{n}x{k}: the product is wrong")
    return times


def row(shape, backend, threads, times):
    m, n, k = shape
    median = statistics.median(times)
    return {
        "name": "gemm",
        "shape": f"{m}x{n}x{k}",
        "dtype": "f32",
        "backend": backend,
        "threads": threads,
        "median_ms": median * 1e3,
        "min_ms": min(times) * 1e3,
        "max_ms": max(times) * 1e3,
        "gflops": 2.0 * m * n * k / median * 1e-9,
    }


def measure_chrysalis(launcher, shape, threads, seconds):
    text = "x".join(str(size) for size in shape)
    command = [launcher, "bench", "gemm", "--json", "--shape", text, "--threads", str(threads), "--seconds", str(seconds)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if answer.returncode != 0:
        sys.exit(f"sgemm_numpy: {' '.join(command)} ended with {answer.returncode}")
    return json.loads(answer.stdout)


def main():
    options = arguments()
    # Read once, when the library is loaded.
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = str(options.threads)
    import numpy

    blas = blas_name(numpy)
    rows, lines = [], [f"numpy {numpy.__version__}, BLAS: {blas}, {options.threads} threads"]
    for shape in options.shapes:
        found = [row(shape, "numpy", options.threads, measure(numpy, shape, options.seconds))]
        ratio = None
        if options.chrysalis:
            ours = measure_chrysalis(options.chrysalis, shape, options.threads, options.seconds)
            found += ours
            found.append(row(shape, "numpy", options.threads, measure(numpy, shape, options.seconds)))
            peers = [one for one in found if one["backend"] == "numpy"]
            ratio = [min(peer[key] for peer in peers) / ours[0][key] for key in ("median_ms", "min_ms")]
        for one in found:
            lines.append(
                f"{one['backend']:8} {one['shape']:16} median {one['median_ms']:9.3f} ms  min {one['min_ms']:9.3f} ms  "
                f"max {one['max_ms']:9.3f} ms  {one['gflops']:7.1f} GFLOP/s"
            )
        if ratio is not None:
            lines.append(f"{'ratio':8} {found[0]['shape']:16} median {ratio[0]:9.3f}     min {ratio[1]:9.3f}")
        rows += found
    print(json.dumps({"numpy": numpy.__version__, "blas": blas, "rows": rows}, indent=2) if options.json else "\n".join(lines))


if __name__ == "__main__":
    main()
