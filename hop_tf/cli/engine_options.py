"""Command-line options of TensorRT engines, named as in trtexec."""

import argparse
import dataclasses
import re
from pathlib import Path

from hop_tf.export.engines.builder_options import BUILDER_OPTIONS
from hop_tf.export.engines.options import EngineOptions, Profile


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `engine_options` reads."""
    group = parser.add_argument_group("TensorRT engines, with the options of trtexec")
    group.add_argument(
        "--computeCapabilities",
        "--compute-capability",
        metavar="X.Y[,X.Y]",
        type=parse_compute_capabilities,
        default=(),
        dest="compute_capabilities",
        help="build with TensorRT for RTX, without a GPU, for these GPUs only, such as 8.9",
    )
    group.add_argument(
        "--profile",
        metavar="N",
        action=_StartProfile,
        type=int,
        help="0, 1, ...: the shapes that follow are those of another profile",
    )
    for name, meaning in (("min", "smallest"), ("opt", "most common"), ("max", "largest")):
        group.add_argument(
            f"--{name}Shapes",
            metavar="INPUT:SHAPE,..",
            action=_AddShapes,
            const=name,
            type=parse_shapes,
            help=f"{meaning} shapes of dynamic inputs, such as image:1x512x512x3,trimap:1x512x512x1",
        )
    parser.set_defaults(profiles=())
    group.add_argument("--timingCacheFile", metavar="FILE", type=Path, help="measured kernel times to read and extend")
    group.add_argument("--dumpLayerInfo", action="store_true", help="print the layers of the engine after fusion")
    group.add_argument("--exportLayerInfo", metavar="FILE", type=Path, help="write the same layers as JSON")
    for name, option in BUILDER_OPTIONS.items():
        group.add_argument(option.flag, dest=name, help=option.help, **option.argument)
    group.add_argument("--noTF32", dest="tf32", action="store_false", help="compute float32 layers exactly; default")
    for flag, precision in (("--fp16", "float16"), ("--bf16", "bfloat16"), ("--int8", "int8")):
        group.add_argument(
            flag, dest="precision", action="store_const", const=precision, help=f"the same as --precision {precision}"
        )


def engine_options(args: argparse.Namespace) -> EngineOptions:
    """Return the options of `add_engine_arguments`. The precision is not among them."""
    return EngineOptions(
        compute_capabilities=args.compute_capabilities,
        profiles=args.profiles,
        timing_cache=args.timingCacheFile,
        dump_layer_info=args.dumpLayerInfo,
        export_layer_info=args.exportLayerInfo,
        **{name: getattr(args, name) for name in BUILDER_OPTIONS},
    )


class _StartProfile(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        if values != len(namespace.profiles):
            raise argparse.ArgumentError(self, f"expected {len(namespace.profiles)}, the next profile, not {values}")
        namespace.profiles = (*namespace.profiles, Profile())


class _AddShapes(argparse.Action):
    """Add shapes to the last profile, which is the only one without `--profile`."""

    def __call__(self, parser, namespace, values, option_string=None):
        *before, last = namespace.profiles or (Profile(),)
        namespace.profiles = (*before, dataclasses.replace(last, **{self.const: values}))


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


def parse_compute_capabilities(text: str) -> tuple[str, ...]:
    """Parse "8.6,8.9" to ("8.6", "8.9")."""
    capabilities = tuple(text.split(","))
    if not all(re.fullmatch(r"\d{1,2}\.\d", one) for one in capabilities) or len(set(capabilities)) < len(capabilities):
        raise argparse.ArgumentTypeError(f"expected GPUs' compute capabilities, such as 8.9 or 8.6,8.9, not {text}")
    return capabilities
