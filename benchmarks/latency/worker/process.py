"""Worker processes: each row is measured in its own, so its memory and its failures are its own too."""

import contextlib
import multiprocessing
import os
import signal
import tempfile
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hop_tf.errors import UserError, first_line
from hop_tf.export.errors import ExportError

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # otherwise the first process takes the whole GPU
}
GRACE = 2.0  # seconds
PATIENCE = 600.0  # seconds to wait for an answer


class Worker:
    """A fresh Python process that calls functions one at a time and computes nothing in between.

    Example:
        >>> with Worker() as worker:
        ...     worker.ask(math.sqrt, 2.0)
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._log = tempfile.NamedTemporaryFile("r", errors="replace")  # noqa: SIM115  closed with the process
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._log.name), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, function: Callable, *args: Any) -> Any:
        """Call a module-level function in the process and return its result.

        Raises:
            UserError: if the function raises one, with its exit code.
            ExportError: if the function raises another exception, takes longer than ten minutes, or the process ends.
        """
        try:
            self._pipe.send((function, *args))
            if not self._pipe.poll(PATIENCE):
                self._process.kill()
                self._process.join()
                raise ExportError(f"took longer than {PATIENCE:.0f} s")
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise ExportError(self._why_it_ended()) from error
        if isinstance(answer, UserError):
            raise answer
        return answer

    def is_alive(self) -> bool:
        """Return whether the process can still be asked."""
        return self._process.is_alive()

    def close(self) -> None:
        """End the process, which frees what its libraries share with others."""
        self._pipe.close()
        self._process.join(GRACE)
        self._process.kill()
        self._process.join()
        self._log.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _why_it_ended(self) -> str:
        self._process.join()
        code = self._process.exitcode
        if code == -signal.SIGKILL:
            return "its process was killed, probably for lack of memory"
        lines = [line.strip() for line in self._log if line.strip()]
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"its process ended with {how}" + (f": {lines[-1]}" if lines else "")


def _serve(pipe: Connection, log: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and ends this process
    with contextlib.suppress(OSError):  # if memory runs out, Linux ends this row and not the benchmark
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.environ |= ENVIRONMENT
    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):  # libraries write to both
        os.dup2(file, descriptor)
    while True:
        try:
            pipe.send(answer(*pipe.recv()))
        except EOFError:
            return


def answer(function: Callable, *args: Any) -> Any:
    """Return the result of a function, or the `UserError` that explains in one line why there is none."""
    try:
        return function(*args)
    except UserError as error:
        explained = UserError(str(error))  # subclasses and causes may not be picklable
        explained.exit_code = error.exit_code
        return explained
    except Exception as error:
        traceback.print_exc()
        return ExportError(f"{type(error).__name__}: {first_line(error)}")
