"""Engines in the predictor, with host memory in place of a GPU's: their alpha is the red channel divided by 255."""

import concurrent.futures
import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("cuda.core", reason="needs the package cuda-core")

from helpers.engine_report import small_report
from helpers.host_engine import host_engine
from helpers.host_gpu import HostGpu
from hop_tf.inference.predictor import Predictor
from hop_tf.inference.runtimes import tensorrt, tensorrt_engine
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.tensorrt_engine import RuntimeOptions, read_cache, runtime_config, write_cache

PROFILE = ((1, 64, 64), (1, 96, 96), (3, 96, 128))


@pytest.fixture
def predictor(monkeypatch, tmp_path):
    """A function from the engine's profiles to a predictor and the sizes that the engine was run at."""

    def make(*profiles, **kwargs):
        gpu, path = HostGpu(), tmp_path / "hop.engine"
        engine = host_engine(gpu, *profiles)
        path.write_bytes(b"vtrt")
        monkeypatch.setattr(tensorrt, "open_engine", lambda path, device, options: engine)
        monkeypatch.setattr(tensorrt, "Gpu", lambda index: gpu)
        return Predictor(path, **kwargs), engine.engine.sizes

    return make


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def unknown(*size):
    return np.full(size, 128, np.uint8)


def check(alpha, image):
    np.testing.assert_allclose(alpha, image[:, :, 0] / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("profile", "size", "seen"),
    [
        (PROFILE, (20, 30), [(1, 64, 64)]),
        (PROFILE, (70, 200), [(3, 96, 128)]),
        (PROFILE, (96, 500), [(3, 96, 128), (3, 96, 128), (1, 96, 128)]),
        (((1, 50, 80),) * 3, (20, 200), [(1, 50, 80)] * 5),
    ],
)
def test_tiles_of_the_size_that_an_engine_takes_go_through_it_together(predictor, profile, size, seen):
    predictor, sizes = predictor(profile)
    image = photo(*size)
    check(predictor.predict(image, unknown(*size)), image)
    assert sizes == seen


def test_photos_of_a_batch_share_the_runs_of_an_engine(predictor):
    predictor, sizes = predictor(PROFILE)
    images = [photo(*size, seed=i) for i, size in enumerate([(60, 50), (96, 128), (64, 64), (50, 40), (20, 20)])]
    known = [*(unknown(*image.shape[:2]) for image in images[:4]), np.full((20, 20), 255, np.uint8)]
    alphas = predictor.predict_batch(images, known)
    for alpha, image in zip(alphas[:4], images, strict=False):
        check(alpha, image)
    assert (alphas[4] == 1).all()
    assert sizes == [(3, 64, 64), (1, 96, 128)]
    assert predictor.predict_batch([], []) == []
    with pytest.raises(ValueError, match="one trimap for each photo. Received: 2 photos, 1 trimaps"):
        predictor.predict_batch(images[:2], known[:1])


def test_a_batch_is_as_large_as_the_profile_of_the_size_allows(predictor):
    small, large = ((1, 64, 64), (4, 64, 64), (4, 64, 64)), ((1, 96, 96), (1, 96, 96), (1, 256, 256))
    predictor, sizes = predictor(small, large)
    images = [photo(*size) for size in [(64, 64), (96, 96)] * 3]
    alphas = predictor.predict_batch(images, [unknown(*image.shape[:2]) for image in images])
    for alpha, image in zip(alphas, images, strict=True):
        check(alpha, image)
    assert sizes == [(3, 64, 64), (1, 96, 96), (1, 96, 96), (1, 96, 96)]


def test_threads_may_share_an_engine(predictor):
    predictor, _ = predictor(PROFILE)
    images = [photo(64 + 32 * (i % 2), 64 + 32 * (i % 3), seed=i) for i in range(24)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for image, alpha in zip(
            images, pool.map(lambda x: predictor.predict(x, unknown(*x.shape[:2])), images), strict=True
        ):
            check(alpha, image)


def test_the_precision_of_an_engine_is_that_of_its_report(predictor, tmp_path):
    report = dataclasses.replace(small_report(), precision="float16")
    (tmp_path / "hop.engine.json").write_text(report.to_json())
    predictor(PROFILE, precision="float16")
    with pytest.raises(NetworkError, match="hop.engine: was exported in float16"):
        predictor(PROFILE, precision="float32")


def test_an_engine_without_a_gpu_is_refused_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(tensorrt_engine, "missing_gpu", lambda: "no NVIDIA driver is installed")
    (tmp_path / "hop.engine").write_bytes(b"vtrt")
    with pytest.raises(NetworkError, match="hop.engine: engines run on a GPU, and no NVIDIA driver is installed"):
        Predictor(tmp_path / "hop.engine")


def test_options_are_named_as_tensorrt_for_rtx_names_them():
    rtx = pytest.importorskip("tensorrt_rtx_bindings", reason="needs TensorRT for RTX")
    allocation = rtx.ExecutionContextAllocationStrategy
    for graph, specialization in ((True, "lazy"), (False, "eager"), (True, "none")):
        chosen = []
        config = SimpleNamespace(set_execution_context_allocation_strategy=chosen.append)
        engine = SimpleNamespace(create_runtime_config=lambda config=config: config)
        runtime_config(rtx, engine, RuntimeOptions(graph, specialization))
        assert chosen == [allocation.USER_MANAGED]
        assert (config.cuda_graph_strategy == rtx.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE) == graph
        assert config.dynamic_shapes_kernel_specialization_strategy.name == specialization.upper()
    for owner in (rtx.IRuntimeConfig, rtx.IRuntimeCache, rtx.IExecutionContext, rtx.ICudaEngine):
        assert USED[owner.__name__] <= set(dir(owner))
    with pytest.raises(ValueError, match="`specialization` must be one of lazy, eager, none. Received: "):
        RuntimeOptions(specialization="always")


USED = {
    "IRuntimeConfig": {
        "set_execution_context_allocation_strategy",
        "cuda_graph_strategy",
        "dynamic_shapes_kernel_specialization_strategy",
        "create_runtime_cache",
        "set_runtime_cache",
        "get_runtime_cache",
    },
    "IRuntimeCache": {"serialize", "deserialize"},
    "IExecutionContext": {
        "set_optimization_profile_async",
        "set_input_shape",
        "get_tensor_shape",
        "update_device_memory_size_for_shapes",
        "set_device_memory",
        "set_tensor_address",
        "execute_async_v3",
    },
    "ICudaEngine": {"create_runtime_config", "create_execution_context", "get_tensor_profile_shape"},
}


class Cache:
    """`trt.IRuntimeCache` of kernels that are bytes and begin with the name of their GPU."""

    kernels = b"H100"

    def serialize(self):
        return self.kernels

    def deserialize(self, content):
        fits = content.startswith(b"H100")
        self.kernels = content if fits else self.kernels
        return fits


@pytest.mark.parametrize(
    ("stored", "compiled", "kept"),
    [
        (None, b"", b"H100"),
        (b"H100 a", b"", b"H100 a"),
        (b"H100 a", b" b", b"H100 a b"),
        (b"A100 a", b" b", b"H100 b"),
    ],
)
def test_compiled_kernels_are_kept_for_the_next_start(tmp_path, stored, compiled, kept):
    path = tmp_path / "cache" / "hop.rtxcache"
    if stored:
        path.parent.mkdir()
        path.write_bytes(stored)
    given = []
    known = read_cache(SimpleNamespace(create_runtime_cache=Cache, set_runtime_cache=given.append), path)
    given[0].kernels += compiled
    write_cache(given[0], path, known)
    assert path.read_bytes() == kept


def test_a_folder_that_cannot_be_written_costs_only_the_cache(tmp_path):
    (tmp_path / "cache").write_text("a file")
    write_cache(Cache(), tmp_path / "cache" / "hop.rtxcache", 0)
    assert (tmp_path / "cache").read_text() == "a file"
