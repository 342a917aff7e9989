"""Which layers of a network train, by name: Keras stores this in the config of each layer, `HOPMatting` in its own."""

from collections.abc import Iterable, Iterator

import keras


def frozen_layers(model: keras.Model) -> list[str]:
    """Return the names of the layers that do not train.

    Args:
        model: the model.

    Returns:
        Names such as `"decoder_alpha_conv"`, or `"local_hop1/output_norm"` for a layer inside another.
    """
    return [name for name, layer in _named_layers(model) if not layer.trainable]


def freeze_layers(model: keras.Model, names: Iterable[str]) -> None:
    """Let exactly the named layers not train. Each layer is set by itself, whether the layer around it trains or not.

    Args:
        model: the model; its own attribute `trainable` is not changed.
        names: names that `frozen_layers` returned.

    Raises:
        ValueError: if there is no layer of a name.
    """
    names = set(names)
    layers = dict(_named_layers(model))
    if unknown := ", ".join(sorted(names - layers.keys())):
        raise ValueError(f"The network has no layers of these names. Received: {unknown}")
    for name, layer in layers.items():  # outer layers first: they set those inside
        layer.trainable = name not in names


def _named_layers(parent: keras.layers.Layer, prefix: str = "") -> Iterator[tuple[str, keras.layers.Layer]]:
    inner = parent.layers if isinstance(parent, keras.Model) else parent._layers
    for layer in inner:
        if isinstance(layer, keras.layers.Layer):
            yield f"{prefix}{layer.name}", layer
            yield from _named_layers(layer, f"{prefix}{layer.name}/")
