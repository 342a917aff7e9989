"""Names for the type annotations of layers."""

from typing import Any, TypeAlias

#: A tensor of the Keras backend, a `keras.KerasTensor`, or anything that the backend converts to a tensor.
Tensor: TypeAlias = Any

#: The shape of a tensor; a size that is unknown when the graph is built is `None`.
Shape: TypeAlias = tuple[int | None, ...]
