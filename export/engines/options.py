"""How an engine is to be built, and the command line's options for it, named as trtexec names them."""

import argparse
import dataclasses
import re
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class EngineOptions:
    """How an engine is to be built.

    Attributes:
        precision: "float32", "float16" or "int8", which the ONNX graph must have and the engine must keep.
        compute_capabilities: tuple of str such as "8.9", GPUs to build for ahead of time. Empty for TensorRT's own
            choice: the GPU present; TensorRT for RTX builds one engine for 8.0 and later.
        min_shapes: dict of input name to tuple of int, the smallest shapes the engine will take, or None.
        opt_shapes: likewise, the shapes it is fastest at.
        max_shapes: likewise, the largest shapes.
        workspace_mib: int, most MiB of GPU memory that a layer may use for scratch; None for all.
        timing_cache: `Path`, measured kernel times, read if it exists and written; None for none.
        tf32: bool, whether float32 layers may round their inputs to 10 bits, which is faster and differs by about 1e-3.
    """

    precision: str = "float32"
    compute_capabilities: tuple[str, ...] = ()
    min_shapes: dict | None = None
    opt_shapes: dict | None = None
    max_shapes: dict | None = None
    workspace_mib: int | None = None
    timing_cache: Path | None = None
    tf32: bool = False


def add_engine_arguments(parser):
    """Adds the options of engines to an `argparse` parser. `engine_options` reads them."""
    group = parser.add_argument_group("TensorRT engines")
    group.add_argument(
        "--compute-capability",
        metavar="X.Y[,X.Y]",
        type=parse_compute_capabilities,
        default=(),
        help="build with TensorRT for RTX, without a GPU, for these GPUs only, such as 8.9",
    )
    for name, meaning in (("min", "smallest"), ("opt", "most common"), ("max", "largest")):
        group.add_argument(
            f"--{name}-shapes",
            metavar="INPUT:SHAPE,..",
            type=parse_shapes,
            help=f"{meaning} shapes of dynamic inputs, such as image:1x512x512x3,trimap:1x512x512x1",
        )
    group.add_argument(
        "--mem-pool", metavar="workspace:MiB", type=parse_workspace, help="most GPU memory for a layer's scratch"
    )
    group.add_argument("--timing-cache", metavar="FILE", type=Path, help="measured kernel times to read and extend")
    group.add_argument("--tf32", action="store_true", help="let float32 layers use TF32: faster, about 1e-3 off")


def engine_options(args):
    """`EngineOptions` from the parsed arguments of `add_engine_arguments`; the precision is not among them."""
    return EngineOptions(
        compute_capabilities=args.compute_capability,
        min_shapes=args.min_shapes,
        opt_shapes=args.opt_shapes,
        max_shapes=args.max_shapes,
        workspace_mib=args.mem_pool,
        timing_cache=args.timing_cache,
        tf32=args.tf32,
    )


def parse_shapes(text):
    """Argument type: "image:1x512x512x3,trimap:1x512x512x1" to dict of str to tuple of int."""
    shapes = {}
    for part in text.split(","):
        match = re.fullmatch(r"(.+):([1-9]\d*(?:x[1-9]\d*)*)", part)
        if not match or match[1] in shapes:
            raise argparse.ArgumentTypeError(
                f"expected INPUT:SHAPE once for each input, such as image:1x512x512x3,trimap:1x512x512x1, not {text}"
            )
        shapes[match[1]] = tuple(int(n) for n in match[2].split("x"))
    return shapes


def parse_workspace(text):
    """Argument type: "workspace:MiB" to int, MiB."""
    match = re.fullmatch(r"workspace:([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected workspace:MiB, such as workspace:2048, not {text}")
    return int(match[1])


def parse_compute_capabilities(text):
    """Argument type: "8.6,8.9" to ("8.6", "8.9")."""
    capabilities = tuple(text.split(","))
    if not all(re.fullmatch(r"\d{1,2}\.\d", one) for one in capabilities) or len(set(capabilities)) < len(capabilities):
        raise argparse.ArgumentTypeError(f"expected GPUs' compute capabilities, such as 8.9 or 8.6,8.9, not {text}")
    return capabilities
