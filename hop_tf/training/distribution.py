"""Training on several devices: the strategy, and sums over the devices.

On TensorFlow every replica runs the same code on its part of the batch (`tf.distribute`), so quantities over the whole
batch must be summed over the replicas. On JAX one program sees the whole batch, and `keras.distribution` splits the
arrays transparently.
"""

import contextlib
from collections.abc import Sequence

import keras

from hop_tf.training.workers import WorkerModel, connect, part_of_batch, take_from_chief

DISTRIBUTIONS = {"none": None, "mirrored": "tensorflow", "multi_worker": "tensorflow", "data_parallel": "jax"}


class Distribution:
    """The devices of a training.

    Args:
        name: `"none"`, one device; `"mirrored"`, all GPUs of this machine, or all its CPU devices if it has no GPU
            (TensorFlow); `"multi_worker"`, all GPUs, or the CPUs, of the machines listed in the environment variable
            TF_CONFIG (TensorFlow); `"data_parallel"`, all devices (JAX).

    Attributes:
        replicas: number of parts that a batch is split into.
        part: index of the part of a batch that this process makes, and the number of such equal parts.
        is_chief: whether this process writes the files.
        has_gpu: whether this process trains on a GPU.

    Raises:
        ValueError: if the name is unknown or belongs to another Keras backend, or TF_CONFIG is missing or wrong.
    """

    def __init__(self, name: str = "none"):
        if name not in DISTRIBUTIONS:
            raise ValueError(f"The distribution must be one of {', '.join(DISTRIBUTIONS)}. Received: {name}")
        backend = keras.backend.backend()
        if DISTRIBUTIONS[name] not in (None, backend):
            raise ValueError(
                f"The distribution {name} needs KERAS_BACKEND={DISTRIBUTIONS[name]}. Received: KERAS_BACKEND={backend}"
            )
        self._strategy = None
        self.replicas = 1
        self.part = 0, 1
        if name == "data_parallel":
            layout = keras.distribution.DataParallel()
            keras.distribution.set_distribution(layout)
            self.replicas = layout.device_mesh.devices.size
        elif name == "mirrored":
            import tensorflow as tf

            devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
            self._strategy = tf.distribute.MirroredStrategy([device.name for device in devices])
        elif name == "multi_worker":
            self._strategy = connect()
            self.part = part_of_batch(self._strategy)
        if self._strategy:
            self.replicas = self._strategy.num_replicas_in_sync
        self.is_chief = self.part[0] == 0
        self.has_gpu = False
        with contextlib.suppress(RuntimeError):  # JAX without GPU support
            self.has_gpu = bool(keras.distribution.list_devices("gpu"))  # TensorFlow: only after the strategy is made

    def scope(self) -> contextlib.AbstractContextManager:
        """Return the context in which the model and its optimizer must be built."""
        return self._strategy.scope() if self._strategy else contextlib.nullcontext()

    def prepare(self, model: keras.Model) -> keras.Model:
        """Make every BatchNorm of `model` take its statistics from the whole batch.

        Returns:
            The model to compile in the scope and to fit: `model`, or one with the same layers.
        """
        if self._strategy:
            for layer in model.layers:
                for norm in (layer, getattr(layer, "output_norm", None)):  # a HOP block has one inside
                    if isinstance(norm, keras.layers.BatchNormalization):
                        norm.synchronized = True
        return WorkerModel(model, self._strategy, self.part[1]) if self.part[1] > 1 else model

    def take_from_chief(self, epoch: int, variables: Sequence[keras.Variable]) -> int:
        """Give all processes the chief's number of finished epochs and its state. Blocks until all have called it.

        Args:
            epoch: number of finished epochs in this process.
            variables: the variables to overwrite, the same in each process, made in the scope.

        Returns:
            The chief's `epoch`.
        """
        if self.part[1] == 1:
            return epoch
        with self.scope():
            done = keras.Variable(epoch, dtype="int64", trainable=False)
        take_from_chief(self._strategy, [done, *variables])
        return int(done.numpy())

    def wait(self) -> None:
        """Block until all processes have called this method."""
        self.take_from_chief(0, [])


def sum_over_replicas(tensors: Sequence) -> list:
    """Sum tensors over all replicas of `tf.distribute`; without replicas, return them unchanged.

    Args:
        tensors: tensors or `None`, the same number and shapes on each replica.

    Returns:
        The sums, equal on all replicas, with `None` in the places of `None`.
    """
    replica = _replica_context()
    if replica is None:
        return list(tensors)
    import tensorflow as tf

    present = [tensor for tensor in tensors if tensor is not None]
    sums = iter(replica.all_reduce(tf.distribute.ReduceOp.SUM, present))
    return [None if tensor is None else next(sums) for tensor in tensors]


def number_of_replicas() -> int:
    """Return the number of replicas that run the calling code at the same time."""
    replica = _replica_context()
    return 1 if replica is None else replica.num_replicas_in_sync


def _replica_context():
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    replica = tf.distribute.get_replica_context()
    return replica if replica is not None and replica.num_replicas_in_sync > 1 else None
