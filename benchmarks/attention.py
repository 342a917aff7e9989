"""Speed and memory of HOP attention compared with the form of the released code.

    python -m benchmarks attention

Every ratio compares the two forms in one run, in float32 on two CPU cores: they take turns, and the best of several
rounds counts. Peak memory is measured in a process of its own for each form, above what imports, weights and inputs
take.
"""

import argparse
import functools
import os
import sys
import time
from collections.abc import Callable, Sequence

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from hop_tf.benchmarks.latency.worker.memory import peak_resident  # noqa: E402
from hop_tf.benchmarks.latency.worker.process import Worker  # noqa: E402
from hop_tf.benchmarks.plain_attention import ConvWithPatches, ShiftedSlices  # noqa: E402
from hop_tf.layers import GlobalHOP, LocalHOP  # noqa: E402

CORES = 2
#: (stride, channels of appearance, channels of opacity) of the local blocks of hop_9x9
LOCAL_BLOCKS = ((8, 64, 128), (4, 32, 64), (2, 16, 32))
FORMS = {"local": (LocalHOP, ShiftedSlices), "global": (GlobalHOP, ConvWithPatches)}
TOLERANCE = 1e-3  # largest difference of the outputs, relative to the largest output


def blocks(kind: str, size: int, form: int) -> list[tuple[keras.Layer, list[tf.Tensor]]]:
    """Return layers and their inputs for photos of `size` x `size` pixels; inputs and weights do not depend on `form`.

    Args:
        kind: key of `FORMS`.
        size: side of the photo in pixels.
        form: 0 for the layers of this project, 1 for those of the released code.
    """
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)

    def draw(stride, channels):
        return tf.constant(rng.standard_normal((1, size // stride, size // stride, channels), np.float32))

    if kind == "global":
        classes = rng.integers(0, 3, (1, size // 16, size // 16))
        inputs = [[draw(16, 64), draw(16, 256), tf.one_hot(classes, 3)]]
    else:
        inputs = [[draw(stride, appearance), draw(stride, opacity)] for stride, appearance, opacity in LOCAL_BLOCKS]
    made = []
    for tensors in inputs:
        layer = FORMS[kind][form]()
        layer.build(*(x.shape for x in tensors))
        for weight in layer.trainable_weights:
            if len(weight.shape) > 1:
                weight.assign(0.3 * rng.standard_normal(weight.shape, np.float32) / weight.shape[-2] ** 0.5)
        made.append((layer, tensors))
    return made


def function(kind: str, size: int, form: int, training: bool = False) -> Callable[[], list]:
    """Return a compiled function that runs the blocks once: forward, or with `training` forward and backward."""
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


def best_times(functions: Sequence[Callable], rounds: int) -> list[float]:
    """Return the shortest time of each function, in seconds; in each round, they take turns."""
    times = [[] for _ in functions]
    for f in functions:
        f()
    for _ in range(rounds):
        for f, measured in zip(functions, times, strict=True):
            start = time.perf_counter()
            f()
            measured.append(time.perf_counter() - start)
    return [min(measured) for measured in times]


def difference(ours: list, theirs: list) -> float:
    """Return the largest difference, relative to the largest value, since some gradients are 0 except for rounding."""
    ours, theirs = (tf.nest.flatten(tensors) for tensors in (ours, theirs))
    largest = max(float(tf.reduce_max(abs(x))) for x in theirs)
    return max(float(tf.reduce_max(abs(a - b))) for a, b in zip(ours, theirs, strict=True)) / largest


def peak_bytes(kind: str, size: int, form: int) -> int:
    """Return the peak memory of one pass above the memory before it, in this process."""
    function(kind, 64, form)()
    run = function(kind, size, form)
    before = peak_resident()
    run()
    return peak_resident() - before


def peak_in_own_process(kind: str, size: int, form: int) -> int:
    """Return `peak_bytes` of a fresh process."""
    with Worker() as worker:
        return worker.ask(peak_bytes, kind, size, form)


def run(size: int = 1024, rounds: int = 5) -> bool:
    """Print all ratios and return whether each keeps its bound."""
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return its exit code: 1 if a ratio misses its bound."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks attention",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", type=int, default=1024, help="side of the photo in pixels; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="number of rounds; default: %(default)s")
    args = parser.parse_args(argv)
    if args.size < 64 or args.size % 64 or args.rounds < 1:
        parser.error("--size must be a multiple of 64, and --rounds at least 1")
    if hasattr(os, "sched_setaffinity"):  # before TensorFlow starts its threads
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    return 0 if run(args.size, args.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
