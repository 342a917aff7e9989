"""The optimisation profile: the shapes an engine takes and those it is tuned for."""

from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.errors import ExportError

Shape = tuple[int, ...]

DEFAULT_SIZES = (64, 1024, 2048)  # min, opt and max of a dynamic height or width in pixels
DEFAULT_BATCHES = (1, 1, 8)
DEFAULT_BATCHES_OF_ANY_SIZE = (1, 1, 1)  # the largest shape determines an engine's scratch memory


def profile_shapes(inputs: dict[str, Shape], options: EngineOptions) -> dict[str, tuple[Shape, Shape, Shape]]:
    """Return the smallest, most common and largest shape of each dynamic input.

    Args:
        inputs: input name -> its shape, with -1 for dynamic axes.
        options: options with shapes. If only the optimal shapes are given, they are also the smallest and the largest.
            Without shapes, sizes range from 64 to 2048 pixels, and batches from 1 to 8, or 1 if the size is dynamic.

    Returns:
        Input name -> the three shapes, for inputs with a dynamic axis.

    Raises:
        ExportError: if some of the shapes are missing, or they do not fit the inputs or each other.
    """
    dynamic = {name: shape for name, shape in inputs.items() if -1 in shape}
    asked = {"min": options.min_shapes, "opt": options.opt_shapes, "max": options.max_shapes}
    given = {kind: shapes for kind, shapes in asked.items() if shapes}
    if not given:
        return {name: _default(shape) for name, shape in dynamic.items()}
    if list(given) == ["opt"]:
        given = dict.fromkeys(asked, given["opt"])
    if missing := [kind for kind in asked if kind not in given]:
        raise ExportError(f"--{missing[0]}-shapes is missing: give min, opt and max shapes, or only opt shapes")
    for kind, shapes in given.items():
        for name, shape in shapes.items():
            _check(kind, name, shape, inputs)
        if forgotten := [name for name in dynamic if name not in shapes]:
            raise ExportError(f"--{kind}-shapes: the dynamic input {forgotten[0]} is missing")
    profile = {name: (given["min"][name], given["opt"][name], given["max"][name]) for name in dynamic}
    for name, triple in profile.items():
        if not all(a <= b <= c for a, b, c in zip(*triple, strict=True)):
            texts = ", ".join("x".join(map(str, shape)) for shape in triple)
            raise ExportError(f"{name}: its min, opt and max shapes must not decrease: {texts}")
    return profile


def _default(shape):
    batches = DEFAULT_BATCHES_OF_ANY_SIZE if -1 in shape[1:] else DEFAULT_BATCHES
    return tuple(
        tuple(n if n >= 0 else (size if axis else batch) for axis, n in enumerate(shape))
        for batch, size in zip(batches, DEFAULT_SIZES, strict=True)
    )


def _check(kind, name, shape, inputs):
    if name not in inputs:
        raise ExportError(f"--{kind}-shapes: no input {name}; the network has {', '.join(inputs)}")
    expected = inputs[name]
    if len(shape) != len(expected) or any(e not in (-1, n) for n, e in zip(shape, expected, strict=True)):
        expected = "x".join("?" if e < 0 else str(e) for e in expected)
        raise ExportError(f"--{kind}-shapes: {name} is {expected}, not {'x'.join(map(str, shape))}")
