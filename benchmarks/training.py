"""Training samples per second, and the share of step time spent on making samples.

    python -m benchmarks training --dtype float32 mixed_bfloat16
    KERAS_BACKEND=jax python -m benchmarks training --preset hop_s_9x9 hop_9x9

Each row is timed twice: on one batch in memory, and on samples of the training pipeline. On a CPU the pipeline uses
cores that the step could use, even if no step waits for it; the last column includes both effects.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

HEADER = "| preset | precision | jit_compile | s a step | samples/s | samples/s with pipeline | share of pipeline |"


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
    parser.add_argument("--crop-size", type=int, default=192, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=20, help="timed steps per row; default: %(default)s")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that make batches, as in train.py; default: %(default)s"
    )
    parser.add_argument("--foregrounds", help="folder of cut-outs; default: drawn foregrounds")
    parser.add_argument("--backgrounds", help="folder of photos; default: generated textures")
    args = parser.parse_args(argv)
    if args.crop_size < 32 or args.crop_size % 32 or min(args.batch_size, args.steps - 1, args.workers) < 1:
        parser.error("--crop-size must be a multiple of 32, --steps at least 2, --batch-size and --workers at least 1")

    import keras

    from hop_tf.errors import first_line

    default = "on" if keras.backend.backend() == "jax" else "off"
    jits = {"off": [False], "on": [True], "both": [False, True]}[args.jit or default]
    rows = [(preset, dtype, jit) for preset in args.preset for dtype in args.dtype for jit in jits]
    print(f"{keras.backend.backend()}, batches of {args.batch_size} x {args.crop_size} x {args.crop_size}")
    print(HEADER + "\n" + "|---" * HEADER.count(" |") + "|")
    failed = False
    for preset, dtype, jit in tqdm(rows, unit="row", leave=False):
        try:
            alone, fed = seconds_a_step(args, preset, dtype, jit)
            numbers = (
                f"{alone:.3f} | {args.batch_size / alone:.1f} | {args.batch_size / fed:.1f} | {1 - alone / fed:.0%}"
            )
        except Exception as error:  # the libraries raise nearly anything; the other rows still run
            failed, numbers = True, f"{type(error).__name__}: {first_line(error)[:90].replace('|', '/')} | | |"
        tqdm.write(f"| {preset} | {dtype} | {'on' if jit else 'off'} | {numbers} |")
    return int(failed)


def seconds_a_step(args: argparse.Namespace, preset: str, dtype: str, jit: bool) -> list[float]:
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
    warm_up, clock = 4, Clock()
    dataset = MattingDataset(
        args.foregrounds,
        args.backgrounds,
        crop_size=args.crop_size,
        batch_size=args.batch_size,
        steps_per_epoch=warm_up + args.steps,
        workers=args.workers,
        use_multiprocessing=args.workers > 1,
    )
    medians = []
    for batches in (InMemory(dataset), dataset):
        model.fit(batches, shuffle=False, callbacks=[clock], verbose=0)
        medians.append(float(np.median(np.diff(clock.times[warm_up - 1 :]))))
    return medians


if __name__ == "__main__":
    sys.exit(main())
