"""pyproject.toml holds every version range once; the requirements files pin one tested version of each within it."""

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers.goldens import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# Not part of every development environment: it is very large.
LEFT_OUT = {"torch"}


def requirements(lines):
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): each.specifier for each in parsed if each.name != "hop-tf"}


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    return requirements(line for line in lines if line and not line.startswith(("#", "-")))


RANGES = requirements([*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)])
USER, TEST = pins("requirements.txt"), pins("requirements-test.txt")


@pytest.mark.parametrize("name", sorted(RANGES.keys() - LEFT_OUT))
def test_every_dependency_is_pinned_once_and_within_its_range(name):
    assert (name in USER) != (name in TEST)
    (pin,) = (USER | TEST)[name]
    assert pin.operator == "=="
    assert RANGES[name].contains(pin.version)


@pytest.mark.parametrize("extra", ["keras", "data", "report", "benchmark", "train", "export"])
def test_the_users_list_covers_an_extra(extra):
    assert requirements(EXTRAS[extra]).keys() <= USER.keys()


def test_all_contains_every_extra_for_users():
    (everything,) = (Requirement(line) for line in EXTRAS["all"])
    assert everything.extras == EXTRAS.keys() - {"all", "docs", "torch"}
