"""Files that turn out bad during training are passed over, counted, and too many of them are an error."""

import logging
import multiprocessing

_LOG = logging.getLogger(__name__)


class Skips:
    """Counts the bad files of a data set over all worker processes.

    Args:
        groups: list of lists of paths; each list has its own limit.
        limit: share of a list's files that may be bad.
    """

    def __init__(self, groups, limit=0.1):
        self.groups = [[str(path) for path in group] for group in groups]
        self.limit = limit
        self._places = {path: place for place, path in enumerate(sum(self.groups, []))}
        # Memory that forked and spawned workers share with the process that reads the count.
        self._times = multiprocessing.Array("q", len(self._places))

    @property
    def count(self):
        """How often a sample was drawn anew because of a bad file."""
        return sum(self._times)

    @property
    def files(self):
        """The bad files met so far, a list of paths."""
        return [path for path, place in self._places.items() if self._times[place]]

    def add(self, error):
        """Notes that a file was passed over.

        Args:
            error: BadImage.

        Raises:
            BadImage: the file belongs to none of the lists.
            RuntimeError: now more files are bad than the limit allows; the message names them.
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
                names = ", ".join(bad[:5]) + (" ..." if len(bad) > 5 else "")
                raise RuntimeError(
                    f"{len(bad)} of {len(group)} files are bad: {names}. 'hop-tf data check' lists all"
                ) from error
