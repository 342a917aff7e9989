"""How fast the machine multiplies: what latencies are put into relation to."""

import contextlib
import time

from hop_tf.benchmarks.latency.measuring import PAUSE, ROUNDS
from hop_tf.benchmarks.latency.process import Child
from hop_tf.benchmarks.latency.worker.loading import MATMUL


def matmul_rates(settings, progress, start=Child):
    """How fast this machine multiplies two 4096 x 4096 float32 matrices.

    Returns:
        dict from "numpy" and "tensorflow" to multiply-adds a second, in the fastest run: a limit.
    """
    rates, times = {}, {"numpy": [], "tensorflow": []}
    with contextlib.ExitStack() as stack:
        children = {library: stack.enter_context(start()) for library in times}
        for library, child in children.items():
            child.ask("matmul", library=library)
            child.ask("run", seconds=settings.warm_up, runs=1)
        for _ in range(ROUNDS // 2):
            for library, child in children.items():
                progress.doing(f"matrix product of {library}")
                time.sleep(PAUSE)
                times[library] += child.ask("run", seconds=settings.seconds / ROUNDS, runs=1)["total"]
                progress.done(1)
    for library, values in times.items():
        rates[library] = MATMUL**3 / (1e-3 * min(values))
    return rates
