"""Throughput of several concurrent runs of a network."""

import concurrent.futures
import os
import threading
import time
from pathlib import Path

import numpy as np

from hop_tf.benchmarks.latency.rows import Row, Settings
from hop_tf.benchmarks.latency.worker.networks import SavedNetwork
from hop_tf.benchmarks.latency.worker.running import import_library, load_row


def streams(row: Row, source: Path | SavedNetwork, settings: Settings, count: int) -> list[dict[str, float]]:
    """Run copies of a network at once, each in a thread with its share of the processors.

    Libraries start as many threads as the thread that loads a network may use processors (on Linux). TensorFlow has one
    pool of threads for all copies.

    Returns:
        One entry of the column "streams": "streams", "photos_per_s" on the clock and "median_ms" of one run.
    """
    import_library(row)
    here = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    loading, ready = threading.Lock(), threading.Barrier(count)

    def one(i: int) -> tuple[float, list[float], float]:
        if here:
            os.sched_setaffinity(0, here[i % len(here) :: count])
        try:
            with loading:
                timed, _ = load_row(row, source, settings)
                timed.run()
        except BaseException:
            ready.abort()  # the others would wait for ever
            raise
        ready.wait()
        times, began = [], time.perf_counter()
        while not times or time.perf_counter() - began < settings.seconds:
            times.append(timed.run()["total"])
        return began, times, time.perf_counter()

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        copies = [pool.submit(one, i) for i in range(count)]
    errors = [error for copy in copies if (error := copy.exception())]
    if errors:
        raise next((error for error in errors if not isinstance(error, threading.BrokenBarrierError)), errors[0])
    began, times, ended = zip(*(copy.result() for copy in copies), strict=True)
    every = np.concatenate(times)
    rate = row.batch * len(every) / (max(ended) - min(began))
    return [{"streams": count, "photos_per_s": round(rate, 4), "median_ms": round(float(np.median(every)), 4)}]
