import keras
import numpy as np
import pytest

from hop_tf import HOPMatting
from hop_tf.models.weights_file import check_weights_file, save_weights_file


@pytest.fixture(scope="module")
def model():
    """A network with a window of 9, and an optimizer with moments."""
    model = HOPMatting(width=0.25, window_size=9, local_hops=1)
    model.compile(keras.optimizers.Adam())
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture(scope="module")
def narrower():
    """The same network with a window of 5, whose weights have the same shapes."""
    return HOPMatting(width=0.25, window_size=5, local_hops=1)


def test_half_precision_rounds_kernels_to_float16_and_keeps_all_else(model, narrower, tmp_path):
    model.save_weights(tmp_path / "full.weights.h5")
    save_weights_file(model, tmp_path / "compact.weights.h5", half=True)
    narrower.load_weights(tmp_path / "compact.weights.h5")
    for a, b in zip(model.weights, narrower.weights, strict=True):
        a = np.array(a)
        assert (np.array(b) == (a.astype("float16") if a.ndim > 1 else a)).all(), b.path
    sizes = {name: (tmp_path / f"{name}.weights.h5").stat().st_size for name in ("full", "compact")}
    assert sizes["compact"] < sizes["full"] / 4  # half the precision, and without Adam's two moments
    assert sorted(path.name for path in tmp_path.iterdir()) == ["compact.weights.h5", "full.weights.h5"]


def test_weights_of_another_window_are_refused_though_their_shapes_fit(model, narrower, tmp_path):
    save_weights_file(model, tmp_path / "nine.weights.h5")
    check_weights_file(tmp_path / "nine.weights.h5", model)
    with pytest.raises(ValueError, match="belong to a network with {'window_size': 9}"):
        check_weights_file(tmp_path / "nine.weights.h5", narrower)


def test_surplus_weights_are_refused(model, tmp_path):
    model.save_weights(tmp_path / "full.weights.h5")
    with pytest.raises(ValueError, match="arrays, not the"):
        check_weights_file(tmp_path / "full.weights.h5", HOPMatting(width=0.25, local_hops=0))


def test_a_kernel_beyond_float16_is_refused_and_nothing_is_left(model, tmp_path):
    kernel = model.get_layer("decoder_alpha_conv").kernel
    before = np.array(kernel)
    kernel.assign(np.full(kernel.shape, 1e6))
    with pytest.raises(ValueError, match="too large for float16"):
        save_weights_file(model, tmp_path / "half.weights.h5", half=True)
    kernel.assign(before)
    assert list(tmp_path.iterdir()) == []
