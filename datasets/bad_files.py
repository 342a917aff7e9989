"""Files that turn out to be unusable during training: they are skipped and counted, and too many are an error."""

import logging
import multiprocessing
from collections.abc import Sequence
from pathlib import Path

from hop_tf.errors import UserError, some_names
from hop_tf.pictures.image_error import ImageError

_LOG = logging.getLogger(__name__)


class Skips:
    """Count the bad files of a data set over all worker processes.

    Args:
        groups: lists of paths; the limit applies to each list separately.
        limit: largest share of bad files in a list.
    """

    def __init__(self, groups: Sequence[Sequence[str | Path]], limit: float = 0.1):
        self.groups = [[str(path) for path in group] for group in groups]
        self.limit = limit
        self._places = {path: place for place, path in enumerate(sum(self.groups, []))}
        # Forked and spawned workers share this memory with the process that reads the count.
        self._times = multiprocessing.Array("q", len(self._places))

    @property
    def count(self) -> int:
        """How often a sample was redrawn because of a bad file."""
        return sum(self._times)

    @property
    def files(self) -> list[str]:
        """Paths of the bad files found so far."""
        return [path for path, place in self._places.items() if self._times[place]]

    def add(self, error: ImageError) -> None:
        """Record a bad file.

        Raises:
            ImageError: if the file belongs to none of the lists.
            UserError: if the share of bad files in a list now exceeds the limit. The message names them.
        """
        place = self._places.get(error.path)
        if place is None:
            raise error
        with self._times.get_lock():
            self._times[place] += 1
            first = self._times[place] == 1
        if not first:
            return
        _LOG.warning("Skipped %s", error)
        for group in self.groups:
            bad = [path for path in group if self._times[self._places[path]]]
            if len(bad) > self.limit * len(group):
                raise UserError(
                    f"{len(bad)} of {len(group)} files are bad: {some_names(bad)}; 'hop-tf data check' lists them all"
                ) from error
