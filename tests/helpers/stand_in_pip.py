"""A `pip` without network: what it installs into a virtual environment are links to the packages of the tests.

    python tests/helpers/stand_in_pip.py SITE_PACKAGES install [-e] REQUIREMENT...

Extras, version ranges and dependencies are followed as by pip. A package or an extra that does not exist is an error.
`hop-tf` itself is the checkout in the working directory, also where pip would download it.
"""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# The tests' environment lacks these, see tests/test_requirements.py.
LEFT_OUT = {"cuda-bindings"}


def main(site, command, *arguments):
    if command != "install":
        sys.exit(f"pip {command}: only `pip install` has a stand-in")
    waiting, installed = list(requirements(arguments)), set()
    while waiting:
        requirement = waiting.pop()
        key = canonicalize_name(requirement.name), *sorted(requirement.extras)
        if key not in installed:
            installed.add(key)
            waiting += install(requirement, site)


def requirements(arguments):
    """Return the requirements that the arguments of `pip install` name."""
    arguments = iter(arguments)
    for argument in arguments:
        if argument == "-r":
            lines = Path(next(arguments)).read_text().splitlines()
            yield from requirements(word for line in lines if not line.startswith("#") for word in words(line))
        elif argument == "-e":
            yield Requirement(next(arguments).replace(".", "hop-tf", 1))
        elif argument.startswith("-"):
            sys.exit(f"pip install {argument}: this option has no stand-in")
        else:
            yield Requirement(argument)


def words(line):
    return line.split(maxsplit=1) if line.startswith("-") else [line] if line else []


def install(requirement, site):
    """Link a package and return what it requires."""
    name = canonicalize_name(requirement.name)
    if requirement.marker and not requirement.marker.evaluate() or name in LEFT_OUT:
        return []
    if name == "hop-tf":
        project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
        extras = project["optional-dependencies"]
        if unknown := requirement.extras - extras.keys():
            sys.exit(f"hop-tf has no extra {', '.join(unknown)}")
        (site / "hop_tf.pth").write_text(f"{Path.cwd()}\n")
        for command, entry in project["scripts"].items():
            write_command(site.parents[2] / "bin" / command, entry)
        return [Requirement(line) for line in sum(map(extras.get, requirement.extras), project["dependencies"])]
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        sys.exit(f"{name}: not in the environment of the tests, which `make test` installs")
    if not requirement.specifier.contains(found.version, prereleases=True):
        sys.exit(f"{requirement} is wanted, {found.version} is in the environment of the tests")
    for top in {re.split("[/,]", line)[0] for line in found.read_text("RECORD").splitlines()} - {
        "..",
        "__pycache__",
        "",
    }:
        if not (site / top).exists():
            (site / top).symlink_to(found.locate_file(top))
    needs = [Requirement(line) for line in found.requires or []]
    return [each for each in needs if wanted(each, requirement.extras)]


def wanted(requirement, extras):
    if requirement.marker is None:
        return True
    if any(requirement.marker.evaluate({"extra": extra}) for extra in extras or [""]):
        requirement.marker = None  # it may name the extra
        return True
    return False


def write_command(path, entry):
    module, function = entry.split(":")
    start = f"if __name__ == '__main__':\n    sys.exit({function}())\n"
    path.write_text(f"#!{path.parent}/python\nimport sys\nfrom {module} import {function}\n{start}")
    path.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
