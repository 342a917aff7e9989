"""Run a benchmark: `python -m benchmarks NAME [OPTIONS]`."""

import pkgutil
import sys

#: {name: (function, one-line description)}
BENCHMARKS = {
    "latency": ("hop_tf.cli.app:main", "latency and memory of every format, as hop-tf benchmark"),
    "accuracy": ("hop_tf.benchmarks.accuracy:main", "size, difference from Keras and SAD of every format"),
    "attention": ("hop_tf.benchmarks.attention:main", "HOP attention against the form of the released code"),
    "training": ("hop_tf.benchmarks.training:main", "training samples per second, and the share of the data pipeline"),
}


def main(argv: list[str]) -> int:
    """Run the benchmark that `argv` names and return its exit code; 2 if there is no such benchmark."""
    if argv and argv[0] in BENCHMARKS:
        run = pkgutil.resolve_name(BENCHMARKS[argv[0]][0])
        return run(["benchmark", *argv[1:]] if argv[0] == "latency" else argv[1:])
    lines = [f"  {name:10} {description}" for name, (_, description) in BENCHMARKS.items()]
    help = "\n".join(["usage: python -m benchmarks NAME [OPTIONS]", "", "benchmarks:", *lines])
    asked = argv in (["-h"], ["--help"])
    print(help, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
