"""Where foregrounds and backgrounds come from: image folders, or drawn."""

from datasets.sources.backgrounds import GeneratedBackgrounds, PhotoFolder
from datasets.sources.cutouts import CutoutFolder
from datasets.sources.procedural import ProceduralForegrounds

__all__ = ["CutoutFolder", "GeneratedBackgrounds", "PhotoFolder", "ProceduralForegrounds"]
