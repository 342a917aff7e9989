"""Sources of foregrounds and backgrounds: folders of pictures, or drawn ones."""

from hop_tf.datasets.sources.adobe import AdobeImageMatting
from hop_tf.datasets.sources.backgrounds import GeneratedBackgrounds, PhotoFolder
from hop_tf.datasets.sources.cutouts import CutoutFolder
from hop_tf.datasets.sources.foregrounds import Foregrounds
from hop_tf.datasets.sources.opening import open_foregrounds
from hop_tf.datasets.sources.parallel import ParallelFolders
from hop_tf.datasets.sources.procedural import ProceduralForegrounds

__all__ = [
    "AdobeImageMatting",
    "CutoutFolder",
    "Foregrounds",
    "GeneratedBackgrounds",
    "ParallelFolders",
    "PhotoFolder",
    "ProceduralForegrounds",
    "open_foregrounds",
]
