from pathlib import Path

import pytest

from hop_tf.cli.arguments import OneLineParser
from hop_tf.cli.engine_options import add_engine_arguments, engine_options
from hop_tf.errors import UserError
from hop_tf.export.engines.options import EngineOptions, Profile


def parsed(*argv):
    parser = OneLineParser(prog="hop-tf export")
    add_engine_arguments(parser)
    return engine_options(parser.parse_args(argv))


def test_arguments_as_trtexec_names_them_become_options():
    assert parsed() == parsed("--noTF32") == EngineOptions()
    assert parsed(
        *["--computeCapabilities", "8.6,12.0", "--minShapes", "image:1x64x64x3,trimap:1x64x64x1"],
        *["--optShapes", "image:1x512x512x3", "--maxShapes", "image:8x1024x2048x3", "--tf32"],
        *["--memPoolSize", "workspace:2048", "--timingCacheFile", "times.bin", "--builderOptimizationLevel=5"],
        *["--maxAuxStreams=0", "--hardwareCompatibilityLevel=ampere+", "--versionCompatible", "--stripWeights"],
        *["--refit", "--dumpLayerInfo", "--exportLayerInfo=layers.json"],
    ) == EngineOptions(
        compute_capabilities=("8.6", "12.0"),
        profiles=(
            Profile(
                min={"image": (1, 64, 64, 3), "trimap": (1, 64, 64, 1)},
                opt={"image": (1, 512, 512, 3)},
                max={"image": (8, 1024, 2048, 3)},
            ),
        ),
        timing_cache=Path("times.bin"),
        dump_layer_info=True,
        export_layer_info=Path("layers.json"),
        workspace_mib=2048,
        tf32=True,
        builder_optimization_level=5,
        max_aux_streams=0,
        hardware_compatibility_level="ampere+",
        version_compatible=True,
        strip_weights=True,
        refit=True,
    )


def test_shapes_belong_to_the_profile_before_them():
    small, large = {"image": (1, 64, 64, 3)}, {"image": (1, 128, 128, 3)}
    texts = ["image:1x64x64x3", "image:1x128x128x3"]
    options = parsed(
        "--profile=0", "--optShapes", texts[0], "--profile=1", "--minShapes", texts[0], "--optShapes", texts[1]
    )
    assert options.profiles == (Profile(opt=small), Profile(small, large))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--computeCapabilities", "89", "such as 8.9 or 8.6,8.9, not 89"),
        ("--computeCapabilities", "8.9,8.9", "not 8.9,8.9"),
        ("--minShapes", "1x64x64x3", "expected INPUT:SHAPE"),
        ("--optShapes", "image:1x0x64x3", "expected INPUT:SHAPE"),
        ("--maxShapes", "image:1x64,image:1x64", "expected INPUT:SHAPE once"),
        ("--memPoolSize", "2048", "expected workspace:MiB"),
        ("--memPoolSize", "workspace:0", "expected workspace:MiB"),
        ("--profile", "1", "expected 0, the next profile, not 1"),
        ("--builderOptimizationLevel", "6", "invalid choice: 6"),
        ("--hardwareCompatibilityLevel", "volta", "invalid choice: 'volta'"),
        ("--maxAuxStreams", "-1", "expected"),
    ],
)
def test_wrong_values_are_one_line_with_an_example(option, value, message):
    with pytest.raises(UserError, match=message) as caught:
        parsed(option, value)
    assert option in str(caught.value) and "\n" not in str(caught.value)
