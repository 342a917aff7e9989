"""Where foregrounds and backgrounds come from: image folders, or drawn."""

from datasets.sources.adobe import AdobeImageMatting
from datasets.sources.backgrounds import GeneratedBackgrounds, PhotoFolder
from datasets.sources.cutouts import CutoutFolder
from datasets.sources.opening import open_foregrounds
from datasets.sources.parallel import ParallelFolders
from datasets.sources.procedural import ProceduralForegrounds

__all__ = [
    "AdobeImageMatting",
    "CutoutFolder",
    "GeneratedBackgrounds",
    "ParallelFolders",
    "PhotoFolder",
    "ProceduralForegrounds",
    "open_foregrounds",
]
