"""Griffe extension for the two sections that Keras docstrings have and Google's do not."""

import inspect
import re

import griffe

CALL_ARGUMENTS = re.compile(r"^Call arguments:\n((?:[ ]{4}.*(?:\n|$)|\n)+)", re.MULTILINE)
ARGUMENT = re.compile(r"^(\w[\w, ]*): ", re.MULTILINE)
EXAMPLE = re.compile(r"^Example:$", re.MULTILINE)


class KerasDocstrings(griffe.Extension):
    def on_object(self, *, obj: griffe.Object, **kwargs: object) -> None:
        if obj.docstring is not None:
            obj.docstring.value = EXAMPLE.sub("Examples:", CALL_ARGUMENTS.sub(_as_list, obj.docstring.value))


def _as_list(section: re.Match[str]) -> str:
    arguments = inspect.cleandoc(section[1])
    return "**Call arguments:**\n\n" + ARGUMENT.sub(r"- **`\1`** – ", arguments) + "\n\n"
