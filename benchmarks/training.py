"""Training samples per second, the share of step time spent on making samples, and memory.

    python -m benchmarks training --dtype float32 mixed_bfloat16
    python -m benchmarks training --crop-size 192 320 512 --batch-size 1 4 8 --steps 2 --warm-up 1
    KERAS_BACKEND=jax python -m benchmarks training --preset hop_s_9x9 hop_9x9

Each row runs in a process of its own and is timed twice: on one batch in memory, and on samples of the training
pipeline. On a CPU the pipeline uses cores that the step could use, even if no step waits for it; the share of the
pipeline includes both effects. Memory is the peak resident memory of that process, not including GPU memory and
further processes of `--workers`.
"""

import argparse
import itertools
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from tqdm import tqdm

from hop_tf.benchmarks.latency.worker.memory import peak_resident
from hop_tf.errors import first_line

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

HEADER = (
    "| preset | precision | jit_compile | crop | batch "
    "| s a step | samples/s | samples/s with pipeline | share of pipeline | memory |"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return its exit code: 1 if a row could not run."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--preset", nargs="+", default=["hop_s_9x9"], help="default: hop_s_9x9")
    parser.add_argument(
        "--dtype",
        nargs="+",
        default=["float32", "mixed_bfloat16"],
        choices=["float32", "mixed_bfloat16", "mixed_float16"],
        help="default: float32 mixed_bfloat16",
    )
    parser.add_argument("--jit", choices=["off", "on", "both"], help="jit_compile; default: on with JAX, else off")
    parser.add_argument("--crop-size", type=int, nargs="+", default=[192], help="default: 192")
    parser.add_argument("--batch-size", type=int, nargs="+", default=[8], help="default: 8")
    parser.add_argument("--steps", type=int, default=20, help="timed steps per row; default: %(default)s")
    parser.add_argument("--warm-up", type=int, default=4, help="steps before the timed ones; default: %(default)s")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that make batches, as in train.py; default: %(default)s"
    )
    parser.add_argument("--foregrounds", help="folder of cut-outs; default: drawn foregrounds")
    parser.add_argument("--backgrounds", help="folder of photos; default: generated textures")
    args = parser.parse_args(argv)
    crops_fit = all(size >= 32 and size % 32 == 0 for size in args.crop_size)
    if not crops_fit or min(*args.batch_size, args.steps - 1, args.warm_up, args.workers) < 1:
        parser.error(
            "--crop-size must be a multiple of 32, --steps at least 2, --batch-size, --warm-up and --workers at least 1"
        )

    import keras

    default = "on" if keras.backend.backend() == "jax" else "off"
    jits = {"off": [False], "on": [True], "both": [False, True]}[args.jit or default]
    rows = list(itertools.product(args.preset, args.dtype, jits, args.crop_size, args.batch_size))
    print(keras.backend.backend())
    print(HEADER + "\n" + "|---" * HEADER.count(" |") + "|")
    failed = False
    for preset, dtype, jit, crop, batch in tqdm(rows, unit="row", leave=False):
        try:
            (alone, fed), memory = in_own_process(measure, args, preset, dtype, jit, crop, batch)
            speeds = f"{alone:.3f} | {batch / alone:.1f} | {batch / fed:.1f} | {1 - alone / fed:.0%}"
            numbers = f"{speeds} | {memory / 1e9:.1f} GB"
        except Exception as error:  # the libraries raise nearly anything; the other rows still run
            failed, numbers = True, f"{type(error).__name__}: {first_line(error)[:90].replace('|', '/')} | | | |"
        tqdm.write(f"| {preset} | {dtype} | {'on' if jit else 'off'} | {crop} | {batch} | {numbers} |")
    return int(failed)


def in_own_process(function: Callable, *args):
    """Call a function in a new process and return its result."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args).result()


def measure(
    args: argparse.Namespace, preset: str, dtype: str, jit: bool, crop: int, batch: int
) -> tuple[list[float], int]:
    """Return the seconds per step of one row, and the peak of this process's resident memory in bytes."""
    return seconds_a_step(args, preset, dtype, jit, crop, batch), peak_resident()


def seconds_a_step(args: argparse.Namespace, preset: str, dtype: str, jit: bool, crop: int, batch: int) -> list[float]:
    """Return the median seconds per step of one row: on a batch in memory, and on batches from the pipeline."""
    import keras

    import train
    from hop_tf.datasets.loader import MattingDataset

    class InMemory(keras.utils.PyDataset):
        """The first batch of a dataset, repeated."""

        def __init__(self, dataset):
            super().__init__()
            self.batch, self.length = dataset[0], len(dataset)

        def __len__(self):
            return self.length

        def __getitem__(self, index):
            return self.batch

    class Clock(keras.callbacks.Callback):
        """Record the time at the end of each step."""

        def on_train_begin(self, logs=None):
            self.times = []

        def on_train_batch_end(self, batch, logs=None):
            float(logs["loss"])  # waits for the device
            self.times.append(time.perf_counter())

    keras.backend.clear_session()
    model = train.build_model(train.Training(preset=preset, dtype=dtype))
    train.compile_model(model, train.Training(dtype=dtype), train.Optimizer(), train.Loss())
    model.jit_compile = jit
    clock = Clock()
    dataset = MattingDataset(
        args.foregrounds,
        args.backgrounds,
        crop_size=crop,
        batch_size=batch,
        steps_per_epoch=args.warm_up + args.steps,
        workers=args.workers,
        use_multiprocessing=args.workers > 1,
    )
    medians = []
    for batches in (InMemory(dataset), dataset):
        model.fit(batches, shuffle=False, callbacks=[clock], verbose=0)
        medians.append(float(np.median(np.diff(clock.times[args.warm_up - 1 :]))))
    return medians


if __name__ == "__main__":
    sys.exit(main())
