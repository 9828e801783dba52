"""A file of data → arrays by the names of inputs: .npy, .npz, .csv or lines of text.

Nothing is unpickled: an array of Python objects is refused.
"""

from __future__ import annotations

import csv
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

from rnncli.model.graph import Input
from rnncli.problems import ConfigError, problem_of_file

_NPY = b"\x93NUMPY"
_ZIP = b"PK"
# What numpy raises on files that are broken, encrypted or too large.
_BROKEN = (ValueError, EOFError, OSError, BadZipFile, zlib.error, KeyError, RuntimeError)
_BOOLEANS = {"0": False, "1": True, "false": False, "true": True}


def read_arrays(path: str, inputs: Sequence[Input]) -> Mapping[str, Any]:
    """Reads the arrays of a file; those of a file that names none are for the only input.

    Raises:
        ConfigError: the file cannot be read, is of another kind, or is for one input alone.
    """
    try:
        with open(path, "rb") as file:
            readable: BinaryIO = file if file.seekable() else BytesIO(file.read())
            head = readable.read(len(_NPY))
            readable.seek(0)
            if head.startswith(_ZIP):
                return _named_arrays(path, readable, inputs)
            if head.startswith(_NPY):
                return {_only(path, inputs).name: _array(path, readable)}
            suffix = Path(path).suffix.lower()
            if suffix not in _OF_TEXT:
                raise no_data(
                    path,
                    f"{path} is no .npy, .npz, .csv or .txt file",
                    "numpy.save writes an .npy file",
                )
            model_input = _only(path, inputs)
            return {model_input.name: _OF_TEXT[suffix](path, _text(path, readable), model_input)}
    except OSError as error:
        reason = error.strerror or error
        raise no_data(path, f"{path} cannot be read: {reason}", "name a file of data") from None
    except MemoryError:
        raise no_data(path, f"{path} does not fit into memory", "give fewer sequences") from None


def no_data(path: str, message: str, fix: str) -> ConfigError:
    """The error of a file that holds no data for a model."""
    return ConfigError(problem_of_file(path, "no-data", message, fix))


def _only(path: str, inputs: Sequence[Input]) -> Input:
    """The only input of a model."""
    if len(inputs) != 1:
        names = ", ".join(f"{model_input.name}=…" for model_input in inputs)
        raise no_data(
            path,
            f"{path} holds one array, and the model has {len(inputs)} inputs",
            f"put one array for each input into an .npz file: numpy.savez(file, {names})",
        )
    return inputs[0]


def _array(path: str, file: BinaryIO) -> Any:
    import numpy as np

    try:
        return np.load(file, allow_pickle=False)
    except _BROKEN as error:
        raise _broken(path, error) from None


def _named_arrays(path: str, file: BinaryIO, inputs: Sequence[Input]) -> Mapping[str, Any]:
    """Reads the arrays of the inputs; others, such as labels, are not read."""
    import numpy as np

    try:
        with np.load(file, allow_pickle=False) as archive:
            names = archive.files
            if names == ["arr_0"] and len(inputs) == 1:
                # numpy.savez names an array so that is given no name.
                return {inputs[0].name: archive["arr_0"]}
            wanted = [model_input.name for model_input in inputs]
            # The arrays that no input has are named where one is missing.
            return {name: archive[name] if name in wanted else None for name in names}
    except _BROKEN as error:
        raise _broken(path, error) from None


def _broken(path: str, error: BaseException) -> ConfigError:
    reason = " ".join(str(error).split()) or type(error).__name__
    if "pickle" in reason:
        return no_data(
            path,
            f"{path} holds Python objects, which are pickled and never read",
            'save numbers or text: array.astype("float32")',
        )
    return no_data(path, f"{path} is broken: {reason}", "write it again with numpy.save or savez")


def _text(path: str, file: BinaryIO) -> str:
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise no_data(
            path, f"{path} is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}",
            "save it as UTF-8",
        ) from None  # fmt: skip


def _lines(path: str, text: str, model_input: Input) -> Any:
    """A string for each line, in the shape of an input of strings."""
    import numpy as np

    if model_input.dtype != "string" or model_input.shape not in ((), (1,)):
        raise no_data(
            path,
            f"{path} has lines of text, and {model_input.name} takes {_described(model_input)}",
            "lines are for an input such as {shape: [1], dtype: string}, read by TextVectorization",
        )
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[-1] == "":
        lines.pop()
    return np.array(lines, dtype=str).reshape(len(lines), *model_input.shape)


def _table(path: str, text: str, model_input: Input) -> Any:
    """The numbers or strings of a CSV file.

    A row is a sequence, its cells step after step; or it is one step, if it has as many cells as a
    step has numbers, and the sequences follow one another.
    """
    import numpy as np

    rows = [row for row in csv.reader(StringIO(text, newline="")) if row]
    convert = _converter(model_input.dtype)
    first = 0
    if rows and convert is not str and not any(_is_read(convert, cell) for cell in rows[0]):
        # Names of columns.
        first = 1
    values = []
    for number, row in enumerate(rows[first:], first + 1):
        if len(row) != len(rows[first]):
            raise no_data(
                path,
                f"row {number} of {path} has {len(row)} cells, and row {first + 1} has "
                f"{len(rows[first])}",
                "fill up short sequences with padding",
            )
        for column, cell in enumerate(row, 1):
            if not _is_read(convert, cell):
                raise no_data(
                    path,
                    f"row {number}, column {column} of {path} is {cell.strip()[:40]!r}, and "
                    f"{model_input.name} takes {model_input.dtype}",
                    "separate numbers with commas, and leave no cell empty",
                )
        values.append([convert(cell) for cell in row])
    if not values:
        raise no_data(path, f"{path} has no rows", "write a row for each sequence")
    try:
        array = np.array(values, dtype=None if convert is not int else "int64")
    except OverflowError:
        raise no_data(
            path, f"{path} has an integer beyond 64 bits", f"use {model_input.dtype}"
        ) from None
    return _in_shape(array, model_input)


def _in_shape(array: Any, model_input: Input) -> Any:
    """A table in the shape of an input, or as it is where that does not fit."""
    rows, columns = array.shape
    if not model_input.shape:
        return array.reshape(rows) if columns == 1 else array
    time, *features = model_input.shape
    if not features or None in features:
        return array
    step = math.prod(size or 1 for size in features)
    if columns == step and time != 1:
        if time is None:
            return array.reshape(1, rows, *features)
        return array if rows % time else array.reshape(rows // time, time, *features)
    if step and columns % step == 0:
        return array.reshape(rows, columns // step, *features)
    return array


def _converter(dtype: str) -> Callable[[str], Any]:
    if dtype == "string":
        return str
    if dtype == "bool":
        return lambda cell: _BOOLEANS[cell.strip().lower()]
    if "int" in dtype:
        return int
    return complex if dtype.startswith("complex") else float


def _is_read(convert: Callable[[str], Any], cell: str) -> bool:
    try:
        convert(cell)
    except (ValueError, KeyError):
        return False
    # Python reads 1_000 as a number.
    return convert is str or "_" not in cell


def _described(model_input: Input) -> str:
    axes = ", ".join("null" if axis is None else str(axis) for axis in model_input.shape)
    return f"{model_input.dtype} of shape [{axes}]"


_OF_TEXT: Mapping[str, Callable[[str, str, Input], Any]] = {".csv": _table, ".txt": _lines}
