import numpy as np
import pytest
import tensorflow as tf

from helpers.red_channel import red_channel_network
from hop_tf.export.exporter import export
from hop_tf.inference.predictor import Predictor
from hop_tf.inference.runtimes.errors import NetworkError


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved_model") / "red"
    export(red_channel_network(), "saved_model", path, verify=False)
    return path


def test_a_saved_model_is_told_by_its_folder_and_mattes_photos_of_any_size(exported):
    predictor = Predictor(exported, device="cpu", precision="float32")
    for size in ((1, 1), (31, 65), (150, 120)):
        photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
        alpha = predictor.predict(photo, np.full(size, 128, np.uint8))
        np.testing.assert_allclose(alpha, photo[..., 0] / 255, atol=1e-6)


def test_another_device_or_precision_is_refused(exported):
    with pytest.raises(NetworkError, match="red: TensorFlow sees no device tpu here; there is cpu"):
        Predictor(exported, device="tpu")
    with pytest.raises(NetworkError, match="red: was exported in float32"):
        Predictor(exported, precision="float16")


@pytest.mark.parametrize("has_signature", [False, True])
def test_a_saved_model_of_something_else_is_refused(tmp_path, has_signature):
    module = tf.Module()
    module.double = tf.function(lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec([1], name="x")])
    signatures = {"serving_default": module.double} if has_signature else None
    tf.saved_model.save(module, tmp_path / "double", signatures)
    with pytest.raises(NetworkError, match="double: is no matting network; expected what 'hop-tf export' writes"):
        Predictor(tmp_path / "double")
