"""`hop-tf export FORMAT -o OUT`: export a network for deployment and compare the file with Keras."""

import argparse
from pathlib import Path

from hop_tf.cli import arguments
from hop_tf.cli.engine_options import add_engine_arguments, engine_options
from hop_tf.cli.network_options import add_weights_arguments, load_model
from hop_tf.cli.quiet import quiet_start
from hop_tf.errors import UserError, install_hint
from hop_tf.export.checks import check_packages
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.exporter import export
from hop_tf.inference.formats import EXPORT_FORMATS

EPILOG = """\
formats and the extras that write them:
{formats}

The exported graph takes `image`, [N, H, W, 3], RGB in 0..255, and `trimap`, [N, H, W, 1] in 0..255, and returns the
finished `alpha`, [N, H, W, 1], float32 in 0..1. It pads photos of any size and sets the known pixels itself.

The exit code is 2 for wrong input, and 3 if the export failed or differs from Keras.

examples:
  hop-tf export onnx --size 1080x1920 --precision float16 -o hop.onnx
  hop-tf export saved_model --dynamic --weights runs/mine/final.weights.h5 -o hop_saved_model
  hop-tf export tensorrt --dynamic --optShapes image:1x1024x768x3,trimap:1x1024x768x1 -o hop.engine
"""


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    table = []
    for name, f in EXPORT_FORMATS.items():
        extras = ",".join(dict.fromkeys(["export", f.write_extra]))
        table.append(f"  {name:12} {', '.join(f.precisions)}; runs on {f.devices}; {install_hint(extras)}")
        table += [f"  {'':12} {precision}: {remark}" for precision, remark in f.slower.items()]
        if f.int8_with:
            table.append(f"  {'':12} int8: {install_hint(f.int8_with[1])}")
    parser = subparsers.add_parser(
        "export",
        help=help,
        description="Export a matting network, and compare the exported file with Keras.",
        epilog=EPILOG.format(formats="\n".join(table)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", choices=EXPORT_FORMATS, metavar="FORMAT", help=" | ".join(EXPORT_FORMATS))
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="file or folder to write")
    add_weights_arguments(parser)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--size", metavar="HxW", type=arguments.size, help="height and width, such as 1080x1920")
    size.add_argument("--dynamic", action="store_true", help="photos of any size, any number at a time")
    parser.add_argument("--batch", metavar="N", type=arguments.count, help="photos at a time, with --size; default: 1")
    parser.add_argument(
        "--precision",
        choices=sorted({precision for f in EXPORT_FORMATS.values() for precision in f.precisions}),
        default="float32",
        help="one of the format's; default: %(default)s",
    )
    parser.add_argument(
        "--store",
        choices=("float32", "float16"),
        default="float32",
        help="type of the kernels in an ONNX file that computes in float32: float16 halves its size, and alpha differs "
        "by up to 0.01; default: %(default)s",
    )
    parser.add_argument(
        "--input-dtype", choices=("float32", "uint8"), default="float32", help="of both inputs; default: %(default)s"
    )
    parser.add_argument(
        "--pictures",
        metavar="DIR",
        help="for int8: a folder with image, trimap, alpha, 8 or more; half calibrate, half check; default: drawn ones",
    )
    parser.add_argument(
        "--calibration",
        choices=list(dict.fromkeys(method for f in EXPORT_FORMATS.values() for method in f.calibrations)),
        help="for int8 in ONNX and TensorRT: how to derive activation ranges from pictures; default: percentile",
    )
    parser.add_argument("--no-verify", action="store_true", help="do not run the exported file")
    parser.add_argument(
        "--triton", metavar="DIR", type=Path, help="also add the exported file to this Triton model repository"
    )
    add_engine_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Check the arguments, export the network and report the result."""
    spec, output = EXPORT_FORMATS[args.format], args.output
    if spec.suffix and output.suffix != spec.suffix:
        raise UserError(f"{output}: a file of the format {args.format} must end in {spec.suffix}")
    if not output.parent.is_dir():
        raise UserError(f"{output}: the folder {output.parent} does not exist")
    if args.batch and args.dynamic:
        raise UserError("--batch is for --size: with --dynamic the file accepts any number of photos")
    if args.precision not in spec.precisions:
        raise UserError(f"{args.format} is written in {', '.join(spec.precisions)}, not in {args.precision}")
    if args.store != "float32" and (args.store not in spec.stores or args.precision != "float32"):
        raise UserError(f"--store {args.store} is for ONNX files of precision float32")
    engine = engine_options(args)
    if engine != EngineOptions() and args.format != "tensorrt":
        raise UserError(f"the options of TensorRT engines have no meaning for the format {args.format}")
    if args.pictures and not args.precision.startswith("int8"):
        raise UserError(f"--pictures are for int8; the precision is {args.precision}")
    if args.calibration and not (spec.calibrations and args.precision == "int8"):
        names = " and ".join(f.name for f in EXPORT_FORMATS.values() if f.calibrations)
        raise UserError(f"--calibration is for int8 in {names}; this is {args.format} in {args.precision}")
    if args.triton and engine.compute_capabilities:
        raise UserError("--triton: Triton loads no engines of TensorRT for RTX; export the format onnx for it")
    if args.triton and args.format not in ("onnx", "tensorrt"):
        raise UserError(f"--triton: Triton serves the formats onnx and tensorrt, not {args.format}")
    check_packages(args.format, engine, args.precision)  # before Keras starts, which takes seconds
    if remark := spec.slower.get(args.precision):
        print(f"note: {args.format} in {args.precision} is {remark}")
    with quiet_start():
        exported = export(
            load_model(args.weights, args.preset, extra="export"),
            args.format,
            output,
            size=args.size,
            precision=args.precision,
            store=args.store,
            batch=args.batch or 1,
            input_dtype=args.input_dtype,
            pictures=args.pictures,
            calibration=args.calibration,
            engine=engine,
            verify=not args.no_verify,
        )
    print(f"wrote {output}: {exported.bytes / 1e6:.1f} MB, {exported.operations} operations")
    if args.format == "tensorrt":
        _print_engine(output)
    if exported.difference:
        what = "" if exported.compared == args.format else f" of the {exported.compared} file it was built from"
        print("difference to Keras{}: max {:.1e}, mean {:.1e}".format(what, *exported.difference))
    if exported.sad:
        print("mean SAD of the check pictures, which decides: {:.3f}, Keras in float32 {:.3f}".format(*exported.sad))
    if args.triton:
        from hop_tf.export.serving.triton import write_triton_model

        print(f"wrote {write_triton_model(args.triton, output)}")


def _print_engine(output):
    from hop_tf.export.engines.report import describe
    from hop_tf.inference.engine_report import EngineReport

    print("\n".join(f"  {line}" for line in describe(EngineReport.read(output))))
