"""The process of one row: reads requests from its standard input and answers on its standard output."""

import json
import os
import signal
import sys
import traceback

from export.benchmark import given, loading, preparing
from hop_tf.cli.files import CommandError, first_line

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
        request = json.loads(line)
        try:
            answer = {"answer": FUNCTIONS[request.pop("do")](**request)}
        except CommandError as error:
            answer = {"error": str(error)}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {first_line(error)}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
