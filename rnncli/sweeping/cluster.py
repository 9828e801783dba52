"""Runs the variants on a cluster of Dask: chunks of jobs go to its workers as text."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from rnncli.sweeping.errors import NoCluster, VersionsDiffer
from rnncli.sweeping.jobs import Result, Results, lost
from rnncli.sweeping.measuring import measure_all
from rnncli.sweeping.versions import PACKAGES, versions_here

INSTALL = 'pip install "rnncli[distributed]"'
# A worker gets so many variants at a time: more than one, as each message takes a while, and few,
# as those of a worker that dies run again.
_CHUNK = 20
_RETRIES = 2
# In seconds: to reach the scheduler, to wait for a first worker, between looks whether it is over.
_CONNECTING, _FIRST_WORKER, _BETWEEN_LOOKS = 10, 30, 0.2


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address, whose workers all have the versions of this process.

    Raises:
        PackageMissing: Dask is not installed.
        NoCluster: the scheduler does not answer, or has no workers.
        VersionsDiffer: a worker has another Python, Keras, TensorFlow or rnncli.
    """
    try:
        from distributed import Client
    except ImportError as error:
        from rnncli.engine.errors import PackageMissing

        raise PackageMissing(f"{error.name or 'distributed'} is not installed", INSTALL) from error
    with warnings.catch_warnings():
        # Versions are compared below, and those of Dask's own packages need not be the same.
        warnings.simplefilter("ignore")
        try:
            client = Client(address, timeout=_CONNECTING, set_as_default=False)
        except (OSError, ValueError) as error:
            raise NoCluster(f"no scheduler of Dask answers at {address}") from error
        try:
            client.wait_for_workers(1, timeout=_FIRST_WORKER)
            _check_versions(client)
        except OSError as error:
            client.close()
            raise NoCluster(f"the scheduler at {address} has no workers") from error
        except VersionsDiffer:
            client.close()
            raise
    try:
        yield client
    finally:
        with suppress(OSError):
            client.close(timeout=_CONNECTING)


def _check_versions(client: Any) -> None:
    """Compares the versions of the workers with those of this process.

    Raises:
        VersionsDiffer: they are not the same.
    """
    here, there = versions_here(), {}
    workers = client.get_versions(check=False, packages=[*PACKAGES])["workers"]
    for worker, about in workers.items():
        installed = about["packages"]
        versions = {name: installed.get(name) or "" for name in here}
        # Dask says 3.12.3.final.0.
        versions["python"] = ".".join(versions["python"].split(".")[:3])
        if versions != here:
            there[worker] = versions
    if there:
        raise VersionsDiffer(here, there)


def run(jobs: Sequence[str], is_stopped: Callable[[], bool], client: Any) -> Results:
    """Yields the place and the result of each job, as they are done.

    Dask runs the chunk of a worker that dies on another one. A chunk that fails again and again is
    run variant by variant, so that one of them cannot take the others along. If the scheduler goes
    away, what is left is lost.
    """
    waiting = [range(len(jobs))]
    running: dict[Any, range] = {}
    done: SimpleQueue[Any] = SimpleQueue()
    try:
        size = min(_CHUNK, math.ceil(len(jobs) / _workers(client)))
        waiting = [waiting[0][start : start + size] for start in range(0, len(jobs), size)]
        while (waiting or running) and not is_stopped():
            # A worker measures one variant at a time, however many threads it has.
            while waiting and len(running) < _workers(client):
                texts = [jobs[place] for place in waiting[0]]
                future = client.submit(measure_all, texts, retries=_RETRIES, pure=False)
                running[future] = waiting.pop(0)
                future.add_done_callback(done.put)
            try:
                future = done.get(timeout=_BETWEEN_LOOKS)
            except Empty:
                continue
            if future.status == "cancelled":
                raise OSError
            chunk = running.pop(future)
            if future.status == "finished":
                for place, text in zip(chunk, future.result(), strict=True):
                    yield place, msgspec.json.decode(text, type=Result)
            elif len(chunk) > 1:
                waiting += [range(place, place + 1) for place in chunk]
            else:
                error = future.exception()
                yield chunk[0], lost(" ".join(f"{type(error).__name__}: {error}".split()))
    except OSError:
        for place in (place for chunk in (*running.values(), *waiting) for place in chunk):
            fix = "start it again; with --journal, a sweep goes on where it was"
            yield place, lost("the scheduler of Dask is gone", fix)
    finally:
        with suppress(OSError):
            client.cancel([*running], force=True)


def _workers(client: Any) -> int:
    """How many workers there are now; one may come back where there is none.

    Raises:
        OSError: the scheduler is gone.
    """
    return max(len(client.nthreads()), 1)
