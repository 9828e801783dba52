"""Operations in another spelling: Python's calls and signs, TensorFlow's and PyTorch's names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.config import python
from rnncli.config.edits import rename, replace_entry, replace_object
from rnncli.config.spec import Argument, LayerSpec, ObjectSpec, Reference
from rnncli.config.writing import flow, shortest
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, OPERATIONS
from rnncli.keras_api.signatures import signatures
from rnncli.model.habits.spellings import as_object
from rnncli.model.mending import quoting
from rnncli.problems import Fix, Place, Problem, problem
from rnncli.suggestions import near_words

_OF_KERAS = ("ops", "keras.ops", "tf.keras.ops", "keras.random", "random")
_MODULES = (*_OF_KERAS, "tf", "tf.math", "tf.nn", "tf.random", "K", "keras.backend",
            "tf.keras.backend", "torch", "np", "numpy", "F")  # fmt: skip
# What other libraries call the operations of Keras.
_CALLED = {"pow": "power", "div": "divide", "mul": "multiply", "sub": "subtract",
           "neg": "negative", "concat": "concatenate", "cat": "concatenate", "gather": "take",
           "permute": "transpose", "permute_dimensions": "transpose", "unsqueeze": "expand_dims",
           "mat_mul": "matmul", "clip_by_value": "clip", "clamp": "clip"}  # fmt: skip
_ARGUMENTS = {"dim": "axis", "keepdim": "keepdims"}
_SIGNS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "floor_divide",
          "%": "mod", "**": "power", "@": "matmul"}  # fmt: skip
_TWO_OPERANDS = re.compile(r"([a-z\d][\w.]*)\s+(\*\*|//|[-+*/%@])\s+([a-z\d][\w.]*)")
_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Operations that users write as layers, though Keras has no layer for them.
AS_LAYERS = ("Slice", "GetItem", "Gather", "Mean", "Sum", "ReduceMean", "ReduceSum", "ReduceMax",
             "ReduceMin", "Squeeze", "ExpandDims", "Transpose", "Split", "Stack", "Unstack",
             "Where", "Cast", "MatMul", "Matmul", "Exp", "Log", "Sqrt", "Square", "Abs",
             "Clip", "OneHot", "Power", "Divide")  # fmt: skip


class Respelled(msgspec.Struct, frozen=True):
    """An entry as a config writes it, and the problem with how it was spelled."""

    spec: LayerSpec
    problem: Problem


class _Written(msgspec.Struct, frozen=True):
    """An operation with its plain arguments, and the tensors that it is called on."""

    function: str
    arguments: Mapping[str, Any]
    tensors: tuple[str, ...]


def respelled(spec: LayerSpec) -> Respelled | None:
    """The operation that an entry means in another spelling; None if it means none."""
    cls, place = spec.object.cls, spec.object.place
    if spec.object.first is None and not spec.object.keywords:
        call = python.call_text(place, cls)
        text, place = call or (cls, place)
        try:
            written = _of_signs(text) or (_of_call(text) if call else None)
        except ValueError:
            return None
        if written is not None:
            return _as_yaml(spec, written, place)
        if call:
            return None
    function = operation_of(cls)
    if function is None:
        return None
    code, message = "python-spelling", f"{cls} is Python's name of an operation of Keras"
    if "." not in cls:
        code, message = "unknown-layer", f"Keras has no layer {cls}: it is an operation"
    fix = Fix(
        f"write {function}",
        rename(place, cls, function),
        safe=cls.rpartition(".")[0] in _OF_KERAS,
    )
    meant = replace(spec, object=replace(spec.object, cls=function))
    return Respelled(meant, problem(code, message, fix, place=place))


def operation_of(name: str) -> str | None:
    """The operation that a name in another library, or without its module, stands for."""
    module, _, bare = name.rpartition(".")
    if module and module not in _MODULES:
        return None
    if bare[:1].isupper():
        if name not in AS_LAYERS:
            return None
        bare = _WORD_STARTS.sub("_", bare).lower()
    elif not module and near_words(name, signatures().layers):
        return None
    bare = bare.removeprefix("reduce_")
    bare = _CALLED.get(bare, bare)
    known = f"random.{bare}" if module.endswith("random") else f"ops.{bare}"
    known = ALIASES.get(known, known)
    return known if known in OPERATIONS and known != name else None


def _of_signs(text: str) -> _Written | None:
    """``x + 1`` and ``a * b``; None for any other text."""
    match = _TWO_OPERANDS.fullmatch(text.strip())
    function = f"ops.{_SIGNS[match[2]]}" if match else ""
    if match is None or function not in OPERATIONS:
        return None
    values = [python.understand(word) for word in (match[1], match[3])]
    return _written(function, dict(zip(("x1", "x2"), values, strict=True)))


def _of_call(text: str) -> _Written | None:
    """``keras.ops.mean(x, axis=1)``; None if it calls no operation.

    Raises:
        ValueError: the text is no such call.
    """
    call = python.understand(text)
    if not isinstance(call, python.Call):
        return None
    own = ALIASES.get(call.name, call.name)
    function = own if own in OPERATIONS else operation_of(call.name)
    if function is None:
        return None
    row, names = OPERATIONS[function], [*calls().functions[function].arguments]
    named = {_ARGUMENTS.get(name, name): value for name, value in call.keywords.items()}
    # A call without its tensors has the arguments that are left: ops.mean(axis=1), ops.clip(0, 1).
    if not any(map(_is_tensor, call.positional)) and not {*row.tensors} & {*named}:
        names = names[1:]
    return _written(function, {**dict(zip(names, call.positional, strict=False)), **named})


def _is_tensor(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_tensor, value))
    return isinstance(value, python.Name)


def _written(function: str, values: Mapping[str, Any]) -> _Written | None:
    """The operation with the tensors among its arguments taken out."""
    row = OPERATIONS[function]
    tensors: list[str] = []
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if name in row.tensors and _is_tensor(value):
            tensors += [tensor.name for tensor in (value if isinstance(value, list) else [value])]
        else:
            # A dtype is a name in Python, such as tf.float32.
            arguments[name] = value.last if isinstance(value, python.Name) else value
    return _Written(function, arguments, tuple(tensors))


def _as_yaml(spec: LayerSpec, written: _Written, place: Place) -> Respelled:
    function = written.function
    entry: Any = shortest(function, written.arguments, _first_left(written))
    words, edits = quoting("write it as YAML", entry), replace_object(place, entry)
    inbound = spec.inbound
    if len(written.tensors) > 1:
        body = entry if isinstance(entry, Mapping) else {entry: {}}
        entry = {**body, "from": [*written.tensors]}
        words, edits = f"write it as YAML: - {flow(entry)}", replace_entry(place, entry)
        inbound = tuple([Reference(name, None, place) for name in written.tensors])
    at = replace(place, verbatim=False)
    keywords = {
        name: Argument(at, as_object(value, at)) for name, value in written.arguments.items()
    }
    meant = replace(spec, object=ObjectSpec(function, at, None, keywords), inbound=inbound)
    # The tensors that are named in Python may not be those before the entry.
    fix = Fix(words, edits, safe=not written.tensors)
    message = "a config is YAML, and this is Python's spelling"
    return Respelled(meant, problem("python-spelling", message, fix, place=place))


def _first_left(written: _Written) -> str | None:
    """The parameter that a bare value fills: the first that no tensor does."""
    reads = OPERATIONS[written.function].tensors[: max(len(written.tensors), 1)]
    left = (name for name in calls().functions[written.function].arguments if name not in reads)
    return next(left, None)
