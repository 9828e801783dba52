"""A planned sweep → its variants run: what can be refused is refused before the first of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import msgspec
from msgspec.structs import replace

from rnncli import library
from rnncli.config import ModelSpec, override
from rnncli.config.writing import flow
from rnncli.model.lengths import ChosenLengths
from rnncli.problems import errors
from rnncli.report.report import Report
from rnncli.report.sweep import Variant
from rnncli.sweeping.jobs import BackEnd, Job, Result, job_of
from rnncli.sweeping.journal import Entry, Journal
from rnncli.sweeping.versions import versions_here


class HowToRun(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure in each variant, and where.

    ``workers`` are processes of this machine, and ``scheduler`` the address of one of Dask; without
    either, all variants run in this process. ``force`` runs them even if memory may not be enough.
    ``journal`` is the path of a file that has what has run.
    """

    seed: int = 0
    runs: int = 10
    half_life: bool = False
    force: bool = False
    workers: int | None = None
    scheduler: str | None = None
    journal: str | None = None


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Variants, with the problems of those that cannot run, and the jobs of the others by place.

    ``largest`` is the memory of the largest variant, in bytes.
    """

    variants: tuple[Variant, ...]
    jobs: Mapping[int, Job]
    largest: int


# Hears of each variant that is done: how many are, of how many, and the variant.
Follow = Callable[[int, int, Variant], None]


def prepare(
    spec: ModelSpec,
    variants: tuple[Variant, ...],
    how: HowToRun,
    batch: int | None,
    length: ChosenLengths | None,
) -> Prepared:
    """The jobs of planned variants; nothing is run.

    Those that need least come first: what they leave in memory is then less than what the next one
    takes.
    """
    checked = [*variants]
    jobs: dict[int, Job] = {}
    needed: dict[int, int] = {}
    for place, variant in enumerate(variants):
        if variant.problems:
            continue
        settings = [f"{path}={flow(value)}" for path, value in variant.settings.items()]
        changed = override(spec, settings)
        planned = _checked(changed, library.plan(changed, batch=batch, length=length), how)
        if faults := errors(planned.problems):
            checked[place] = replace(variant, problems=tuple(faults))
            continue
        jobs[place] = job_of(
            changed, planned, seed=how.seed, runs=how.runs, half_life=how.half_life
        )
        needed[place] = _needs(planned)
    return Prepared(
        variants=tuple(checked),
        jobs={place: jobs[place] for place in sorted(jobs, key=needed.__getitem__)},
        largest=max(needed.values(), default=0),
    )


def _checked(spec: ModelSpec, planned: Report, how: HowToRun) -> Report:
    """The plan with all problems that a run would have."""
    from rnncli.experiments.gradients import with_recurrent_layer

    if not how.force:
        planned = library.with_memory_check(planned)
    planned = library.with_not_run(spec, planned)
    return with_recurrent_layer(spec, planned) if how.half_life else planned


def _needs(planned: Report) -> int:
    from rnncli.engine.memory import needs

    return needs(planned)


def run(
    prepared: Prepared,
    how: HowToRun,
    follow: Follow | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> tuple[Variant, ...]:
    """The variants with what was measured of them, in their order.

    Variants whose measurement is in the journal are not run again. Those that had not begun when
    ``is_stopped`` returned true are as they were planned.

    Raises:
        CannotRun: the journal is none, memory is not enough for so many processes, or the cluster
            does not answer, has no workers, or has other versions.
        EngineMissing: Keras or TensorFlow is not installed, or Dask is not.
    """
    variants = [*prepared.variants]
    keys = {place: job.key(versions_here().values()) for place, job in prepared.jobs.items()}
    journal = Journal(how.journal) if how.journal is not None else None
    done = 0

    def take(place: int, result: Result) -> None:
        nonlocal done
        variant = variants[place]
        # What travelled has no name of its own.
        problem = result.problem and replace(result.problem, file=variant.source)
        variants[place] = replace(
            variant,
            measured=result.measured or msgspec.UNSET,
            problems=(problem,) if problem else (),
        )
        done += 1
        if follow is not None:
            follow(done, len(prepared.jobs), variants[place])

    known = {} if journal is None else journal.done
    for place, key in keys.items():
        if key in known:
            take(place, Result(measured=known[key]))
    places = [place for place, key in keys.items() if key not in known]
    if not places:
        return tuple(variants)
    with _back_end(how, prepared.largest) as back_end:
        texts = [prepared.jobs[place].text for place in places]
        for number, result in back_end(texts, is_stopped):
            place = places[number]
            if journal and result.measured and not result.problem:
                settings = variants[place].settings
                entry = Entry(key=keys[place], settings=settings, measured=result.measured)
                journal.add(entry)
            take(place, result)
    return tuple(variants)


@contextmanager
def _back_end(how: HowToRun, largest: int) -> Iterator[BackEnd]:
    """What runs the jobs; only its own module is imported."""
    if how.scheduler is not None:
        from rnncli.sweeping import cluster

        with cluster.connected(how.scheduler) as client:
            yield partial(cluster.run, client=client)
        return
    from rnncli.engine.importing import check_installed

    check_installed("tensorflow")
    if how.workers is None:
        from rnncli.sweeping import loop

        yield loop.run
        return
    from rnncli.sweeping import processes

    if not how.force:
        processes.check_memory(how.workers, largest)
    yield partial(processes.run, workers=how.workers)
