"""The network works in any image data format; dtype policies that it does not support are named."""

import json
import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from hop_tf import HOPMatting, fuse
from hop_tf.cli.app import main
from hop_tf.models.keras_settings import supported_policy
from hop_tf.models.loading import load_network


@pytest.fixture
def restored():
    """Restore Keras' settings at the end of a test."""
    policy, data_format = keras.config.dtype_policy(), keras.config.image_data_format()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_image_data_format(data_format)


@pytest.mark.parametrize("dtype", ["fp16", "mixed_float64", "int8", "float8", "FLOAT32", "", 16, ["float32"]])
def test_a_name_of_no_policy_is_answered_with_those_that_are_supported(dtype):
    expected = f"must be one of float32, mixed_float16, mixed_bfloat16. Received: {re.escape(str(dtype))}$"
    with pytest.raises(ValueError, match=expected):
        supported_policy(dtype)


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
    small = HOPMatting(width=0.25, global_hop=False, local_hops=0, dtype="float32")
    assert small.dtype_policy.name == "float32"


@pytest.fixture(scope="module")
def model():
    return HOPMatting(width=0.25, window_size=3, local_hops=1)


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    return {"image": rng.integers(0, 256, (1, 64, 32, 3)), "trimap": np.full((1, 64, 32, 1), 128)}


def test_another_image_data_format_changes_nothing(restored, model, inputs):
    expected = model(inputs)
    keras.config.set_image_data_format("channels_first")
    rebuilt = HOPMatting.from_config(model.get_config())
    rebuilt.set_weights(model.get_weights())
    for same in (rebuilt, fuse(rebuilt)):
        np.testing.assert_allclose(same(inputs), expected, atol=1e-4)


@pytest.mark.slow
def test_saved_fused_networks_load_in_another_image_data_format(restored, model, inputs, tmp_path):
    fuse(model).save(tmp_path / "fused.keras")
    keras.config.set_image_data_format("channels_first")
    np.testing.assert_allclose(load_network(tmp_path / "fused.keras")(inputs), model(inputs), atol=1e-4)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"floatx": "float16"}, "error: The dtype policy of the network must be one of float32, mixed_float16, mixed_"),
        ({"floatx": "float64"}, 'Received: float64, from "floatx" in keras.json'),
    ],
)
def test_a_command_prints_the_line(restored, tmp_path, capsys, setting, message):
    keras.config.set_dtype_policy(setting["floatx"])
    Image.new("RGB", (20, 30)).save(tmp_path / "cat.png")
    Image.new("L", (20, 30), 128).save(tmp_path / "trimap.png")
    assert main(["matte", str(tmp_path / "cat.png"), str(tmp_path / "trimap.png"), "--runtime", "keras"]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


@pytest.mark.slow
def test_settings_of_keras_json_are_named_by_a_command(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps({"floatx": "float16"}))
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment["KERAS_HOME"] = str(tmp_path)
    command = [sys.executable, "-m", "hop_tf", "export", "onnx", "--dynamic", "-o", str(tmp_path / "hop.onnx")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("error: The dtype policy of the network must be one of float32, mixed_float16")
    assert done.stderr.count("\n") == 1
