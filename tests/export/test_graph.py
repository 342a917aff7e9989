import numpy as np
import pytest

from hop_tf import HOPMatting, Predictor
from hop_tf.export.graph import deployment_graph


@pytest.fixture(scope="module")
def model():
    return HOPMatting(width=0.25, global_hop=False, local_hops=0)


@pytest.fixture(scope="module")
def predict(model):
    return Predictor(model).predict


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_equals_the_predictor_at_any_size(model, predict, fixed, dtype):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (41, 70, 3), np.uint8)
    trimap = rng.choice(np.uint8([0, 84, 85, 169, 170, 255]), (41, 70))
    graph = deployment_graph(model, (41, 70) if fixed else None, input_dtype=dtype)
    alpha = graph({"image": image[None].astype(dtype), "trimap": trimap[None, ..., None].astype(dtype)})["alpha"]
    alpha = np.array(alpha)[0, ..., 0]
    assert np.abs(alpha - predict(image, trimap)).max() <= 1e-5
    assert set(alpha[trimap < 85]) == {0.0} and set(alpha[trimap >= 170]) == {1.0}


@pytest.fixture(scope="module")
def graph(model):
    return deployment_graph(model)


@pytest.mark.parametrize("size", [(1, 1), (1, 75), (33, 2), (64, 64)])
def test_a_photo_smaller_than_its_padding_is_mirrored_again_and_again(graph, predict, size):
    rng = np.random.default_rng(0)
    image, trimap = rng.integers(0, 256, (*size, 3), np.uint8), np.full(size, 128, np.uint8)
    alpha = graph({"image": image[None], "trimap": trimap[None, ..., None]})["alpha"]
    assert np.abs(np.array(alpha)[0, ..., 0] - predict(image, trimap)).max() <= 1e-5
