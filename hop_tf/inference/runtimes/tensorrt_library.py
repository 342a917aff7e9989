"""The installed TensorRT library: found at run time, imported late, with its log kept."""

import dataclasses
import importlib
import importlib.util
import re
from types import ModuleType
from typing import Any

from hop_tf.errors import install_hint
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.errors import NetworkError

TENSORRT_MODULES = ("tensorrt", "tensorrt_bindings")  # with and without the metapackage
RTX_MODULES = ("tensorrt_rtx", "tensorrt_rtx_bindings")
INSTALL_RTX = install_hint("tensorrt")
INSTALL_TENSORRT = "pip install tensorrt"
RTX_MAGIC = b"vtrt"  # first bytes of an engine of TensorRT for RTX; those of TensorRT are ftrt


@dataclasses.dataclass(frozen=True)
class Backend:
    """A library that builds and runs engines.

    Attributes:
        trt: the imported module; both libraries have the same interface.
        rtx: whether it is TensorRT for RTX, which builds engines for other GPUs than the one present, or without a GPU.
    """

    trt: ModuleType
    rtx: bool

    @property
    def name(self) -> str:
        """The name of the library in prose."""
        return "TensorRT for RTX" if self.rtx else "TensorRT"

    def __str__(self) -> str:
        return f"{self.name} {self.trt.__version__}"


def find_backend(rtx: bool | None = None) -> Backend:
    """Import TensorRT if there is a GPU to build on, otherwise TensorRT for RTX.

    Args:
        rtx: `True` for TensorRT for RTX, `False` for TensorRT, `None` for the one that can build here.

    Raises:
        NetworkError: if the library is not installed, or only TensorRT is and there is no GPU.
    """
    rtx_module, tensorrt = _installed(RTX_MODULES), _installed(TENSORRT_MODULES)
    no_gpu = missing_gpu()
    if rtx or (rtx is None and rtx_module and (no_gpu or not tensorrt)):
        if not rtx_module:
            raise NetworkError(f"engines for a named compute capability need TensorRT for RTX: {INSTALL_RTX}")
        return Backend(_import(rtx_module, INSTALL_RTX), True)
    if not tensorrt:
        raise NetworkError(
            f"engines need TensorRT for RTX: {INSTALL_RTX}; or, with a GPU, TensorRT: {INSTALL_TENSORRT}"
        )
    if no_gpu:
        raise NetworkError(f"TensorRT builds and runs engines on a GPU, and {no_gpu}; without one: {INSTALL_RTX}")
    return Backend(_import(tensorrt, INSTALL_TENSORRT), False)


def capturing_logger(trt: ModuleType) -> Any:
    """Return a logger for TensorRT that keeps its lines instead of printing them.

    Returns:
        `trt.ILogger` with `lines`, a list of (severity, str), and `first_error()`, the first error in one line; later
        errors follow from it.
    """
    base: Any = trt.ILogger

    class Log(base):
        def __init__(self):
            super().__init__()
            self.lines = []

        def log(self, severity, message):
            if severity <= trt.ILogger.Severity.INFO:  # the verbose lines of a build are many thousands
                self.lines.append((severity, message))

        def first_error(self):
            bad = (trt.ILogger.Severity.INTERNAL_ERROR, trt.ILogger.Severity.ERROR)
            return next((one_line(text) for severity, text in self.lines if severity in bad), "it gave no reason")

    return Log()


def one_line(message: str) -> str:
    """Strip a message of TensorRT of the function, error code and source line that wrap it."""
    text = " ".join(message.split())
    if wrapped := re.fullmatch(r"\S+ Error Code \d+: ([^(]*)\((.*)\)", text):
        text = wrapped[2]
    text = re.sub(r"\s*In \w+ at /\S+:\d+", "", text)
    place = r"\[\w+\.cpp:\d+: ~?\w+\]"
    text = re.sub(rf"^{place}|;\s*{place}.*", "", text).strip(" .;")  # later errors follow from the first
    return text[1:-1] if re.fullmatch(r"\([^()]*\)", text) else text or message


def _installed(modules):
    return next((name for name in modules if importlib.util.find_spec(name)), None)


def _import(name, install):
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:  # the bindings without their libraries
        reason = str(error).splitlines()[0]
        raise NetworkError(f"{name} is installed but does not start ({reason}); reinstall it: {install}") from error
