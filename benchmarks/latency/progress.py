"""How far a benchmark is."""

import sys
import time

from tqdm import tqdm


class Progress(tqdm):
    """A bar on a terminal, and lines on stderr elsewhere."""

    def __init__(self, total: int) -> None:
        layout = "{percentage:3.0f}% |{bar:30}| {elapsed}, {remaining} left  {desc}"
        super().__init__(total=total, bar_format=layout, leave=False, disable=None)
        self._began = time.monotonic()

    def say(self, step: str, line: bool = True) -> None:
        """Show the current step; without a terminal as a line, unless `line` is False."""
        if not self.disable:
            self.set_description_str(step)
        elif line:
            print(f"{time.monotonic() - self._began:5.0f} s  {step}", file=sys.stderr, flush=True)
