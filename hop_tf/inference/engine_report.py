"""The report beside a TensorRT engine: its properties, and where each number comes from."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, Self

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class EngineTensor:
    """An input or output of an engine.

    Attributes:
        name: its name.
        dtype: NumPy's name of its type.
        shape: its shape, with -1 for dynamic axes.
        min, opt, max: smallest, optimal and largest shape of a dynamic input in the first profile; `None` for other
            tensors.
        further: the same three shapes in each further profile.
    """

    name: str
    dtype: str
    shape: Shape
    min: Shape | None = None
    opt: Shape | None = None
    max: Shape | None = None
    further: tuple[tuple[Shape, Shape, Shape], ...] = ()

    @property
    def profiles(self) -> tuple[tuple[Shape, Shape, Shape], ...]:
        """The smallest, optimal and largest shape in each profile; empty for tensors without a dynamic axis."""
        if self.min is None or self.opt is None or self.max is None:
            return ()
        return ((self.min, self.opt, self.max), *self.further)


@dataclasses.dataclass(frozen=True)
class OnnxFile:
    """The ONNX file that an engine was built from.

    Attributes:
        file: its name; `None` if it was not kept, as in `hop-tf export`.
        sha256: its SHA-256.
    """

    file: str | None
    sha256: str


@dataclasses.dataclass(frozen=True)
class Layers:
    """Numbers of layers.

    Attributes:
        network: of the parsed network.
        engine: of the engine after fusion; `None` if it was not read back.
        fused: type of layer, as the library names it -> number of layers after fusion in all profiles, from the engine
            or the builder's log; `None` if neither lists them.
    """

    network: int
    engine: int | None
    fused: dict[str, int] | None = None


@dataclasses.dataclass(frozen=True)
class Weights:
    """Number of weights in the ONNX file, and their bytes in the engine, `None` if the builder did not log them."""

    elements: int
    bytes: int | None


@dataclasses.dataclass(frozen=True)
class TimingCache:
    """The timing cache asked for, and whether the library used it."""

    file: str
    used: bool


@dataclasses.dataclass(frozen=True)
class EngineReport:
    """Properties of a TensorRT engine.

    Attributes:
        engine: name of the engine's file.
        bytes: size of the file.
        sha256: SHA-256 of the file.
        onnx: the ONNX file it was built from.
        backend: `"TensorRT"` or `"TensorRT for RTX"`.
        version: version of that library.
        compute_capabilities: GPUs it was built for, such as `"8.9"`; `None` for the GPU it was built on.
        inputs, outputs: its tensors.
        layers: its numbers of layers.
        formats: output type, as the library names it -> number of layers; `None` if the engine was not read back.
        options: the builder's options that differ from their defaults, by the names of
            `hop_tf.export.engines.options.EngineOptions`.
        timing_cache: the timing cache; `None` without one.
        measured: where the other fields come from. `"read_back"` is `"yes"`, or `"no: "` and the reason.
        precision: the precision of most of its convolutions and matrix products.
        heavy_layers: kind of layer -> precision -> number of layers, before fusion.
        weights: number and size of its weights.
    """

    engine: str
    bytes: int
    sha256: str
    onnx: OnnxFile
    backend: str
    version: str
    compute_capabilities: tuple[str, ...] | None
    inputs: tuple[EngineTensor, ...]
    outputs: tuple[EngineTensor, ...]
    layers: Layers
    formats: dict[str, int] | None
    options: dict[str, Any]
    timing_cache: TimingCache | None
    measured: dict[str, str]
    precision: str
    heavy_layers: dict[str, dict[str, int]]
    weights: Weights

    @property
    def is_read_back(self) -> bool:
        """Whether the library loaded the engine where it was built."""
        return self.measured["read_back"] == "yes"

    def input(self, name: str) -> EngineTensor:
        """Return the input of that name."""
        return next(tensor for tensor in self.inputs if tensor.name == name)

    def to_json(self) -> str:
        """Return the text of the report's file."""
        fields = dataclasses.asdict(self)
        for kind in ("inputs", "outputs"):
            fields[kind] = [{key: value for key, value in x.items() if value not in (None, ())} for x in fields[kind]]
        return json.dumps(fields, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the report that `to_json` wrote.

        Raises:
            ValueError: if the text is not such a report.
        """
        try:
            fields = json.loads(text)
            for kind in ("inputs", "outputs"):
                fields[kind] = tuple(EngineTensor(**{k: _tuple(v) for k, v in x.items()}) for x in fields[kind])
            for name, part in (("onnx", OnnxFile), ("layers", Layers), ("weights", Weights)):
                fields[name] = part(**fields[name])
            cache, capabilities = fields["timing_cache"], fields["compute_capabilities"]
            fields["timing_cache"] = TimingCache(**cache) if cache else None
            fields["compute_capabilities"] = _tuple(capabilities)
            return cls(**fields)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"Not the report of an engine. Received: {text[:100]!r}") from error

    @classmethod
    def read(cls, engine: str | os.PathLike) -> Self:
        """Return the report beside an engine.

        Args:
            engine: the engine's file.

        Raises:
            OSError: if the report is missing.
            ValueError: if it is damaged.
        """
        return cls.from_json(report_path(engine).read_text())


def report_path(engine: str | os.PathLike) -> Path:
    """Return the path of an engine's report: "hop.engine.json" for "hop.engine"."""
    return Path(engine).with_name(Path(engine).name + ".json")


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value
