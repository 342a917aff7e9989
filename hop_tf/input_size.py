"""The sizes of picture that the network takes."""

SIZE_MULTIPLE = 32
SMALLEST_SIZE = 64  # of a graph traced for unknown sizes: its coarse maps must be larger than their padding


def padding_to_input_size(height, width):
    """How many rows and columns a photo lacks to the next size that the network takes."""
    return tuple(max(SMALLEST_SIZE, -(-size // SIZE_MULTIPLE) * SIZE_MULTIPLE) - size for size in (height, width))
