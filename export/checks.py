"""Checks that an export is possible, before anything is computed."""

import importlib.util
from pathlib import Path

from hop_tf.errors import install_hint
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.errors import ExportError
from hop_tf.inference.formats import EXPORT_FORMATS, Format
from hop_tf.inference.runtimes.errors import NetworkError

INPUT_DTYPES = ("float32", "uint8")


def check_request(
    format: str,
    precision: str,
    input_dtype: str,
    store: str,
    output: Path,
    engine: EngineOptions | None = None,
    calibration: str | None = None,
) -> None:
    """Raise `ExportError` if an export is impossible. The arguments are those of `hop_tf.export.exporter.export`."""
    if format not in EXPORT_FORMATS:
        raise ExportError(f"unknown format {format!r}; expected one of {', '.join(EXPORT_FORMATS)}")
    spec = EXPORT_FORMATS[format]
    _check_types(spec, precision, input_dtype, store)
    if calibration:
        _check_calibration(spec, precision, calibration)
    check_packages(format, engine, precision)
    _check_backend(spec)
    _check_output(spec, output)


def _check_types(spec: Format, precision: str, input_dtype: str, store: str) -> None:
    if precision not in spec.precisions:
        raise ExportError(f"{spec.name} is written in {', '.join(spec.precisions)}, not in {precision}")
    if input_dtype not in INPUT_DTYPES:
        raise ExportError(f"inputs are {' or '.join(INPUT_DTYPES)}, not {input_dtype}")
    if store not in (spec.stores if precision == "float32" else ("float32",)):
        raise ExportError(f"{spec.name} in {precision} does not store its kernels in {store}; ONNX in float32 does")


def _check_calibration(spec: Format, precision: str, calibration: str) -> None:
    choices = spec.calibrations if precision == "int8" else ()
    if calibration not in choices:
        expected = f"expected one of {', '.join(choices)}" if choices else "there is no choice"
        raise ExportError(f"{spec.name} in {precision} has no calibration {calibration}; {expected}")


def check_packages(format: str, engine: EngineOptions | None = None, precision: str = "float32") -> None:
    """Check that the packages that write a format are installed, without importing Keras.

    Args:
        format: a key of `EXPORT_FORMATS`.
        engine: options of TensorRT; `None` for defaults.
        precision: one of the format's precisions.

    Raises:
        ExportError: if one is missing, or TensorRT cannot build engines here with these options.
    """
    spec = EXPORT_FORMATS[format]
    for part in (EXPORT_FORMATS[name] for name in (spec.source, spec.name) if name):
        for module in part.writes_with:
            if importlib.util.find_spec(module) is None:
                raise ExportError(f"{spec.name} needs the package {module}: {install_hint(part.write_extra)}")
    if precision == "int8" and spec.int8_with:
        module, extra = spec.int8_with
        if importlib.util.find_spec(module) is None:
            raise ExportError(f"{spec.name} in int8 needs the package {module}: {install_hint(extra)}")
    if format == "tensorrt":
        from hop_tf.export.engines.building import find_builder

        try:
            find_builder(engine or EngineOptions())
        except NetworkError as error:
            raise ExportError(f"{format}: {error}") from error


def _check_backend(spec: Format) -> None:
    import keras

    if spec.needs_tensorflow and keras.backend.backend() != "tensorflow":
        raise ExportError(
            f"{spec.name} needs Keras on TensorFlow: set KERAS_BACKEND=tensorflow, not {keras.backend.backend()}"
        )


def _check_output(spec: Format, output: Path) -> None:
    if not output.parent.is_dir():
        raise ExportError(f"{output}: the folder {output.parent} does not exist")
    if output.is_dir():
        if not spec.entries or not {path.name for path in output.iterdir()} <= set(spec.entries):
            raise ExportError(f"{output}: an existing folder that is not an export in this format; choose another name")
    elif output.exists() and spec.entries:
        raise ExportError(f"{output}: is a file; {spec.name} writes a folder, choose another name")
