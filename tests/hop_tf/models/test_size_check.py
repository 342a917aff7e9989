"""Sizes that the network does not accept are named, also in graphs that are built without knowing sizes."""

import keras
import numpy as np
import pytest

from hop_tf import HOPMatting, fuse

MESSAGE = (
    r"^`image` and `trimap` must have a height and width that are multiples of 32; `hop_tf.Predictor` takes photos"
)


def batch(height, width):
    return {"image": np.zeros((1, height, width, 3)), "trimap": np.full((1, height, width, 1), 128)}


@pytest.fixture(scope="module")
def model():
    return HOPMatting(width=0.25, global_hop=False, local_hops=0)


@pytest.mark.backends
def test_prediction_names_the_sizes_it_takes_and_goes_on(model):
    for n in (32, 64) if keras.backend.backend() == "tensorflow" else ():  # it then has a graph of unknown size
        model.predict_on_batch(batch(n, n))
    for size in ((100, 100), (64, 100), (33, 64)):
        for predict in (model.predict_on_batch, lambda x: model.predict(x, verbose=0), model):
            with pytest.raises(ValueError, match=MESSAGE.lstrip("^") if predict is model else MESSAGE):
                predict(batch(*size))
    assert model.predict_on_batch(batch(64, 64)).shape == (1, 64, 64, 1)


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
    with pytest.raises(tf.errors.InvalidArgumentError, match="multiples of 32; `hop_tf.Predictor` takes photos of any"):
        graph({name: tf.constant(x, tf.float32) for name, x in batch(64, 100).items()})


def test_fused_networks_as_they_are_exported_have_no_further_node(model):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("exports are made on TensorFlow")
    signature = {"image": tf.TensorSpec((None, None, None, 3)), "trimap": tf.TensorSpec((None, None, None, 1))}
    graph = tf.function(fuse(model), input_signature=[signature]).get_concrete_function().graph
    assert not [node.name for node in graph.get_operations() if "Assert" in node.type]
