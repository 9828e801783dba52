"""Lengths that are not known: what stands for them in a run, and which of them are independent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from rnncli.layers.model import Input, Model
from rnncli.layers.rule import Held
from rnncli.problems import ConfigError, did_you_mean, problem
from rnncli.report import Shape

# One length for every input, or one for each that is named; the default for the others.
Lengths = int | Mapping[str, int]

DEFAULT_LENGTH = 10

# An axis of unknown size: the input's place, and the axis without the batch.
_Axis = tuple[int, int]
_Sizes = Mapping[_Axis, int]


def length_of(lengths: Lengths, name: str) -> int:
    """What stands for the unknown lengths of an input."""
    return lengths if isinstance(lengths, int) else lengths.get(name, DEFAULT_LENGTH)


def check_lengths(lengths: Lengths, model: Model) -> None:
    """Makes sure that every named length is that of an input.

    Raises:
        ConfigError: one is not.
    """
    names = [each.name for each in model.inputs]
    for name in () if isinstance(lengths, int) else lengths:
        if name not in names:
            near = did_you_mean(name, names)
            fix = f"did you mean {near}?" if near else f"the inputs are {', '.join(names)}"
            raise ConfigError(problem("bad-length", f"--length: no input is named {name}", fix))


def filled_shape(given: Input, batch: int, length: int) -> tuple[int, ...]:
    """The shape of an input in a run."""
    return (batch, *(length if axis is None else axis for axis in given.shape))


def only(sizes: Iterable[int]) -> int | None:
    """The one length, where all are the same."""
    found = set(sizes)
    return found.pop() if len(found) == 1 else None


class Independent(msgspec.Struct, frozen=True):
    """A length that may be chosen freely: its letter, the inputs that have it, its size, and the
    plan's steps with another size in its place, by which an axis shows that it depends on it."""

    letter: str
    inputs: tuple[str, ...]
    size: int
    varied: Sequence[Held]


def independent(
    model: Model, lengths: Lengths, steps_at: Callable[[Sequence[Shape]], Sequence[Held] | None]
) -> tuple[Independent, ...]:
    """The lengths of a model that are independent of each other.

    ``steps_at`` follows the model from inputs of these shapes, without the batch; None where
    that fails. Lengths that cannot be changed one without the other are one.
    """
    sizes: dict[_Axis, int] = {
        (number, axis): length_of(lengths, given.name)
        for number, given in enumerate(model.inputs)
        for axis, size in enumerate(given.shape)
        if size is None
    }
    groups: list[tuple[_Axis, ...]] = [(axis,) for axis in sizes]
    found: list[tuple[tuple[_Axis, ...], Sequence[Held]]] = []
    if len(groups) < 2:
        return tuple(Independent("T", (model.inputs[n].name,), sizes[n, a], ()) for n, a in sizes)
    while groups:
        group = groups.pop(0)
        steps = steps_at(_varied(model, sizes, group))
        others = iter(list(groups))
        while steps is None and (other := next(others, None)) is not None:
            steps = steps_at(_varied(model, sizes, group + other))
            if steps is not None:
                groups.remove(other)
                group += other
        found.append((group, steps or ()))
    letters = _letters([model.inputs[group[0][0]].name for group, _ in found])
    return tuple(
        Independent(
            letter,
            tuple(dict.fromkeys(model.inputs[number].name for number, _ in group)),
            sizes[group[0]],
            steps,
        )
        for letter, (group, steps) in zip(letters, found, strict=True)
    )


def _varied(model: Model, sizes: _Sizes, group: Sequence[_Axis]) -> list[Shape]:
    """The inputs' shapes with other sizes for the axes of a group."""
    return [
        tuple(
            size
            if size is not None
            else sizes[n, a] * (2 if (n, a) in group else 1) + ((n, a) in group)
            for a, size in enumerate(given.shape)
        )
        for n, given in enumerate(model.inputs)
    ]


def _letters(names: Sequence[str]) -> list[str]:
    """A letter for each length: the input's initial where that tells them apart."""
    if len(names) == 1:
        return ["T"]
    initials = [name[:1].upper() for name in names]
    if len(set(initials)) == len(initials) and all(each.isalpha() for each in initials):
        return initials
    free = "TSUVWXYZABCDEFGHIJKLMNOPQR"
    return [free[i] if i < len(free) else f"T{i}" for i in range(len(names))]
