import os

import pytest

import hop_tf.benchmarks.training as training
import train
from helpers.tiny_training import build_tiny_model


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def one_process(monkeypatch):
    """Run the rows in the process of the tests, where they can be replaced."""
    monkeypatch.setattr(training, "in_own_process", lambda function, *args: function(*args))


def test_a_row_that_cannot_run_says_why_and_stops_no_other(one_process, monkeypatch, capsys):
    def seconds_a_step(args, preset, dtype, jit, crop, batch):
        if jit:
            raise RuntimeError("no compiler\nand more")
        return 0.5, 0.625

    monkeypatch.setattr(training, "seconds_a_step", seconds_a_step)
    assert training.main(["--jit", "both", "--dtype", "float32", "--batch-size", "10", "20"]) == 1
    rows = [cells(line) for line in capsys.readouterr().out.splitlines() if line.startswith("| hop_s_9x9")]
    assert [row[:5] for row in rows] == [
        ["hop_s_9x9", "float32", jit, "192", batch] for jit in ("off", "on") for batch in ("10", "20")
    ]
    assert rows[0][5:9] == ["0.500", "20.0", "16.0", "20%"] and rows[1][5:9] == ["0.500", "40.0", "32.0", "20%"]
    assert rows[0][9].endswith(" GB")
    assert rows[2][5] == rows[3][5] == "RuntimeError: no compiler"


def test_each_call_has_a_process_of_its_own():
    processes = {os.getpid(), *(training.in_own_process(os.getpid) for _ in range(2))}
    assert len(processes) == 3


def test_steps_on_one_batch_and_on_the_pipeline_are_timed(one_process, monkeypatch, capsys):
    monkeypatch.setattr(train, "build_model", build_tiny_model)
    arguments = ["--dtype", "float32", "--crop-size", "64", "--batch-size", "1", "--steps", "2", "--warm-up", "1"]
    assert training.main(arguments) == 0
    *_, alone, samples, fed, _, _ = cells(capsys.readouterr().out.splitlines()[-1])
    assert float(alone) > 0 and float(samples) > 0 and float(fed) > 0


@pytest.mark.slow
def test_the_memory_of_each_row_is_that_of_its_batch(capsys):
    arguments = ["--dtype", "float32", "--crop-size", "192", "--batch-size", "8", "1", "--steps", "2", "--warm-up", "1"]
    assert training.main(arguments) == 0
    rows = [cells(line) for line in capsys.readouterr().out.splitlines()[-2:]]
    assert [row[4] for row in rows] == ["8", "1"] and all(float(row[5]) > 0 for row in rows)
    eight, one = (float(row[-1].removesuffix(" GB")) for row in rows)
    assert eight > one + 0.3  # docs/fine_tuning.md: 2.4 and 1.7 GB
