"""`hop-tf frames`: compute the alpha of every frame of a film."""

import argparse
import functools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from tqdm import tqdm

from hop_tf.cli import matte_record, matte_results
from hop_tf.cli.arguments import InsteadOf
from hop_tf.cli.matte_folder import created
from hop_tf.cli.network_options import Setting, add_network_arguments, load_predictor, network_settings
from hop_tf.cli.output import check_output_file, check_output_folder
from hop_tf.errors import UserError
from hop_tf.frames.median import TOLERANCE, MattedFrame, steady_alpha, window_numbers, windows
from hop_tf.frames.reading import Frame, Source, StillSource, check_counts, open_source
from hop_tf.frames.trimaps import read_trimaps, trimaps_from_masks
from hop_tf.frames.video_writing import CODECS, check_encoder, video_writer
from hop_tf.inference.find_alpha import find_alpha
from hop_tf.pictures.reading import check_same_size, read_photo, read_trimap
from hop_tf.pictures.writing import write_picture
from hop_tf.trimaps.masks import read_any_mask

RATE = Fraction(25)

EPILOG = """\
Frames and trimaps are folders of pictures, in the order of the numbers in their names, or videos, which need PyAV. One
picture as the trimap stands for every frame, for a subject that does not move. Where the picture stands still in three
frames, alpha is their median, so that it does not flicker.

examples:
  hop-tf frames clip.mp4 trimaps.mp4 --cutout -o clip.mov        ProRes 4444 with alpha
  hop-tf frames clip.mp4 trimaps/ --cutout -o clip.webm          VP9 with alpha, for web pages
  hop-tf frames frames/ trimaps/ -o alpha/                       a folder of PNG files, which can be continued
  hop-tf frames clip.mp4 --trimap-from masks/ --width 15 -o alpha/
  hop-tf frames clip.mp4 first.png --trimap-from masks/ -o alpha/   the width of the trimap first.png
"""


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "frames",
        help=help,
        description="Compute the alpha of every frame of a film from a trimap for each, and write a video or pictures.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("frames", metavar="IN", type=Path, help="a folder of frames, or a video")
    trimaps = parser.add_argument(
        "trimaps",
        metavar="TRIMAPS",
        type=Path,
        help="a folder or a video of trimaps, or one trimap for all frames; with --trimap-from the trimap of the first "
        "frame, or nothing",
    )
    parser.add_argument(
        "--trimap-from",
        metavar="MASKS",
        action=functools.partial(InsteadOf, trimaps),
        help="make the trimaps from a folder or a video of rough masks, or from one mask for all frames; masks may "
        "have any size of the frames' shape and any two levels or colours, the darker is background",
    )
    parser.add_argument(
        "--width",
        metavar="PX",
        type=_number,
        help="with --trimap-from: width of the unknown region on each side of the edge, in pixels; default: that of "
        "the first frame's trimap, or else 2 %% of the longer side",
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True, help="a .mov or .webm file, or a folder for pictures"
    )
    matte_results.add_arguments(parser)
    parser.add_argument(
        "--still",
        metavar="LEVELS",
        type=_number,
        default=TOLERANCE,
        help="largest difference in colour, in levels of 0..255, between three frames of a pixel that stands still; 0 "
        "keeps each frame's own alpha; default: %(default)g",
    )
    parser.add_argument(
        "--rate", metavar="FPS", type=_rate, help=f"frames per second of a video made from a folder; default: {RATE}"
    )
    parser.add_argument("--overwrite", action="store_true", help="folder of pictures: compute existing results again")
    add_network_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the video or the pictures, and return the exit code."""
    output = Path(args.output)
    codec = CODECS.get(output.suffix.lower())
    if codec:
        if args.bits or args.format:
            raise UserError(f"{output}: --bits and --format belong to pictures; leave them out for a video")
        check_encoder(output)
    elif output.suffix and not output.is_dir() and not args.output.endswith("/"):
        raise UserError(f"{output}: unknown kind of video; expected {' or '.join(CODECS)}, or a folder")
    result = matte_results.Result(args)
    if codec:
        result.depth = codec.depth
    frames = open_source(args.frames, lambda path: read_photo(path, keep_depth=True))
    if frames.count is None:
        raise UserError(
            f"{args.frames}: is a picture; expected a folder of frames or a video ('hop-tf matte' takes it)"
        )
    if args.rate and frames.rate:
        raise UserError(f"--rate: {args.frames} has {_shown(frames.rate)} frames per second, which are kept")
    trimaps, partners, inputs = _trimaps(args, frames)
    if codec:
        return _write_video(args, output, result, frames, trimaps, inputs)
    return _write_pictures(args, output, result, frames, trimaps, partners, inputs)


def _trimaps(args, frames):
    """Return an iterator of a trimap for each frame, the source it reads, and all files and folders that are read."""
    if args.trimap_from is None:
        if args.width is not None:
            raise UserError("--width belongs to --trimap-from")
        source = open_source(args.trimaps, read_trimap, is_grey=True)
        check_counts(frames, source)
        return read_trimaps(source), source, [args.frames, args.trimaps]
    first = None
    if args.trimaps is not None:
        if args.trimaps.is_dir() or not isinstance(drawn := open_source(args.trimaps, read_trimap, True), StillSource):
            raise UserError(f"{args.trimaps}: with --trimap-from expected the trimap of the first frame, one picture")
        first = next(iter(drawn))
    masks = open_source(Path(args.trimap_from), read_any_mask, is_grey=True)
    check_counts(frames, masks)
    shape = next(iter(frames)).picture.shape
    paths = [args.frames, Path(args.trimap_from), *([args.trimaps] if first else [])]
    return trimaps_from_masks(masks, args.width, first, shape), masks, paths


def _matted(args, frames: Source, trimaps: Iterator[Frame], predictor) -> Iterator[MattedFrame]:
    """Yield the frames with their trimaps, all of one size. Nothing is computed yet."""
    first = None
    for frame, trimap in zip(frames, trimaps, strict=False):
        first = first or frame
        check_same_size(frame.name, frame.picture, first.name, first.picture)
        check_same_size(trimap.name, trimap.picture, frame.name, frame.picture)

        def alpha(photo, trimap, name=frame.name):
            return find_alpha(predictor, name, photo, trimap)

        yield MattedFrame(frame.picture, trimap.picture, alpha, frame.time)


def _write_video(args, output, result, frames, trimaps, inputs):
    check_output_file(output, output.suffix.lower(), filter(None, (*inputs, result.background_path)))
    predictor = load_predictor(args)
    rate = frames.rate or args.rate or RATE
    count = 0
    with video_writer(output, rate) as writer:
        matted = windows(_matted(args, frames, trimaps, predictor))
        for frame, window in tqdm(matted, total=frames.count, unit="frame", disable=None, dynamic_ncols=True):
            writer.write(result.picture(frame.photo, steady_alpha(frame, window, args.still)), frame.time)
            count += 1
    print(f"wrote {count} frames to {output}, {_shown(rate)} per second")
    return 0


def _write_pictures(args, output, result, frames, trimaps, partners, inputs):
    check_output_folder(output, inputs)
    if args.rate:
        raise UserError("--rate belongs to videos; pictures have none")
    settings = matte_record.result_settings(args, result)
    settings |= {
        "trimaps": Setting("trimaps" if args.trimap_from is None else "masks"),
        "--still": _setting(args.still),
    }
    if args.trimap_from is not None:
        settings["--width"] = Setting("automatic") if args.width is None else _setting(args.width)
    settings |= network_settings(args)
    pictures = [
        (*_inputs(args, frames, partners, number), output / f"{stem}{result.suffix}")
        for number, stem in enumerate(frames.stems)
    ]
    wanted, record, _ = matte_record.begin(output, settings, pictures, args.overwrite)
    targets = {target for *_, target in wanted}
    count = 0
    if targets:
        predictor = load_predictor(args)
        with created(output):
            record.write(output)
            matted = windows(_matted(args, frames, trimaps, predictor))
            bar = tqdm(matted, total=frames.count, unit="frame", disable=None, dynamic_ncols=True)
            for (frame, window), (*_, target) in zip(bar, pictures, strict=False):
                if target in targets:
                    write_picture(target, result.picture(frame.photo, steady_alpha(frame, window, args.still)))
                    count += 1
    skipped = len(pictures) - len(wanted)
    print(
        f"wrote {count} {'frame' if count == 1 else 'frames'} to {output}"
        + (f"; {skipped} skipped, already there (--overwrite computes them again)" if skipped else "")
    )
    return 0


def _inputs(args, frames, partners, number):
    """Return the files that the result of a frame depends on: its own, and with a median those of the frames around."""
    window = window_numbers(number, frames.count) if args.still else [number]
    files = [source.file(each) for source in (frames, partners) for each in window]
    if args.trimap_from is not None and args.trimaps is not None:  # it and the first mask tell the width
        files += [args.trimaps, partners.file(0)]
    return files


def _setting(number):
    return Setting(f"{number:g}")


def _shown(rate):
    return f"{float(rate):.6g}"


def _number(text):
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number from 0 on: {text}")
    return number


def _rate(text):
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 1000:
        raise argparse.ArgumentTypeError(f"expected frames per second, such as 25 or 30000/1001: {text}")
    return rate
