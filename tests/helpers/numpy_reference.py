"""The two HOP blocks in plain NumPy and float64, pixel by pixel as in the equations.

Slow, and independent of the layers: nothing is imported from `hop_tf`. `weights` has the names and PyTorch layouts of
the authors' checkpoints. Both blocks return the result of the attention, before the output convolution.
"""

import numpy as np


def mirrored(i, n):
    """Return the index that position `i` of a mirrored axis of length `n` shows."""
    while not 0 <= i < n:
        i = -i if i < 0 else 2 * (n - 1) - i
        if n == 1:
            return 0
    return i


def offset_embeddings(weights, max_distance):
    """Return `e[t]` for the distances `t = 0..max_distance`."""
    dim = weights["pos_embed_linear.bias"].size
    embeddings = []
    for t in range(max_distance + 1):
        angles = [(max_distance - t) / 10000 ** (2 * i / dim) for i in range(dim // 2)]
        sinusoid = np.array([np.sin(a) for a in angles] + [np.cos(a) for a in angles])
        embeddings.append(weights["pos_embed_linear.weight"] @ sinusoid + weights["pos_embed_linear.bias"])
    return embeddings


def conv1x1(x, weights, name):
    return x @ weights[f"{name}.weight"][:, :, 0, 0].T + weights[f"{name}.bias"]


def softmax(scores):
    scores = np.exp(scores - np.max(scores))
    return scores / scores.sum()


def local_hop(appearance, opacity, weights, window_size, positional_encoding=True):
    """Compute Eq. 3 for one image, `[height, width, channels]`."""
    f = conv1x1(appearance.astype(np.float64), weights, "guidance_conv")
    f = f / np.maximum(np.linalg.norm(f, axis=-1, keepdims=True), 1e-4)
    height, width, _ = f.shape
    radius = window_size // 2
    e = offset_embeddings(weights, radius + 1) if positional_encoding else None
    y = np.zeros(opacity.shape)
    offsets = [(i, j) for i in range(-radius, radius + 1) for j in range(-radius, radius + 1)]
    for row in range(height):
        for column in range(width):
            scores, values = [], []
            for i, j in offsets:
                r, c = mirrored(row + i, height), mirrored(column + j, width)
                key = f[r, c] + (e[abs(i)] + e[abs(j)] if positional_encoding else 0)
                scores.append(-1e4 if (i, j) == (0, 0) else f[row, column] @ key)
                values.append(opacity[r, c])
            attention = softmax(np.array(scores) * float(weights["scale"].item()))
            attention[offsets.index((0, 0))] = 0
            y[row, column] = attention @ np.array(values)
    return y


def global_hop(appearance, opacity, trimap, weights, stride, positional_encoding=True, trimap_embedding=True):
    """Compute Eq. 2 and 4 for one image, `[height, width, channels]`, with explicit patches that are folded back."""
    f = conv1x1(appearance.astype(np.float64), weights, "guidance_conv")[::stride, ::stride]
    trimap = trimap[::stride, ::stride]
    height, width, _ = f.shape
    keys = f + conv1x1(trimap, weights, "trimap_embed_conv") if trimap_embedding else f
    cells = [(r, c) for r in range(height) for c in range(width)]

    def patch(x, r, c):
        around = [(r + i, c + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        return np.concatenate([x[mirrored(i, height), mirrored(j, width)] for i, j in around])

    e = offset_embeddings(weights, 7) if positional_encoding else None
    unknown = [patch(trimap[..., 1:2], *cell).any() for cell in cells]
    share = trimap[..., 1].mean()
    with np.errstate(divide="ignore"):
        ratio = np.sqrt(np.divide(share, 1 - share))
        factors = {True: np.clip(ratio, 0.1, 10), False: np.clip(np.divide(1.0, ratio), 0.1, 10)}
    scale = float(weights["scale"].item())
    attention = np.zeros((height, width, height, width))
    for row, column in cells:
        scores = []
        for (r, c), key_unknown in zip(cells, unknown, strict=True):
            key = patch(keys, r, c)
            score = patch(f, row, column) @ (key / max(np.linalg.norm(key), 1e-4))
            if not trimap_embedding:
                score *= factors[bool(key_unknown)]
            score *= scale
            if key_unknown and (r, c) == (row, column):
                score -= 1e4
            if positional_encoding:
                score += f[row, column] @ (e[min(abs(row - r), 7)] + e[min(abs(column - c), 7)])
            scores.append(score)
        attention[row, column] = softmax(np.array(scores)).reshape(height, width)
    return _fold(attention, opacity) if stride == 2 else _shift(attention, opacity)


def _fold(attention, opacity):
    """Stride 2: the 4 x 4 patches of every second pixel, weighted, added up where they overlap, over 4."""
    height, width = attention.shape[:2]
    channels = opacity.shape[-1]

    def patch(r, c):
        rows = [mirrored(2 * r - 1 + i, 2 * height) for i in range(4)]
        columns = [mirrored(2 * c - 1 + i, 2 * width) for i in range(4)]
        return opacity[np.ix_(rows, columns)]

    folded = np.zeros((2 * height + 2, 2 * width + 2, channels))
    for row, column in np.ndindex(height, width):
        total = sum(attention[row, column, r, c] * patch(r, c) for r, c in np.ndindex(height, width))
        folded[2 * row : 2 * row + 4, 2 * column : 2 * column + 4] += total
    return folded[1:-1, 1:-1] / 4


def _shift(attention, opacity):
    """Stride 1, as the released code has it: query and key are shifted alike, not geometrically."""
    height, width = attention.shape[:2]
    y = np.zeros(opacity.shape)
    for row, column in np.ndindex(height, width):
        for i, j in np.ndindex(2, 2):
            weights = attention[mirrored(row + i - 1, height), mirrored(column + j - 1, width)]
            for r, c in np.ndindex(height, width):
                y[row, column] += weights[r, c] * opacity[mirrored(r + i - 1, height), mirrored(c + j - 1, width)]
    return y / 4
