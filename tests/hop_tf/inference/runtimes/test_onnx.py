import concurrent.futures
import os

import pytest

from helpers.small_onnx import small_onnx
from hop_tf.inference.runtimes import load


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or os.cpu_count() < 2, reason="needs Linux and two processors")
def test_onnx_runtime_stays_on_the_processors_that_it_may_use(tmp_path):
    path = small_onnx(tmp_path / "net.onnx", (32, 32))

    def threads_on_one_processor():
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])  # of this thread only
        return load(path, "onnx", "cpu")._session.get_session_options().intra_op_num_threads

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(threads_on_one_processor).result() == 1
