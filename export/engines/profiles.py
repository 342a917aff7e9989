"""Optimisation profiles: the shapes an engine takes and those it is tuned for."""

from hop_tf.export.engines.options import EngineOptions, Profile
from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import Shape

#: Input name -> its smallest, most common and largest shape.
Ranges = dict[str, tuple[Shape, Shape, Shape]]

DEFAULT_SIZES = (64, 1024, 2048)  # min, opt and max of a dynamic height or width in pixels
DEFAULT_BATCHES = (1, 1, 8)
DEFAULT_BATCHES_OF_ANY_SIZE = (1, 1, 1)  # the largest shape determines an engine's scratch memory


def profile_shapes(inputs: dict[str, Shape], options: EngineOptions) -> list[Ranges]:
    """Return the shapes of each profile, for the inputs with a dynamic axis.

    Args:
        inputs: input name -> its shape, with -1 for dynamic axes.
        options: options with profiles. Without any, sizes range from 64 to 2048 pixels, and batches from 1 to 8, or 1
            if the size is dynamic.

    Returns:
        A list with an element for each profile; empty if no input has a dynamic axis.

    Raises:
        ExportError: if some of the shapes are missing, or they do not fit the inputs or each other.
    """
    dynamic = {name: shape for name, shape in inputs.items() if -1 in shape}
    profiles = [_ranges(profile, inputs, dynamic) for profile in options.profiles]
    if not dynamic:
        return []
    return profiles or [{name: _default(shape) for name, shape in dynamic.items()}]


def _ranges(profile: Profile, inputs: dict[str, Shape], dynamic: dict[str, Shape]) -> Ranges:
    kinds = ("min", "opt", "max")
    given = {kind: shapes for kind in kinds if (shapes := getattr(profile, kind))}
    if list(given) == ["opt"]:
        given = dict.fromkeys(kinds, given["opt"])
    if missing := [kind for kind in kinds if kind not in given]:
        raise ExportError(f"--{missing[0]}Shapes is missing: give min, opt and max shapes, or only opt shapes")
    for kind, shapes in given.items():
        for name, shape in shapes.items():
            _check(kind, name, shape, inputs)
        if forgotten := [name for name in dynamic if name not in shapes]:
            raise ExportError(f"--{kind}Shapes: the dynamic input {forgotten[0]} is missing")
    ranges = {name: (given["min"][name], given["opt"][name], given["max"][name]) for name in dynamic}
    for name, triple in ranges.items():
        if not all(a <= b <= c for a, b, c in zip(*triple, strict=True)):
            texts = ", ".join("x".join(map(str, shape)) for shape in triple)
            raise ExportError(f"{name}: its min, opt and max shapes must not decrease: {texts}")
    return ranges


def _default(shape):
    batches = DEFAULT_BATCHES_OF_ANY_SIZE if -1 in shape[1:] else DEFAULT_BATCHES
    return tuple(
        tuple(n if n >= 0 else (size if axis else batch) for axis, n in enumerate(shape))
        for batch, size in zip(batches, DEFAULT_SIZES, strict=True)
    )


def _check(kind, name, shape, inputs):
    if name not in inputs:
        raise ExportError(f"--{kind}Shapes: no input {name}; the network has {', '.join(inputs)}")
    expected = inputs[name]
    if len(shape) != len(expected) or any(e not in (-1, n) for n, e in zip(shape, expected, strict=True)):
        expected = "x".join("?" if e < 0 else str(e) for e in expected)
        raise ExportError(f"--{kind}Shapes: {name} is {expected}, not {'x'.join(map(str, shape))}")
