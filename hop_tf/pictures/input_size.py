"""The sizes of picture that the network takes."""

SIZE_MULTIPLE = 32
SMALLEST_SIZE = 64  # of a graph traced for unknown sizes: its coarse maps must be larger than their padding


def input_size(n, maximum=max):
    """The smallest size that the network takes and a side of `n` pixels fits in; `maximum` as tensors need it."""
    return maximum(SMALLEST_SIZE, (n + SIZE_MULTIPLE - 1) // SIZE_MULTIPLE * SIZE_MULTIPLE)
