"""`demo`: what it answers before it serves its page; the page itself is tested in tests/demo."""

import sys

import pytest

from hop_tf.cli import main


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
    assert error.endswith('pip install "gradio>=6.31,<6.32"\n') and error.count("\n") == 1
