"""Registration of this package's classes as soon as Keras is imported, without importing Keras here.

`keras.models.load_model` finds a class only if its module has been imported, and Keras 3.15 imports modules by itself
only from its own packages. Importing ours along with `hop_tf` would load Keras, which takes seconds and which exported
networks do not need. So an import hook waits for Keras.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def import_after_keras(modules: Sequence[str]) -> None:
    """Import modules now if Keras has been imported, otherwise as soon as it has.

    If a module of `hop_tf` imports Keras, the modules are imported after it is complete, because they may depend on it.
    A module that cannot be imported causes a warning only: `import keras` must not fail because of this package.

    Args:
        modules: names of modules that register Keras classes.
    """
    hook = _Hook(modules)
    sys.meta_path.insert(0, hook)
    hook.import_if_possible()


class _Hook:
    """A finder on `sys.meta_path` that watches imports of Keras and of `hop_tf` until its modules have been imported.

    It leaves the search for a module to all other finders, and only wraps the loader that they find.
    """

    def __init__(self, modules):
        self._modules = modules
        self._searched, self._running = set(), set()  # names of modules
        self._has_seen_keras = False

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname in self._searched or not (fullname == "keras" or fullname.startswith("hop_tf.")):
            return None
        self._searched.add(fullname)  # a second hook would ask this one in turn
        try:
            others = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
            found = (finder.find_spec(fullname, path, target) for finder in others)
            spec = next((spec for spec in found if spec is not None), None)
        finally:
            self._searched.discard(fullname)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self)  # type: ignore[assignment]  # duck typing: importlib.abc is slow
        return spec

    def run(self, loader, module):
        self._running.add(module.__name__)
        try:
            loader.exec_module(module)
            self._has_seen_keras |= module.__name__ == "keras"
        finally:
            self._running.discard(module.__name__)
        self.import_if_possible()

    def import_if_possible(self):
        if self._running or self not in sys.meta_path or not (self._has_seen_keras or _is_complete("keras")):
            return
        sys.meta_path.remove(self)
        for name in self._modules:
            try:
                importlib.import_module(name)
            except Exception as error:  # an unsuitable Keras can raise anything
                warnings.warn(f"Keras cannot load networks of hop_tf: {name}: {error}", stacklevel=2)


def _is_complete(name):
    """Return whether a module has been imported, rather than being imported by a caller right now."""
    module = sys.modules.get(name)
    return module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False)


class _Loader:
    """A module's own loader, which tells the hook when the module is complete."""

    def __init__(self, loader, hook):
        self._loader, self._hook = loader, hook

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__
        module.__spec__.loader = module.__loader__ = self._loader
        self._hook.run(self._loader, module)

    def __getattr__(self, name):
        return getattr(self._loader, name)
