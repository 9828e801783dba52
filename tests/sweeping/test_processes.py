"""Processes of this machine: all jobs run once, whatever becomes of one of them."""

from __future__ import annotations

import psutil
import pytest

from rnncli.sweeping import processes
from rnncli.sweeping.errors import TooManyWorkers
from tests.sweeping.working import measured, result


@pytest.fixture(autouse=True)
def _fake(monkeypatch):
    monkeypatch.setattr(processes, "measure", measured)


def test_memory_is_checked():
    processes.check_memory(2, 1_000_000, 2_000_000_000)
    with pytest.raises(TooManyWorkers, match="--workers 3 fit"):
        processes.check_memory(4, 1_000_000, 2_000_000_000)
    with pytest.raises(TooManyWorkers, match="without --workers"):
        processes.check_memory(2, 500_000_000, 3_000_000_000)


@pytest.mark.slow
def test_a_process_that_dies_takes_no_other_variant_along():
    jobs = ["1", "2", "kill", "3", "4"]
    found = dict(processes.run(jobs, lambda: False, 2))
    lost = found.pop(2)
    assert lost.problem.code == "worker-lost"
    assert found == {place: result(jobs[place]) for place in (0, 1, 3, 4)}


@pytest.mark.slow
def test_a_stop_ends_the_processes():
    before = {*psutil.Process().children()}
    done = []
    running = processes.run(["1"] * 50, lambda: bool(done), 2)
    done += [next(running)]
    assert len([*running]) < 10
    after = {*psutil.Process().children()} - before
    # The process that looks after the memory of the others stays.
    assert [one for one in after if "--multiprocessing-fork" in one.cmdline()] == []
