"""Runs the variants in several processes of this machine, each with a Keras of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

import msgspec

from rnncli.report.memory import bytes_in_words
from rnncli.sweeping.errors import TooManyWorkers
from rnncli.sweeping.jobs import Result, Results, lost
from rnncli.sweeping.measuring import measure

# What TensorFlow takes in each process, before a model is built.
_TENSORFLOW_BYTES = 600_000_000
# How many copies of a model's weights and tensors a run has at once, about.
_COPIES = 3
# In seconds: how often a run looks whether it is stopped.
_BETWEEN_LOOKS = 0.2


def check_memory(workers: int, largest: int, available: int | None = None) -> None:
    """Checks that memory is enough for workers that each build a model of ``largest`` bytes.

    Raises:
        TooManyWorkers: it is not.
    """
    if available is None:
        import psutil

        available = psutil.virtual_memory().available
    needed = _TENSORFLOW_BYTES + _COPIES * largest
    if workers * needed > available:
        fitting = available // needed
        fix = f"--workers {fitting} fit" if fitting > 1 else "run it without --workers"
        raise TooManyWorkers(
            f"{workers} workers take about {bytes_in_words(workers * needed)} of memory, and "
            f"{bytes_in_words(available)} are free; {fix}, or go on with --force"
        )


def run(jobs: Sequence[str], is_stopped: Callable[[], bool], workers: int) -> Results:
    """Yields the place and the result of each job, as they are done.

    A process that dies, because memory runs out for instance, takes the others of its pool along.
    The jobs that ran are then run again, each alone; one that kills its process twice has a
    problem as its result.
    """
    waiting = [*range(len(jobs))]
    while waiting and not is_stopped():
        running = yield from _pool(jobs, waiting, is_stopped, workers)
        for place in running:
            if not is_stopped() and (yield from _pool(jobs, [place], is_stopped, 1)):
                yield place, lost("its process was killed, or crashed, twice")


def _pool(
    jobs: Sequence[str], waiting: list[int], is_stopped: Callable[[], bool], workers: int
) -> Generator[tuple[int, Result], None, list[int]]:
    """Runs the waiting jobs, which leave the list when they start, until a process dies.

    Returns the places of those that ran then.
    """
    running: dict[Future[str], int] = {}
    with _executor(min(workers, len(waiting))) as executor:
        while (waiting or running) and not is_stopped():
            try:
                while waiting and len(running) < workers:
                    running[executor.submit(measure, jobs[waiting[0]])] = waiting[0]
                    waiting.pop(0)
            except BrokenProcessPool:
                break
            done, _ = wait(running, timeout=_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
            for future in done:
                if not isinstance(future.exception(), BrokenProcessPool):
                    yield running.pop(future), msgspec.json.decode(future.result(), type=Result)
            if any(future in running for future in done):
                break
        return sorted(running.values())


@contextmanager
def _executor(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes end with the context, whatever they do, and with this process."""
    context = multiprocessing.get_context("spawn")
    # A process of the pool ends once the other end is closed.
    reader, writer = context.Pipe(duplex=False)
    threads = max(1, (os.cpu_count() or 1) // workers)
    executor = ProcessPoolExecutor(workers, context, _start, (reader, threads))
    try:
        yield executor
    finally:
        writer.close()
        executor.shutdown(cancel_futures=True)
        reader.close()


def _start(reader: Connection, threads: int) -> None:
    """Prepares a process of the pool; it shares the cores with the others."""
    # Ctrl-C is for the process that started it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(reader,), daemon=True).start()
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))


def _end_with(reader: Connection) -> None:
    with suppress(EOFError, OSError):
        reader.recv()
    os._exit(0)
