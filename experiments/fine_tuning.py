"""`python -m experiments fine-tuning`: how the scores of the bundled weights change on a new kind of object."""

import argparse
import csv
import functools
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from experiments.fine_tuning_figure import draw_figure
from experiments.fine_tuning_settings import SETTINGS, Setting
from experiments.periodic import SIDE, write_cutouts
from experiments.scores import read
from experiments.scoring import score
from hop_tf.cli.arguments import count
from hop_tf.cli.output import check_output_file
from hop_tf.cli.quiet import quiet_start
from hop_tf.datasets.recipes import make_recipe
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.sources.backgrounds import PhotoFolder
from hop_tf.datasets.transforms.crop import random_square
from hop_tf.errors import UserError
from hop_tf.evaluation.metrics import MEASURES
from hop_tf.evaluation.reading import PictureSet, Sample
from hop_tf.evaluation.scoring import mean_scores
from hop_tf.inference.predictor import Predictor
from hop_tf.models.presets import DEFAULT_PRESET
from hop_tf.pictures.atomic_write import atomic_write
from hop_tf.pictures.eight_bit import to_uint8

if TYPE_CHECKING:
    import keras

CROP, BATCH = 192, 4
COMPOSITES, COMPOSITE_SIDE = 48, 320
FIRST_TEST_CUTOUT, TEST_CUTOUTS = 1000, 48  # in no training
TEST_PHOTOS = 6  # every sixth photo is in no training

EPILOG = """\
The objects are drawn combs, wicker and grids. Every sixth photo and other objects are kept for the test composites. The
figure is written beside the CSV file. Run the same command again to resume: finished settings are kept.

example:
  python -m experiments fine-tuning --backgrounds photos/ --test-set alphamatting/ -o runs/fine_tuning.csv
"""


BEFORE = "before"
COLUMNS = ("setting", "steps", "loss", *MEASURES, "ratio", "ratio_error", "test_set_SAD", "seconds")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command and its options to the parser of `python -m experiments`."""
    parser = subparsers.add_parser(
        "fine-tuning",
        help="fine-tune the bundled weights on few cut-outs of a new kind",
        description="Fine-tune the bundled weights on few cut-outs of a new kind, under several settings.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--backgrounds", metavar="DIR", type=Path, required=True, help="folder of photos")
    parser.add_argument("--test-set", metavar="DIR", type=Path, help="also score these pictures, of other kinds")
    parser.add_argument(
        "--settings", metavar="NAME", nargs="+", choices=SETTINGS, default=list(SETTINGS), help="default: all"
    )
    parser.add_argument("--steps", metavar="N", type=count, default=120, help="default: %(default)s")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE.csv",
        type=Path,
        default=Path("runs/fine_tuning.csv"),
        help="default: %(default)s",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Fine-tune and score the settings that are not in the CSV file yet, and draw the figure."""
    args.output.parent.mkdir(parents=True, exist_ok=True)
    check_output_file(args.output, ".csv", [])
    rows = read(args.output, COLUMNS) if args.output.exists() else []
    for row in rows:
        setting = SETTINGS.get(row["setting"])
        if setting and int(row["steps"]) != (expected := setting.length * args.steps):
            raise UserError(
                f"{args.output}: setting {row['setting']} has {row['steps']} steps, expected {expected}; use the same "
                "--steps, or another -o"
            )
    pictures = args.test_set and PictureSet(args.test_set)
    tuning = FineTuning(args.backgrounds, args.output.with_suffix(""), pictures, args.steps)
    for name in [BEFORE, *args.settings]:
        if name not in {row["setting"] for row in rows}:
            found = tuning.before() if name == BEFORE else tuning.run(SETTINGS[name])
            rows.append({"setting": name, **{column: f"{value:.5g}" for column, value in found.items()}})
            _write(args.output, rows)
            print(rows[-1], flush=True)
    draw_figure(rows, args.output.with_suffix(".svg"))
    print(f"wrote {args.output} and {args.output.with_suffix('.svg')}")


class FineTuning:
    """The data that all settings share, and the training.

    Args:
        backgrounds: folder of photos.
        folder: where the cut-outs are written.
        pictures: pictures of other kinds, to see whether the network forgets; `None` for none.
        steps: length of a training, unless the setting is longer.
    """

    def __init__(self, backgrounds: Path, folder: Path, pictures: Sequence[Sample] | None, steps: int):
        self.backgrounds, self.folder, self.pictures, self.steps = backgrounds, folder, pictures, steps
        self.composites = self._composites()

    def photos(self, held_out: bool = False) -> PhotoFolder:
        """Return the photos of the training, or those of the test composites."""
        photos = PhotoFolder(self.backgrounds, max_side=640)
        photos.paths = [path for i, path in enumerate(photos.paths) if (i % TEST_PHOTOS == 0) == held_out]
        return photos

    def cutouts(self, setting: Setting) -> Path | None:
        """Return the folder of the cut-outs of a setting."""
        if not setting.cutouts:
            return None
        folder = self.folder / f"{setting.cutouts}{'_by_mask' * setting.masks}"
        rng, photos = np.random.default_rng(0), self.photos()
        behind = [random_square(rng, photos.draw(rng), SIDE) for _ in range(20)] if setting.masks else None
        write_cutouts(folder, range(setting.cutouts), behind)
        return folder

    @functools.cached_property
    def sad_before(self) -> np.ndarray:
        """SAD of the bundled weights on each composite."""
        return np.array([scores["SAD"] for scores in _scored(Predictor(), self.composites)])

    def before(self) -> dict[str, float]:
        """Return the scores of the bundled weights as a row of `COLUMNS`."""
        return {"steps": 0, **self._scores(Predictor())}

    def run(self, setting: Setting) -> dict[str, float]:
        """Fine-tune the bundled weights and return a row of `COLUMNS`."""
        with quiet_start():
            import keras

            from hop_tf import HOPMatting, MattingLoss
        from hop_tf.datasets.loader import FollowEpoch, MattingDataset
        from hop_tf.training.optimizer import warmup_cosine

        keras.utils.clear_session()
        keras.utils.set_random_seed(setting.seed)
        steps = self.steps * setting.length
        dataset = MattingDataset(
            self.cutouts(setting),
            self.photos(),
            crop_size=CROP,
            batch_size=BATCH,
            steps_per_epoch=steps,
            seed=setting.seed,
            recipe=make_recipe("open", cutout_share=1 - setting.drawn),
        )
        model = HOPMatting.from_preset(DEFAULT_PRESET)
        freeze(model, setting.frozen)
        rate = warmup_cosine(setting.learning_rate, steps // 10, steps)
        model.compile(keras.optimizers.Adam(rate), MattingLoss())
        start = time.monotonic()
        (loss,) = model.fit(dataset, shuffle=False, callbacks=[FollowEpoch(dataset)], verbose=0).history["loss"]
        seconds = time.monotonic() - start
        return {"steps": steps, "loss": loss, **self._scores(Predictor(model)), "seconds": seconds}

    def _composites(self):
        """Composites of objects and photos that are in no training."""
        folder = self.folder / "test"
        write_cutouts(folder, range(FIRST_TEST_CUTOUT, FIRST_TEST_CUTOUT + TEST_CUTOUTS))
        recipe = make_recipe("open", cutout_share=1, merge_cutouts=0, soften=0, random_interpolation=False)
        samples = MattingSamples(folder, self.photos(held_out=True), COMPOSITE_SIDE, recipe=recipe)
        parts = [samples.sample(index) for index in range(COMPOSITES)]
        return [
            Sample(f"composite_{index:02d}", photo, trimap, to_uint8(alpha))
            for index, (photo, trimap, alpha) in enumerate(parts)
        ]

    def _scores(self, predictor):
        """Return the mean scores on the composites, the mean ratio of SAD to that before, and SAD on the test set."""
        found = _scored(predictor, self.composites)
        ratios = np.array([scores["SAD"] for scores in found]) / self.sad_before
        means = mean_scores(found) | {"ratio": ratios.mean(), "ratio_error": ratios.std() / len(ratios) ** 0.5}
        if self.pictures:
            means["test_set_SAD"] = mean_scores(_scored(predictor, self.pictures))["SAD"]
        return means


def freeze(model: "keras.Model", part: str) -> None:
    """Freeze `"batch_norm"`, `"encoders"` (with BatchNorm everywhere), or nothing if `part` is empty."""
    import keras

    for layer in model.layers:
        norm = getattr(layer, "output_norm", layer)  # a HOP block has one inside
        if part and isinstance(norm, keras.layers.BatchNormalization):
            norm.trainable = False
        if part == "encoders" and layer.name.startswith(("encoder", "shortcut", "appearance")):
            layer.trainable = False


def _scored(predictor: Predictor, pictures: Sequence[Sample]) -> list[dict[str, float]]:
    return list(score(predictor.predict, pictures).values())


def _write(path: Path, rows: Iterable[dict]) -> None:
    with atomic_write(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
