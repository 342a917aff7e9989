import re

import pytest

from helpers.red_channel import red_channel_network
from hop_tf.cli.app import main
from hop_tf.inference.formats import EXPORT_FORMATS


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of a small network."""
    path = tmp_path_factory.mktemp("network") / "red.keras"
    red_channel_network().save(path)
    return str(path)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["onnx", "--size", "64x64", "-o", "model.pb"], "must end in .onnx"),
        (["tensorrt", "--dynamic", "-o", "model.plan"], "must end in .engine"),
        (["onnx", "--size", "64x64", "-o", "none/model.onnx"], "folder none does not exist"),
        (["onnx", "--size", "00x64", "-o", "model.onnx"], "expected HEIGHTxWIDTH"),
        (["onnx", "--size", "64x64", "--batch", "0", "-o", "model.onnx"], "expected a whole number"),
        (["onnx", "--dynamic", "--batch", "2", "-o", "model.onnx"], "--batch is for --size"),
        (["onnx", "--size", "64x64", "--precision", "int4", "-o", "model.onnx"], "invalid choice: 'int4'"),
        (["tflite", "--size", "64x64", "--triton", "models", "-o", "model.tflite"], "Triton serves"),
        (["saved_model", "--dynamic", "--precision", "float16", "-o", "model"], "saved_model is written in float32"),
        (["onnx", "--dynamic", "--maxAuxStreams", "0", "-o", "model.onnx"], "no meaning for the format onnx"),
        (["onnx", "--dynamic", "--precision", "int8", "--store", "float16", "-o", "a.onnx"], "of precision float32"),
        (["tflite", "--dynamic", "--store", "float16", "-o", "a.tflite"], "--store float16 is for ONNX files"),
        (["onnx", "--dynamic", "--pictures", "photos", "-o", "model.onnx"], "--pictures are for int8"),
        (
            ["onnx", "--dynamic", "--calibration", "entropy", "-o", "model.onnx"],
            "--calibration is for int8 in onnx and",
        ),
        (["onnx", "--dynamic", "--precision", "int8", "--pictures", "none", "-o", "a.onnx"], "none: no such folder"),
        (["onnx", "--size", "64x64", "--preset", "hop_9x9", "-o", "model.onnx"], "give a file with --weights"),
        (["onnx", "--size", "64x64", "--weights", "none.h5", "-o", "model.onnx"], "none.h5: no such file"),
        (["onnx", "--size", "64x64", "--preset", "x", "-o", "model.onnx"], "unknown preset"),
        (["onnx", "--size", "64x64", "--weights", "none.weights.h5", "-o", "model.onnx"], "none.weights.h5"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *argv]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_impossible_export_is_one_line_with_its_own_exit_code(tmp_path, monkeypatch, capsys, weights):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a.txt").write_text("mine")
    assert main(["export", "saved_model", "--dynamic", "-o", "notes", "--weights", weights]) == 3
    error = capsys.readouterr().err
    assert "notes: an existing folder that is not an export in this format" in error and error.count("\n") == 1
    assert list(tmp_path.rglob("*")) == [tmp_path / "notes", tmp_path / "notes/a.txt"]


def test_an_export_is_reported_and_added_to_a_triton_repository(tmp_path, monkeypatch, capsys, weights):
    monkeypatch.chdir(tmp_path)
    options = ["--size", "40x70", "--batch", "2", "--weights", weights, "--triton", "models"]
    assert main(["export", "onnx", "-o", "hop.onnx", *options]) == 0
    out = capsys.readouterr().out
    assert "wrote hop.onnx:" in out and "difference to Keras: max" in out and "wrote models/hop" in out
    assert "dims: [ 2, 40, 70, 3 ]" in (tmp_path / "models/hop/config.pbtxt").read_text()


@pytest.mark.parametrize("precision, noted", [("float16", True), ("float32", False)])
def test_a_precision_that_is_slower_than_float32_says_so_where_it_is_chosen(tmp_path, capsys, precision, noted):
    options = ["--size", "64x64", "--weights", str(tmp_path / "none.h5"), "-o", str(tmp_path / "hop.onnx")]
    assert main(["export", "onnx", "--precision", precision, *options]) == 2  # there are no such weights
    assert ("note: onnx in float16 is twice as slow as float32" in capsys.readouterr().out) == noted


def test_the_help_lists_every_format_with_its_install_command(capsys):
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    out = capsys.readouterr().out
    for name, format in EXPORT_FORMATS.items():
        (line,) = re.findall(rf"^  {name} .*$", out, re.MULTILINE)
        assert all(precision in line for precision in format.precisions) and format.devices in line
        assert re.search(rf'pip install "hop-tf\[(export,)?{format.write_extra}\]"$', line)
        assert all(f"{precision}: {remark}" in out for precision, remark in format.slower.items())
    assert 'int8: pip install "hop-tf[int8]"' in out
