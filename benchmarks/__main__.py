"""Run a benchmark: `python -m benchmarks NAME [OPTIONS]`."""

import pkgutil
import sys

from hop_tf.errors import UserError

#: {name: (function, one-line description)}
BENCHMARKS = {
    "latency": ("hop_tf.cli.app:main", "latency and memory of every format, as hop-tf benchmark"),
    "accuracy": ("hop_tf.benchmarks.accuracy:main", "size, difference from Keras and SAD of every format"),
    "enlarged": ("hop_tf.benchmarks.enlarged:main", "SAD of enlarged photos at one scale and at two"),
    "attention": ("hop_tf.benchmarks.attention:main", "HOP attention against the form of the released code"),
    "training": ("hop_tf.benchmarks.training:main", "training samples per second, share of the pipeline, memory"),
    "trimaps": ("hop_tf.benchmarks.trimaps:main", "mattes from a box and strokes against those from a given trimap"),
    "roofline": ("hop_tf.benchmarks.gpu.roofline:main", "matrix products and memory bandwidth of this machine"),
    "gpu": ("hop_tf.benchmarks.gpu.runner:main", "all that only a GPU can prove, the most important first"),
    "gpu-latency": ("hop_tf.benchmarks.gpu.latency:main", "the networks of a pack, where there is no TensorFlow"),
    "gpu-pack": ("hop_tf.benchmarks.gpu.pack:main", "wheels, networks and engines for a machine without network"),
}


def main(argv: list[str]) -> int:
    """Run the benchmark that `argv` names and return its exit code; 2 if there is no such benchmark."""
    if argv and argv[0] in BENCHMARKS:
        run = pkgutil.resolve_name(BENCHMARKS[argv[0]][0])
        try:
            return run(["benchmark", *argv[1:]] if argv[0] == "latency" else argv[1:])
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            return error.exit_code
    lines = [f"  {name:11} {description}" for name, (_, description) in BENCHMARKS.items()]
    help = "\n".join(["usage: python -m benchmarks NAME [OPTIONS]", "", "benchmarks:", *lines])
    asked = argv in (["-h"], ["--help"])
    print(help, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
