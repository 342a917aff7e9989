"""The process of one row: reads requests from its standard input and answers on its standard output."""

import json
import os
import signal
import sys
import traceback

from hop_tf.benchmarks.latency import given
from hop_tf.benchmarks.latency.worker import loading, preparing
from hop_tf.errors import UserError, first_line
from hop_tf.inference.runtimes.errors import NetworkError

FUNCTIONS = {
    "describe": given.describe,
    "networks": preparing.networks,
    "multiply_adds": preparing.multiply_adds,
    "pictures": preparing.write_pictures,
    "export": preparing.export_file,
    "load": loading.load,
    "first_run": loading.first_run,
    "run": loading.run,
    "memory": loading.memory,
    "matmul": loading.load_matmul,
}


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this process
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), file=answers, flush=True)


def answer(do, **arguments):
    """Calls the function `do` of `FUNCTIONS`: dict of "answer", what it returned, or "error", one line."""
    try:
        return {"answer": FUNCTIONS[do](**arguments)}
    except (UserError, NetworkError) as error:
        return {"error": str(error)}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {first_line(error)}"}


if __name__ == "__main__":
    main()
