from pathlib import Path

import pytest

from hop_tf.cli.arguments import OneLineParser
from hop_tf.cli.engine_options import add_engine_arguments, engine_options
from hop_tf.errors import UserError
from hop_tf.export.engines.options import EngineOptions


def parsed(*argv):
    parser = OneLineParser(prog="hop-tf export")
    add_engine_arguments(parser)
    return engine_options(parser.parse_args(argv))


def test_arguments_as_trtexec_names_them_become_options():
    assert parsed() == EngineOptions()
    assert parsed(
        *["--compute-capability", "8.6,12.0", "--min-shapes", "image:1x64x64x3,trimap:1x64x64x1"],
        *["--opt-shapes", "image:1x512x512x3", "--max-shapes", "image:8x1024x2048x3", "--tf32"],
        *["--mem-pool", "workspace:2048", "--timing-cache", "times.bin"],
    ) == EngineOptions(
        compute_capabilities=("8.6", "12.0"),
        min_shapes={"image": (1, 64, 64, 3), "trimap": (1, 64, 64, 1)},
        opt_shapes={"image": (1, 512, 512, 3)},
        max_shapes={"image": (8, 1024, 2048, 3)},
        workspace_mib=2048,
        timing_cache=Path("times.bin"),
        tf32=True,
    )


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--compute-capability", "89", "such as 8.9 or 8.6,8.9, not 89"),
        ("--compute-capability", "8.9,8.9", "not 8.9,8.9"),
        ("--min-shapes", "1x64x64x3", "expected INPUT:SHAPE"),
        ("--opt-shapes", "image:1x0x64x3", "expected INPUT:SHAPE"),
        ("--max-shapes", "image:1x64,image:1x64", "expected INPUT:SHAPE once"),
        ("--mem-pool", "2048", "expected workspace:MiB"),
        ("--mem-pool", "workspace:0", "expected workspace:MiB"),
    ],
)
def test_wrong_values_are_one_line_with_an_example(option, value, message):
    with pytest.raises(UserError, match=message) as caught:
        parsed(option, value)
    assert option in str(caught.value) and "\n" not in str(caught.value)
