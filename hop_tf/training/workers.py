"""Training on several machines, one process on each: `tf.distribute.MultiWorkerMirroredStrategy`.

Under this strategy Keras' own `fit` fails: it reduces a dictionary of inputs as if it were one tensor, and the scalar
metrics of a step along an axis that they do not have. Here `fit` runs in every process as on a single device, over
this worker's rows of each batch, and only the step itself is distributed.
"""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import keras

from hop_tf.errors import UserError

if TYPE_CHECKING:
    import tensorflow as tf


class WorkerLostError(UserError):
    """Another worker has ended or cannot be reached."""


@contextlib.contextmanager
def worker_lost() -> Iterator[None]:
    """Raise `WorkerLostError` in place of TensorFlow's errors about a worker that does not answer."""
    import tensorflow as tf

    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
        raise WorkerLostError(
            "another worker has ended; start all workers again to resume from the last checkpoint"
        ) from error


def connect() -> "tf.distribute.MultiWorkerMirroredStrategy":
    """Return the strategy of the cluster in the environment variable TF_CONFIG, once all workers have started.

    Raises:
        ValueError: if TF_CONFIG does not name this task and its cluster.
    """
    given = os.environ.get("TF_CONFIG", "")
    try:
        config = json.loads(given)
        config["cluster"][config["task"]["type"]][int(config["task"]["index"])]
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(
            "The distribution multi_worker needs the environment variable TF_CONFIG with all workers and this task, "
            'such as {"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}. '
            f"Received: {given or 'none'}"
        ) from error
    import tensorflow as tf

    ended_by = signal.getsignal(signal.SIGTERM)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    # TensorFlow now ignores SIGTERM. The processes that make batches would inherit that, and training would never end.
    signal.signal(signal.SIGTERM, ended_by)
    return strategy


def part_of_batch(strategy: "tf.distribute.Strategy") -> tuple[int, int]:
    """Return the index of this worker's part of a batch, 0 for the chief, and the number of parts."""
    resolver = strategy.cluster_resolver
    cluster = resolver.cluster_spec().as_dict()
    tasks = [(job, index) for job in ("chief", "worker") for index in range(len(cluster.get(job, ())))]
    return tasks.index((resolver.task_type, resolver.task_id)), len(tasks)


class WorkerModel(keras.Model):
    """A network whose `fit` takes this worker's rows of each batch and makes each step together with all workers.

    Create it outside the strategy's scope, or `fit` distributes the rows a second time. Create `network` and the
    optimizer inside the scope.

    Args:
        network: functional model. This model shares its layers, variables and weights files.
        strategy: the strategy that `connect` returns.
        workers: number of workers.
    """

    train_function: Callable | None

    def __init__(self, network: keras.Model, strategy: "tf.distribute.Strategy", workers: int):
        super().__init__(network.input, network.output, name=network.name)
        self.strategy = strategy
        self.devices_per_worker = strategy.num_replicas_in_sync // workers

    def fit(self, *args, **kwargs) -> keras.callbacks.History:
        with worker_lost():  # around the callbacks too: they read variables that are averaged over the workers
            return super().fit(*args, **kwargs)

    def make_train_function(self, force: bool = False) -> Callable:
        if self.train_function is not None and not force:
            return self.train_function
        import tensorflow as tf

        def step_of_device(rows):
            replica = tf.distribute.get_replica_context()
            device = replica.replica_id_in_sync_group % self.devices_per_worker
            return self.train_step(keras.tree.map_structure(lambda x: self._share(x, device), rows))

        @tf.function(reduce_retracing=True)
        def step(rows):
            logs = self.strategy.run(step_of_device, args=(rows,))
            return {name: self.strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}

        self.train_function = lambda iterator: step(next(iterator))
        return self.train_function

    def _share(self, rows, device):
        count = keras.ops.shape(rows)[0] // self.devices_per_worker
        return rows[device * count : (device + 1) * count]


def take_from_chief(strategy: "tf.distribute.Strategy", variables: Sequence) -> None:
    """Overwrite variables with the chief's values. Blocks until all workers have called it.

    Args:
        strategy: the strategy that `connect` returns.
        variables: TensorFlow or Keras variables, the same list on every worker.
    """
    import tensorflow as tf

    def sum_of_chief():
        replica = tf.distribute.get_replica_context()
        first = replica.replica_id_in_sync_group == 0
        values = [tf.convert_to_tensor(variable) for variable in variables]
        return [replica.all_reduce("SUM", tf.where(first, value, tf.zeros_like(value))) for value in values]

    with worker_lost():
        sums = strategy.run(tf.function(sum_of_chief))
    for variable, value in zip(variables, sums, strict=True):
        variable.assign(strategy.experimental_local_results(value)[0])
