"""Unknown bands that are too narrow, in `hop-tf matte`: a warning for each photo, or --auto-widen."""

import argparse
import functools
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hop_tf.cli.network_options import Setting
from hop_tf.inference.band_check import narrow_band, widen_narrow_band
from hop_tf.inference.find_alpha import AlphaPredictor, find_alpha


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the option that `find_checked_alpha` reads."""
    parser.add_argument_group("unknown regions that are too narrow").add_argument(
        "--auto-widen",
        action="store_true",
        help="where alpha reaches the edge of the unknown region at neither 0 nor 1, widen it and matte again, until "
        "it is wide enough; without this option, such photos cause a warning",
    )


def settings(args: argparse.Namespace) -> dict[str, Setting]:
    """Return the setting that results depend on, if it is not the default."""
    return {"--auto-widen": Setting("on")} if args.auto_widen else {}


def find_checked_alpha(
    predictor: AlphaPredictor, args: argparse.Namespace, photo_path: Path, photo: np.ndarray, trimap: np.ndarray
) -> np.ndarray:
    """Predict the alpha of a photo, and say on stderr if its unknown region is too narrow.

    Args:
        predictor: the network.
        args: the parsed arguments.
        photo_path: the photo in messages.
        photo, trimap: as in `hop_tf.Predictor.predict`.

    Returns:
        float32 `[height, width]` in 0..1; with --auto-widen, of a trimap that is wide enough.

    Raises:
        UserError: as in `find_alpha`.
    """
    find = functools.partial(find_alpha, predictor, photo_path)
    alpha = find(photo, trimap)
    band = narrow_band(alpha, trimap)
    if band is None:
        return alpha
    what = f"{photo_path}: alpha is neither 0 nor 1 along {max(band.share, 0.01):.0%} of the unknown region's edge"
    if args.auto_widen:
        widened = widen_narrow_band(find, photo, trimap, alpha)
        limit = "" if widened.settled else ", which is the limit and still too narrow"
        tqdm.write(f"{what}; widened it there by {widened.by} pixels{limit}", file=sys.stderr)
        return widened.alpha
    if args.photo.is_dir():  # the estimate takes as long as another matte
        advice = "widen the unknown region (--dilate-unknown)"
    else:
        pixels = args.dilate_unknown + widen_narrow_band(find, photo, trimap, alpha, rounds=1).pixels
        advice = f"widen the unknown region by about {pixels} pixels (--dilate-unknown {pixels})"
    tqdm.write(f"warning: {what}; {advice} or use --auto-widen", file=sys.stderr)
    return alpha
