"""Late imports of the packages that tables and ranks need."""

import importlib
from types import ModuleType

from hop_tf.errors import UserError, install_hint

PACKAGES = ("rich", "scipy")


def import_late(module: str) -> ModuleType:
    """Import a module of the extra `report`.

    Raises:
        UserError: if its package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(f"tables and ranks need {' and '.join(PACKAGES)}: {install_hint('report')}") from error


def check_installed() -> None:
    """Raise `UserError` if a package of `PACKAGES` is missing, before hours are spent on mattes."""
    for package in PACKAGES:
        import_late(package)
