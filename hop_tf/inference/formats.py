"""The file formats of networks: the one table behind inference, export, benchmarks, help and error messages.

Plain data only. Each format names its runtime class, which `Format.load` imports. The writer is found by convention, as
the module `hop_tf.export.formats.<name>`.
"""

import dataclasses
import os
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hop_tf.inference.runtimes.network import Network


@dataclasses.dataclass(frozen=True)
class Format:
    """A file format of networks.

    Attributes:
        name: the key of the format, also the name of its runtime and of its modules.
        title: the name in prose.
        network: the class that runs a file, as `"module:Class"`. It takes a path, a device and a precision.
        reads_with: modules that must be installed to run a file.
        read_extra: the extra of this package that installs them; `""` if its core does.
        cpu: whether its files run on a CPU.
        gpu: whether its files run on an NVIDIA GPU.
        suffix: the suffix of exported files; `""` for a folder.
        further_suffixes: other suffixes of files that the runtime takes.
        entries: names in an exported folder; the first always exists.
        precisions: precisions that `hop-tf export` writes; empty if it does not write the format.
        stores: types that a file of precision float32 can store its kernels in.
        writes_with: modules that must be installed to write a file, besides those of `source`.
        write_extra: the extra of this package that installs them.
        needs_tensorflow: whether Keras must run on TensorFlow to write a file.
        int8_with: a further module that quantises a file to int8, and the extra that installs it.
        calibrations: methods that can choose the ranges of an int8 file's activations, the default first; empty if
            there is no choice.
        slower: precision -> how its files compare with float32 on a CPU, for those that are slower.
        source: the name of the format that a file is made from; `""` for the Keras network.
        example: the name of an export in examples.
    """

    name: str
    title: str
    network: str
    reads_with: tuple[str, ...]
    read_extra: str
    cpu: bool
    gpu: bool
    suffix: str = ""
    further_suffixes: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    stores: tuple[str, ...] = ("float32",)
    writes_with: tuple[str, ...] = ()
    write_extra: str = ""
    needs_tensorflow: bool = False
    int8_with: tuple[str, ...] = ()
    calibrations: tuple[str, ...] = ()
    slower: Mapping[str, str] = dataclasses.field(default_factory=dict)
    source: str = ""
    example: str = ""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of all files that the runtime takes."""
        return (*filter(None, [self.suffix]), *self.further_suffixes)

    @property
    def devices(self) -> str:
        """The devices that run its files, in words."""
        return " and ".join(name for name, runs in (("CPU", self.cpu), ("NVIDIA GPU", self.gpu)) if runs)

    def load(self, path: str | os.PathLike, device: str | None = None, precision: str | None = None) -> "Network":
        """Open a file or folder of this format.

        Args:
            path: the file or folder.
            device: such as `"cpu"`, `"gpu"` or `"gpu:1"`; `None` for the library's choice.
            precision: one of `hop_tf.inference.runtimes.PRECISIONS`; `None` accepts any precision.

        Returns:
            `hop_tf.inference.runtimes.network.Network`.
        """
        return pkgutil.resolve_name(self.network)(path, device, precision)


_RUNTIMES = "hop_tf.inference.runtimes"
_CALIBRATIONS = ("percentile", "minmax", "entropy")  # of ONNX Runtime's quantizer

#: All formats that networks are read from, by name.
FORMATS = {
    format.name: format
    for format in (
        Format(
            name="keras",
            title="Keras",
            network=f"{_RUNTIMES}.keras:KerasNetwork",
            reads_with=("keras",),
            read_extra="keras",
            cpu=True,
            gpu=True,
            suffix=".keras",
            further_suffixes=(".weights.h5",),
        ),
        Format(
            name="saved_model",
            title="SavedModel",
            network=f"{_RUNTIMES}.saved_model:SavedModelNetwork",
            reads_with=("tensorflow",),
            read_extra="keras",
            cpu=True,
            gpu=True,
            entries=("saved_model.pb", "variables", "assets", "fingerprint.pb"),
            precisions=("float32",),
            writes_with=("tensorflow",),
            write_extra="export",
            needs_tensorflow=True,
            example="hop_saved_model",
        ),
        Format(
            name="onnx",
            title="ONNX",
            network=f"{_RUNTIMES}.onnx:OnnxNetwork",
            reads_with=("onnxruntime",),
            read_extra="",
            cpu=True,
            gpu=True,
            suffix=".onnx",
            precisions=("float32", "float16", "int8"),
            stores=("float32", "float16"),
            slower={
                "float16": "twice as slow as float32 in ONNX Runtime on a CPU; for GPUs",
                "int8": "1.4 times as slow as float32 in ONNX Runtime on a CPU; the int8 for CPUs is openvino",
            },
            writes_with=("onnx", "onnxruntime"),
            write_extra="export",
            calibrations=_CALIBRATIONS,
            example="hop.onnx",
        ),
        Format(
            name="tflite",
            title="TFLite",
            network=f"{_RUNTIMES}.tflite:TFLiteNetwork",
            reads_with=("ai_edge_litert",),
            read_extra="tflite",
            cpu=True,
            gpu=False,
            suffix=".tflite",
            precisions=("float32", "float16", "int8_dynamic", "int8"),
            writes_with=("ai_edge_litert", "ai_edge_quantizer"),
            write_extra="tflite",
            needs_tensorflow=True,
            example="hop.tflite",
        ),
        Format(
            name="openvino",
            title="OpenVINO",
            network=f"{_RUNTIMES}.openvino:OpenVINONetwork",
            reads_with=("openvino",),
            read_extra="openvino",
            cpu=True,
            gpu=False,
            further_suffixes=(".xml",),
            entries=("model.xml", "model.bin"),
            precisions=("float32", "float16", "int8"),
            writes_with=("openvino",),
            write_extra="openvino",
            int8_with=("nncf", "int8"),
            example="hop_openvino",
        ),
        Format(
            name="tensorrt",
            title="TensorRT",
            network=f"{_RUNTIMES}.tensorrt:TensorRTNetwork",
            reads_with=(),  # the runtime asks for a GPU before it asks for packages
            read_extra="tensorrt",
            cpu=False,
            gpu=True,
            suffix=".engine",
            further_suffixes=(".plan",),
            precisions=("float32", "float16", "bfloat16", "int8"),
            write_extra="tensorrt",  # which of the TensorRT libraries builds an engine is found when it is built
            source="onnx",
            calibrations=_CALIBRATIONS,
            example="hop.engine",
        ),
    )
}

#: The formats that `hop-tf export` writes, by name.
EXPORT_FORMATS = {name: format for name, format in FORMATS.items() if format.precisions}


def format_of(path: str | os.PathLike) -> Format | None:
    """Return the format of a file or folder.

    Args:
        path: a file, recognised by its suffix even if it does not exist, or a folder, recognised by its files.

    Returns:
        `Format`, or `None` if the path is in none of `FORMATS`.
    """
    path = Path(path)
    for format in FORMATS.values():
        if format.entries and (path / format.entries[0]).is_file():
            return format
    return next((format for format in FORMATS.values() if path.name.endswith(format.suffixes)), None)
