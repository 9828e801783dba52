"""The library's conversions: a model as files of another kind. The command calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rnncli import library
from rnncli.preparing import needed_to_run
from rnncli.report.report import Report

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.model.lengths import ChosenLengths
    from rnncli.writers import Written


def convert(
    spec: ModelSpec,
    to: str,
    *,
    batch: int | None = None,
    length: ChosenLengths | None = None,
    seed: int = 0,
) -> Written:
    """A model as the content of files of another kind: ``to`` is ``yaml``, ``py``, ``mmd`` or
    ``dot``. Nothing is written to a disk.

    Raises:
        ConfigError: as for ``plan``.
        CannotWrite: the model has errors, or what the files cannot hold.
        ValueError: there is no such kind.
    """
    from rnncli.problems import errors
    from rnncli.writers import TARGETS, CannotWrite

    if to not in TARGETS:
        raise ValueError(f"convert writes {', '.join(TARGETS)}, and not {to}")
    planned = library.plan(spec, batch=batch, length=length)
    if faults := errors(planned.problems):
        raise CannotWrite(faults)
    return written_as(to, spec, planned, seed)


def without_ended(to: str, planned: Report) -> Report:
    """A plan without the problems of an old file that the conversion itself ends."""
    from rnncli.readers.dialects.changes import ENDED_BY_CONVERT
    from rnncli.writers import TARGETS

    ended = ENDED_BY_CONVERT
    if not TARGETS[to].has_weights:
        # It is the weights that keep the numbers.
        ended -= {"hard-sigmoid-changed"}
    left = tuple(problem for problem in planned.problems if problem.code not in ended)
    return replace(planned, problems=left)


def written_as(to: str, spec: ModelSpec, planned: Report, seed: int = 0) -> Written:
    """A model without errors, whose plan is known, as the content of files of another kind.

    Raises:
        CannotWrite: the files cannot hold the model.
        EngineMissing: a package that this kind needs cannot be imported.
    """
    from rnncli.model.binding import bind
    from rnncli.planning.plan import placed
    from rnncli.problems import errors
    from rnncli.writers import CannotWrite, Convertible, load

    needed = [needed_to_run(problem) for problem in planned.problems]
    if faults := errors(needed):
        raise CannotWrite(faults)
    try:
        # Bound again: a report has none of the arguments that its numbers follow from.
        return load(to).write(Convertible(spec, bind(spec), planned, seed))
    except CannotWrite as error:
        raise CannotWrite(placed(error.problems, spec)) from None
