"""The parts of a GPU run: commands, order and time limits."""

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of the run.

    Attributes:
        name: its name.
        limit: seconds that it may take; 0 for all that `--training-minutes` gives.
        command: arguments of `python` on a GPU. `{pack}` is the folder of the pack's files, `{output}` that of results.
        cpu: arguments of `python` with `--cpu`; `""` if it needs a GPU.
        on_training_data: further arguments on a GPU if the pack holds training data.
    """

    name: str
    limit: float
    command: str
    cpu: str = ""
    on_training_data: str = ""

    def arguments(self, cpu: bool, pack: Path | None, output: Path) -> list[str]:
        """Return the arguments of `python`; empty if it needs a GPU."""
        words = (self.cpu if cpu else self.command).split()
        if not cpu and pack and (pack / "training").is_dir():
            words += self.on_training_data.split()
        return [word.format(pack=pack, output=output) for word in words]

    @property
    def needs_pack(self) -> bool:
        """Whether it uses the files of a pack."""
        return "{pack}" in self.command


_RUNTIME_TESTS = "tests/hop_tf/inference/runtimes"
_PYTEST = "-m pytest -p no:cacheprovider -n 0"

#: The most important first: whether engines run on this GPU at all, then whether they are right, then how fast.
PARTS = (
    Part(
        "engines",
        60,
        "-m benchmarks gpu-latency {pack} --engines",
        "-m benchmarks gpu-latency {pack} --engines",
    ),
    Part(
        "tests",
        120,
        f"{_PYTEST} -m gpu -rs --durations=5 {_RUNTIME_TESTS}/test_on_gpu.py tests/export/engines/test_building.py "
        "tests/benchmarks/latency/test_cuda.py tests/hop_tf/training/test_on_gpu.py",
        f"{_PYTEST} {_RUNTIME_TESTS}/test_tensorrt_session.py",
    ),
    Part("roofline", 20, "-m benchmarks roofline", "-m benchmarks roofline --seconds 0.05"),
    Part(
        "latency",
        180,
        "-m benchmarks gpu-latency {pack}",
        "-m benchmarks gpu-latency {pack} --seconds 0.01",
    ),
    Part(
        "training",
        90,
        "-m benchmarks training --dtype mixed_float16 mixed_bfloat16 --crop-size 512 --batch-size 16 --workers 12",
        "-m benchmarks training --dtype float32 --crop-size 32 --batch-size 1 --steps 2 --warm-up 1 --jit off",
    ),
    Part(
        "weights",
        0,
        "train.py configs/hop_s_9x9.toml -o {output}/weights --set data.crop_size=512 --set data.batch_size=16 "
        "--set data.workers=12",
        on_training_data="--set data.foregrounds={pack}/training/foregrounds "
        "--set data.backgrounds={pack}/training/backgrounds",
    ),
)
