import numpy as np
import pytest

from hop_tf import HOPMatting
from hop_tf.benchmarks.latency.worker import preparing


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Networks to compare by window, of a small one whose window is 5, and that network."""
    model = HOPMatting(width=0.25, window_size=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hop_tf.cli.network_options.load_model", lambda weights, preset: model)
        return preparing.networks(tmp_path_factory.mktemp("weights"), "hop_s_9x9", None, [5]), model


def test_the_network_is_compared_with_others_that_differ_by_attention_alone(found):
    networks, model = found
    assert [(n["name"], n["window"]) for n in networks] == [("hop_s_9x9", 5), ("without_hop", 0)]
    assert networks[1]["config"] == {**model.config, "global_hop": False, "local_hops": 0}
    assert networks[0]["parameters"] == sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def test_another_process_has_the_same_weights(found):
    networks, _ = found
    loaded = preparing.model_of(networks[1], "mixed_bfloat16")  # the smaller of the two
    assert loaded.dtype_policy.name == "mixed_bfloat16"
    assert preparing.fingerprint(loaded) == networks[1]["fingerprint"] != networks[0]["fingerprint"]


def test_files_of_other_weights_precisions_and_sizes_have_other_names():
    names = [
        preparing.file_name({"name": "net", "fingerprint": fingerprint}, "onnx", precision, size, batch)
        for fingerprint in ("1234", "5678")
        for precision in ("float32", "float16")
        for size, batch in (((8, 9), 1), ((8, 9), 2), ((9, 8), 1), (None, 1))
    ]
    assert len(set(names)) == 16
    assert names[0] == "net-1234/8x9_batch1/onnx_float32.onnx"


def test_a_file_that_is_there_is_not_exported_again(tmp_path, monkeypatch):
    (tmp_path / "net.onnx").write_bytes(b"there")
    monkeypatch.setattr("hop_tf.export.exporter.export", None)
    preparing.export_file({}, "onnx", "float32", (8, 9), 1, str(tmp_path / "net.onnx"))
    assert (tmp_path / "net.onnx").read_bytes() == b"there"
