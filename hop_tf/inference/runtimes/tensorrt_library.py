"""The TensorRT that is installed: found at run time, imported late, its log kept."""

import dataclasses
import importlib
import importlib.util
import re
from types import ModuleType

from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.errors import NetworkError

TENSORRT_MODULES = ("tensorrt", "tensorrt_bindings")  # with and without the metapackage
RTX_MODULES = ("tensorrt_rtx", "tensorrt_rtx_bindings")
INSTALL_RTX = "pip install tensorrt_rtx_cu13_libs tensorrt_rtx_cu13_bindings"
INSTALL_TENSORRT = "pip install tensorrt"
RTX_MAGIC = b"vtrt"  # what an engine of TensorRT for RTX begins with; TensorRT's begin with ftrt


@dataclasses.dataclass(frozen=True)
class Backend:
    """One of the libraries that build engines.

    Attributes:
        trt: the imported module; both libraries have the same interface.
        rtx: bool, whether it is TensorRT for RTX, which builds for other GPUs than the one present, or for none.
    """

    trt: ModuleType
    rtx: bool

    @property
    def name(self):
        return "TensorRT for RTX" if self.rtx else "TensorRT"

    def __str__(self):
        return f"{self.name} {self.trt.__version__}"


def find_backend(rtx=None):
    """Imports TensorRT where there is a GPU to build on, else TensorRT for RTX.

    Args:
        rtx: bool, to have TensorRT for RTX or to have TensorRT; None for whichever can build here.

    Returns:
        `Backend`.

    Raises:
        NetworkError: if what is needed is not installed, or only TensorRT is and there is no GPU.
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


def capturing_logger(trt):
    """A logger for TensorRT that keeps the lines instead of printing them.

    Returns:
        `trt.ILogger` with `lines`, list of (severity, str), and `first_error()`, the first error in one line: the
        later ones follow from it.
    """

    class Log(trt.ILogger):
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


def one_line(message):
    """A message of TensorRT without the function, the error code and the source line that it comes wrapped in."""
    text = " ".join(message.split())
    if wrapped := re.fullmatch(r"\S+ Error Code \d+: ([^(]*)\((.*)\)", text):
        text = wrapped[2]
    text = re.sub(r"\s*In \w+ at /\S+:\d+", "", text)
    place = r"\[\w+\.cpp:\d+: ~?\w+\]"
    text = re.sub(rf"^{place}|;\s*{place}.*", "", text).strip(" .;")  # the later of several follow from the first
    return text[1:-1] if re.fullmatch(r"\([^()]*\)", text) else text or message


def _installed(modules):
    return next((name for name in modules if importlib.util.find_spec(name)), None)


def _import(name, install):
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:  # the bindings without their libraries
        reason = str(error).splitlines()[0]
        raise NetworkError(f"{name} is installed but does not start ({reason}); reinstall it: {install}") from error
