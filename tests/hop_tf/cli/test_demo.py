"""`hop-tf demo` up to the point where it serves the page, which tests/hop_tf/demo covers."""

import signal
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.small_onnx import small_onnx
from hop_tf.cli.app import main


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--port", "70000", "--port: expected a number from 1 to 65535: 70000"),
        ("--port", "many", "invalid int value: 'many'"),
        ("--max-megapixels", "0", "--max-megapixels: expected a number from above 0 to 1000: 0"),
        ("--max-megapixels", "nan", "--max-megapixels: expected a number"),
    ],
)
def test_wrong_options_are_one_line(option, value, message, capsys):
    assert main(["demo", option, value]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and message in error and error.count("\n") == 1


def test_without_gradio_the_command_to_install_it_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gradio", None)
    monkeypatch.delitem(sys.modules, "hop_tf.demo.page", raising=False)
    monkeypatch.setattr("os.environ", {})
    assert main(["demo"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: the demo page needs Gradio")
    assert error.endswith('pip install "hop-tf[demo]"\n') and error.count("\n") == 1


def test_the_page_gets_the_network_that_is_asked_for(monkeypatch, capsys, tmp_path):
    weights, served = small_onnx(tmp_path / "hop.onnx", size=None), []

    def no_port(*_):
        raise OSError

    page = SimpleNamespace(build_page=lambda predictor, *_: served.append(predictor), launch_page=no_port)
    monkeypatch.setitem(sys.modules, "hop_tf.demo.page", page)
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert main(["demo", "--weights", str(weights), "--device", "cpu", "--tile", "64"]) == 2
    assert "127.0.0.1:7860: cannot listen there" in capsys.readouterr().err
    assert type(served[0].network).__name__ == "OnnxNetwork"
    assert served[0].predict(np.zeros((5, 7, 3), np.uint8), np.full((5, 7), 128, np.uint8)).shape == (5, 7)
    assert main(["demo", "--weights", "none.onnx"]) == 2
    assert "none.onnx: no such file" in capsys.readouterr().err
