"""Feature maps in an ONNX graph."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from hop_tf.export.errors import ExportError
from hop_tf.export.onnx_graph.builder import GraphBuilder, Size


@dataclasses.dataclass(frozen=True)
class Map:
    """A feature map, `[batch, channels, height, width]`.

    Attributes:
        name: of its tensor.
        channels: number of channels.
        height, width: its sizes, without a border.
        smallest: the least that height and width can be.
        multiple: what height and width are multiples of.
        dtype: NumPy dtype.
        zeros: width of a border of zeros that the next layer, a convolution, adds.
        mirrored: width of a mirrored border that the tensor has.
        phase: writes one of the four maps that every second row and column make, by its number in row-major order, and
            returns its name; `None` if that is not possible.
        join: writes the tensor that four such maps are the phases of; `None` unless this tensor was made of phases.
    """

    name: str
    channels: int
    height: Size
    width: Size
    smallest: int
    multiple: int
    dtype: str = "float32"
    zeros: int = 0
    mirrored: int = 0
    phase: Callable[[int], str] | None = None
    join: Callable[[Sequence[str]], str] | None = None

    def renamed(self, name: str, **changes: Any) -> "Map":
        """Return the map that a layer made of this one, of the same size."""
        plain = {"zeros": 0, "mirrored": 0, "phase": None, "join": None}
        return dataclasses.replace(self, **{"name": name, **plain, **changes})

    def mapped(self, write: Callable[..., str], *others: "Map") -> "Map":
        """Apply an element-wise operation to this map and others of the same size; `write` takes their names.

        If one of them was made of its phases, the result is made of its phases too.
        """
        maps = (self, *others)
        phases = [x.phase for x in maps if x.phase]
        if len(phases) < len(maps):
            return self.renamed(write(*(x.name for x in maps)))
        for x in maps:
            if x.join:
                parts = [write(*(phase(i) for phase in phases)) for i in range(4)]
                return self.renamed(x.join(parts), phase=parts.__getitem__, join=x.join)
        name = write(*(x.name for x in maps))
        return self.renamed(name, phase=lambda i: write(*(phase(i) for phase in phases)))

    def smaller(self, b: GraphBuilder, name: str, factor: int, **changes: Any) -> "Map":
        """Return a map made of this one with `factor` times less height and width."""
        if self.multiple % factor:
            raise ExportError(f"{name}: a map must be divisible by {factor}, but is a multiple of {self.multiple}")
        height, width = (b.size("Div", n, factor) for n in (self.height, self.width))
        sizes = {"smallest": self.smallest // factor, "multiple": self.multiple // factor}
        return self.renamed(name, height=height, width=width, **sizes, **changes)

    def larger(self, b: GraphBuilder, name: str, factor: int, **changes: Any) -> "Map":
        """Return a map made of this one with `factor` times more height and width."""
        height, width = (b.size("Mul", n, factor) for n in (self.height, self.width))
        sizes = {"smallest": self.smallest * factor, "multiple": self.multiple * factor}
        return self.renamed(name, height=height, width=width, **sizes, **changes)
