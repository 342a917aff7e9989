import re

import numpy as np
import pytest

from helpers.drawn_weights import drawn_checkpoint
from hop_tf import HOPMatting, load_imagenet_encoder, load_released_checkpoint
from hop_tf.layers import SpectralConv2D


@pytest.fixture(scope="module")
def checkpoint():
    return drawn_checkpoint()


@pytest.fixture(scope="module")
def model():
    return HOPMatting.from_preset("hop_9x9", load_weights=False)


def values(model):
    return [np.array(weight) for weight in model.weights]


def test_every_weight_is_set(model, checkpoint):
    for weight in model.weights:
        weight.assign(np.full(weight.shape, np.nan))
    load_released_checkpoint(model, checkpoint)
    assert all(np.isfinite(value).all() for value in values(model))


def test_reads_released_files_with_and_without_prefix(tmp_path, model, checkpoint):
    torch = pytest.importorskip("torch", reason='.pth files need PyTorch: pip install "torch>=2.6"')
    tensors = {name: torch.from_numpy(np.array(array)) for name, array in checkpoint.items()}
    load_released_checkpoint(model, checkpoint)
    expected = values(model)
    files = {
        "bare.pth": tensors,
        "released.pth": {"iter": 3, "state_dict": {f"module.{name}": tensor for name, tensor in tensors.items()}},
    }
    for name, content in files.items():
        torch.save(content, tmp_path / name)
        for weight in model.weights:
            weight.assign(np.zeros(weight.shape))
        load_released_checkpoint(model, tmp_path / name)
        assert all((a == b).all() for a, b in zip(values(model), expected, strict=True))


def test_never_runs_code_from_a_file(tmp_path, model):
    torch = pytest.importorskip("torch", reason='.pth files need PyTorch: pip install "torch>=2.6"')
    import pickle

    class Malice:
        def __reduce__(self):
            return (open, (str(tmp_path / "executed"), "w"))

    torch.save({"state_dict": Malice()}, tmp_path / "malice.pth")
    with pytest.raises(pickle.UnpicklingError):
        load_released_checkpoint(model, tmp_path / "malice.pth")
    assert not (tmp_path / "executed").exists()


def test_names_missing_and_unused_arrays_and_other_shapes(model, checkpoint):
    broken = dict(checkpoint)
    broken["decoder.extra.weight"] = broken.pop("encoder.conv2.module.weight_u")
    broken["decoder.conv2.bias"] = np.zeros(7, np.float32)
    before = values(model)
    with pytest.raises(ValueError, match="does not fit") as error:
        load_released_checkpoint(model, broken)
    for expected in ("encoder.conv2.module.weight_u", "decoder.extra.weight", "decoder.conv2.bias is (7,)"):
        assert expected in str(error.value)
    assert all((a == b).all() for a, b in zip(values(model), before, strict=True)), "weights were changed"


def test_a_checkpoint_of_another_network_does_not_fit(checkpoint):
    with pytest.raises(ValueError, match="no place for: decoder.gca"):
        load_released_checkpoint(HOPMatting(global_hop=False, local_hops=0), checkpoint)
    with pytest.raises(ValueError, match="where the model has"):
        load_released_checkpoint(HOPMatting(width=0.5, local_hops=0), checkpoint)


def authors_classifier(checkpoint):
    """An ImageNet classifier under the authors' names: more blocks than the encoder has, three input channels."""
    arrays = {}
    for name, array in checkpoint.items():
        if match := re.match(r"encoder\.((conv|bn|layer).*)", name):
            arrays[match[1]] = array[:, :3] if name == "encoder.conv1.module.weight_bar" else array
            if extra := re.match(r"layer3\.3\.(.*)", match[1]):
                arrays[f"layer3.4.{extra[1]}"] = array
    arrays["conv1.module.weight_v"] = arrays["conv1.module.weight_v"][:27]
    return {**arrays, "fc.weight": np.zeros((1000, 512)), "fc.bias": np.zeros(1000)}


def timm_classifier(checkpoint):
    """The same weights as timm's resnet34d names them, without spectral normalisation."""
    stem = {"conv1": "conv1.0", "bn1": "conv1.1", "conv2": "conv1.3", "bn2": "conv1.4", "conv3": "conv1.6"}
    stem["bn3"] = "bn1"
    arrays = {}
    for name, array in authors_classifier(checkpoint).items():
        if name.endswith(("weight_u", "weight_v")):
            continue
        module, _, parameter = name.replace(".module.weight_bar", ".weight").rpartition(".")
        arrays[f"{stem.get(module, module).replace('layer_bottleneck', 'layer4')}.{parameter}"] = array
    return arrays


@pytest.mark.parametrize("classifier", [authors_classifier, timm_classifier])
def test_imagenet_weights_fill_only_the_opacity_encoder(classifier, model, checkpoint):
    load_released_checkpoint(model, checkpoint)
    expected = {weight.path: np.array(weight) for weight in model.weights}
    encoder = {layer for layer in model.layers if re.match(r"encoder_st(em|age)", layer.name)}
    for layer in encoder:
        for weight in layer.weights:
            weight.assign(np.zeros(weight.shape))
    load_imagenet_encoder(model, classifier(checkpoint))
    for weight in model.weights:
        value, path = np.array(weight), weight.path
        if path == "encoder_stem_conv1/kernel":
            assert (value[:, :, :3] == expected[path][:, :, :3]).all() and (value[:, :, 3:] == 0).all()
        elif path.startswith("encoder_st") and path.endswith(("/u", "/v")):
            assert np.linalg.norm(value) == pytest.approx(1, abs=1e-5)
        else:
            assert (value == expected[path]).all(), path
    conv = model.get_layer("encoder_stage2_block1_conv1")
    assert isinstance(conv, SpectralConv2D)
    matrix = np.array(conv.normalized_kernel()).reshape(-1, conv.filters)
    assert np.linalg.norm(matrix, 2) == pytest.approx(1, rel=1e-2)


def test_imagenet_weights_that_lack_a_block_are_refused(model, checkpoint):
    arrays = timm_classifier(checkpoint)
    del arrays["layer2.1.bn1.weight"]
    with pytest.raises(ValueError, match=re.escape("does not set: layer2.1.bn1.weight")):
        load_imagenet_encoder(model, arrays)


def test_a_file_without_parameter_names_is_refused(tmp_path, model):
    torch = pytest.importorskip("torch", reason='.pth files need PyTorch: pip install "torch>=2.6"')
    torch.save(torch.zeros(3), tmp_path / "tensor.pth")
    with pytest.raises(ValueError, match="holds parameters by name. Received: a Tensor in"):
        load_released_checkpoint(model, tmp_path / "tensor.pth")
