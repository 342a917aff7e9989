"""Options of an engine build."""

import dataclasses
from pathlib import Path

from hop_tf.inference.engine_report import Shape

Shapes = dict[str, Shape]


@dataclasses.dataclass(frozen=True)
class Profile:
    """An optimisation profile: shapes that an engine accepts.

    If only `opt` is given, the engine accepts only those shapes.

    Attributes:
        min: input name -> smallest shape.
        opt: input name -> shape it is fastest at.
        max: input name -> largest shape.
    """

    min: Shapes | None = None
    opt: Shapes | None = None
    max: Shapes | None = None


@dataclasses.dataclass(frozen=True)
class EngineOptions:
    """Options of an engine build.

    `hop_tf.export.engines.builder_options.BUILDER_OPTIONS` says how each of the options from `workspace_mib` to `refit`
    reaches the builder.

    Attributes:
        precision: `"float32"`, `"float16"`, `"bfloat16"` or `"int8"`. The ONNX graph must have it and the engine must
            keep it.
        compute_capabilities: GPUs to build for ahead of time, such as `"8.9"`. Empty for the library's default:
            TensorRT builds for the GPU present, TensorRT for RTX builds one engine for 8.0 and later.
        profiles: the shapes that the engine accepts, one profile after the other. Empty for one default profile.
        timing_cache: file of measured kernel times, read if it exists and written.
        dump_layer_info: whether to print the layers of the engine after fusion.
        export_layer_info: JSON file for the same layers.
        workspace_mib: limit of the scratch memory of a layer on the GPU, in MiB; `None` for no limit.
        tf32: whether float32 layers may round their inputs to 10 bits, which is faster and differs by about 1e-3.
        builder_optimization_level: 0 to 5, longer builds and faster engines; `None` for the library's default.
        max_aux_streams: auxiliary CUDA streams at most; 0 for a single stream, `None` for the library's choice.
        hardware_compatibility_level: `"ampere+"` or `"sameComputeCapability"`, the GPUs that the engine may run on
            besides the one here; `None` for that one only.
        version_compatible: whether later versions of TensorRT can load the engine.
        strip_weights: whether to leave the weights out of the engine, for `hop_tf.export.engines.refitting`.
        refit: whether the weights of the engine can be replaced.
    """

    precision: str = "float32"
    compute_capabilities: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()
    timing_cache: Path | None = None
    dump_layer_info: bool = False
    export_layer_info: Path | None = None
    workspace_mib: int | None = None
    tf32: bool = False
    builder_optimization_level: int | None = None
    max_aux_streams: int | None = None
    hardware_compatibility_level: str | None = None
    version_compatible: bool = False
    strip_weights: bool = False
    refit: bool = False
