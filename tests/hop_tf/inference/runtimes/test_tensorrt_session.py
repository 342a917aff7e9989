"""Runs of engines, with host memory in place of a GPU's."""

import numpy as np
import pytest

pytest.importorskip("cuda.core", reason="needs the package cuda-core")

from helpers.host_engine import host_engine
from helpers.host_gpu import HostGpu, OnGpu
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.tensorrt_session import CONTEXTS, EngineSession

ANY = ((1, 32, 32), (1, 64, 64), (4, 256, 256))


def photos(batch, height, width, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (batch, height, width, n)).astype(dtype) for n in (3, 1)]


def session(*profiles, rtx=False, graph=True):
    gpu = HostGpu()
    engine = host_engine(gpu, *(profiles or [ANY]), rtx=rtx)
    return EngineSession(engine, gpu, graph), gpu, engine.engine


def check(alpha, image):
    np.testing.assert_allclose(alpha, np.float32(image[..., :1]) / 255, atol=1e-7)


@pytest.mark.parametrize("rtx", [False, True])
@pytest.mark.parametrize("graph", [False, True])
def test_alpha_is_right_at_any_size_in_any_order(rtx, graph):
    run, gpu, _ = session(rtx=rtx, graph=graph)
    sizes = [(1, 64, 64), (1, 32, 96), (2, 64, 64), (1, 64, 64), (4, 256, 256), (2, 64, 64), (1, 64, 64), (1, 64, 64)]
    for i, size in enumerate(sizes):
        image, trimap = photos(*size, seed=i)
        check(run.run(image, trimap), image)
    assert gpu.recordings == (7 if graph and not rtx else 0)  # again after memory has moved, but not for the last


@pytest.mark.parametrize("rtx", [False, True])
def test_nothing_is_allocated_once_the_largest_photo_was_seen(rtx):
    run, gpu, engine = session(rtx=rtx)
    sizes = [(1, 64, 64), (2, 96, 64), (4, 128, 128)]
    for size in reversed(sizes):
        run.run(*photos(*size))
    allocations, contexts = gpu.allocations, engine.contexts
    assert allocations == 4 + 3  # image, trimap, alpha and scratch on the GPU; the first three on the host
    for size in sizes * 3:
        image, trimap = photos(*size)
        check(run.run(image, trimap), image)
    assert (gpu.allocations, engine.contexts) == (allocations, contexts)
    assert len(gpu.memory.live) == allocations


def test_later_runs_do_not_change_an_alpha():
    run, _, _ = session()
    image, trimap = photos(1, 64, 64)
    alpha = run.run(image, trimap)
    run.run(255 - image, trimap)
    check(alpha, image)


def test_only_the_latest_sizes_keep_their_contexts():
    run, _, engine = session()
    run.run(*photos(4, 256, 256))
    sizes = [(1, 32, 32 * (i % 7 + 1)) for i in range(7)] + [(2, 32, 32), (3, 32, 32)]
    for size in sizes[-CONTEXTS:] * 2:
        run.run(*photos(*size))
    assert engine.contexts == 1 + CONTEXTS


def test_photos_on_the_gpu_give_an_alpha_on_the_gpu():
    run, gpu, _ = session()
    image, trimap = (x.view(OnGpu) for x in photos(2, 64, 96, np.float32))
    for _ in range(3):
        before = gpu.allocations
        check(np.from_dlpack(run.run(image, trimap)), image)
    assert gpu.allocations == before + 1  # the alpha; nothing lies on the host
    out = np.empty((2, 64, 96, 1), np.float32).view(OnGpu)
    before = gpu.allocations
    assert run.run(image, trimap, out) is out
    check(out, image)
    assert gpu.allocations == before


def test_alpha_goes_where_it_is_asked_for():
    run, _, _ = session()
    image, trimap = photos(1, 32, 64, np.float32)
    out = np.empty((1, 32, 64, 1), np.float32)
    assert run.run(image.view(OnGpu), trimap.view(OnGpu), out) is out
    check(out, image)
    check(run.run(image, trimap, np.empty_like(out).view(OnGpu)), image)


@pytest.mark.parametrize(
    "wrong",
    [lambda x: x.astype(np.float64), lambda x: np.asfortranarray(x), lambda x: x[:, :, ::-1]],
    ids=["dtype", "order", "strides"],
)
def test_an_array_on_the_gpu_that_would_need_converting_is_refused(wrong):
    run, _, _ = session()
    image, trimap = photos(2, 32, 64, np.float32)
    with pytest.raises(NetworkError, match=r"only as contiguous float32 \[2, 32, 64, 3\]"):
        run.run(wrong(image).view(OnGpu), trimap.view(OnGpu))


def test_the_profile_tuned_for_the_nearest_size_is_used():
    small, large = ((1, 32, 32), (1, 64, 64), (8, 128, 128)), ((1, 32, 32), (1, 192, 192), (2, 256, 256))
    run, _, engine = session(small, large, rtx=True)
    profile_of = run._engine.profile_of
    assert [profile_of(size) for size in ((8, 64, 64), (1, 64, 64), (1, 160, 160), (1, 128, 128))] == [0, 0, 1, 1]
    for size in ((8, 64, 64), (1, 224, 224), (8, 64, 64)):
        image, trimap = photos(*size)
        check(run.run(image, trimap), image)
    with pytest.raises(
        NetworkError, match="take photos .* 4x256x256, but 1x32x32 to 8x128x128 or 1x32x32 to 2x256x256"
    ):
        run.run(*photos(4, 256, 256))


def test_inputs_that_do_not_belong_together_are_refused_and_the_next_run_is_right():
    run, _, _ = session()
    image, trimap = photos(1, 64, 64)
    run.run(image, trimap)
    with pytest.raises(NetworkError, match="does not take trimap of shape"):
        run.run(image, trimap[..., [0, 0]])
    check(run.run(image, trimap), image)


def test_after_a_photo_that_does_not_fit_into_memory_smaller_ones_are_right(monkeypatch):
    run, gpu, _ = session()
    small, large = photos(1, 64, 64), photos(4, 256, 256)
    run.run(*small)
    allocate = gpu.allocate
    for left in range(3):
        room = iter([allocate] * left)

        def limited(size, on_host=False, room=room):
            try:
                return next(room)(size)
            except StopIteration:
                raise MemoryError from None

        monkeypatch.setattr(gpu, "allocate", limited)
        with pytest.raises(MemoryError):
            run.run(*large)
        monkeypatch.setattr(gpu, "allocate", allocate)
        check(run.run(*small), small[0])
    check(run.run(*large), large[0])
