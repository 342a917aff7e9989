"""Options of an engine build."""

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class EngineOptions:
    """Options of an engine build.

    Attributes:
        precision: `"float32"`, `"float16"` or `"int8"`. The ONNX graph must have it and the engine must keep it.
        compute_capabilities: GPUs to build for ahead of time, such as `"8.9"`. Empty for the library's default:
            TensorRT builds for the GPU present, TensorRT for RTX builds one engine for 8.0 and later.
        min_shapes: input name -> smallest shape the engine accepts.
        opt_shapes: input name -> shape it is fastest at.
        max_shapes: input name -> largest shape.
        workspace_mib: limit of the scratch memory of a layer on the GPU, in MiB; `None` for no limit.
        timing_cache: file of measured kernel times, read if it exists and written.
        tf32: whether float32 layers may round their inputs to 10 bits, which is faster and differs by about 1e-3.
    """

    precision: str = "float32"
    compute_capabilities: tuple[str, ...] = ()
    min_shapes: dict[str, tuple[int, ...]] | None = None
    opt_shapes: dict[str, tuple[int, ...]] | None = None
    max_shapes: dict[str, tuple[int, ...]] | None = None
    workspace_mib: int | None = None
    timing_cache: Path | None = None
    tf32: bool = False
