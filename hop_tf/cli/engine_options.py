"""Command-line options of TensorRT engines, named as in trtexec."""

import argparse
import re
from pathlib import Path

from hop_tf.export.engines.options import EngineOptions


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `engine_options` reads."""
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
        "--mem-pool", metavar="workspace:MiB", type=parse_workspace, help="limit of GPU memory for a layer's scratch"
    )
    group.add_argument("--timing-cache", metavar="FILE", type=Path, help="measured kernel times to read and extend")
    group.add_argument("--tf32", action="store_true", help="let float32 layers use TF32: faster, about 1e-3 off")


def engine_options(args: argparse.Namespace) -> EngineOptions:
    """Return the options of `add_engine_arguments`. The precision is not among them."""
    return EngineOptions(
        compute_capabilities=args.compute_capability,
        min_shapes=args.min_shapes,
        opt_shapes=args.opt_shapes,
        max_shapes=args.max_shapes,
        workspace_mib=args.mem_pool,
        timing_cache=args.timing_cache,
        tf32=args.tf32,
    )


def parse_shapes(text: str) -> dict[str, tuple[int, ...]]:
    """Parse "image:1x512x512x3,trimap:1x512x512x1" to the shape of each input."""
    shapes = {}
    for part in text.split(","):
        match = re.fullmatch(r"(.+):([1-9]\d*(?:x[1-9]\d*)*)", part)
        if not match or match[1] in shapes:
            raise argparse.ArgumentTypeError(
                f"expected INPUT:SHAPE once for each input, such as image:1x512x512x3,trimap:1x512x512x1, not {text}"
            )
        shapes[match[1]] = tuple(int(n) for n in match[2].split("x"))
    return shapes


def parse_workspace(text: str) -> int:
    """Parse "workspace:2048" to MiB."""
    match = re.fullmatch(r"workspace:([1-9]\d*)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected workspace:MiB, such as workspace:2048, not {text}")
    return int(match[1])


def parse_compute_capabilities(text: str) -> tuple[str, ...]:
    """Parse "8.6,8.9" to ("8.6", "8.9")."""
    capabilities = tuple(text.split(","))
    if not all(re.fullmatch(r"\d{1,2}\.\d", one) for one in capabilities) or len(set(capabilities)) < len(capabilities):
        raise argparse.ArgumentTypeError(f"expected GPUs' compute capabilities, such as 8.9 or 8.6,8.9, not {text}")
    return capabilities
