"""Inputs that the network does not accept are named, also in graphs that are built without knowing sizes."""

import keras
import numpy as np
import pytest

from hop_tf import HOPMatting, fuse
from hop_tf.models import input_check
from hop_tf.models.input_check import check_inputs, check_inputs_in_graph

MESSAGE = (
    r"^`image` and `trimap` must have a height and width that are multiples of 32; `hop_tf.Predictor` takes photos"
)


def batch(height, width, channels=3):
    return {"image": np.zeros((1, height, width, channels)), "trimap": np.full((1, height, width, 1), 128)}


@pytest.fixture(scope="module")
def model():
    return HOPMatting(width=0.25, global_hop=False, local_hops=0)


@pytest.mark.backends
def test_prediction_names_the_sizes_it_takes_and_goes_on(model):
    for n in (32, 64) if keras.backend.backend() == "tensorflow" else ():  # it then has a graph of unknown size
        model.predict_on_batch(batch(n, n))
    for size in ((100, 100), (64, 100), (33, 64)):
        for predict in (model.predict_on_batch, lambda x: model.predict(x, verbose=0), model):
            with pytest.raises(ValueError, match=MESSAGE):
                predict(batch(*size))
    assert model.predict_on_batch(batch(64, 64)).shape == (1, 64, 64, 1)


SHAPE = r"must be a batch of shape \[batch, height, width, {}\], not empty. Received: {}.shape="
INPUTS = "^The inputs must be a dictionary of `image` and `trimap`. Received: "


@pytest.mark.backends
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (batch(64, 64, channels=4), SHAPE.format(3, r"image") + r"\(1, 64, 64, 4\)$"),
        (batch(64, 64) | {"trimap": np.full((1, 64, 64, 3), 128)}, SHAPE.format(1, "trimap")),
        (batch(64, 64) | {"trimap": np.full((1, 64, 64), 128)}, SHAPE.format(1, "trimap")),
        ({name: x[0] for name, x in batch(64, 64).items()}, SHAPE.format(3, "image")),
        ({name: x[:0] for name, x in batch(64, 64).items()}, SHAPE.format(3, "image")),
        (batch(64, 64) | {"trimap": batch(32, 64)["trimap"]}, "^`image` and `trimap` must have the same batch, height"),
        (tuple(batch(100, 64).values()), MESSAGE),
        (batch(64, 64) | {"trimap": np.full((1, 64, 64, 1), 0.5)}, r"^`trimap` must have levels in 0..255: .*=0.5$"),
        (batch(64, 64) | {"trimap": np.ones((1, 64, 64, 1), bool)}, "^`trimap` must have levels in 0..255"),
        (batch(64, 64) | {"alpha": np.zeros((1, 64, 64, 1))}, INPUTS + "a dictionary of image, trimap, alpha$"),
        ({name: x.tolist() for name, x in batch(64, 64).items()}, "^`image` must be an array or a tensor"),
        (batch(64, 64)["image"], INPUTS + "one input of type ndarray$"),
        (None, INPUTS + "one input of type NoneType$"),
    ],
)
def test_inputs_that_do_not_fit_are_named_in_one_line(model, inputs, message):
    for predict in (model, model.predict_on_batch, model.predict):
        with pytest.raises(ValueError, match=message) as error:
            predict(inputs)
        assert "\n" not in str(error.value)


def test_a_pair_is_an_image_and_its_trimap(model):
    inputs = batch(64, 32)
    with pytest.warns(UserWarning, match="structure of `inputs`"):  # Keras' own
        alpha = model(tuple(inputs.values()))
    np.testing.assert_array_equal(alpha, model(inputs))


def test_a_grey_photo_is_one_of_equal_channels(model):
    grey = np.random.default_rng(0).integers(0, 256, (1, 64, 32, 1), np.uint8)
    alphas = [model(batch(64, 32) | {"image": x}) for x in (grey, grey.repeat(3, axis=-1))]
    np.testing.assert_array_equal(*alphas)


@pytest.mark.slow
def test_batches_of_unknown_size_are_checked_when_they_come(model):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("JAX builds a graph for each size")
    signature = {"image": tf.TensorSpec((None, None, None, 3)), "trimap": tf.TensorSpec((None, None, None, 1))}
    data = tf.data.Dataset.from_generator(lambda: iter([batch(64, 64), batch(100, 64)]), output_signature=signature)
    with pytest.raises(ValueError, match=MESSAGE):
        model.predict(data, verbose=0)
    graph = tf.function(model, input_signature=[signature])
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have the same batch, height and width"):
        graph(
            {
                name: tf.constant(x, tf.float32)
                for name, x in (batch(64, 64) | {"trimap": batch(32, 64)["trimap"]}).items()
            }
        )
    with pytest.raises(tf.errors.InvalidArgumentError, match="multiples of 32; `hop_tf.Predictor` takes photos of any"):
        graph({name: tf.constant(x, tf.float32) for name, x in batch(64, 100).items()})


@pytest.mark.parametrize("function", [check_inputs, check_inputs_in_graph, input_check._shapes, input_check._pair])
def test_tensorflow_can_compile_the_checks(function):
    tf = pytest.importorskip("tensorflow")
    tf.autograph.to_graph(function)  # in a graph, it would only warn that it cannot


def test_fused_networks_as_they_are_exported_have_no_further_node(model):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("exports are made on TensorFlow")
    signature = {"image": tf.TensorSpec((None, None, None, 3)), "trimap": tf.TensorSpec((None, None, None, 1))}
    graph = tf.function(fuse(model), input_signature=[signature]).get_concrete_function().graph
    assert not [node.name for node in graph.get_operations() if "Assert" in node.type]
