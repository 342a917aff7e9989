"""The command line as a program: help, exit codes, clean streams, a quick answer to wrong input."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hop_tf
from helpers.small_onnx import small_onnx
from hop_tf.cli import app
from hop_tf.cli.app import main

ROOT = Path(__file__).parents[3]


def python(*argv):
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, *map(str, argv)]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("command", ["", "matte", "evaluate", "convert", "demo"])
def test_help_fits_a_terminal_and_exits_with_0(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"usage: hop-tf {command}".rstrip() in text
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize(
    "module, usage",
    [("hop_tf", "hop-tf"), ("export", "hop-tf export"), ("datasets", "hop-tf data"), ("experiments", "python -m exp")],
)
def test_folders_of_the_checkout_run_as_modules(module, usage):
    done = python("-m", module, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {usage}")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "COMMAND"),
        (["paint"], "paint"),
        (["matte"], "PHOTO, TRIMAP (see hop-tf matte --help)"),
        (["matte", "a.png", "b.png", "--speed"], "unrecognized arguments: --speed (see hop-tf matte --help)"),
        (["matte", "a.png", "b.png", "-b", "white"], "unrecognized arguments: -b white (see hop-tf matte --help)"),
        (
            ["evaluate", "--pred", "x", "--alpha", "x", "--trimap", "x", "y"],
            "arguments: y (see hop-tf evaluate --help)",
        ),
        (
            ["data", "preview", "-o", "x.png", "--speed"],
            "unrecognized arguments: --speed (see hop-tf data preview --help)",
        ),
        (["evaluate", "--pred", "x"], "--alpha, --trimap"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(argv, message, capsys):
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_an_interrupt_is_no_traceback(monkeypatch, capsys):
    def interrupt(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "_run", interrupt)
    assert main([]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("argv", [["--help"], ["matte", "none.png", "none.png"]])
def test_help_and_errors_do_not_load_keras(argv):
    imported = python("-X", "importtime", "-m", "hop_tf", *argv).stderr
    assert "hop_tf.cli" in imported
    assert " keras" not in imported


def test_a_run_says_what_runs_where_and_what_it_wrote(tmp_path, weights):
    photo, trimap = tmp_path / "cat.png", tmp_path / "trimap.png"
    Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(photo)
    Image.fromarray(np.array([[0, 128, 255]] * 20, np.uint8).repeat(10, axis=1)).save(trimap)
    done = python("-m", "hop_tf", "matte", photo, trimap, "--weights", weights)
    assert done.returncode == 0
    assert done.stderr == f"{weights}: Keras (tensorflow) on cpu, float32\n"
    assert done.stdout == f"wrote {tmp_path / 'cat_alpha.png'}\n"
    assert np.asarray(Image.open(tmp_path / "cat_alpha.png"))[0, ::10].tolist() == [0, 90, 255]


@pytest.mark.slow  # tests/robustness/test_odd_weights.py has the lines, the test above the clean streams
def test_unfitting_weights_are_one_line_as_a_program(tmp_path):
    photo, trimap, wrong = tmp_path / "cat.png", tmp_path / "trimap.png", tmp_path / "wrong.weights.h5"
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(photo)
    Image.fromarray(np.full((20, 30), 128, np.uint8)).save(trimap)
    wrong.write_bytes(b"\x89HDF\r\n\x1a\n")
    done = python("-m", "hop_tf", "matte", photo, trimap, "--weights", wrong)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {wrong}: damaged, or not weights of the preset hop_s_9x9")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "cat_alpha.png").exists()


def test_an_exported_network_is_run_without_keras_and_tensorflow(tmp_path):
    photo, trimap = tmp_path / "cat.png", tmp_path / "trimap.png"
    Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(photo)
    Image.fromarray(np.array([[0, 128, 255]] * 20, np.uint8).repeat(10, axis=1)).save(trimap)
    weights = small_onnx(tmp_path / "hop.onnx", size=None)
    run = "import sys; from hop_tf.cli.app import main; print(main(), {'keras','tensorflow'} & {*sys.modules})"
    done = python("-c", run, "matte", photo, trimap, "--weights", weights, "--tta")
    assert done.stderr == f"{weights}: ONNX Runtime on cpu, float32\n"
    assert done.stdout == f"wrote {tmp_path / 'cat_alpha.png'}\n0 set()\n"
    assert np.asarray(Image.open(tmp_path / "cat_alpha.png"))[0, [0, 29]].tolist() == [0, 255]


def test_the_version_is_that_of_the_package():
    assert python("-m", "hop_tf", "--version").stdout == f"hop-tf {hop_tf.__version__}\n"


def test_without_keras_a_name_that_needs_it_says_how_to_install_it():
    program = "import sys; sys.modules['keras'] = None; import hop_tf; hop_tf.HOPMatting"
    assert (
        'MissingPackageError: hop_tf.HOPMatting needs Keras: pip install "hop-tf[keras]"'
        in python("-c", program).stderr
    )
