"""Engines on a real GPU, against ONNX Runtime on the CPU."""

import concurrent.futures
import time

import numpy as np
import onnxruntime
import pytest

from helpers.counting_allocator import counting_allocator
from helpers.small_onnx import small_onnx
from hop_tf.inference.predictor import Predictor
from hop_tf.inference.runtimes import load
from hop_tf.inference.runtimes.tensorrt import RuntimeOptions, TensorRTNetwork, open_engine

pytestmark = pytest.mark.gpu
SIZES = [(1, 64, 96), (1, 128, 64), (4, 64, 64), (1, 64, 96), (1, 64, 96)]
MAX = (4, 128, 128)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine for any size, and a function of photos and trimaps that returns the alpha to expect."""
    pytest.importorskip("cuda.core", reason="needs the package cuda-core")
    from hop_tf.export.engines.building import build_engine
    from hop_tf.export.engines.options import EngineOptions, Profile

    folder = tmp_path_factory.mktemp("engine")
    source = small_onnx(folder / "small.onnx", None, None)
    shapes = {
        kind: {"image": (*shape, 3), "trimap": (*shape, 1)}
        for kind, shape in (("min", (1, 64, 64)), ("opt", (1, 64, 96)), ("max", MAX))
    }
    build_engine(source, folder / "small.engine", EngineOptions(profiles=(Profile(**shapes),)))
    session = onnxruntime.InferenceSession(str(source), providers=["CPUExecutionProvider"])

    def expected(image, trimap):
        return session.run(["alpha"], {"image": np.float32(image), "trimap": np.float32(trimap)})[0]

    return folder / "small.engine", expected


def photos(batch, height, width, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (batch, height, width, n), dtype=np.uint8) for n in (3, 1)]


def check(alpha, expected):
    np.testing.assert_allclose(alpha, expected, atol=1e-4)


@pytest.mark.parametrize("specialization", ["lazy", "eager", "none"])
@pytest.mark.parametrize("graph", [True, False], ids=["graph", "no-graph"])
def test_alpha_is_that_of_onnx_runtime_at_any_size_in_any_order(engine, graph, specialization):
    path, expected = engine
    network = TensorRTNetwork(path, options=RuntimeOptions(graph, specialization, None))
    for seed, size in enumerate(SIZES * 2):
        image, trimap = photos(*size, seed)
        check(network(image, trimap), expected(image, trimap))


@pytest.mark.parametrize("graph", [True, False], ids=["graph", "no-graph"])
def test_nothing_is_allocated_in_steady_state(engine, graph):
    path, expected = engine
    from hop_tf.inference.runtimes.gpu_memory import Gpu
    from hop_tf.inference.runtimes.tensorrt_session import EngineSession

    counts, options = [], RuntimeOptions(graph, "eager", None)
    gpu = Gpu(0)
    session = EngineSession(open_engine(path, None, options, counting_allocator(counts)), gpu, graph)
    for size in [MAX, *SIZES, *SIZES]:
        session.run(*photos(*size))
    before = gpu.allocations, len(counts)
    for seed, size in enumerate(SIZES * 3):
        image, trimap = photos(*size, seed)
        check(session.run(image, trimap), expected(image, trimap))
    assert (gpu.allocations, len(counts)) == before


def test_threads_may_share_an_engine(engine):
    path, expected = engine
    network = TensorRTNetwork(path)
    inputs = [photos(*SIZES[i % len(SIZES)], i) for i in range(32)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for (image, trimap), alpha in zip(inputs, pool.map(lambda x: network(*x), inputs), strict=True):
            check(alpha, expected(image, trimap))


def test_tiles_and_photos_in_batches_are_as_one_by_one(engine):
    path, _ = engine
    predictor, alone = Predictor(path), Predictor(path)
    alone.network.batch = lambda height, width: 1
    images = [photos(1, 150 + 30 * i, 200, i)[0][0] for i in range(3)]
    trimaps = [np.full(image.shape[:2], 128, np.uint8) for image in images]
    for alpha, image, trimap in zip(predictor.predict_batch(images, trimaps), images, trimaps, strict=True):
        check(alpha, alone.predict(image, trimap))


def to_torch(torch):
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no GPU")
    return lambda x: torch.from_numpy(x).cuda(), torch.from_dlpack, lambda x: x.cpu().numpy()


def to_jax(jax):
    if jax.default_backend() != "gpu":
        pytest.skip("JAX sees no GPU")
    return jax.device_put, jax.numpy.from_dlpack, np.asarray


def to_cupy(cupy):
    return cupy.asarray, cupy.from_dlpack, cupy.asnumpy


@pytest.mark.parametrize("library, convert", [("torch", to_torch), ("jax", to_jax), ("cupy", to_cupy)])
def test_arrays_on_the_gpu_are_taken_and_given(engine, library, convert):
    path, expected = engine
    to_gpu, from_dlpack, to_host = convert(pytest.importorskip(library))
    network = TensorRTNetwork(path)
    for seed, size in enumerate(SIZES):
        image, trimap = map(np.float32, photos(*size, seed))
        alpha = from_dlpack(network(to_gpu(image), to_gpu(trimap)))
        check(to_host(alpha), expected(image, trimap))
        if library != "jax":  # its arrays cannot be written to
            out = to_gpu(np.zeros((*size, 1), np.float32))
            assert network(to_gpu(image), to_gpu(trimap), out) is out
            check(to_host(out), expected(image, trimap))


def test_compiled_kernels_are_kept_for_the_next_start(engine, tmp_path):
    path, expected = engine
    image, trimap = photos(*SIZES[0])
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        network = TensorRTNetwork(path, options=RuntimeOptions(True, "eager", tmp_path))
        if network.library == "TensorRT":
            pytest.skip("TensorRT compiles no kernels at run time")
        check(network(image, trimap), expected(image, trimap))
        seconds.append(time.perf_counter() - start)
        del network
        (kept,) = tmp_path.iterdir()
        print(f"{seconds[-1]:.2f} s, {kept.stat().st_size} bytes kept")
    assert kept.stat().st_size > 0


@pytest.mark.parametrize("device", ["gpu", "tensorrt", "rtx"])
def test_onnx_runtime_on_the_gpu_is_as_on_the_cpu(engine, device):
    path, expected = engine
    from hop_tf.inference.runtimes.onnx_devices import PROVIDERS

    if not PROVIDERS[device].is_installed():
        pytest.skip(f"needs {PROVIDERS[device].install}")
    network = load(path.with_name("small.onnx"), device=device)
    for seed, size in enumerate(SIZES):
        image, trimap = photos(*size, seed)
        check(network(image, trimap), expected(image, trimap))
