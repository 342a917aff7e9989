import os
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from hop_tf.errors import UserError
from hop_tf.training.logs import CSVLog, ProgressBar, tensorboard_callbacks
from hop_tf.training.optimizer import ClippedAdam, ReplicaLossScale

DATASET = SimpleNamespace(steps_per_epoch=10, skipped=3)


def compiled_model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(ReplicaLossScale(ClippedAdam(0.5), initial_scale=1024.0), auto_scale_loss=False)
    model.optimizer.build(model.trainable_variables)
    return model


def log(path, first_epoch):
    callback = CSVLog(path, first_epoch, DATASET, ["val_SAD"])
    callback.set_model(compiled_model())
    callback.on_train_begin()
    return callback


def test_rows_of_repeated_epochs_are_replaced(tmp_path):
    path = tmp_path / "log.csv"
    killed = log(path, 0)
    for epoch in range(3):
        killed.on_epoch_begin(epoch)
        killed.on_epoch_end(epoch, {"loss": 0.5, "val_SAD": 1.5} if epoch == 0 else {"loss": 0.25})
    with path.open("a") as file:
        file.write("40,0.2")  # torn by the kill
    resumed = log(path, 2)
    resumed.on_epoch_begin(2)
    resumed.on_epoch_end(2, {"loss": 0.125})
    header, *rows = path.read_text().splitlines()
    assert header == "step,loss,learning_rate,gradient_norm,loss_scale,skipped,seconds,val_SAD"
    assert [row.rpartition(",")[0].rsplit(",", 1)[0] for row in rows] == [
        "10,0.5,0.5,0.0,1024.0,3",
        "20,0.25,0.5,0.0,1024.0,3",
        "30,0.125,0.5,0.0,1024.0,3",
    ]
    assert [row.rpartition(",")[2] for row in rows] == ["1.5", "", ""]


def test_tensorboard_gets_scalars_and_panels(tmp_path):
    pytest.importorskip("tensorboard", reason="needs TensorBoard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    panel = np.random.default_rng(0).integers(0, 256, (8, 32, 3), np.uint8)
    model = compiled_model()
    callbacks = tensorboard_callbacks(tmp_path, SimpleNamespace(panels=[panel]))
    for callback in callbacks:
        callback.set_model(model)
        callback.on_epoch_end(0, {"step": 10, "loss": 0.5, "val_SAD": 1.5})
    callbacks[0].on_train_end()
    tags = {
        name: set(EventAccumulator(str(tmp_path / name)).Reload().Tags()["tensors"]) for name in os.listdir(tmp_path)
    }
    assert {"epoch_loss", "epoch_step", "epoch_learning_rate"} <= tags["train"]
    assert tags["validation"] == {"epoch_SAD", "photo, trimap, alpha, prediction/0"}


def test_a_missing_tensorboard_is_one_line_with_its_install_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(UserError, match=r'TensorBoard: pip install "hop-tf\[train\]"$'):
        tensorboard_callbacks(tmp_path)


def test_the_progress_bar_counts_all_steps_and_reports_each_epoch(capsys):
    bar = ProgressBar(first_epoch=1, epochs=3, steps_per_epoch=2)
    bar.on_train_begin()
    for epoch in (1, 2):
        for batch in range(2):
            bar.on_train_batch_end(batch, {"loss": 0.25})
        bar.on_epoch_end(epoch, {"loss": 0.25, "val_SAD": 9.5})
    bar.on_train_end()
    out, err = capsys.readouterr()
    assert out.splitlines() == ["step 4: loss 0.25, val_SAD 9.5", "step 6: loss 0.25, val_SAD 9.5"]
    first, last = err.strip().split("\r")[0], err.strip().split("\r")[-1]
    assert "2/6" in first and "6/6" in last and "loss=0.2500" in last
