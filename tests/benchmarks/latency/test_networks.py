import dataclasses

import numpy as np
import pytest

from hop_tf import HOPMatting
from hop_tf.benchmarks.latency.worker import networks
from hop_tf.errors import UserError


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Networks to compare by window, of a small one whose window is 5, and that network."""
    model = HOPMatting(width=0.25, window_size=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hop_tf.models.loading.load_network", lambda source, preset: model)
        return networks.write_networks(tmp_path_factory.mktemp("weights"), "hop_s_9x9", None, [5]), model


def test_compared_networks_differ_only_in_attention(found):
    saved, model = found
    assert [(network.name, network.window) for network in saved] == [("hop_s_9x9", 5), ("without_hop", 0)]
    assert saved[1].config == {**model.config, "global_hop": False, "local_hops": 0}
    assert saved[0].parameters == sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def test_another_process_has_the_same_weights(found):
    saved, _ = found
    loaded = networks.build(saved[1], "mixed_bfloat16")  # the smaller of the two
    assert loaded.dtype_policy.name == "mixed_bfloat16"
    assert networks.fingerprint(loaded) == saved[1].sha256 != saved[0].sha256


def test_weights_of_another_network_are_refused(tmp_path, found):
    path = tmp_path / "other.weights.h5"
    found[1].save_weights(path)
    with pytest.raises(UserError, match="other.weights.h5"):
        networks.write_networks(tmp_path, "hop_s_9x9", path, None)


def test_files_of_other_weights_precisions_and_sizes_have_other_names(found):
    saved, _ = found
    network = dataclasses.replace(saved[0], name="net", sha256="12345678" * 8)
    names = [
        one.file_name("onnx", precision, size, batch)
        for one in (network, dataclasses.replace(network, sha256="5" * 64))
        for precision in ("float32", "float16")
        for size, batch in (((8, 9), 1), ((8, 9), 2), ((9, 8), 1), (None, 1))
    ]
    assert len(set(names)) == 16
    assert names[0] == "net-12345678/8x9_batch1/onnx_float32.onnx"


def test_an_existing_file_is_not_exported_again(tmp_path, found):
    (tmp_path / "net.onnx").write_bytes(b"there")
    networks.export_file(found[0][0], "onnx", "float32", (8, 9), 1, tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == b"there"


def test_large_photos_are_compared_on_fewer_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "MEGAPIXELS", 0.01)
    counts = [networks.write_pictures(tmp_path / "pictures.npz", (side, side), None) for side in (64, 128)]
    assert counts == [2, 1]
    assert np.load(tmp_path / "pictures.npz")["photos"].shape == (1, 128, 128, 3)
