"""How much faster and smaller HOP attention is here than in the form of the released code.

`python -m benchmarks.attention` from the repository root. Every ratio compares the two forms in one run: in turns, the
best of some rounds, in float32 and on two CPU cores; the peak memory of each in a process of its own, over what is
taken by the imports, the weights and the inputs.
"""

import argparse
import functools
import os
import subprocess
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from hop_tf.benchmarks.latency.worker.memory import peak_resident  # noqa: E402
from hop_tf.benchmarks.plain_attention import ConvWithPatches, ShiftedSlices  # noqa: E402
from hop_tf.layers import GlobalHOP, LocalHOP  # noqa: E402

CORES = 2
#: (divisor of the photo's side, channels of appearance and of opacity) of the local blocks of hop_9x9
LOCAL_BLOCKS = ((8, 64, 128), (4, 32, 64), (2, 16, 32))
FORMS = {"local": (LocalHOP, ShiftedSlices), "global": (GlobalHOP, ConvWithPatches)}
TOLERANCE = 1e-3  # of the outputs' difference, relative to the largest


def blocks(kind, size, form):
    """List of (layer, inputs) at photos of `size` x `size` pixels, the same for both forms."""
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)

    def draw(divisor, channels):
        return tf.constant(rng.standard_normal((1, size // divisor, size // divisor, channels), np.float32))

    if kind == "global":
        classes = rng.integers(0, 3, (1, size // 16, size // 16))
        inputs = [[draw(16, 64), draw(16, 256), tf.one_hot(classes, 3)]]
    else:
        inputs = [[draw(divisor, appearance), draw(divisor, opacity)] for divisor, appearance, opacity in LOCAL_BLOCKS]
    made = []
    for tensors in inputs:
        layer = FORMS[kind][form]()
        layer.build(*(x.shape for x in tensors))
        for weight in layer.trainable_weights:
            if len(weight.shape) > 1:
                weight.assign(0.3 * rng.standard_normal(weight.shape, np.float32) / weight.shape[-2] ** 0.5)
        made.append((layer, tensors))
    return made


def function(kind, size, form, training=False):
    """A compiled function without arguments: one pass through the blocks, forward or forward and backward."""
    made = blocks(kind, size, form)

    @functools.partial(tf.function, autograph=False)
    def call(layer, *inputs):
        if not training:
            return layer(*inputs)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(tf.square(layer(*inputs, training=True)))
        return tape.gradient(loss, [*inputs, *(weight.value for weight in layer.trainable_weights)])

    functions = [functools.partial(call.get_concrete_function(layer, *inputs), *inputs) for layer, inputs in made]
    return lambda: [f() for f in functions]


def best_times(functions, rounds):
    """The shortest time of each, in seconds, of so many rounds in turns."""
    times = [[] for _ in functions]
    for f in functions:
        f()
    for _ in range(rounds):
        for f, measured in zip(functions, times, strict=True):
            start = time.perf_counter()
            f()
            measured.append(time.perf_counter() - start)
    return [min(measured) for measured in times]


def difference(ours, theirs):
    """The largest difference, relative to the largest value: of gradients some are 0 but for rounding."""
    ours, theirs = (tf.nest.flatten(tensors) for tensors in (ours, theirs))
    largest = max(float(tf.reduce_max(abs(x))) for x in theirs)
    return max(float(tf.reduce_max(abs(a - b))) for a, b in zip(ours, theirs, strict=True)) / largest


def peak_bytes(kind, size, form):
    """What one pass takes over what there was before, measured in this process."""
    function(kind, 64, form)()
    run = function(kind, size, form)
    before = peak_resident()
    run()
    return peak_resident() - before


def peak_in_own_process(kind, size, form):
    command = [
        sys.executable,
        "-m",
        "benchmarks.attention",
        "--peak-of",
        kind,
        "--size",
        str(size),
        "--form",
        str(form),
    ]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()[-1])


def run(size=1024, rounds=5):
    """Prints all ratios; returns whether each keeps its bound."""
    kept = []

    def report(name, value, bound, unit="times"):
        kept.append(value >= bound)
        print(f"{name:<66} {value:6.2f} {unit}, at least {bound}: {'yes' if kept[-1] else 'NO'}", flush=True)

    def compare(name, kind, size, bound, training=False):
        functions = [function(kind, size, form, training) for form in (0, 1)]
        largest = difference(*(f() for f in functions))
        ours, theirs = best_times(functions, rounds)
        report(name, theirs / ours, bound)
        kept.append(largest <= TOLERANCE)
        print(f"    {1e3 * ours:.0f} ms and {1e3 * theirs:.0f} ms; largest difference {largest:.1e}, relative")

    compare(f"local blocks at {size} x {size}, faster than shifted slices", "local", size, 2.5)
    compare(f"local blocks at {size} x {size}, training", "local", size, 2, training=True)
    compare(f"global block at {2 * size} x {2 * size}, faster than patches", "global", 2 * size, 2)
    ours, theirs = (peak_in_own_process("local", size, form) for form in (0, 1))
    report(f"local blocks at {size} x {size}, peak memory below shifted slices", theirs / max(ours, 1), 4)
    print(f"    {ours / 1e6:.0f} MB and {theirs / 1e6:.0f} MB")
    sizes = [size // 2, size, 2 * size, 4 * size]
    times = []
    for side in sizes:
        times += best_times([function("local", side, 0)], rounds if side <= size else 2)
    exponent = np.polyfit(np.log(np.square(sizes)), np.log(times), 1)[0]
    print(f"local blocks from {sizes[0]} to {sizes[-1]}: time grows as pixels to the power of {exponent:.2f}")
    print("    " + ", ".join(f"{1e3 * t:.0f} ms" for t in times))
    kept.append(exponent <= 1.1)
    return all(kept)


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attention", description=__doc__)
    parser.add_argument("--size", type=int, default=1024, help="side of the photo in pixels; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed; default: %(default)s")
    parser.add_argument("--peak-of", choices=FORMS, help=argparse.SUPPRESS)
    parser.add_argument("--form", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.size < 64 or args.size % 64 or args.rounds < 1:
        parser.error("--size must be a multiple of 64, and --rounds at least 1")
    if args.peak_of:
        print(peak_bytes(args.peak_of, args.size, args.form))
        return 0
    return 0 if run(args.size, args.rounds) else 1


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):  # before TensorFlow makes its threads
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    sys.exit(main())
