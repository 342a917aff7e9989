"""The part of a folder that one job of a job array does."""

import argparse
import hashlib
import os
import re
from typing import NamedTuple

from hop_tf.cli.matte_folder import RECORD


class Shard(NamedTuple):
    """One of several parts that together hold every photo once.

    The stem of a photo's file decides where it belongs, so photos that are added later move no others.

    Attributes:
        index: 1 to `count`.
        count: number of parts.
    """

    index: int
    count: int

    def holds(self, stem: str) -> bool:
        """Return whether the photo with this file stem belongs to this part."""
        digest = hashlib.sha256(os.fsencode(stem)).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index - 1

    @property
    def record(self) -> str:
        """Name of its record in the output folder: jobs that run at the same time write files of their own."""
        return RECORD.replace(".json", f".{self.index}-of-{self.count}.json")

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def shard(text: str) -> Shard:
    """Parse an argument such as "3/8"."""
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    if not match or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"expected I/N, from 1/N to N/N, such as 3/8, not {text}")
    return Shard(int(match[1]), int(match[2]))
