"""Keras finds this package's classes in any order of imports, and `import hop_tf` does not import Keras."""

import os
import subprocess
import sys

import pytest

from helpers.goldens import ROOT
from hop_tf import HOPMatting, MattingLoss
from hop_tf.training.optimizer import ClippedAdam

NAMES = ["ClippedAdam", "HOPMatting", "LocalHOP", "MattingLoss", "ReplicaLossScale"]
REGISTERED = f"print([n for n in {NAMES} if keras.saving.get_registered_object('hop_tf>' + n)])"


def python(code, *args, backend="numpy"):
    """Run code in a fresh interpreter, where a warning of this package is an error; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error:Keras cannot load:UserWarning", "-c", code, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},  # NumPy's starts fastest
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Path of a compiled network with a loss and an optimizer of this package."""
    path = tmp_path_factory.mktemp("saved") / "small.keras"
    model = HOPMatting(width=0.25, global_hop=False, local_hops=0)
    model.compile(ClippedAdam(1e-3), MattingLoss(laplacian=0.5))
    model.save(path)
    return path


def test_keras_and_the_package_load_a_compiled_network(saved):
    code = """
import hop_tf
import keras
import sys
for load in (keras.models.load_model, hop_tf.load_model):
    model = load(sys.argv[1])
    print(type(model).__name__, type(model.optimizer).__name__, model.loss.laplacian)
print(hop_tf.load_model(sys.argv[1], compile=False).compiled)
"""
    assert python(code, saved, backend="tensorflow") == "HOPMatting ClippedAdam 0.5\nHOPMatting ClippedAdam 0.5\nFalse"


@pytest.mark.slow
def test_the_keras_of_tensorflow_loads_a_compiled_network(saved):
    code = "import sys, hop_tf, tensorflow as tf; print(type(tf.keras.models.load_model(sys.argv[1])).__name__)"
    assert python(code, saved, backend="tensorflow") == "HOPMatting"


@pytest.mark.parametrize(
    "imports",
    [
        "import hop_tf, keras",
        "import keras, hop_tf",
        pytest.param("from hop_tf.layers import LocalHOP; import keras", marks=pytest.mark.slow),
        "from hop_tf.training import distribution; import keras",
        pytest.param("import hop_tf; hop_tf.presets, hop_tf.fuse; import keras", marks=pytest.mark.slow),
    ],
)
def test_all_classes_are_registered_in_any_order_of_imports(imports):
    assert python(f"{imports}; {REGISTERED}") == str(NAMES)


def test_importing_the_package_imports_neither_keras_nor_numpy():
    heavy = "{'keras', 'tensorflow', 'jax', 'numpy', 'cv2'}"
    assert python(f"import hop_tf, sys; print({heavy} & {{*sys.modules}})") == "set()"


def test_the_hook_is_gone_once_all_classes_are_registered():
    hooks = "len([f for f in sys.meta_path if type(f).__module__.startswith('hop_tf')])"
    code = f"import sys, hop_tf; before = {hooks}; import keras; print(before, {hooks})"
    assert python(f"{code}; print(type(keras.__loader__).__name__, keras.__spec__.loader is keras.__loader__)") == (
        "1 0\nSourceFileLoader True"
    )


def test_without_keras_the_lean_core_still_works():
    code = "import sys; sys.modules['keras'] = None; import hop_tf; print('hop_9x9' in hop_tf.presets)"
    assert python(code) == "True"


def test_an_import_of_keras_that_fails_can_be_repeated():
    code = f"""
import os, sys, hop_tf
os.environ["KERAS_BACKEND"] = "none"
try:
    import keras
except ValueError:
    os.environ["KERAS_BACKEND"] = "numpy"
    for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
        del sys.modules[name]
import keras
{REGISTERED}
"""
    assert python(code) == str(NAMES)


def test_imported_while_keras_is_being_imported_the_package_registers_when_it_is_used():
    code = f"""
import importlib.abc, sys

class During(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "keras.src.layers":
            sys.meta_path.remove(self)
            import hop_tf

sys.meta_path.insert(0, During())
import keras
import hop_tf
hop_tf.load_model
{REGISTERED}
"""
    assert python(code) == str(NAMES)


def test_other_finders_and_reloaded_modules_do_no_harm():
    code = f"""
import importlib, importlib.abc, sys

class Other(importlib.abc.MetaPathFinder):  # asks all finders but itself, as the hook does
    busy = False
    def find_spec(self, name, path=None, target=None):
        if self.busy:
            return None
        self.busy = True
        try:
            return next((s for f in sys.meta_path if f is not self and (s := f.find_spec(name, path, target))), None)
        finally:
            self.busy = False

import hop_tf
sys.meta_path.insert(0, Other())
importlib.reload(hop_tf)
import keras
importlib.reload(keras)
{REGISTERED}
"""
    assert python(code) == str(NAMES)


def test_a_keras_that_does_not_fit_is_a_warning(tmp_path):
    (tmp_path / "keras.py").write_text("version = 'a stub'")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import hop_tf, keras; print(keras.version)"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "a stub\n"
    assert "UserWarning: Keras cannot load networks of hop_tf: hop_tf.layers: " in done.stderr
