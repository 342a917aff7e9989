"""One row of an ablation table: train it with `train.py`, then score it, skipping finished work."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import train
from experiments.scoring import score
from hop_tf.cli.quiet import quiet_start
from hop_tf.errors import UserError
from hop_tf.evaluation.scoring import mean_scores
from hop_tf.pictures.atomic_write import atomic_write

SCORES = "scores.json"
CHANGE_NOTHING = {"workers", "tensorboard"}  # settings that have no influence on the weights


def check_same_budget(budget: train.Experiment, folder: Path) -> None:
    """Raise `UserError` if the folder holds a training, finished or not, under another budget."""
    path = folder / "experiment.json"
    if not path.exists():
        return
    before = json.loads(path.read_text())
    for table in ("training", "data", "loss", "optimizer"):
        for key, value in vars(getattr(budget, table)).items():
            if before[table].get(key) != value and key not in CHANGE_NOTHING:
                raise UserError(
                    f"{folder}: holds a training with {table}.{key} {before[table].get(key)}, not {value}; "
                    "choose another folder with --output"
                )


def train_row(budget: train.Experiment, folder: Path) -> None:
    """Train a row, from its last checkpoint if there is one; do nothing if it is finished."""
    with quiet_start():
        import keras

    keras.utils.clear_session()
    train.train(budget, folder)


def score_row(budget: train.Experiment, folder: Path, pictures: Sequence, key: str) -> dict:
    """Score a trained row, once for each set of pictures.

    Args:
        budget: the experiment.
        folder: its output.
        pictures: tuples of name, photo, trimap and true alpha.
        key: name under which the folder keeps the scores of these pictures.

    Returns:
        Dict with `mean` and `pictures`, the scores; `parameters`, the number of trainable parameters; `loss`, the mean
        of the last epoch; and `seconds`, the time of all epochs.
    """
    path = folder / SCORES
    stored = json.loads(path.read_text()) if path.exists() else {}
    if key not in stored:
        from hop_tf.inference.predictor import Predictor

        network = train.build_model(budget.training)
        network.load_weights(folder / "final.weights.h5")
        parameters = sum(int(weight.shape.num_elements()) for weight in network.trainable_weights)
        found = score(Predictor(network).predict, pictures, folder.name)
        stored[key] = {"mean": mean_scores(found.values()), "pictures": found, "parameters": parameters}
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(stored) + "\n")
    with (folder / "log.csv").open(newline="") as file:
        log = list(csv.DictReader(file))
    seconds = round(sum(float(epoch["seconds"]) for epoch in log))
    return {"loss": float(log[-1]["loss"]), "seconds": seconds, **stored[key]}
