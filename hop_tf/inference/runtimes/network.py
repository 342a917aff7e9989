import math

from hop_tf.inference.runtimes.errors import NetworkError


class Network:
    """A network that is ready to run, whichever library runs it.

    Attributes:
        smallest, largest: (batch, height, width) that it takes at least and at most, `math.inf` where there is no
            limit. Sizes between them are multiples of 32.
        base_bytes, bytes_per_pixel: about what a process takes on a CPU in float32: this, and this for each pixel that
            is computed at once.
    """

    smallest, largest = (1, 1, 1), (math.inf, math.inf, math.inf)
    base_bytes, bytes_per_pixel = 0.5e9, 1600

    def __call__(self, image, trimap):
        """Finds the alpha.

        Args:
            image: array `[batch, height, width, 3]`, RGB in 0..255, of any numeric dtype.
            trimap: array `[batch, height, width, 1]` in 0..255, likewise.

        Returns:
            float32 array `[batch, height, width, 1]`.
        """
        raise NotImplementedError


class ExportedNetwork(Network):
    """What `hop-tf export` wrote, open: it pads, crops and sets known pixels itself.

    Args:
        inputs: dict of the name of each input to its shape, anything but a positive int where it is free, and its
            NumPy dtype.
        outputs: names of its outputs.

    Raises:
        NetworkError: if these are not those of a matting network.
    """

    def __init__(self, inputs, outputs):
        channels = {name: list(shape[3:]) for name, (shape, dtype) in inputs.items() if dtype}
        if channels != {"image": [3], "trimap": [1]} or "alpha" not in outputs:
            raise NetworkError("is no matting network; expected what 'hop-tf export' writes")
        shape, self._dtype = inputs["image"]
        free = [not isinstance(n, int) or n <= 0 for n in shape[:3]]
        self.smallest = tuple(1 if is_free else n for n, is_free in zip(shape, free, strict=False))
        self.largest = tuple(math.inf if is_free else n for n, is_free in zip(shape, free, strict=False))

    def __call__(self, image, trimap):
        return self._run(image.astype(self._dtype, copy=False), trimap.astype(self._dtype, copy=False))
