import numpy as np


def difference_to_keras(run, graph, size, batch=1):
    """Compares an exported network with the one it was exported from.

    Two inputs: noise with a random trimap, and a smooth ramp whose right half is unknown.

    Args:
        run: function of photo and trimap, from `Format.load`.
        graph: `keras.Model` from `deployment_graph`.
        size: (height, width) to run at.
        batch: int.

    Returns:
        Largest and mean absolute difference of alpha.
    """
    height, width = size
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (batch, height, width, 3))
    blocks = rng.choice([0, 128, 255], (batch, -(-height // 16), -(-width // 16), 1))
    noise_trimap = blocks.repeat(16, axis=1).repeat(16, axis=2)[:, :height, :width]
    ramp = np.broadcast_to(np.linspace(0, 255, width)[None, None, :, None], (batch, height, width, 3))
    half = np.where(np.arange(width) < width // 2, 255, 128)
    ramp_trimap = np.broadcast_to(half[None, None, :, None], (batch, height, width, 1))

    differences = []
    for image, trimap in ((noise, noise_trimap), (ramp, ramp_trimap)):
        image, trimap = np.float32(image), np.float32(trimap)
        expected = graph.predict_on_batch({"image": image, "trimap": trimap})["alpha"]
        differences.append(np.abs(run(image, trimap) - expected))
    return float(np.max(differences)), float(np.mean(differences))
