"""A model of unknown lengths → the model at lengths that fit it.

The rules are applied with a number in place of every unknown length. The numbers carry expressions
of the lengths (:mod:`rnncli.rules.sizes`), so that one pass says which lengths must be equal, how
each axis depends on them, and which numbers the model takes at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rnncli.model.graph import Input, Model
from rnncli.model.lengths import WantedLength, only, written_lengths
from rnncli.planning.fitting import Rules, fit, holds, rules_of
from rnncli.planning.steps import ModelEvaluator
from rnncli.problems import Problem, errors, problem
from rnncli.report.layer import Shape
from rnncli.report.report import DEFAULT_LENGTH
from rnncli.rules.expressions import Expression, Unknown, atom, constant, minus, substituted, text
from rnncli.rules.rule import PlannedLayer
from rnncli.rules.sizes import Condition, Trace, expression_of
from rnncli.suggestions import listed

# How many lengths are tried, and which ones where no condition says what is needed.
_TRIES = 60
_BLIND = (2, 1, 20, 50, 100, 500, 1_000, 5_000, 10_000, 50_000)


class FreeLength(msgspec.Struct, frozen=True):
    """A length that may be chosen: its letter, the inputs that have it, what it is in the run."""

    letter: str
    inputs: tuple[str, ...]
    size: int
    chosen: bool


class Settled(msgspec.Struct, frozen=True):
    """A model at lengths that fit it, with the shapes of its inputs there, without the batch.

    ``names`` and ``ties`` say how an axis is written.
    """

    layers: list[PlannedLayer]
    shapes: Sequence[Shape]
    lengths: tuple[FreeLength, ...] = ()
    names: tuple[str, ...] = ()
    ties: Mapping[int, Expression] = {}
    problems: Sequence[Problem] = ()

    def letters(self, shape: Shape, filled: Shape) -> tuple[str, ...]:
        """The unknown axes of a shape as expressions of the lengths: ``("⌈T/2⌉",)``.

        Empty where all of them are the only length, T.
        """
        if len(shape) != len(filled):
            return ()
        pairs = zip(shape, filled, strict=True)
        letters = tuple([self._letter(size) for axis, size in pairs if axis is None])
        return letters if len(self.lengths) > 1 or {*letters} - {"T"} else ()

    def _letter(self, size: int | None) -> str:
        """The expression of an unknown axis; ``?`` where its size depends on the data."""
        if size is None:
            return "?"
        return text(substituted(expression_of(size), self.ties), self.names)


class _Pass(msgspec.Struct, frozen=True):
    """The model evaluated at one choice of lengths."""

    sizes: Sequence[int]
    shapes: Sequence[Shape]
    layers: list[PlannedLayer]
    problems: list[Problem]
    conditions: Mapping[Condition, None]

    @property
    def fits(self) -> bool:
        return not errors(self.problems)


class _Unknowns(msgspec.Struct, frozen=True):
    """The unknown axes of a model's inputs, and the model, to be evaluated at sizes of these axes.

    ``axes`` has the number of its input for each unknown axis; ``reported`` are problems that the
    model has at any length.
    """

    evaluator: ModelEvaluator
    axes: Sequence[int]
    reported: frozenset[tuple[object, ...]] = frozenset()

    @property
    def inputs(self) -> Sequence[Input]:
        """The model's inputs."""
        return self.evaluator.model.inputs

    def shapes(self, sizes: Sequence[int]) -> list[Shape]:
        """The inputs' shapes, without the batch, at these sizes of their unknown axes."""
        remaining = iter(sizes)
        return [
            tuple([next(remaining) if axis is None else axis for axis in model_input.shape])
            for model_input in self.inputs
        ]

    def evaluate(self, sizes: Sequence[int], names: tuple[str, ...] | None) -> _Pass:
        """The model at these sizes; without names, messages write them as numbers."""
        trace = Trace(names)
        traced = [trace.size(number, size) for number, size in enumerate(sizes)]
        shapes = self.shapes(traced)
        model = self.evaluator.concrete(shapes)
        new = [problem for problem in model.problems if identity(problem) not in self.reported]
        return _Pass(sizes, shapes, model.layers, new, trace.conditions)

    def names(self, rules: Rules) -> tuple[str, ...]:
        """The unknown axes as letters, or as expressions where they follow from others."""
        free = [number for number in range(len(self.axes)) if number not in rules.ties]
        letters = _letters([self.inputs[self.axes[number]].name for number in free])
        names = dict(zip(free, letters, strict=True))
        known = tuple([names.get(number, "") for number in range(len(self.axes))])
        for number, expression in rules.ties.items():
            names[number] = text(expression, known)
        return tuple([names[number] for number in range(len(self.axes))])


def settle(
    evaluator: ModelEvaluator,
    wanted: Mapping[str, Sequence[WantedLength]],
    reported: Iterable[Problem],
) -> Settled:
    """The model at the wanted lengths; where none is wanted, at 10 or the smallest that fits.

    Problems are those of lengths that do not fit, and of a model that no length fits, without
    those that are ``reported`` already.
    """
    axes = _unknown_axes(evaluator.model)
    unknowns = _Unknowns(evaluator, axes, frozenset(map(identity, reported)))
    of_inputs = {name: iter(lengths) for name, lengths in wanted.items()}
    wanted_by_axis = [
        next(of_inputs.get(unknowns.inputs[number].name, iter(())), None) for number in axes
    ]
    wanted_sizes = [length.size if length else None for length in wanted_by_axis]
    trial, rules = _fitting(unknowns, wanted_sizes)
    if not trial.fits:
        return Settled(trial.layers, trial.shapes, problems=trial.problems)
    sizes = _merged(rules, trial.sizes, wanted_sizes)
    if sizes != [*trial.sizes]:
        again = unknowns.evaluate(sizes, None)
        if not again.fits and not any(wanted_by_axis):
            # The model fits only where an axis of size 1 is broadcast.
            again, sizes = trial, [*trial.sizes]
        if not again.fits:
            problem = _misfit(unknowns, rules, wanted_by_axis, sizes, errors(again.problems)[0])
            return Settled(again.layers, again.shapes, problems=[problem])
        rules = rules_of(
            [
                condition
                for condition in (*trial.conditions, *again.conditions)
                if holds(condition, sizes)
            ]
        )
        trial = again
    names = unknowns.names(rules)
    lengths = _free(unknowns, rules, names, trial.sizes, wanted_by_axis)
    return Settled(trial.layers, trial.shapes, lengths, names, rules.ties, trial.problems)


def _fitting(unknowns: _Unknowns, wanted_sizes: Sequence[int | None]) -> tuple[_Pass, Rules]:
    """The model at lengths that fit it, or else at the first lengths tried; what they must meet."""
    first = next(iter(wanted_sizes)) if len({*wanted_sizes}) == 1 else None
    start = [first if first is not None and first > 1 else DEFAULT_LENGTH] * len(unknowns.axes)
    names = unknowns.names(Rules({}, ()))
    trial = failed = unknowns.evaluate(start, names)
    conditions = dict(trial.conditions)
    rules = rules_of(conditions)
    blind = iter([*[size for size in wanted_sizes if size is not None][:1], *_BLIND])
    least = 2
    for _ in range(_TRIES):
        if trial.fits:
            break
        complete = rules.completed(trial.sizes)
        if complete == trial.sizes and not rules.broken(complete):
            # No condition says what is wrong.
            sizes = next(([size] * len(start) for size in blind), None)
        else:
            sizes = None if rules.impossible else fit(rules, complete, least=least)
            least *= 2
        if sizes is None:
            return _unfit(unknowns, failed, rules), rules
        trial = unknowns.evaluate(rules.completed(sizes), names)
        conditions |= trial.conditions
        rules = rules_of(conditions)
    if not trial.fits:
        return _unfit(unknowns, failed, rules), rules
    if trial is not failed:
        # All conditions are known now: the smallest may be smaller than what was tried.
        sizes = fit(rules, rules.completed(start))
        if sizes is not None and (complete := rules.completed(sizes)) != trial.sizes:
            smallest = unknowns.evaluate(complete, names)
            trial = smallest if smallest.fits else trial
    return trial, rules


def _unfit(unknowns: _Unknowns, failed: _Pass, rules: Rules) -> _Pass:
    """The model at lengths that do not fit it, with messages in the letters of its lengths.

    If every broken condition can be met alone, the problem is that no length meets all of them.
    """
    names = unknowns.names(rules)
    failed = unknowns.evaluate(failed.sizes, names)
    sizes = rules.completed(failed.sizes)
    broken = rules.broken(sizes)
    if not broken or rules.impossible:
        return failed
    if any(fit(Rules(rules.ties, (condition,)), sizes) is None for condition in broken):
        return failed
    cause = errors(failed.problems)[0]
    at = listed(dict.fromkeys(f"{name} = {size}" for name, size in zip(names, sizes, strict=True)))
    whole = msgspec.structs.replace(
        cause,
        code="bad-length",
        message=f"no length fits the whole model: at {at}, {cause.message}",
    )
    return msgspec.structs.replace(failed, problems=[whole])


def in_letters(evaluator: ModelEvaluator, problems: Sequence[Problem]) -> list[Problem]:
    """The problems of a model of unknown lengths, with its axes written in letters.

    Each is replaced by the same problem of the model at the default lengths, if it is found there.
    """
    unknowns = _Unknowns(evaluator, _unknown_axes(evaluator.model))
    sizes = [DEFAULT_LENGTH] * len(unknowns.axes)
    before = unknowns.names(Rules({}, ()))
    trial = unknowns.evaluate(sizes, before)
    names = unknowns.names(rules_of(trial.conditions))
    if names != before:
        trial = unknowns.evaluate(sizes, names)
    by_identity = {identity(problem): problem for problem in trial.problems}
    return [by_identity.get(identity(problem), problem) for problem in problems]


def identity(problem: Problem) -> tuple[object, ...]:
    """What identifies a problem, whatever shapes its message names."""
    return problem.code, problem.layer, problem.line, problem.column


def _unknown_axes(model: Model) -> list[int]:
    """For each unknown axis, the number of its input."""
    return [n for n, tensor in enumerate(model.inputs) for axis in tensor.shape if axis is None]


def _merged(rules: Rules, sizes: Sequence[int], wanted_sizes: Sequence[int | None]) -> list[int]:
    """The wanted lengths, and sizes that fit them for the lengths that are not wanted."""
    combined = [
        size if want is None else want for size, want in zip(sizes, wanted_sizes, strict=True)
    ]
    fixed = [n for n, want in enumerate(wanted_sizes) if want is not None and n not in rules.ties]
    followed = [
        Condition(minus(expression, constant(want)))
        for number, expression in rules.ties.items()
        if (want := wanted_sizes[number]) is not None
    ]
    whole = Rules(rules.ties, (*rules.conditions, *followed))
    fitted_sizes = fit(whole, rules.completed(combined), fixed)
    return combined if fitted_sizes is None else rules.completed(fitted_sizes)


def _misfit(
    unknowns: _Unknowns,
    rules: Rules,
    wanted: Sequence[WantedLength | None],
    sizes: Sequence[int],
    cause: Problem,
) -> Problem:
    """The problem with wanted lengths that do not fit, at their place; the fix names others."""
    named = {
        unknowns.inputs[number].name: want
        for number, want in zip(unknowns.axes, wanted, strict=True)
        if want is not None
    }
    first = next(iter(named.values()))
    at = f"length {first.size}" if only(want.size for want in named.values()) else listed(
        f"{name} = {want.size}" for name, want in named.items()
    )  # fmt: skip
    complete = rules.completed(sizes)
    better = fit(rules, complete, least=max(2, *(want.size for want in named.values())))
    own = cause.code in ("too-short", "too-long", "beyond-64-bits")
    fix = "give another length"
    if better is not None and rules.completed(better) != list(sizes):
        better = rules.completed(better)
        fitting = {
            unknowns.inputs[n].name: size for n, size in zip(unknowns.axes, better, strict=True)
        }
        fix = f"{written_lengths(fitting, first.place.source.name)} fits"
    elif own and cause.code != "too-short":
        fix = "give a smaller length"
    return problem(
        cause.code if own else "bad-length",
        f"at {at}, {cause.message}",
        fix,
        place=first.place,
        layer=cause.layer,
    )


def _free(
    unknowns: _Unknowns,
    rules: Rules,
    names: Sequence[str],
    sizes: Sequence[int],
    wanted: Sequence[WantedLength | None],
) -> tuple[FreeLength, ...]:
    """The lengths that may be chosen, each with the inputs that have it."""
    having: dict[Expression, list[int]] = {}
    for number in range(len(unknowns.axes)):
        own = atom(Unknown(number))
        having.setdefault(rules.ties.get(number, own), []).append(number)
    return tuple(
        FreeLength(
            names[number],
            tuple(dict.fromkeys(unknowns.inputs[unknowns.axes[n]].name for n in same)),
            sizes[number],
            chosen=all(wanted[n] is None for n in same),
        )
        for number in range(len(unknowns.axes))
        if number not in rules.ties
        for same in (having[atom(Unknown(number))],)
    )


def _letters(names: Sequence[str]) -> list[str]:
    """A letter for each length: the input's initial where all initials differ."""
    if len(names) == 1:
        return ["T"]
    initials = [name[:1].upper() for name in names]
    if len(set(initials)) == len(initials) and all(initial.isalpha() for initial in initials):
        return initials
    free = "TSUVWXYZABCDEFGHIJKLMNOPQR"
    return [free[i] if i < len(free) else f"T{i}" for i in range(len(names))]
