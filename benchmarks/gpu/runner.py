"""Run everything that only a GPU can prove, the most important first.

    python -m benchmarks gpu --pack build/gpu-pack
    python -m benchmarks gpu --pack build/gpu-pack --cpu

Each part is a process with a time limit. Its result is written to results.jsonl and summary.md as it ends.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hop_tf.benchmarks.gpu.parts import PARTS, Part
from hop_tf.benchmarks.gpu.pieces import read_pieces
from hop_tf.errors import UserError
from hop_tf.inference.runtimes.devices import missing_gpu

ROOT = Path(__file__).parents[2]
GRACE = 10.0  # seconds between the request to end and the kill
SAID = 3  # last lines of a part that are kept


def main(argv: Sequence[str] | None = None) -> int:
    """Run the parts and return the exit code: 1 if one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [part.name for part in PARTS]
    add = parser.add_argument
    add("--pack", type=Path, metavar="DIR", help="folder that gpu-pack wrote, or its pieces")
    add("--cpu", action="store_true", help="run what can run without a GPU")
    add("--minutes", type=float, default=8.0, metavar="N", help="for all parts but weights; default: 8")
    add("--training-minutes", type=float, default=0.0, metavar="N", help="then train weights for so long; default: 0")
    add("--only", nargs="+", choices=names, default=names, metavar="PART", help=f"of {', '.join(names)}")
    add("-o", "--output", type=Path, default=Path("build/gpu"), metavar="DIR", help="default: %(default)s")
    args = parser.parse_args(argv)
    if not args.cpu and (reason := missing_gpu()):
        raise UserError(f"{reason}; --cpu runs what can run without one")
    args.output.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["JAX_COMPILATION_CACHE_DIR"] = str((args.output / "jax").absolute())  # the next run starts sooner
    files = unpack(args.pack, args.output, environment) if args.pack else None
    if not importlib.util.find_spec("tensorflow"):
        environment["KERAS_BACKEND"] = "jax"
    end, results = time.monotonic() + 60 * args.minutes, []
    (args.output / "results.jsonl").write_text("")
    for part in PARTS:
        if part.name not in args.only or not (part.limit or args.training_minutes):
            continue
        limit = min(part.limit, end - time.monotonic()) if part.limit else 60 * args.training_minutes
        result = run(part, files, args, environment, limit)
        results.append(result)
        with open(args.output / "results.jsonl", "a") as file:
            file.write(json.dumps(result) + "\n")
        (args.output / "summary.md").write_text(summary(in_units_of_roofline(results)))
        print(f"{result['part']}: {result['ended']}, {result['seconds']} s", flush=True)
    return int(any(result["ended"].startswith("failed") for result in results))


def unpack(pack: Path, output: Path, environment: dict[str, str]) -> Path:
    """Return the folder of a pack's files, unpacked and with its wheels installed beside it if need be."""
    files = pack / "files"
    if not files.is_dir():
        files = output / "files"
        shutil.rmtree(files, ignore_errors=True)
        if not read_pieces(pack, files):
            raise UserError(f"{pack}: no pack; expected what 'python -m benchmarks gpu-pack' writes")
    paths = [str(ROOT)]
    wheels = sorted(map(str, (files / "wheels").glob("*.whl")))
    if wheels and not (importlib.util.find_spec("keras") and importlib.util.find_spec("tensorrt_rtx_bindings")):
        site = (output / "site").absolute()
        options = ["--no-index", "--no-deps", "--quiet", "--upgrade", f"--target={site}"]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *wheels], check=True)
        paths.insert(0, str(site))
    environment["PYTHONPATH"] = os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])
    return files.absolute()


def run(
    part: Part, files: Path | None, args: argparse.Namespace, environment: dict[str, str], limit: float
) -> dict[str, object]:
    """Run a part for at most `limit` seconds and return its result.

    Returns:
        "part", "ended" ("ok", "failed: ...", "stopped: ..." or "skipped: ..."), "seconds", "rows" (the lines of JSON
        that it printed) and "said" (its last other lines).
    """
    arguments = part.arguments(args.cpu, files, args.output.absolute())
    reasons = {"needs a GPU": not arguments, "needs a pack": part.needs_pack and not files, "no time left": limit < 1}
    reason = next((reason for reason, holds in reasons.items() if holds), "")
    result: dict[str, object] = {"part": part.name, "ended": f"skipped: {reason}", "seconds": 0, "rows": [], "said": []}
    if reason:
        return result
    start, log = time.monotonic(), args.output / f"{part.name}.log"
    with open(log, "w") as file:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        result["ended"] = _wait(process, limit)
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    result["rows"] = [row for line in lines if line.startswith("{") and (row := _parsed(line))]
    result["said"] = [line for line in lines if not line.startswith("{")][-SAID:]
    return result | {"seconds": round(time.monotonic() - start, 1)}


def _parsed(line):
    """Return the row of a line of JSON; `None` for a line that was cut off when its part was stopped."""
    with contextlib.suppress(ValueError):
        return json.loads(line)
    return None


def _wait(process, limit):
    """Wait for a process, end it and its children at the limit, and return how it ended."""
    try:
        code = process.wait(limit)
        return "ok" if code == 0 else f"failed: exit code {code}"
    except subprocess.TimeoutExpired:
        for signal_, seconds in ((signal.SIGINT, GRACE), (signal.SIGKILL, GRACE)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal_)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                break
        return f"stopped: at its limit of {limit:.0f} s"


def in_units_of_roofline(results: Sequence[dict]) -> list[dict]:
    """Add "times_limit" to rows: their time in units of that of their multiply-adds at the rate of the card."""
    rows = [row for result in results if result["part"] == "roofline" for row in result["rows"]]
    rates = {row["precision"]: row["tera_operations_per_s"] for row in rows if "precision" in row}

    def extended(row):
        rate, ms = rates.get(row.get("precision")), row.get("compute_ms", row.get("median_ms"))
        if not rate or not ms or "tera_operations" not in row:
            return row
        return row | {"times_limit": round(ms / 1e3 * rate / row["tera_operations"], 2)}

    return [result | {"rows": list(map(extended, result["rows"]))} for result in results]


def summary(results: Sequence[dict]) -> str:
    """Return the results as Markdown: a table of the parts, then one of the rows of each part."""
    lines = ["# GPU run", "", "| part | ended | seconds |", "|---|---|---|"]
    lines += [f"| {x['part']} | {x['ended']} | {x['seconds']} |" for x in results]
    for result in results:
        lines += ["", f"## {result['part']}", ""]
        names = list(dict.fromkeys(name for row in result["rows"] for name in row))
        if names:
            lines += [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
            lines += [f"| {' | '.join(str(row.get(name, '')) for name in names)} |" for row in result["rows"]]
        lines += [f"    {line}" for line in result["said"]]
    return "\n".join([*lines, ""])
