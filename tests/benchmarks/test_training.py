import pytest

import hop_tf.benchmarks.training as training
import train
from helpers.tiny_training import build_tiny_model


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_that_cannot_run_says_why_and_stops_no_other(monkeypatch, capsys):
    def seconds_a_step(args, preset, dtype, jit):
        if jit:
            raise RuntimeError("no compiler\nand more")
        return 0.5, 0.625

    monkeypatch.setattr(training, "seconds_a_step", seconds_a_step)
    assert training.main(["--jit", "both", "--dtype", "float32", "--batch-size", "10"]) == 1
    rows = [cells(line) for line in capsys.readouterr().out.splitlines() if line.startswith("| hop_s_9x9")]
    assert rows[0] == ["hop_s_9x9", "float32", "off", "0.500", "20.0", "16.0", "20%"]
    assert rows[1][:4] == ["hop_s_9x9", "float32", "on", "RuntimeError: no compiler"]


@pytest.mark.parametrize("network", ["a few layers", pytest.param("hop_s_9x9", marks=pytest.mark.slow)])
def test_steps_on_one_batch_and_on_the_pipeline_are_timed(monkeypatch, capsys, network):
    if network == "a few layers":
        monkeypatch.setattr(train, "build_model", build_tiny_model)
    arguments = ["--dtype", "float32", "--crop-size", "64", "--batch-size", "1", "--steps", "2"]
    assert training.main(arguments) == 0
    *_, alone, samples, fed, _ = cells(capsys.readouterr().out.splitlines()[-1])
    assert float(alone) > 0 and float(samples) > 0 and float(fed) > 0
