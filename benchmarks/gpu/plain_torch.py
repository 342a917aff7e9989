"""Attention as one would write it first in PyTorch: unfolded windows, patches as convolution kernels."""

from collections.abc import Callable

import torch
from torch.nn import functional

#: (stride, channels of appearance after the block's first convolution, channels of opacity) of the blocks
LOCAL_BLOCKS = ((8, 32, 128), (4, 16, 64), (2, 8, 32))
GLOBAL_BLOCK = (16, 32, 256)
WINDOW = 9


def local_attention(appearance: torch.Tensor, opacity: torch.Tensor, scale: float = 4.0) -> torch.Tensor:
    """Return the opacity that each pixel gathers from its window, `[batch, channels, height, width]`."""
    features = functional.normalize(appearance, dim=1)
    batch, channels, height, width = features.shape

    def windows(x):
        padded = functional.pad(x, (WINDOW // 2,) * 4, mode="reflect")
        return functional.unfold(padded, WINDOW).view(batch, x.shape[1], WINDOW**2, height * width)

    scores = (windows(features) * features.view(batch, channels, 1, -1)).sum(1, keepdim=True)
    weights = torch.softmax(scale * scores.float(), dim=2).to(opacity.dtype)
    return (weights * windows(opacity)).sum(2).view(opacity.shape)


def global_attention(appearance: torch.Tensor, opacity: torch.Tensor, scale: float = 4.0) -> torch.Tensor:
    """Return the opacity that each cell of 2 x 2 gathers from all of one photo, `[1, channels, height, width]`."""
    features = appearance[:, :, ::2, ::2]
    channels, cells = features.shape[1], features.shape[2] * features.shape[3]
    patches = functional.unfold(functional.pad(features, (1,) * 4, mode="reflect"), 3)[0].T
    kernel = (functional.normalize(patches, dim=1) * scale).view(cells, channels, 3, 3)
    scores = functional.conv2d(functional.pad(features, (1,) * 4, mode="reflect"), kernel)
    weights = torch.softmax(scores.float(), dim=1).to(opacity.dtype)
    values = functional.unfold(functional.pad(opacity, (1,) * 4, mode="reflect"), 4, stride=2)[0].T
    values = values.view(cells, opacity.shape[1], 4, 4)
    return functional.conv_transpose2d(weights, values, stride=2)[:, :, 1:-1, 1:-1] / 4


def attention_blocks(
    size: tuple[int, int], precision: str, device: str, width: float = 1.0
) -> Callable[[], list[torch.Tensor]]:
    """Return a function that computes the four blocks of one photo of (height, width), padded to multiples of 32.

    Args:
        size: (height, width) in pixels.
        precision: name of a floating-point type of PyTorch.
        device: `"cuda"` or `"cpu"`.
        width: the network's channels as a multiple of those of `hop_9x9`.
    """
    generator = torch.Generator().manual_seed(0)
    rows, columns = (-(-side // 32) * 32 for side in size)

    def draw(stride, *channels):
        shapes = [(1, int(n * width), rows // stride, columns // stride) for n in channels]
        return [torch.randn(shape, generator=generator).to(device, getattr(torch, precision)) for shape in shapes]

    local = [draw(*block) for block in LOCAL_BLOCKS]
    coarse = draw(*GLOBAL_BLOCK)

    @torch.inference_mode()
    def run():
        return [global_attention(*coarse), *(local_attention(*block) for block in local)]

    return run
