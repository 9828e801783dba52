"""Unknown lengths, and the sizes that the user chooses for them."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import SupportsIndex

import msgspec

from rnncli.config.nodes import LARGEST
from rnncli.config.spec import ModelSpec
from rnncli.model.graph import Input, Model
from rnncli.problems import ConfigError, Place, Problem, Source, problem
from rnncli.report.report import DEFAULT_LENGTH, Report
from rnncli.suggestions import did_you_mean

# What a user chooses: one length for every input, or one for each that is named.
ChosenLengths = int | Mapping[str, int]
# What a run takes: for each input a length, or one for each of its unknown axes.
Lengths = int | Mapping[str, int | Sequence[int]]


class WantedLength(msgspec.Struct, frozen=True):
    """A length that the user chose, and its place."""

    size: int
    place: Place


def wanted_lengths(model: Model, option: ChosenLengths | None) -> dict[str, WantedLength]:
    """The lengths that the user chose for inputs: with the option, or else in the config."""
    written = str(option)
    if isinstance(option, Mapping):
        written = ",".join(f"{name}={size}" for name, size in option.items())
    place = Place(Source("--length", written), 1, 1, len(written) + 1)
    wanted: dict[str, WantedLength] = {}
    for model_input in model.inputs:
        size = option.get(model_input.name) if isinstance(option, Mapping) else option
        if isinstance(size, int):
            wanted[model_input.name] = WantedLength(size, place)
        elif model.length is not None and (length := model.length.of(model_input.name)) is not None:
            wanted[model_input.name] = WantedLength(*length)
    return wanted


def checked_lengths(lengths: ChosenLengths | None, model: Model) -> ChosenLengths | None:
    """The lengths as Python's own integers.

    Raises:
        ConfigError: a length is not a positive integer, or no input has the name of one.
    """
    if lengths is None:
        return None
    if not isinstance(lengths, Mapping):
        return checked_size(lengths, "length", "such as length=200, or length={'input': 200}")
    names = [model_input.name for model_input in model.inputs]
    for name in lengths:
        if name not in names:
            fix = no_such_input(str(name), names)
            raise ConfigError(problem("bad-length", f"--length: no input is named {name}", fix))
    return {
        name: checked_size(size, f"the length of {name}", f"such as length={{{name!r}: 200}}")
        for name, size in lengths.items()
    }


def checked_size(size: object, what: str, example: str) -> int:
    """A size as Python's own integer.

    Raises:
        ConfigError: it is not a positive integer of 64 bits.
    """
    number = 0
    if isinstance(size, SupportsIndex) and not isinstance(size, bool):
        with suppress(TypeError):  # An array of NumPy has the method, and may have no number.
            number = operator.index(size)
    if not 0 < number <= LARGEST:
        message = f"{what} must be a positive integer below 2^63, not {reprlib.repr(size)}"
        raise ConfigError(problem("not-positive", message, example))
    return number


def misnamed_lengths(spec: ModelSpec) -> list[Problem]:
    """The problems with lengths in a config that are named after no input."""
    if spec.length is None or not spec.length.inputs:
        return []
    names = [input_spec.name for input_spec in spec.inputs]
    return [
        problem("bad-length", f"no input is named {name}", no_such_input(name, names), place=place)
        for name, (_, place) in spec.length.inputs.items()
        if name not in names
    ]


def no_such_input(name: str, names: Sequence[str]) -> str:
    """The fix for a name that no input has."""
    near = did_you_mean(name, names)
    return f"did you mean {near}?" if near else f"the inputs are {', '.join(names)}"


def filled_shape(model_input: Input, batch: int, lengths: Lengths | None) -> tuple[int, ...]:
    """The shape of an input in a run, with the batch axis and without unknown axes."""
    size = lengths.get(model_input.name) if isinstance(lengths, Mapping) else lengths
    size = DEFAULT_LENGTH if size is None else size
    sizes = iter(size if not isinstance(size, int) else [size] * model_input.shape.count(None))
    return (batch, *[next(sizes) if axis is None else axis for axis in model_input.shape])


def lengths_of(planned: Report) -> dict[str, Sequence[int]]:
    """The lengths that a plan used, so that a run uses the same."""
    return {
        tensor.name: [
            size or 0
            for axis, size in zip(tensor.shape, tensor.actual, strict=True)
            if axis is None
        ]
        for tensor in planned.inputs
        if tensor.shape is not None and tensor.actual is not None
    }


def only(sizes: Iterable[int]) -> int | None:
    """The common length if all lengths are equal, else None."""
    distinct_sizes = set(sizes)
    return distinct_sizes.pop() if len(distinct_sizes) == 1 else None
