"""`hop-tf demo`: a web page for painting trimaps and matting photos."""

import argparse
import os
import signal
import tempfile
import threading

from hop_tf.cli.network_options import add_network_arguments, load_predictor
from hop_tf.errors import UserError, install_hint

# Gradio and the Hugging Face client read these when they are imported: no telemetry, no downloads.
OFFLINE = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "demo",
        help=help,
        description="Serve a local web page: drop a photo, paint its trimap, and see the matte, the cut-out and a "
        f"composite on another background. Needs Gradio: {install_hint('demo')}",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default: %(default)s, this machine")
    parser.add_argument("--port", type=int, default=7860, help="default: %(default)s")
    parser.add_argument(
        "--max-megapixels",
        metavar="N",
        type=float,
        default=25,
        help="larger photos are rejected; default: %(default)s",
    )
    add_network_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Serve the page until Ctrl+C or SIGTERM."""
    if not 0 < args.max_megapixels <= 1000:
        raise UserError(f"--max-megapixels: expected a number from above 0 to 1000: {args.max_megapixels:g}")
    if not 0 < args.port < 65536:
        raise UserError(f"--port: expected a number from 1 to 65535: {args.port}")
    os.environ.update(OFFLINE)
    with tempfile.TemporaryDirectory(prefix="hop_tf_demo_") as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder  # so uploads and results are deleted when the server ends
        try:
            from hop_tf.demo.page import build_page, launch_page
        except ImportError as error:
            raise UserError(f"the demo page needs Gradio ({error}): {install_hint('demo')}") from error
        predictor = load_predictor(args)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up as Ctrl+C does
        page = build_page(predictor, folder, args.max_megapixels)
        try:
            address = launch_page(page, args.host, args.port, args.max_megapixels)
        except OSError as error:
            raise UserError(
                f"{args.host}:{args.port}: cannot listen there; if another program does, choose another --port"
            ) from error
        print(f"The page is at {address} (Ctrl+C ends it)", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()
        finally:
            page.close(verbose=False)
