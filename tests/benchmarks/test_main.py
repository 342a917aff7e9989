import re
import subprocess
import sys

from helpers.goldens import ROOT


def run(*args):
    return subprocess.run([sys.executable, "-m", "benchmarks", *args], cwd=ROOT, capture_output=True, text=True)


def test_the_help_lists_the_benchmarks():
    listed = run("--help")
    assert listed.returncode == 0
    assert re.findall(r"^  ([\w-]+) ", listed.stdout, re.MULTILINE) == [
        "latency",
        "accuracy",
        "enlarged",
        "attention",
        "training",
        "trimaps",
        "roofline",
        "gpu",
        "gpu-latency",
        "gpu-pack",
    ]


def test_an_unknown_benchmark_is_an_error_with_the_list():
    unknown = run("speed")
    assert unknown.returncode == 2 and "latency" in unknown.stderr and not unknown.stdout


def test_the_rest_of_the_command_line_goes_to_the_benchmark():
    refused = run("latency", "--sizes", "512")
    assert refused.returncode == 2 and "expected HEIGHTxWIDTH" in refused.stderr
