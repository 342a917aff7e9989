"""Readers of the two test sets that papers report on."""

from pathlib import Path

import cv2

from datasets.sources.files import BadImage, list_images, read_image


class _TestSet:
    """Photos, trimaps and alphas in three folders, matched by file stem."""

    def __init__(self, images, trimaps, alphas):
        self.paths = []
        others = [{path.stem: path for path in list_images(folder)} for folder in (trimaps, alphas)]
        for path in list_images(images):
            for partners, folder in zip(others, (trimaps, alphas), strict=True):
                if path.stem not in partners:
                    raise ValueError(f"{path}: no file of this name in {folder}")
            self.paths.append((path, *(partners[path.stem] for partners in others)))

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        """(name, image uint8 RGB [H, W, 3], trimap uint8 [H, W], alpha uint8 [H, W]), as stored in the files."""
        image_path, *grey_paths = self.paths[index]
        image = cv2.cvtColor(read_image(image_path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        grey = [read_image(path, cv2.IMREAD_GRAYSCALE) for path in grey_paths]
        for path, plane in zip(grey_paths, grey, strict=True):
            if plane.shape != image.shape[:2]:
                raise BadImage(path, f"differs in size from {image_path}")
        return image_path.stem, image, *grey


class Composition1k(_TestSet):
    """The Composition-1k test set as ``python -m datasets compose`` writes it; by index or as an iterable.

    Source: Xu et al., "Deep Image Matting", CVPR 2017.

    Args:
        folder: path with ``merged``, ``trimap`` and ``alpha``.
    """

    def __init__(self, folder):
        super().__init__(*(Path(folder) / name for name in ("merged", "trimap", "alpha")))


class AlphaMatting(_TestSet):
    """The training images of alphamatting.com, for validation only; by index or as an iterable.

    Source: Rhemann et al., "A Perceptually Motivated Online Benchmark for Image Matting", CVPR 2009.

    Args:
        folder: path with ``input``, ``alpha``, ``trimap1`` and ``trimap2``; or with the folders of the published
            archives, ``input_training_lowres``, ``gt_training_lowres`` and ``trimap_training_lowres/Trimap1`` and so
            on.
        trimap: 1 (narrow) or 2 (wide).
    """

    def __init__(self, folder, trimap=1):
        if trimap not in (1, 2):
            raise ValueError(f"`trimap` must be 1 or 2. Received: {trimap!r}")
        names = "input", f"trimap{trimap}", "alpha"
        if (Path(folder) / "input_training_lowres").is_dir():
            names = "input_training_lowres", f"trimap_training_lowres/Trimap{trimap}", "gt_training_lowres"
        super().__init__(*(Path(folder) / name for name in names))
