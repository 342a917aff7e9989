"""Settings of Keras that the network does not support are named, in Python and by the commands."""

import json
import os
import subprocess
import sys

import keras
import pytest
from PIL import Image

from hop_tf import HOPMatting
from hop_tf.cli.app import main
from hop_tf.models.loading import load_network


@pytest.fixture
def restored():
    """Restore Keras' settings at the end of a test."""
    policy, data_format = keras.config.dtype_policy(), keras.config.image_data_format()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_image_data_format(data_format)


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "float64"])
def test_an_unsupported_policy_is_named_with_those_that_are(policy, restored):
    supported = "must be one of float32, mixed_float16, mixed_bfloat16. Received: "
    for dtype in (policy, keras.DTypePolicy(policy)):
        with pytest.raises(ValueError, match=f"{supported}{policy}$"):
            HOPMatting(width=0.25, dtype=dtype)
    keras.config.set_dtype_policy(policy)
    for build in (lambda: HOPMatting(width=0.25), lambda: load_network("hop_s_9x9")):
        with pytest.raises(ValueError, match=f'{supported}{policy}, from "floatx" in keras.json or '):
            build()
    assert HOPMatting(width=0.25, dtype="float32").dtype_policy.name == "float32"


def test_channels_first_is_answered_with_what_to_set(restored, tmp_path):
    HOPMatting(width=0.25).save(tmp_path / "net.keras")
    keras.config.set_image_data_format("channels_first")
    for build in (
        lambda: HOPMatting(width=0.25),
        *(lambda p=p: load_network(p) for p in (tmp_path / "net.keras", "hop_s_9x9")),
    ):
        with pytest.raises(ValueError, match=r'channels last: set "image_data_format" .*Received: channels_first$'):
            build()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"image_data_format": "channels_first"}, 'error: The network needs images with the channels last: set "image'),
        ({"floatx": "float16"}, "error: The dtype policy of the network must be one of float32, mixed_float16, mixed_"),
        ({"floatx": "float64"}, 'Received: float64, from "floatx" in keras.json'),
    ],
)
def test_a_command_prints_the_line(restored, tmp_path, capsys, setting, message):
    if "floatx" in setting:
        keras.config.set_dtype_policy(setting["floatx"])
    else:
        keras.config.set_image_data_format(setting["image_data_format"])
    Image.new("RGB", (20, 30)).save(tmp_path / "cat.png")
    Image.new("L", (20, 30), 128).save(tmp_path / "trimap.png")
    assert main(["matte", str(tmp_path / "cat.png"), str(tmp_path / "trimap.png"), "--runtime", "keras"]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


@pytest.mark.slow
def test_settings_of_keras_json_are_named_by_a_command(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps({"image_data_format": "channels_first"}))
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment["KERAS_HOME"] = str(tmp_path)
    command = [sys.executable, "-m", "hop_tf", "export", "onnx", "--dynamic", "-o", str(tmp_path / "hop.onnx")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("error: The network needs images with the channels last")
    assert done.stderr.count("\n") == 1
