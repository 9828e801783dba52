"""The variants of a model that are measured beside each other: lengths, and recurrent classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rnncli.config import ModelSpec
from rnncli.model.as_class import as_class, recurrent_classes
from rnncli.model.binding import bind
from rnncli.model.lengths import lengths_of
from rnncli.model.runnable import runnable
from rnncli.model.sequence_lengths import at_length, steps_of
from rnncli.model.variant import Variant
from rnncli.planning.plan import plan
from rnncli.problems import Problem, errors
from rnncli.report.report import Report


def variants(
    spec: ModelSpec, planned: Report, lengths: Sequence[int], *, compare: bool
) -> tuple[list[Variant], list[Problem]]:
    """Returns the variants of a model, and the problems of those that are not valid.

    ``planned`` is the plan of the model as it is, which is the only variant without ``lengths`` and
    ``compare``.
    """
    made: list[Variant] = []
    problems: list[Problem] = []
    for length in dict.fromkeys(lengths) or [None]:
        changed, report = spec, planned
        if length is not None:
            changed = at_length(spec, bind(spec), length)
            report = plan(changed, planned.batch, _unknown(planned))
            faults = errors(report.problems)
            problems += [_at_length(problem, length) for problem in faults]
            if faults:
                continue
        made += _variants(changed, report, strict=not spec.settings, compare=compare)
    return made, problems


def _variants(
    spec: ModelSpec, planned: Report, *, strict: bool, compare: bool
) -> Iterator[Variant]:
    model = runnable(bind(spec))
    sizes = lengths_of(planned)
    own = Variant(
        model=model,
        file=spec.file,
        data=spec.data,
        strict=strict,
        batch=planned.batch,
        lengths=sizes,
        length=steps_of(model, sizes),
    )
    if not compare:
        yield own
    for cls in recurrent_classes() if compare else ():
        # Weights of a file fit one of the classes alone.
        yield replace(own, model=as_class(model, cls), file=None, compared_as=cls)


def _unknown(planned: Report) -> dict[str, int] | None:
    """The sizes that the plan took for unknown lengths."""
    sizes = {name: length.size for length in planned.lengths for name in length.inputs}
    return sizes or None


def _at_length(problem: Problem, length: int) -> Problem:
    return replace(problem, message=f"at {length:,} steps: {problem.message}")
