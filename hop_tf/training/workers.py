"""Training on several machines, one process on each: `tf.distribute.MultiWorkerMirroredStrategy`.

Under this strategy Keras' own `fit` fails: it reduces a dictionary of inputs as if it were one tensor, and the scalar
metrics of a step along an axis that they do not have. Here `fit` runs in every process as on a single device, over
this worker's rows of each batch, and only the step within is distributed.
"""

import json
import os
import signal

import keras

from hop_tf.errors import UserError


class WorkerLostError(UserError):
    """Another worker has ended or cannot be reached. The message is one line."""


def connect():
    """Waits until all workers have started.

    Returns:
        `tf.distribute.MultiWorkerMirroredStrategy` of the cluster that the environment variable TF_CONFIG describes.

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
    # TensorFlow now ignores SIGTERM, as would the processes that make batches, and training would never end.
    signal.signal(signal.SIGTERM, ended_by)
    return strategy


def part_of_batch(strategy):
    """(index, count): which of equal parts of a batch is this worker's, and how many there are. The chief's is 0."""
    resolver = strategy.cluster_resolver
    cluster = resolver.cluster_spec().as_dict()
    tasks = [(job, index) for job in ("chief", "worker") for index in range(len(cluster.get(job, ())))]
    return tasks.index((resolver.task_type, resolver.task_id)), len(tasks)


class WorkerModel(keras.Model):
    """A network whose `fit` takes this worker's rows of each batch and does one step together with all workers.

    It must be made outside the strategy's scope, or `fit` would distribute the rows once more; `network` and the
    optimizer must be made inside.

    Args:
        network: functional `keras.Model`; its layers, variables and weights files are this model's too.
        strategy: what `connect` returned.
        workers: int.
    """

    def __init__(self, network, strategy, workers):
        super().__init__(network.input, network.output, name=network.name)
        self.strategy = strategy
        self.devices_per_worker = strategy.num_replicas_in_sync // workers

    def make_train_function(self, force=False):
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

        def step_or_end(iterator):
            try:
                return step(next(iterator))
            except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
                raise WorkerLostError(
                    "another worker has ended; start all of them again and they go on from the last checkpoint"
                ) from error

        self.train_function = step_or_end
        return self.train_function

    def _share(self, rows, device):
        count = keras.ops.shape(rows)[0] // self.devices_per_worker
        return rows[device * count : (device + 1) * count]


def take_from_chief(strategy, variables):
    """Gives `variables`, the same list on every worker, the values that they have on the chief. Waits for all workers.

    Args:
        strategy: what `connect` returned.
        variables: list of `tf.Variable` or `keras.Variable`.
    """
    import tensorflow as tf

    def sum_of_chief():
        replica = tf.distribute.get_replica_context()
        first = replica.replica_id_in_sync_group == 0
        values = [tf.convert_to_tensor(variable) for variable in variables]
        return [replica.all_reduce("SUM", tf.where(first, value, tf.zeros_like(value))) for value in values]

    sums = strategy.run(tf.function(sum_of_chief))
    for variable, value in zip(variables, sums, strict=True):
        variable.assign(strategy.experimental_local_results(value)[0])
