"""Every command and Python block of the documentation runs as printed: in order, in a new checkout, without network.

Each page has a copy of the checkout, a virtual environment that holds only what the page has installed so far, and
small pictures in place of the user's. A new block is run unless one of the three tables below names it.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from typing import NamedTuple

import pytest

from helpers.goldens import ROOT
from helpers.users_files import FILES, write_users_files

HELPERS = ROOT / "tests/helpers"

# Lines that begin so, and Python blocks with such a line, are not run, but the files they name must exist.
NOT_RUN = {
    ".venv/bin/python -m pytest": "the tests are running",
    "blender ": "needs Blender; tests/datasets/test_blender.py runs the script",
    "python3.11 -m venv blender": "the same",
    "blender/bin/": "the same",
    "export TF_CONFIG": "needs two machines; tests/hop_tf/training/test_several_workers.py has two processes",
    "python train.py configs/hop_s_9x9.toml -o runs/two": "the same",
    "hop-tf matte cat.jpg cat_trimap.png --weights hop.engine": "needs a GPU",
    "import tensorrt": "needs a GPU",
    "from hop_tf.export.engines.refitting": "needs a GPU",
    "from hop_tf.inference.runtimes.tensorrt import": "needs a GPU",
    'pip install "ray[data]"': "no part of the tests' environment; tests/examples/test_bulk_ray.py runs where it is",
    "python examples/bulk_ray.py": "the same",
    "tritonserver": "needs NVIDIA's server",
    "import tritonclient": "the same",
    "hop-tf matte cat.jpg --trimap-from rembg": "downloads a model; tests/hop_tf/cli/test_rembg.py has a tiny one",
    "hop-tf trimap photos/ --trimap-from rembg": "the same",
    "from hop_tf.trimaps.rembg import": "the same",
    "python -m benchmarks trimaps alphamatting/ --rembg": "the same",
    "python -m uvicorn": "it serves until Ctrl+C; tests/examples/test_service.py runs it",
    "curl": "it asks that service",
    "npm": "needs the network; tests/examples/test_browser.py opens the page where onnxruntime-web is installed",
    "python -m http.server": "it serves until Ctrl+C",
    "apt-get": "changes the machine; tests/examples/test_cpp.py builds the program where these packages are",
    "cmake": "the same",
    "examples/cpp/build/hop_matte": "the same",
}

SHORT_TRAINING = (
    "--set training.steps=2 --set training.steps_per_epoch=1 --set training.statistics_batches=1 --set "
    "training.dtype=float32 --set optimizer.warmup_steps=1 --set data.batch_size=2 --set data.crop_size=64 --set "
    "data.workers=1"
)

# Text that is replaced wherever it stands, because the rest of its line would take too long or has no end.
SHORTENED = {
    "make ": ("make -n ", "`make test` itself takes ten minutes; make -n checks that the target and its files exist"),
    "hop-tf demo": (f"{sys.executable} {HELPERS / 'until_served.py'} hop-tf demo", "it serves until Ctrl+C"),
    "python train.py": (f"python train.py {SHORT_TRAINING}", "hours of training"),
    "python -m experiments fine-tuning": (
        "python -m experiments fine-tuning --steps 2 --settings 5",
        "an hour of training",
    ),
    "--crop-size 192 320 512 --batch-size 1 4 8": ("--crop-size 64 --batch-size 1", "gigabytes of memory, and minutes"),
    "CROP = 320": ("CROP = 64", "the pictures of the tests are smaller"),
    "python -m experiments ablation": (f"python -m experiments ablation {SHORT_TRAINING}", "days of training"),
    "steps_per_epoch=500": ("steps_per_epoch=1", "hours of training"),
    "steps_per_epoch=360": ("steps_per_epoch=1", "ten minutes of training"),
    "--steps 300": ("--steps 2", "hours of training"),
    "1080x1920": ("64x96", "minutes for each format"),
    "512x512": ("64x64", "minutes for each format"),
    "hop-tf benchmark": (
        "hop-tf benchmark --busy --sizes 64x64 --seconds 0.01 --max-seconds 0.01",
        "half an hour",
    ),
    "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT": ("1/64", "only Slurm sets these"),
    " hop.engine --sizes": (" --sizes", "the engine needs a GPU"),
    " --set training.imagenet_encoder=resnet34d.pth": ("", "needs PyTorch, and weights trained on ImageNet"),
}

# The fast test of a page ends before the first block with such a line; the slow test runs the whole page.
LONG = (
    "python examples/gallery.py",
    "python train.py",
    "python -m experiments",
    "hop-tf benchmark",
    "hop-tf explain",
    "hop-tf export",
    "hop-tf frames",
    'pip install "hop-tf[cutout,exr]"',
    "model.fit(",
    "hop-tf matte photos/ trimaps/ -o mattes/ --shard",
)

# What is installed before a page is read: by default the core, by the first block of the README. The last three pages
# record how files of this repository were made.
INSTALLED_BEFORE = {
    "README.md": "",
    "CONTRIBUTING.md": "",
    "docs/weights.md": "pip install -r requirements.txt",
    "experiments/results/README.md": "pip install -r requirements.txt",
    "hop_tf/weights/README.md": "pip install -r requirements.txt",
}

COMMANDS = r"(hop-tf|python|pip|make|git|docker|blender|export|\.venv/bin/\S+) "


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    text: str
    line: int

    @property
    def lines(self):
        """The lines of the block, with continued ones joined."""
        return self.text.replace("\\\n", " ").splitlines()

    def has(self, start):
        return any(re.sub(r" +", " ", line).startswith(start) for line in self.lines)


def blocks_of(page):
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(match[1], match[2], match.string.count("\n", 0, match.start()) + 2) for match in found]


FOLDERS = "docs", "examples", "hop_tf", "experiments"
PAGES = [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in ROOT.glob(f"{folder}/**/*.md"))]
PAGES = [page for page in PAGES if "node_modules" not in page.parts]
BLOCKS = {page.relative_to(ROOT).as_posix(): blocks_of(page) for page in PAGES}
RUN = {page: [block for block in blocks if block.language in ("sh", "python")] for page, blocks in BLOCKS.items()}


def first_long(blocks):
    return next((place for place, block in enumerate(blocks) if any(map(block.has, LONG))), len(blocks))


def parts():
    """Return (page, number of blocks to run) for each test."""
    for page, blocks in RUN.items():
        if short := first_long(blocks):
            yield pytest.param(page, short, id=page)
        if short < len(blocks):
            yield pytest.param(page, len(blocks), id=f"{page} in full", marks=pytest.mark.slow)


@pytest.fixture
def checkout(tmp_path):
    """A new checkout with an empty virtual environment, `.venv`."""
    folder = tmp_path / "hop-tf"
    listed = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    venv.create(folder / ".venv", symlinks=True)
    (site,) = folder.glob(".venv/lib/python*/site-packages")
    pip = folder / ".venv/bin/pip"
    pip.write_text(f'#!/bin/sh\nexec {sys.executable} {HELPERS / "stand_in_pip.py"} {site} "$@"\n')
    pip.chmod(0o755)
    return folder


def run(checkout, *command):
    """Run a command as a new user and return its exit code and what it printed."""
    foreign = ("PYTHON", "KERAS", "TF_", "HOP_TF", "VIRTUAL_ENV", "PYTEST", "MAKE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {"HOME": str(checkout.parent), "PATH": f"{checkout}/.venv/bin:{environment['PATH']}"}
    done = subprocess.run(
        command, cwd=checkout, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("page, count", parts())
def test_blocks_run_as_printed(checkout, page, count):
    write_users_files(checkout, users_files(page))
    code, printed = run(checkout, "bash", "-c", INSTALLED_BEFORE.get(page, "pip install -e ."))
    assert code == 0, printed
    for block in RUN[page][:count]:
        script = checkout.parent / "block"
        script.write_text(to_run(block, checkout))
        how = ["python"] if block.language == "python" else ["bash", "-euxo", "pipefail"]
        code, printed = run(checkout, *how, script)
        assert code == 0, f"{page}, line {block.line}:\n{block.text}\n{printed[-3000:]}"


def users_files(page):
    """Return the files that the user brings: the blocks name them and do not write them first."""
    text = "\n".join(block.text for block in RUN[page])
    first = {name: re.search(rf"(-o |--save )?(?<![\w./-]){re.escape(name)}", text) for name in FILES}
    return [name for name, found in first.items() if found and not found[1]]


def to_run(block, checkout):
    """Return the script that runs a block, by the tables."""
    lines = block.lines
    skipped = [line for line in lines if any(line.startswith(start) for start in NOT_RUN)]
    for word in [word for line in skipped for word in line.split()]:
        if re.match(r"(?:\.venv|tests|datasets|configs)/", word):
            assert (checkout / word).exists(), f"{word} does not exist"
    if block.language == "python" and skipped:
        return ""
    script = []
    for line in lines:
        if extra := re.search(r"# .*needs the extra (\w+)", line):
            script.append(f'pip install "hop-tf[{extra[1]}]"')
        if line not in skipped:
            for text, (replacement, _) in SHORTENED.items():
                line = line.replace(text, replacement)
            script.append(line)
    return "\n".join(script)


@pytest.mark.parametrize("start", [*NOT_RUN, *LONG])
def test_every_exception_is_needed(start):
    assert any(block.has(start) for blocks in RUN.values() for block in blocks)


@pytest.mark.parametrize("text", SHORTENED)
def test_every_shortened_text_is_printed_somewhere(text):
    assert any(text in line for blocks in RUN.values() for block in blocks for line in block.lines)


def test_pages_named_in_the_tables_exist():
    assert INSTALLED_BEFORE.keys() <= RUN.keys()


@pytest.mark.parametrize("page", [page for page, blocks in BLOCKS.items() if blocks])
def test_no_command_hides_in_a_block_of_another_language(page):
    others = [block for block in BLOCKS[page] if block not in RUN[page]]
    assert {block.language for block in others} <= {"", "bibtex"}
    assert [line for block in others for line in block.lines if re.match(rf"\$? ?{COMMANDS}", line)] == []
