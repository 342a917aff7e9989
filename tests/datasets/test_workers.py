"""Worker processes, as Keras starts them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Two epochs of `model.fit`; the loss after each batch depends on every pixel. Prints the losses, one run a line, and
# how many samples were drawn anew.
FIT = """
import sys
if sys.argv[2] == "jax":
    sys.modules["tensorflow"] = None
import keras
from hop_tf.datasets.loader import FollowEpoch, MattingDataset
from hop_tf.datasets.recipes.open import Recipe

image, trimap = keras.Input((48, 48, 3), name="image"), keras.Input((48, 48, 1), name="trimap")
mean = keras.layers.Lambda(lambda x: keras.ops.mean(keras.ops.cast(x, "float32"), -1, keepdims=True) / 255)
for workers, processes in ((1, False), (2, True), (3, False)):
    dataset = MattingDataset(
        sys.argv[1], crop_size=48, batch_size=2, steps_per_epoch=4, recipe=Recipe(cutout_share=1),
        workers=workers, use_multiprocessing=processes,
    )
    model = keras.Model({"image": image, "trimap": trimap}, mean(image) * mean(trimap))
    model.compile("sgd", "mean_absolute_error", jit_compile=False)
    model.test_on_batch(*dataset[0])
    losses = []
    note = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs=None: losses.append(logs["loss"]))
    model.fit(dataset, epochs=2, verbose=0, shuffle=False, callbacks=[FollowEpoch(dataset), note])
    print(*(f"{loss:.6f}" for loss in losses), dataset.skipped)
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory, draw_pairs):
    """{backend: the running process}, started together since most of their time is the start of the backend."""
    folder = draw_pairs(tmp_path_factory.mktemp("parent") / "set", 8)
    (folder / "fg" / "object_5.jpg").write_bytes(b"no image")
    runs = {}
    for backend in ("jax", "tensorflow"):
        environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, "-c", FIT, str(folder), backend]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        runs[backend] = subprocess.Popen(command, cwd=Path(__file__).parents[2], env=environment, **pipes)
    yield runs
    for process in runs.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_fit_sees_the_same_samples_with_any_number_of_processes_or_threads(runs, backend):
    output, errors = runs[backend].communicate(timeout=120)
    assert runs[backend].returncode == 0, errors
    alone, processes, threads = (line.split() for line in output.strip().splitlines())
    assert alone == processes == threads
    assert len(set(alone[:8])) == 8, "an epoch repeats batches of the other"
    assert int(alone[8]) > 0
