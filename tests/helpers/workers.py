"""Workers that run in this process, so that tests of the latency benchmark take no time to start."""

from hop_tf.benchmarks.latency.worker import process, running
from hop_tf.errors import UserError


class WorkerInThisProcess:
    """Call functions as a `Worker` does, without a process; each worker has state of its own, as processes have.

    In a worker that has loaded a row of `failing_format`, each function in `fails` raises the error it maps to.
    """

    fails = {}
    failing_format = ""
    alive = 0
    most_alive = 0
    loaded = None  # the worker that is being asked

    def __init__(self):
        self._timed, self._format = None, ""

    def ask(self, function, *args):
        if function is running.start:
            self._format = args[0].format
            type(self).alive += 1
            type(self).most_alive = max(self.alive, self.most_alive)
        if self._format == self.failing_format and function in self.fails:
            raise UserError(self.fails[function])
        running._timed, type(self).loaded = self._timed, self
        answer = process.answer(function, *args)
        self._timed = running._timed
        if isinstance(answer, UserError):
            raise answer
        return answer

    def is_alive(self):
        return True

    def close(self):
        type(self).alive -= bool(self._format)
        self._format = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
