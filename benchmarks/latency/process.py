"""A child process that answers requests, one line of JSON each."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from hop_tf.export.errors import ExportError

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # else the first process takes the whole GPU
}


class Child:
    """A process of its own for one row, so that its peak of memory is its own and its failure no other's.

    Between requests it waits on the pipe and computes nothing. It is ended with the `with` block.

    Example:
        >>> with Child() as child:
        ...     child.ask("matmul", library="numpy")
    """

    def __init__(self):
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._log = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  It is closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hop_tf.benchmarks.latency.worker.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": path},
        )

    def ask(self, what, **arguments):
        """Has the child call one of its functions.

        Args:
            what: key of `hop_tf.benchmarks.latency.worker.child.FUNCTIONS`.
            **arguments: of that function, as JSON.

        Returns:
            What the function returned.

        Raises:
            ExportError: if the function raised, or the process ended.
        """
        try:
            print(json.dumps({"do": what, **arguments}), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise ExportError(self._why_it_ended())
        answer = json.loads(line)
        if "error" in answer:
            raise ExportError(answer["error"])
        return answer["answer"]

    def is_alive(self):
        """Whether it can be asked."""
        return self._process.poll() is None

    def close(self):
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._log):
            with contextlib.suppress(BrokenPipeError):  # a request that was never read
                file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _why_it_ended(self):
        code = self._process.wait()
        if code == -signal.SIGKILL:
            return "its process was killed, as for lack of memory"
        self._log.seek(0)
        lines = [line.strip() for line in self._log if line.strip()]
        said = f": {lines[-1]}" if lines else ""
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"its process ended with {how}{said}"
