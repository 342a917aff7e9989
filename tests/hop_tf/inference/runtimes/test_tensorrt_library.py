import re
import types

import pytest

from hop_tf.errors import install_hint
from hop_tf.inference.runtimes import tensorrt_library
from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.tensorrt_library import find_backend, one_line

RTX_COMMAND = re.escape(install_hint("tensorrt"))


@pytest.fixture
def machine(monkeypatch):
    """A function that sets which modules are installed, which fail to start, and why there is no GPU."""

    def set_up(*modules, broken=(), no_gpu=None):
        def load(name):
            if name in broken:
                raise ImportError("libnvinfer.so.11: cannot open shared object file\nand more")
            return types.SimpleNamespace(__version__="11.4", __name__=name)

        fakes = types.SimpleNamespace(import_module=load, util=types.SimpleNamespace(find_spec=lambda m: m in modules))
        monkeypatch.setattr(tensorrt_library, "importlib", fakes)
        monkeypatch.setattr(tensorrt_library, "missing_gpu", lambda: no_gpu)

    return set_up


@pytest.mark.parametrize(
    ("modules", "no_gpu", "rtx", "expected"),
    [
        (["tensorrt", "tensorrt_rtx"], None, None, "tensorrt"),
        (["tensorrt", "tensorrt_rtx"], None, True, "tensorrt_rtx"),
        (["tensorrt", "tensorrt_rtx_bindings"], "no driver", None, "tensorrt_rtx_bindings"),
        (["tensorrt_rtx_bindings"], None, None, "tensorrt_rtx_bindings"),
        (["tensorrt_rtx", "tensorrt_rtx_bindings"], "no driver", None, "tensorrt_rtx"),
    ],
)
def test_the_back_end_is_the_one_that_can_build_here(machine, modules, no_gpu, rtx, expected):
    machine(*modules, no_gpu=no_gpu)
    found = find_backend(rtx)
    assert found.trt.__name__ == expected
    assert str(found) == ("TensorRT for RTX 11.4" if "rtx" in expected else "TensorRT 11.4")


def test_a_missing_package_is_named_with_its_install_command(machine):
    machine()
    with pytest.raises(NetworkError, match=f"{RTX_COMMAND}; or, with a GPU, TensorRT: pip install tensorrt$"):
        find_backend()
    machine("tensorrt")
    with pytest.raises(NetworkError, match=f"named compute capability need TensorRT for RTX: {RTX_COMMAND}$"):
        find_backend(rtx=True)


def test_tensorrt_alone_without_a_gpu_is_said(machine):
    machine("tensorrt", no_gpu="the NVIDIA driver sees no GPU")
    with pytest.raises(NetworkError, match=f"and the NVIDIA driver sees no GPU; without one: {RTX_COMMAND}$"):
        find_backend()


def test_bindings_without_their_libraries_are_said_in_one_line(machine):
    machine("tensorrt", broken=["tensorrt"])
    with pytest.raises(
        NetworkError, match=r"does not start \(libnvinfer.so.11: .* file\); reinstall it: pip"
    ) as caught:
        find_backend()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("IBuilder::build: Error Code 4: API Usage Error (Two\n words. In validate at /_src/a.cpp:40)", "Two words"),
        (
            "I::d: Error Code 1: Cuda Runtime (In S at /_src/c.cpp:25 (cudaError 35: old driver))",
            "cudaError 35: old driver",
        ),
        (
            "I::b: Error Code 1: Myelin ([a.cpp:1: ~f] Bad shape.; [b.cpp:2: g] So no. In c at /_src/c.cpp:3)",
            "Bad shape",
        ),
        ("plain", "plain"),
    ],
)
def test_a_message_of_tensorrt_is_unwrapped(message, expected):
    assert one_line(message) == expected
