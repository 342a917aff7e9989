"""Examples in docstrings print what they say."""

import doctest
import importlib
import pkgutil

import keras
import numpy as np
import pytest

import hop_tf.layers

PACKAGES = ("hop_tf.layers", "hop_tf.models")
MODULES = [
    "hop_tf.inference.explanation",
    *(
        f"{package}.{module.name}"
        for package in PACKAGES
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
    ),
]
EXAMPLES = [
    pytest.param(example, id=example.name)
    for module in map(importlib.import_module, MODULES)
    for example in doctest.DocTestFinder(exclude_empty=True).find(module)
    if example.examples
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_print_the_documented_output(example):
    example.globs |= {"np": np, "keras": keras}
    output = []
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example, out=output.append)
    assert result.failed == 0, "".join(output)


def test_every_public_layer_and_the_network_have_an_example():
    names = {example.values[0].name.rpartition(".")[2] for example in EXAMPLES}
    assert {*hop_tf.layers.__all__, "HOPMatting", "fuse", "load_model"} - names == set()
