import os
from pathlib import Path

import keras


class AtomicCheckpoint(keras.callbacks.Callback):
    """Saves weights and optimizer state after each epoch, aside and then renamed: a killed run leaves a whole file.

    Args:
        path: where to, ending in `.weights.h5`.
    """

    def __init__(self, path):
        super().__init__()
        self.path = Path(path)

    def on_epoch_end(self, epoch, logs=None):
        aside = self.path.with_name("writing_" + self.path.name)
        self.model.save_weights(aside, overwrite=True)
        os.replace(aside, self.path)
