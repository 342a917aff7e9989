"""Training on several devices: which strategy, and sums over all of them.

On TensorFlow every replica runs the same code on its part of the batch (`tf.distribute`), so that whatever is meant
over the whole batch has to be summed over the replicas. On JAX one program sees the whole batch and
`keras.distribution` splits the arrays behind its back, so nothing of this is needed.
"""

import contextlib

import keras

from hop_tf.training.workers import WorkerModel, connect, part_of_batch, take_from_chief

DISTRIBUTIONS = {"none": None, "mirrored": "tensorflow", "multi_worker": "tensorflow", "data_parallel": "jax"}


class Distribution:
    """Where a training runs.

    Args:
        name: `"none"`, one device; `"mirrored"`, all GPUs of this machine or, if it has none, all its CPU devices
            (TensorFlow); `"multi_worker"`, all GPUs, or the CPUs, of the machines that the environment variable
            TF_CONFIG lists (TensorFlow); `"data_parallel"`, all devices (JAX).

    Attributes:
        replicas: int, how many parts a batch is split into.
        part: (int, int), which of equal parts of a batch this process makes, and how many there are.
        is_chief: bool, whether this process is the one that writes files.

    Raises:
        ValueError: on an unknown name, one that belongs to another Keras backend, or a TF_CONFIG that is none.
    """

    def __init__(self, name="none"):
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

    def scope(self):
        """Context within which the model and its optimizer must be built."""
        return self._strategy.scope() if self._strategy else contextlib.nullcontext()

    def prepare(self, model):
        """Makes every BatchNorm of `model` take its statistics from the whole batch.

        Returns:
            `keras.Model` to compile within the scope and to fit: `model`, or one of the same layers.
        """
        if self._strategy:
            for layer in model.layers:
                for norm in (layer, getattr(layer, "output_norm", None)):  # a HOP block has one inside
                    if isinstance(norm, keras.layers.BatchNormalization):
                        norm.synchronized = True
        return WorkerModel(model, self._strategy, self.part[1]) if self.part[1] > 1 else model

    def take_from_chief(self, epoch, variables):
        """Gives all processes the number of epochs done and the state of the chief. Waits for all of them.

        Args:
            epoch: int.
            variables: list of `keras.Variable`, the same in each process, made within the scope.

        Returns:
            int, `epoch` of the chief.
        """
        if self.part[1] == 1:
            return epoch
        with self.scope():
            done = keras.Variable(epoch, dtype="int64", trainable=False)
        take_from_chief(self._strategy, [done, *variables])
        return int(done.numpy())

    def wait(self):
        """Returns when all processes have come here."""
        self.take_from_chief(0, [])


def sum_over_replicas(tensors):
    """Sums over all replicas of `tf.distribute`; elsewhere the tensors themselves.

    Args:
        tensors: list of tensors or None, the same in number and shape on each replica.

    Returns:
        List of the sums, the same on each replica, None where None came in.
    """
    replica = _replica_context()
    if replica is None:
        return list(tensors)
    import tensorflow as tf

    present = [tensor for tensor in tensors if tensor is not None]
    sums = iter(replica.all_reduce(tf.distribute.ReduceOp.SUM, present))
    return [None if tensor is None else next(sums) for tensor in tensors]


def number_of_replicas():
    """How many replicas the code that calls this runs on at the same time."""
    replica = _replica_context()
    return 1 if replica is None else replica.num_replicas_in_sync


def _replica_context():
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    replica = tf.distribute.get_replica_context()
    return replica if replica is not None and replica.num_replicas_in_sync > 1 else None
