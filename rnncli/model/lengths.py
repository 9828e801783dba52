"""Unknown lengths, and the sizes that the user chooses for them."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import SupportsIndex

import msgspec

from rnncli.config.nodes import LARGEST
from rnncli.config.spec import InputData, ModelSpec
from rnncli.model.graph import Input, Model
from rnncli.problems import ConfigError, Place, Problem, Source, problem, problem_of_file
from rnncli.report.report import DEFAULT_LENGTH, Report
from rnncli.suggestions import did_you_mean

# The source of lengths that are those of the data.
DATA = "--data"
# What a user chooses: one length for every input, or one for each that is named.
ChosenLengths = int | Mapping[str, int]
# What a run takes: for each input a length, or one for each of its unknown axes.
Lengths = int | Mapping[str, int | Sequence[int]]


class WantedLength(msgspec.Struct, frozen=True):
    """A length that the user chose, and its place."""

    size: int
    place: Place


def wanted_lengths(
    model: Model, option: ChosenLengths | None, data: InputData | None = None
) -> dict[str, Sequence[WantedLength]]:
    """The lengths of inputs, one for each unknown axis: those of the data, or those that the user
    chose with the option, or else in the config."""
    if data is not None:
        place = Place(Source(DATA, data.path), 1, 1, len(data.path) + 1)
        return {
            model_input.name: [
                WantedLength(size, place)
                for axis, size in zip(
                    model_input.shape, data.arrays[model_input.name].shape[1:], strict=True
                )
                if axis is None
            ]
            for model_input in model.inputs
        }
    written = str(option)
    if isinstance(option, Mapping):
        written = ",".join(f"{name}={size}" for name, size in option.items())
    place = Place(Source("--length", written), 1, 1, len(written) + 1)
    wanted: dict[str, Sequence[WantedLength]] = {}
    for model_input in model.inputs:
        size = option.get(model_input.name) if isinstance(option, Mapping) else option
        if isinstance(size, int):
            length = WantedLength(size, place)
        elif model.length is not None and (own := model.length.of(model_input.name)) is not None:
            length = WantedLength(*own)
        else:
            continue
        wanted[model_input.name] = [length] * model_input.shape.count(None)
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


def check_against_data(
    data: InputData, model: Model, batch: int | None, lengths: ChosenLengths | None
) -> None:
    """Refuses a batch or a length that is not that of the data.

    Raises:
        ConfigError: one of them differs.
    """
    if batch not in (None, data.batch):
        raise _contradiction(data, "--batch", f"--batch is {batch}", f"a batch of {data.batch}")
    for model_input in model.inputs:
        length = lengths.get(model_input.name) if isinstance(lengths, Mapping) else lengths
        sizes = data.arrays[model_input.name].shape[1:]
        for axis, size in zip(model_input.shape, sizes, strict=True):
            if axis is None and length not in (None, size):
                wanted = f"--length of {model_input.name} is {length}"
                raise _contradiction(data, "--length", wanted, f"{size} steps there")


def _contradiction(data: InputData, option: str, wanted: str, size: str) -> ConfigError:
    message = f"{wanted}, and the data has {size}"
    return ConfigError(
        problem_of_file(data.path, "data-does-not-fit", message, f"leave out {option}")
    )


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


def written_lengths(sizes: Mapping[str, int], source: str) -> str:
    """Lengths in the syntax of their source: an option or the config."""
    only_one = only(sizes.values())
    if source == "--length":
        named = ",".join(f"{name}={size}" for name, size in sizes.items())
        return f"--length {only_one or named}"
    if source == DATA:
        named = ", ".join(f"{name} of {size}" for name, size in sizes.items())
        return f"data with sequences of {only_one or named}"
    if source == "--set":
        return " ".join(f"--set length.{name}={size}" for name, size in sizes.items())
    named = ", ".join(f"{name}: {size}" for name, size in sizes.items())
    return f"length: {only_one}" if only_one else f"length: {{{named}}}"


def only(sizes: Iterable[int]) -> int | None:
    """The common length if all lengths are equal, else None."""
    distinct_sizes = set(sizes)
    return distinct_sizes.pop() if len(distinct_sizes) == 1 else None
