"""The predictor with networks so small that their output can be told beforehand."""

import keras
import numpy as np
import pytest

from hop_tf import HOPMatting
from hop_tf.inference import predictor as predictor_module
from hop_tf.inference.predictor import Predictor
from hop_tf.inference.runtimes import keras as keras_runtime
from hop_tf.models import loading
from hop_tf.pictures import foreground


def reading_network(row=1, column=1):
    """A network whose alpha is the red channel, divided by 255, of one pixel of the 3 x 3 neighbourhood."""
    inputs = {
        "image": keras.Input((None, None, 3), name="image"),
        "trimap": keras.Input((None, None, 1), name="trimap"),
    }
    both = keras.layers.Concatenate()([inputs["image"], inputs["trimap"]])
    conv = keras.layers.Conv2D(1, 3, padding="same", use_bias=False)
    model = keras.Model(inputs, conv(both))
    kernel = np.zeros((3, 3, 4, 1), np.float32)
    kernel[row, column, 0] = 1 / 255
    conv.set_weights([kernel])
    return model


@pytest.fixture(scope="module")
def predictor():
    return Predictor(reading_network())


def random_photo(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def unknown(height, width):
    return np.full((height, width), 128, np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 3), (31, 65), (64, 64), (65, 64), (97, 33), (128, 160)])
def test_alpha_has_the_photos_size_and_place(predictor, size):
    photo = random_photo(*size)
    alpha = predictor.predict(photo, unknown(*size))
    assert alpha.dtype == np.float32
    np.testing.assert_allclose(alpha, photo[:, :, 0] / 255, atol=1e-6)


def test_the_network_sees_sizes_it_can_take(predictor, monkeypatch):
    seen = []

    def record(batch):
        seen.append((batch["image"].shape, batch["trimap"].shape))
        return np.zeros((*batch["image"].shape[:3], 1), np.float32)

    monkeypatch.setattr(predictor.network.model, "predict_on_batch", record)
    for size in [(1, 1), (64, 96), (65, 33), (100, 97)]:
        predictor.predict(random_photo(*size), unknown(*size))
    sizes = [image[1:3] for image, _ in seen]
    assert sizes == [(64, 64), (64, 96), (96, 64), (128, 128)]
    assert all(trimap == (*image[:3], 1) for image, trimap in seen)


def test_the_photo_is_reflected_beyond_its_right_and_bottom_edge():
    photo = random_photo(70, 80)
    right = Predictor(reading_network(1, 2)).predict(photo, unknown(70, 80))
    np.testing.assert_allclose(right[:, -1], photo[:, -2, 0] / 255, atol=1e-6)
    below = Predictor(reading_network(2, 1)).predict(photo, unknown(70, 80))
    np.testing.assert_allclose(below[-1], photo[-2, :, 0] / 255, atol=1e-6)


def test_known_pixels_are_exactly_0_and_1(predictor):
    levels = np.array([[0, 84, 85, 128, 169, 170, 255]], np.uint8)
    photo = np.full((1, 7, 3), 51, np.uint8)
    alpha = predictor.predict(photo, levels)
    assert alpha[0, [0, 1]].tolist() == [0, 0]
    assert alpha[0, [5, 6]].tolist() == [1, 1]
    np.testing.assert_allclose(alpha[0, 2:5], 0.2, atol=1e-6)


def test_alpha_stays_in_0_to_1():
    network = reading_network()
    (kernel,) = network.layers[-1].get_weights()
    kernel = 2 * kernel
    kernel[1, 1, 3] = -0.5 / 128  # twice the red channel, less a half where the trimap is 128
    network.layers[-1].set_weights([kernel])
    photo = random_photo(40, 40)
    alpha = Predictor(network).predict(photo, unknown(40, 40))
    np.testing.assert_allclose(alpha, np.clip(2 * (photo[:, :, 0] / 255) - 0.5, 0, 1), atol=1e-6)
    assert (alpha.min(), alpha.max()) == (0, 1)


def test_an_alpha_that_is_not_finite_is_an_error(predictor, monkeypatch):
    alpha = np.full((1, 64, 64, 1), 0.5, np.float32)
    alpha[0, 3, 4] = np.nan
    monkeypatch.setattr(predictor.network.model, "predict_on_batch", lambda batch: alpha)
    with pytest.raises(FloatingPointError, match="alpha is not finite: its weights are untrained"):
        predictor.predict(random_photo(10, 10), unknown(10, 10))
    trimap = unknown(10, 10)
    trimap[3, 4] = 255  # known there
    assert predictor.predict(random_photo(10, 10), trimap)[3, 4] == 1


def test_cutouts_and_composites_are_of_the_alpha_it_predicts(predictor):
    photo, trimap = np.full((40, 60, 3), (204, 60, 10), np.uint8), unknown(40, 60)
    trimap[:, :20], trimap[:, 40:] = 0, 255
    alpha = predictor.predict(photo, trimap)
    np.testing.assert_allclose(alpha[:, 20:40], 0.8, atol=1e-6)
    np.testing.assert_array_equal(predictor.cutout(photo, trimap), foreground.cutout(photo, alpha))
    for background in ((0, 0, 255), random_photo(30, 30)):
        got = predictor.composite(photo, trimap, background)
        np.testing.assert_array_equal(got, foreground.composite(photo, alpha, background))


def test_without_unknown_pixels_the_network_is_not_run(predictor, monkeypatch):
    monkeypatch.setattr(predictor.network.model, "predict_on_batch", None)
    alpha = predictor.predict(random_photo(1, 4), np.array([[0, 84, 170, 255]], np.uint8))
    assert alpha.dtype == np.float32
    assert alpha.tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize("size", [(1, 1), (64, 65), (150, 333)])
def test_tiles_join_to_the_photo(monkeypatch, size):
    predictor, photo = Predictor(reading_network(), tile=100), random_photo(*size)
    sizes = sizes_seen(predictor, monkeypatch)
    np.testing.assert_allclose(predictor.predict(photo, unknown(*size)), photo[:, :, 0] / 255, atol=1e-6)
    assert len(set(sizes)) == 1 and max(sizes[0]) <= 96


def sizes_seen(predictor, monkeypatch):
    """A list that collects the sizes of what the network is given."""
    sizes, run = [], predictor.network.model.predict_on_batch

    def record(batch):
        sizes.append(batch["image"].shape[1:3])
        return run(batch)

    monkeypatch.setattr(predictor.network.model, "predict_on_batch", record)
    return sizes


def test_tiles_fit_in_the_memory_limit(monkeypatch):
    monkeypatch.setattr(keras_runtime.KerasNetwork, "base_bytes", 1e6)
    monkeypatch.setattr(keras_runtime.KerasNetwork, "bytes_per_pixel", 20)
    monkeypatch.setattr(predictor_module, "SMALLEST_TILE", 64)
    photo = random_photo(300, 400)
    for memory_mb, tile, expected in [
        (4, "auto", {(320, 416)}),
        (3, "auto", {(288, 288)}),
        (1.2, "auto", {(96, 96)}),
        (0.1, "auto", {(64, 64)}),
        (0.1, None, {(320, 416)}),
    ]:
        predictor = Predictor(reading_network(), tile=tile, memory_mb=memory_mb)
        sizes = sizes_seen(predictor, monkeypatch)
        np.testing.assert_allclose(predictor.predict(photo, unknown(300, 400)), photo[:, :, 0] / 255, atol=1e-6)
        assert set(sizes) == expected


def test_known_areas_are_skipped_where_that_saves_much(monkeypatch):
    predictor, photo = Predictor(reading_network()), random_photo(800, 1000)
    sizes = sizes_seen(predictor, monkeypatch)
    trimap = np.zeros((800, 1000), np.uint8)
    trimap[10:20, 30:40] = 128
    trimap[600:, 700:] = 255
    trimap[790, 990] = 128
    alpha = predictor.predict(photo, trimap)
    assert set(sizes) == {(288, 320)} and len(sizes) == 2
    assert (alpha[trimap != 128] == trimap[trimap != 128] / 255).all()
    np.testing.assert_allclose(alpha[trimap == 128], photo[trimap == 128][:, 0] / 255, atol=1e-6)


def test_a_large_photo_gets_a_graph_of_its_size_that_is_kept_for_the_next(monkeypatch):
    monkeypatch.setattr(keras_runtime, "LARGE", 128 * 128)
    predictor = Predictor(reading_network())
    networks = []
    for size in [(128, 160), (120, 155), (64, 64), (160, 128)]:
        photo = random_photo(*size)
        np.testing.assert_allclose(predictor.predict(photo, unknown(*size)), photo[:, :, 0] / 255, atol=1e-6)
        networks.append(predictor.network._fixed)
    assert networks[0] is networks[1] is networks[2] is not networks[3]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"tile": 63}, 'auto", None or an int from 64. Received: tile=63'),
        ({"tile": "big"}, "Received: tile='big'"),
        ({"memory_mb": 0}, "must be positive. Received: memory_mb=0"),
    ],
)
def test_impossible_tile_and_memory_sizes_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Predictor(reading_network(), **kwargs)


def test_a_network_that_is_loaded_is_fused_and_one_that_is_given_is_not(tmp_path):
    network = HOPMatting(width=0.25, global_hop=False, local_hops=0)
    network.save(tmp_path / "network.keras")
    assert Predictor(network).network.model is network
    loaded = Predictor(tmp_path / "network.keras")
    assert not isinstance(loaded.network.model, HOPMatting)
    photo = random_photo(70, 90)
    alphas = [predictor.predict(photo, unknown(70, 90)) for predictor in (loaded, Predictor(network))]
    assert np.abs(alphas[0] - alphas[1]).max() <= 1e-4


@pytest.mark.parametrize(
    ("image", "trimap", "message"),
    [
        (np.zeros((4, 5, 3)), unknown(4, 5), r"`image` must be .*Received: float64 \(4, 5, 3\)$"),
        (np.zeros((4, 5, 4), np.uint8), unknown(4, 5), r"`image` must be .*Received: uint8 \(4, 5, 4\)$"),
        (np.zeros((4, 5), np.uint8), unknown(4, 5), r"`image` must be .*Received: uint8 \(4, 5\)$"),
        ([[1]], unknown(4, 5), r"`image` must be .*Received: list$"),
        (random_photo(4, 5), unknown(4, 5)[..., None], r"`trimap` must be .*Received: uint8 \(4, 5, 1\)$"),
        (random_photo(4, 5), unknown(4, 5).astype(int), r"`trimap` must be .*Received: int64 \(4, 5\)$"),
        (random_photo(4, 5), unknown(5, 4), r"same height and width.*Received: image \(4, 5, 3\), trimap \(5, 4\)$"),
        (
            random_photo(4, 5),
            unknown(4, 5) // 128 + np.eye(4, 5, dtype=np.uint8),
            r"not be a label map.*levels 1 and 2",
        ),
        (np.zeros((0, 5, 3), np.uint8), unknown(0, 5), r"at least 1. Received: image \(0, 5, 3\), trimap \(0, 5\)$"),
    ],
)
def test_wrong_arrays_are_refused(predictor, image, trimap, message):
    with pytest.raises(ValueError, match=message):
        predictor.predict(image, trimap)


def test_a_network_with_other_inputs_is_refused():
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"must have the inputs `image` and `trimap`. Received: "):
        Predictor(other)


def test_loads_a_keras_file(tmp_path):
    path = tmp_path / "network.keras"
    reading_network().save(path)
    photo = random_photo(10, 20)
    for given in (path, str(path)):
        np.testing.assert_allclose(Predictor(given).predict(photo, unknown(10, 20)), photo[:, :, 0] / 255, atol=1e-6)


class StandIn:
    """Takes the place of `HOPMatting`: records how presets are built."""

    built = None

    @classmethod
    def from_preset(cls, name, load_weights=True):
        cls.built = (name, load_weights)
        network = reading_network()
        network.layers[-1].set_weights([np.zeros((3, 3, 4, 1))])
        return network


def test_a_preset_name_builds_it_with_its_weights(monkeypatch):
    monkeypatch.setattr(loading, "HOPMatting", StandIn)
    Predictor("hop_some")
    assert StandIn.built == ("hop_some", True)


def test_a_weights_file_fills_the_preset(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "HOPMatting", StandIn)
    path = tmp_path / "some.weights.h5"
    reading_network().save_weights(path)
    photo = random_photo(10, 20)
    alpha = Predictor(path, preset="hop_some").predict(photo, unknown(10, 20))
    assert StandIn.built == ("hop_some", False)
    np.testing.assert_allclose(alpha, photo[:, :, 0] / 255, atol=1e-6)


def test_weights_of_another_network_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "HOPMatting", StandIn)
    path = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]).save_weights(path)
    with pytest.raises(ValueError, match=r"not hold weights of the preset hop_some. Received: .*other.weights.h5$"):
        Predictor(path, preset="hop_some")


def test_surplus_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "HOPMatting", StandIn)
    network = reading_network()
    path = tmp_path / "more.weights.h5"
    keras.Model(network.input, keras.layers.Conv2D(1, 1)(network.output)).save_weights(path)
    with pytest.raises(ValueError, match=r"not hold weights of the preset hop_some. Received: .*more.weights.h5$"):
        Predictor(path, preset="hop_some")


@pytest.mark.parametrize("name", ["broken.keras", "broken.weights.h5"])
def test_a_damaged_file_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(loading, "HOPMatting", StandIn)
    (tmp_path / name).write_bytes(b"not a network")
    with pytest.raises(ValueError, match=rf"damaged .*Received: .*{name}$"):
        Predictor(tmp_path / name)


def test_missing_and_foreign_files_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Received: .*none.weights.h5$"):
        Predictor(tmp_path / "none.weights.h5")
    (tmp_path / "net.pt").write_bytes(b"1")
    with pytest.raises(ValueError, match=r"from a .keras or a .weights.h5 file. Received: .*net.pt$"):
        Predictor(tmp_path / "net.pt")


def test_many_sizes_share_one_trace():
    traces = []

    @keras.saving.register_keras_serializable(package="test_predictor")
    class CountTraces(keras.layers.Layer):
        def call(self, x):
            traces.append(x.shape)
            return x

    network = reading_network()
    counted = Predictor(keras.Model(network.input, CountTraces()(network.output)))
    traces.clear()
    for height in range(32, 32 * 12, 32):
        counted.predict(random_photo(height, 64), unknown(height, 64))
    assert len(traces) <= 4


@pytest.mark.parametrize("size", [(40, 70), (70, 40)])
def test_with_augmentation_a_pixel_is_the_mean_of_what_all_rotations_and_flips_read_there(size):
    photo = random_photo(*size)
    alpha = Predictor(reading_network(1, 2), tta=True).predict(photo, unknown(*size))
    red = np.pad(photo[:, :, 0] / 255, 1, mode="reflect")  # the network reads the neighbour to the right
    neighbours = red[1:-1, 2:] + red[1:-1, :-2] + red[2:, 1:-1] + red[:-2, 1:-1]
    inner = np.s_[1:-1, 1:-1]
    np.testing.assert_allclose(alpha[inner], neighbours[inner] / 4, atol=1e-6)


def test_with_augmentation_known_pixels_stay_exact():
    trimap = np.random.default_rng(1).choice(np.array([0, 128, 255], np.uint8), (50, 70))
    alpha = Predictor(reading_network(), tta=True).predict(random_photo(50, 70), trimap)
    assert (alpha[trimap != 128] == trimap[trimap != 128] / 255).all()


def test_a_network_of_less_precision_finds_nearly_the_same():
    network = HOPMatting(width=0.25, global_hop=False, local_hops=0)
    photo, trimap = random_photo(64, 96), unknown(64, 96)
    exact = np.array(network({"image": photo[None], "trimap": trimap[None, ..., None]}))[0, ..., 0]
    predictor = Predictor(network, precision="bfloat16")
    alpha = predictor.predict(photo, trimap)
    assert predictor.network.model.dtype_policy.name == "mixed_bfloat16"
    assert network.dtype_policy.name == "float32"
    assert 0 < np.abs(alpha - exact).max() <= 2e-2


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"device": "gpu:7"}, r"^Keras on \w+ sees no device gpu:7 here; there is cpu"),
        ({"precision": "bfloat16"}, "only for networks of the type HOPMatting"),
        ({"precision": "int8"}, "Received: precision='int8'"),
        ({"runtime": "caffe"}, "Received: runtime='caffe'"),
        ({"runtime": "onnx"}, "'hop-tf export onnx --dynamic -o hop.onnx' makes hop.onnx"),
    ],
)
def test_what_keras_cannot_do_is_said(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Predictor(reading_network(), **kwargs)


def test_the_processor_can_be_asked_for():
    photo = random_photo(40, 50)
    alpha = Predictor(reading_network(), device="cpu").predict(photo, unknown(40, 50))
    np.testing.assert_allclose(alpha, photo[:, :, 0] / 255, atol=1e-6)
