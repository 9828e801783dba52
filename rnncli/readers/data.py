"""Arrays for the inputs of a model → the data of a run, checked against what the inputs take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnncli.config.spec import InputData
from rnncli.keras_api.traits import traits
from rnncli.model.graph import Input, Model
from rnncli.problems import ConfigError, Problem, problem_of_file
from rnncli.readers.arrays import read_arrays
from rnncli.report.shapes import shown
from rnncli.suggestions import did_you_mean

# Kinds of numbers in numpy's letters, from those that fit into all others to the widest.
_KINDS = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}


def read_data(path: str, model: Model) -> InputData:
    """Reads the arrays of a file, and checks them.

    Raises:
        ConfigError: the file cannot be read, or an array does not fit its input.
    """
    return checked_data(read_arrays(path, model.inputs), model, path)


def checked_data(arrays: Mapping[str, Any], model: Model, name: str) -> InputData:
    """The arrays of the model's inputs, with the batch axis, in the dtypes of the inputs.

    Numbers are never changed: an array of floats is refused for an input of integers, and so are
    integers that its dtype cannot hold. ``name`` is what to call the arrays.

    Raises:
        ConfigError: an input has no array, or an array has another shape, another kind of dtype,
            ids that no Embedding has, or another batch than the others.
    """
    import numpy as np

    problems: list[Problem] = []
    checked: dict[str, Any] = {}
    for model_input in model.inputs:
        if model_input.name not in arrays:
            problems.append(_missing(model_input, arrays, name))
            continue
        array = np.asarray(arrays[model_input.name])
        reasons = _reasons(array, model_input, model)
        if reason := next(reasons, None):
            message, fix = reason
            problems.append(_misfit(name, f"{model_input.name}: {message}", fix))
        else:
            checked[model_input.name] = _converted(array, model_input.dtype)
    batches = {key: len(array) for key, array in checked.items()}
    if len({*batches.values()}) > 1:
        sizes = ", ".join(f"{key} {size}" for key, size in batches.items())
        problems.append(
            _misfit(
                name,
                f"the inputs have different numbers of sequences: {sizes}",
                "give each input as many",
            )
        )
    if problems:
        raise ConfigError(*problems)
    return InputData(name, checked)


def _misfit(name: str, message: str, fix: str) -> Problem:
    return problem_of_file(name, "data-does-not-fit", message, fix)


def _missing(model_input: Input, arrays: Mapping[str, Any], name: str) -> Problem:
    near = did_you_mean(model_input.name, arrays)
    others = f"it has {', '.join(arrays)}" if arrays else "it has none"
    fix = f"name it after its input, as in numpy.savez(file, {model_input.name}=…)"
    fix = f"did you mean {near}? {fix}" if near else fix
    return _misfit(name, f"there is no array for the input {model_input.name}: {others}", fix)


def _reasons(array: Any, model_input: Input, model: Model) -> Iterator[tuple[str, str]]:
    """Yields why an array does not fit an input, and what mends it."""
    yield from _of_shape(array, model_input, len(model.inputs) == 1)
    yield from _of_dtype(array, model_input)
    if model_input.below is not None and array.dtype.kind in "iuf":
        yield from _of_ids(array, model_input, model)


def _of_shape(array: Any, model_input: Input, is_only: bool) -> Iterator[tuple[str, str]]:
    expected = (None, *model_input.shape)
    if len(array.shape) == len(expected) and all(
        want in (None, size) and size
        for want, size in zip(expected, array.shape, strict=True)
    ):  # fmt: skip
        return
    wanted = f"({', '.join(['batch', *('any' if a is None else str(a) for a in expected[1:])])})"
    message = f"the data has shape {shown(array.shape)}, and the input takes {wanted}"
    if 0 in array.shape:
        fix = "no axis may be empty"
    elif _fits(array.shape, expected[1:]):
        fix = "add the batch axis: array[None]"
    elif _fits((*array.shape, 1), expected):
        fix = "add the last axis: array[..., None]"
    elif len(array.shape) == len(expected):
        sizes = ["null" if axis is None else str(size) for axis, size in
                 zip(expected, array.shape, strict=True)]  # fmt: skip
        key = "input" if is_only else f"inputs.{model_input.name}"
        fix = (
            f'bring the data into this shape, or plan for it: --set "{key}=[{",".join(sizes[1:])}]"'
        )
    else:
        fix = f"bring the data into {len(expected)} axes, the batch first"
    yield message, fix


def _fits(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(shape) == len(expected) and all(
        want in (None, size) for want, size in zip(expected, shape, strict=True)
    )


def _of_dtype(array: Any, model_input: Input) -> Iterator[tuple[str, str]]:
    import numpy as np

    wanted = model_input.dtype
    message = f"the data is {_dtype_name(array)}, and the input takes {wanted}"
    if wanted == "string" or array.dtype.kind not in _KINDS:
        if wanted != "string" or array.dtype.kind not in "UST":
            fix = "give text" if wanted == "string" else f'such as array.astype("{wanted}")'
            yield message, fix
        elif array.dtype.kind == "S":
            try:
                np.char.decode(array, "utf-8")
            except UnicodeDecodeError as error:
                yield f"the data is text, and not UTF-8: {error.object!r}", "save it as UTF-8"
        return
    numbers = np.dtype(_numpy_name(wanted))
    if _KINDS[array.dtype.kind] > _KINDS[numbers.kind]:
        yield message, f'if the numbers are right: array.astype("{wanted}")'
    elif numbers.kind in "iu" and array.dtype.kind in "iu":
        limits = np.iinfo(numbers)
        smallest, largest = int(array.min()), int(array.max())
        if smallest < limits.min or largest > limits.max:
            value = smallest if smallest < limits.min else largest
            yield f"{value} is no {wanted}", f"{wanted} is from {limits.min} to {limits.max}"
    elif numbers.kind in "fc" and array.dtype.kind in "iufc":
        with np.errstate(over="ignore"):
            lost = np.isinf(array.astype(numbers)) & np.isfinite(array)
        if lost.any():
            yield f"{array[lost][0]:g} is beyond {wanted}", "scale the data"


def _of_ids(array: Any, model_input: Input, model: Model) -> Iterator[tuple[str, str]]:
    """Yields that an id is not in the table of the layer that reads it."""
    import numpy as np

    below = model_input.below or 0
    wrong = ~((array >= 0) & (array < below))
    if not wrong.any():
        return
    place = np.argwhere(wrong)[0]
    reader, argument = _reader_of_ids(model, model_input.name)
    limit = f"{reader} has {argument}: {below}" if reader else f"ids are below {below}"
    count = int(wrong.sum())
    more = "" if count == 1 else f", and {count - 1} more like it"
    largest = array.max()
    fix = f"ids are from 0 to {below - 1}"
    if reader and largest >= below and np.isfinite(largest):
        name = reader.partition(" ")[0]
        fix += f'; a larger table: --set "{name}.{argument}={int(largest) + 1}"'
    yield (
        f"the id {array[tuple(place)]:g} at {place.tolist()}{more}: {limit}",
        fix,
    )


def _reader_of_ids(model: Model, name: str) -> tuple[str, str]:
    """The label of the layer that takes an input for ids, and the argument that bounds them."""
    for node in model.nodes:
        argument = traits(node.layer.cls).ids_below
        if argument and any(ref.node == name for ref in node.inbound):
            return node.layer.label, argument
    return "", ""


def _converted(array: Any, dtype: str) -> Any:
    """The array in the input's dtype, or in one that holds its numbers where numpy lacks it."""
    import numpy as np

    if dtype == "string":
        return np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array.astype(str)
    return array.astype(_numpy_name(dtype), copy=False)


def _numpy_name(dtype: str) -> str:
    return "float32" if dtype.startswith(("bfloat", "float8")) else dtype


def _dtype_name(array: Any) -> str:
    return "text" if array.dtype.kind in "UST" else str(array.dtype)
