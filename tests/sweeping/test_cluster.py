"""A cluster of Dask: in this process for its logic, and once of real processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pytest
from distributed import Client, LocalCluster

import rnncli
from rnncli.sweeping import cluster
from rnncli.sweeping.errors import NoCluster, VersionsDiffer
from tests.sweeping.working import all_measured, result

MODEL = {"input": [4, 2], "layers": [{"GRU": 1}]}


@pytest.fixture(scope="module")
def address():
    options = {"processes": False, "dashboard_address": ":0", "threads_per_worker": 1}
    with LocalCluster(n_workers=2, **options) as local:
        yield local.scheduler_address


@pytest.fixture
def client(address, monkeypatch):
    monkeypatch.setattr(cluster, "measure_all", all_measured)
    with cluster.connected(address) as connected:
        yield connected


def test_every_job_runs_once(client):
    jobs = [*map(str, range(50))]
    found = [*cluster.run(jobs, lambda: False, client)]
    assert sorted(place for place, _ in found) == [*range(50)]
    assert dict(found) == {place: result(job) for place, job in enumerate(jobs)}


def test_one_that_fails_takes_no_other_along(client):
    jobs = ["1", "2", "raise", "3", "4"]
    found = dict(cluster.run(jobs, lambda: False, client))
    assert found.pop(2).problem.code == "worker-lost"
    assert found == {place: result(jobs[place]) for place in (0, 1, 3, 4)}


def test_what_is_left_is_lost_with_the_scheduler(client, monkeypatch):
    done = []

    def workers(_):
        if done:
            raise OSError
        return 2

    monkeypatch.setattr(cluster, "_workers", workers)
    for one in cluster.run(["1"] * 100, lambda: False, client):
        done.append(one)
    assert sorted(place for place, _ in done) == [*range(100)]
    lost = [result for _, result in done if result.problem]
    assert 20 <= len(lost) <= 80
    assert {one.problem.code for one in lost} == {"worker-lost"}


def test_a_stop_cancels_the_rest(client):
    done = []
    running = cluster.run(["1"] * 1000, lambda: len(done) >= 20, client)
    for one in running:
        done.append(one)
    assert len(done) < 100


def test_other_versions_are_refused(address, monkeypatch):
    here = {**cluster.versions_here(), "keras": "3.99.0"}
    monkeypatch.setattr(cluster, "versions_here", lambda: here)
    with pytest.raises(VersionsDiffer, match="2 workers") as refused, cluster.connected(address):
        pass
    assert {one["keras"] for one in refused.value.there.values()} != {"3.99.0"}


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECTING", 0.5)
    with pytest.raises(NoCluster, match="no scheduler"), cluster.connected("tcp://127.0.0.1:1"):
        pass


def test_a_cluster_without_workers(monkeypatch):
    monkeypatch.setattr(cluster, "_FIRST_WORKER", 0.2)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(NoCluster, match="no workers"),
        cluster.connected(empty.scheduler_address),
    ):
        pass


def test_a_measurement_is_that_of_this_process(address, keras):
    swept = rnncli.sweep(
        rnncli.load(MODEL), {"gru.units": [1, 2]}, run=True, runs=1, scheduler=address
    )
    assert [one.measured.agrees for one in swept.variants] == [True, True]


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(tmp_path):
    """A scheduler and two workers, each a process of its own, on this machine."""
    file, started = tmp_path / "scheduler.json", []

    def start(program, *options):
        command = [sys.executable, "-m", f"distributed.cli.{program}", *options, "--no-dashboard"]
        log = (tmp_path / f"{len(started)}.log").open("w")
        started.append(subprocess.Popen(command, stderr=log))
        return started[-1]

    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        while not file.exists() or not file.read_text().rstrip().endswith("}"):
            assert started[0].poll() is None
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        worker = ("dask_worker", address, "--no-nanny", "--nthreads", "1")
        victim, _ = start(*worker), start(*worker)
        with Client(address, set_as_default=False) as watching:
            watching.wait_for_workers(2)

            def kill():
                until = time.monotonic() + 60
                while sum(map(bool, watching.processing().values())) < 2:
                    assert time.monotonic() < until
                    time.sleep(0.05)
                victim.kill()

            killing = threading.Thread(target=kill)
            killing.start()
            swept = rnncli.sweep(
                rnncli.load(MODEL), {"gru.units": range(1, 7)}, run=True, runs=1, scheduler=address
            )
            killing.join()
            assert len(watching.nthreads()) == 1
        assert [one.settings["gru.units"] for one in swept.variants] == [*range(1, 7)]
        assert all(one.measured and one.measured.agrees for one in swept.variants)
    finally:
        for process in started:
            process.kill()
            process.wait()
