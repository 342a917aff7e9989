"""One row of an ablation table: trained by `train.py`, then scored; what is done already is read from its folder."""

import csv
import json

import train
from experiments import scoring
from hop_tf.cli.quiet import quiet_start
from hop_tf.errors import UserError
from hop_tf.pictures.atomic_write import atomic_write

SCORES = "scores.json"
CHANGE_NOTHING = {"workers", "tensorboard"}  # of what is trained


def check_same_budget(budget, folder):
    """Raises `UserError` if there is a training under another budget in the folder, whatever it has come to."""
    path = folder / "experiment.json"
    if not path.exists():
        return
    before = json.loads(path.read_text())
    for table in ("training", "data", "loss", "optimizer"):
        for key, value in vars(budget[table]).items():
            if before[table].get(key) != value and key not in CHANGE_NOTHING:
                raise UserError(
                    f"{folder}: holds a training with {table}.{key} {before[table].get(key)}, not {value}; "
                    "choose another folder with --output"
                )


def train_row(budget, folder):
    """Trains, goes on, or finds that nothing is left to do. `budget` is what `train.read_config` returns."""
    with quiet_start():
        import keras

    from hop_tf.training.checkpoints import CheckpointError
    from hop_tf.training.nan_guard import NotFiniteError

    keras.utils.clear_session()
    try:
        train.train(budget, folder)
    except (train.ConfigError, CheckpointError, NotFiniteError) as error:
        raise UserError(str(error)) from error


def score_row(budget, folder, pictures, key):
    """Scores a trained row, once for each set of pictures; `key` names the set.

    Returns:
        Dict of `mean` and `pictures`, as `experiments.scoring` has them, `parameters`, an int, and what the log says:
        `loss`, the mean of the last epoch, and `seconds`, of all.
    """
    path = folder / SCORES
    stored = json.loads(path.read_text()) if path.exists() else {}
    if key not in stored:
        from hop_tf.inference.predictor import Predictor

        network = train.build_model(budget["training"])
        network.load_weights(folder / "final.weights.h5")
        parameters = sum(int(weight.shape.num_elements()) for weight in network.trainable_weights)
        found = scoring.score(Predictor(network), pictures, label=folder.name)
        stored[key] = {"mean": scoring.mean(found), "pictures": found, "parameters": parameters}
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(stored) + "\n")
    with (folder / "log.csv").open(newline="") as file:
        log = list(csv.DictReader(file))
    seconds = round(sum(float(epoch["seconds"]) for epoch in log))
    return {"loss": float(log[-1]["loss"]), "seconds": seconds, **stored[key]}
