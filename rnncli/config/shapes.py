"""Shapes that are not spelled like ``[5, 8]``: what they mean, and how to write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rnncli.config import python
from rnncli.config.edits import replace_text, replace_value
from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import LARGEST, Node, plain
from rnncli.config.writing import flow
from rnncli.problems import Place

Shape = tuple[int | None, ...]

_SEPARATED = re.compile(r"[\s,;x×*]+")
_LONGEST = 200
_NUMBER = re.compile(r"-?\d+")
_UNKNOWN = ("None", "null", "?", "-1", "~")
# The arguments of Keras that hold a shape, and whether the batch is its first axis.
SHAPE_ARGUMENTS: Mapping[str, bool] = {
    "shape": False,
    "input_shape": False,
    "batch_shape": True,
    "batch_input_shape": True,
}


def mended(collector: ProblemCollector, node: Node) -> Shape | None:
    """The shape that another spelling means, which is reported.

    None if the value does not mean a shape; that is not reported here.
    """
    if isinstance(node.value, str):
        python_text = python.call_text(node.place, node.value)
        if python_text is not None:
            return _of_python(collector, *python_text)
    shape = shape_of(plain(node))
    if shape is None:
        return None
    written = flow(list(shape))
    is_number = isinstance(node.value, int)
    fix = f"write {written}"
    if is_number:
        fix += ", or [5, 8] for 5 time steps of 8 features"
    elif isinstance(node.value, tuple) and all(isinstance(x.value, str) for x in node.value):
        fix += ", without quotes" if len(node.value) > 1 else ""
    collector.add(
        "bad-input",
        "a shape is a list of sizes, without the batch axis",
        fix,
        node.place,
        edits=replace_value(node.place, list(shape)),
        safe=not is_number,
    )
    return shape


def _of_python(collector: ProblemCollector, text: str, place: Place) -> Shape | None:
    try:
        value = python.understand(text)
    except ValueError:
        return None
    if isinstance(value, python.Call):
        called = of_arguments(arguments_of(value))
        shape = called[0] if called else None
    else:
        shape = shape_of(value)
    if shape is not None:
        written = flow(list(shape))
        collector.add(
            "python-spelling",
            "a config is YAML, and this is Python's spelling of a shape",
            f"write {written}",
            place,
            edits=replace_text(place, written),
        )
    return shape


def shape_of(value: Any) -> Shape | None:
    """The shape that plain data means: sizes, words for unknown sizes, digits in quotes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) if value > 0 else None
    if isinstance(value, str):
        if len(value) > _LONGEST or value.count("(") != value.count(")"):
            return None
        parts = [part for part in _SEPARATED.split(value.strip("()[] \t")) if part]
        value = parts or None
    if not isinstance(value, list | tuple):
        return None
    if len(value) == 1 and isinstance(value[0], list | tuple):
        return shape_of(value[0])
    if len(value) == 1 and isinstance(value[0], str) and _SEPARATED.search(value[0].strip()):
        return shape_of(value[0])
    axes = [_axis(item) for item in value]
    return None if -1 in axes else tuple(axes)


def _axis(size: Any) -> int | None:
    """The size of an axis, None for an unknown size, -1 for a value that is not a size."""
    if size is None or size == -1 or (isinstance(size, str) and size in _UNKNOWN):
        return None
    if isinstance(size, str) and _NUMBER.fullmatch(size):
        size = int(size[:20])
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    is_size = isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= LARGEST
    return size if is_size else -1


def arguments_of(call: python.Call) -> Mapping[str, Any]:
    """The arguments of a call of Keras's Input, by name."""
    first = {"shape": call.positional[0]} if call.positional else {}
    return {**first, **call.keywords}


def of_arguments(arguments: Mapping[str, Any]) -> tuple[Shape, Mapping[str, Any]] | None:
    """The shape among the arguments of a Keras layer, and the other arguments."""
    for name, has_batch in SHAPE_ARGUMENTS.items():
        shape = shape_of(arguments[name]) if name in arguments else None
        if shape is not None:
            rest = {
                other: value for other, value in arguments.items() if other not in SHAPE_ARGUMENTS
            }
            return (shape[1:] if has_batch else shape), rest
    return None


def mended_axes(collector: ProblemCollector, node: Node) -> Shape | None:
    """The shape of a list in which some items are not sizes, each of which is reported.

    None if the list as a whole has another spelling.
    """
    if not isinstance(node.value, tuple) or any(isinstance(x.value, tuple) for x in node.value):
        return None
    wrong = [item for item in node.value if _written(item) is _WRONG]
    if len(wrong) > 1 and shape_of(plain(node)) is not None:
        return None
    if len(node.value) == 1 and isinstance(node.value[0].value, str) and shape_of(plain(node)):
        return None
    axes: list[int | None] = []
    for item in node.value:
        size = _written(item)
        axes.append(_mended_axis(collector, item) if size is _WRONG else size)
    return tuple(axes)


_WRONG: Any = object()


def _written(node: Node) -> Any:
    """The size of an axis, if it is spelled as in a config."""
    size = node.value
    if size is None or (type(size) is int and size >= 0):
        return size
    return _WRONG


def _mended_axis(collector: ProblemCollector, node: Node) -> int | None:
    """The size that an invalid axis probably means, None for unknown; the axis is reported."""
    size = node.value
    axis = _axis(size)
    if size == "None":
        fix = "write null: it is YAML's word for Keras's None"
        edits = replace_value(node.place, None)
        collector.add("python-none", "None is Python's word", fix, node.place, edits=edits)
        return None
    if axis not in (None, -1):
        edits = replace_value(node.place, axis)
        without = ", without quotes" if isinstance(size, str) else ""
        message = "an axis is an integer of at least 0, or null"
        collector.add("bad-input", message, f"write {axis}{without}", node.place, edits=edits)
        return axis
    edits = replace_value(node.place, None)
    if isinstance(size, int) and not isinstance(size, bool):
        collector.add(
            "bad-input",
            f"an axis has at least size 0, not {size}",
            "write null where the size is unknown",
            node.place,
            edits=edits,
            safe=size == -1,
        )
        return None
    collector.add(
        "bad-input",
        "an axis is an integer of at least 0, or null",
        "write an integer, or null where the size is unknown",
        node.place,
        edits=edits,
        safe=axis is None,
    )
    return None
