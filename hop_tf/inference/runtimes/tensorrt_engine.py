"""TensorRT engines on the GPU of this machine. An engine is native code: load only those from people you trust."""

import dataclasses
import hashlib
import importlib.util
import math
import os
import weakref
from pathlib import Path
from types import ModuleType
from typing import Any

from hop_tf.errors import install_hint
from hop_tf.inference.runtimes.devices import choose_device, gpus, missing_gpu
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.tensorrt_library import RTX_MAGIC, capturing_logger, find_backend
from hop_tf.pictures.atomic_write import atomic_write

SPECIALIZATIONS = ("lazy", "eager", "none")


def cache_folder() -> Path:
    """Return the folder of compiled networks, in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hop-tf"


@dataclasses.dataclass(frozen=True)
class RuntimeOptions:
    """How an engine runs.

    Attributes:
        cuda_graph: whether to launch the engine as a CUDA graph.
        specialization: when TensorRT for RTX compiles the kernels of an engine for any size for one size: `"lazy"`
            beside the first runs of that size, `"eager"` before the first run, or `"none"`.
        cache: folder in which TensorRT for RTX keeps compiled kernels, which makes the next start faster; `None` keeps
            none. Cached kernels are native code too.
    """

    cuda_graph: bool = True
    specialization: str = "lazy"
    cache: Path | None = dataclasses.field(default_factory=cache_folder)

    def __post_init__(self) -> None:
        if self.specialization not in SPECIALIZATIONS:
            raise ValueError(
                f"`specialization` must be one of {', '.join(SPECIALIZATIONS)}. "
                f"Received: specialization={self.specialization!r}"
            )


@dataclasses.dataclass(frozen=True)
class OpenEngine:
    """A loaded engine.

    Attributes:
        trt: module of the library.
        runtime: kept because it must live as long as the engine.
        engine: `trt.ICudaEngine`.
        log: the logger from `capturing_logger`.
        device: index of the GPU that the engine is loaded on.
        rtx: whether the library is TensorRT for RTX.
        config: `trt.IRuntimeConfig` of all contexts in TensorRT for RTX; `None` in TensorRT.
    """

    trt: ModuleType
    runtime: Any
    engine: Any
    log: Any
    device: int = 0
    rtx: bool = False
    config: Any = None

    def dtype(self, name: str) -> Any:
        """Return the NumPy dtype of an input or output."""
        return self.trt.nptype(self.engine.get_tensor_dtype(name))

    def profiles(self) -> list[tuple[tuple[int, ...], ...]]:
        """Return the smallest, best and largest (batch, height, width) of each profile."""
        shape = tuple(self.engine.get_tensor_shape("image"))
        if -1 not in shape:
            return [(shape[:3],) * 3]
        count = self.engine.num_optimization_profiles
        shapes = (self.engine.get_tensor_profile_shape("image", i) for i in range(count))
        return [tuple(tuple(shape)[:3] for shape in profile) for profile in shapes]

    def profile_of(self, size: tuple[int, ...]) -> int:
        """Return the index of the profile that contains a (batch, height, width) and is tuned for the nearest size.

        Raises:
            NetworkError: if no profile contains it.
        """
        profiles = self.profiles()
        fitting = [
            i for i, (low, _, high) in enumerate(profiles) if all(map(lambda a, b, c: a <= b <= c, low, size, high))
        ]
        if not fitting:
            ranges = " or ".join(" to ".join("x".join(map(str, shape)) for shape in p[::2]) for p in profiles)
            asked = "x".join(map(str, size))
            raise NetworkError(f"the engine does not take photos of (batch x height x width) {asked}, but {ranges}")
        return min(fitting, key=lambda i: abs(math.log(math.prod(profiles[i][1]) / math.prod(size))))

    def create_context(self, profile: int, stream: int) -> Any:
        """Return a new `trt.IExecutionContext` of a profile, whose scratch memory is to be set by the caller."""
        strategy = self.trt.ExecutionContextAllocationStrategy.USER_MANAGED
        context = self.engine.create_execution_context(self.config or strategy)
        if context is None or (profile and not context.set_optimization_profile_async(profile, stream)):
            raise NetworkError(f"the engine cannot run: {self.log.first_error()}")
        return context


def open_engine(
    path: str | os.PathLike,
    device: str | None = None,
    options: RuntimeOptions | None = None,
    allocator: Any = None,
) -> OpenEngine:
    """Load an engine of either library.

    Args:
        path: file of the engine.
        device: `"gpu"` or `"gpu:N"`; `None` for the first GPU.
        options: how it will run.
        allocator: function of the library's module that returns the `trt.IGpuAsyncAllocator` through which the library
            allocates memory; `None` for its own.

    Raises:
        NetworkError: if there is no GPU, a package is missing, or the engine is damaged or was built for another GPU or
            version.
    """
    content = Path(path).read_bytes()
    if no_gpu := missing_gpu():
        raise NetworkError(f"engines run on a GPU, and {no_gpu}")
    if not (importlib.util.find_spec("cuda") and importlib.util.find_spec("cuda.core")):
        raise NetworkError(f"running an engine needs the package cuda-core: {install_hint('tensorrt')}")
    from cuda.core import Device

    backend = find_backend(rtx=content.startswith(RTX_MAGIC))
    index = int(choose_device(device, gpus(), backend.name).removeprefix("gpu:"))
    Device(index).set_current()
    trt, log = backend.trt, capturing_logger(backend.trt)
    runtime = trt.Runtime(log)
    if allocator:
        runtime.gpu_allocator = allocator(trt)
    engine = runtime.deserialize_cuda_engine(content)
    if engine is None:
        raise NetworkError(f"{backend} cannot load the engine: {log.first_error()}")
    if not backend.rtx:
        return OpenEngine(trt, runtime, engine, log, index)
    options = options or RuntimeOptions()
    config = runtime_config(trt, engine, options)
    opened = OpenEngine(trt, runtime, engine, log, index, True, config)
    if options.cache:
        path = options.cache / f"{hashlib.sha256(content).hexdigest()[:16]}.rtxcache"
        known = read_cache(config, path)
        weakref.finalize(opened, write_cache, config.get_runtime_cache(), path, known)
    return opened


def runtime_config(trt: ModuleType, engine: Any, options: RuntimeOptions) -> Any:
    """Return the `trt.IRuntimeConfig` of contexts in TensorRT for RTX.

    Args:
        trt: module of the library.
        engine: `trt.ICudaEngine`.
        options: how it will run.
    """
    config = engine.create_runtime_config()
    config.set_execution_context_allocation_strategy(trt.ExecutionContextAllocationStrategy.USER_MANAGED)
    graphs, kernels = trt.CudaGraphStrategy, trt.DynamicShapesKernelSpecializationStrategy
    config.cuda_graph_strategy = graphs.WHOLE_GRAPH_CAPTURE if options.cuda_graph else graphs.DISABLED
    config.dynamic_shapes_kernel_specialization_strategy = getattr(kernels, options.specialization.upper())
    return config


def read_cache(config: Any, path: Path) -> int:
    """Give a configuration the compiled kernels in a file, if they are for this GPU, and return their size in bytes."""
    cache = config.create_runtime_cache()
    content = path.read_bytes() if path.is_file() else b""
    fits = bool(content) and cache.deserialize(content)
    config.set_runtime_cache(cache)
    return len(content) if fits else 0


def write_cache(cache: Any, path: Path, known: int) -> None:
    """Write compiled kernels if there are more than `known` bytes; without the file the next start takes longer."""
    content = bytes(memoryview(cache.serialize()))
    if len(content) > known:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_write(path) as aside:
                aside.write_bytes(content)
        except OSError:
            pass
