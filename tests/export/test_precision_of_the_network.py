"""Networks trained or saved in any precision are exported as the float32 network with their weights."""

import keras
import numpy as np
import pytest

from helpers.tiny_training import tiny_network
from hop_tf import HOPMatting, fuse
from hop_tf.export.exporter import export
from hop_tf.export.job import Job
from hop_tf.inference.formats import EXPORT_FORMATS
from hop_tf.models.loading import load_model, with_policy

POLICIES = ("mixed_float16", "mixed_bfloat16", "float32")


def saved(folder, policy, fused, width=0.25, **options):
    """Save a network and return it as it is loaded again."""
    options = options or {"global_hop": False, "local_hops": 0}
    model = HOPMatting(width=width, dtype=policy, **options)
    (fuse(model) if fused else model).save(folder / "network.keras")
    return load_model(folder / "network.keras", compile=False)


def policies(model):
    return {layer.dtype_policy.name for layer in model.layers if isinstance(layer, keras.layers.Layer)}


@pytest.mark.parametrize("fused", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["trained", "fused"])
@pytest.mark.parametrize(
    "policy", [POLICIES[0], *(pytest.param(policy, marks=pytest.mark.slow) for policy in POLICIES[1:])]
)
def test_what_is_exported_and_compared_is_the_float32_network(tmp_path, policy, fused):
    model = saved(tmp_path, policy, fused)
    job = Job(model, (64, 64))
    assert policies(job.network) == {"float32"}
    for ours, theirs in zip(job.network.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_fused_network_takes_another_policy_as_if_it_had_been_fused_in_it(policy):
    expected, changed = fuse(tiny_network(policy)), with_policy(fuse(tiny_network("mixed_bfloat16")), policy)
    assert [layer.dtype_policy.name for layer in expected.layers if isinstance(layer, keras.layers.Layer)] == [
        layer.dtype_policy.name for layer in changed.layers if isinstance(layer, keras.layers.Layer)
    ]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_network_inside_another_model_is_changed_too(policy):
    inner = fuse(tiny_network(policy))
    inputs = {name: keras.Input(x.shape[1:], name=name) for name, x in inner.input.items()}
    outer = keras.Model(inputs, inner(inputs))
    network = Job(outer).network
    assert policies(network.layers[-1]) == {"float32"}
    for ours, theirs in zip(network.get_weights(), outer.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("fused", [False, True], ids=["trained", "fused"])
@pytest.mark.parametrize("policy", POLICIES[:2])
def test_a_saved_mixed_network_is_exported_in_float32(tmp_path, policy, fused):
    model = tiny_network(policy)
    (fuse(model) if fused else model).save(tmp_path / "network.keras")
    model = load_model(tmp_path / "network.keras", compile=False)
    exported = export(model, "saved_model", tmp_path / "exported", (64, 64))
    assert exported.difference[0] <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("fused", [False, True], ids=["trained", "fused"])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "format, precision",
    [(name, p) for name, spec in EXPORT_FORMATS.items() for p in spec.precisions if spec.cpu and p != "int8"],
)
def test_every_format_is_written_from_every_precision(tmp_path, format, precision, policy, fused):
    for module in EXPORT_FORMATS[format].writes_with:
        pytest.importorskip(module)
    model = saved(tmp_path, policy, fused, width=0.5, window_size=3)
    path = tmp_path / f"a{EXPORT_FORMATS[format].suffix}"
    exported = export(model, format, path, (64, 64), precision)
    assert exported.compared == format
    if precision == "int8_dynamic":
        assert exported.sad[0] <= 1.05 * exported.sad[1]
    else:
        assert exported.difference[0] <= (1e-4 if precision == "float32" else 2e-2)
