"""A job is text alone: the same model on a machine that has none of its files."""

from __future__ import annotations

import msgspec
import pytest

import rnncli
from rnncli.sweeping.jobs import Job, job_of
from tests.pictures.cases import SHIPPED

HOW = {"seed": 0, "runs": 10, "half_life": False}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_config_is_the_same_model(path, tmp_path, monkeypatch):
    spec = rnncli.load(path)
    planned = rnncli.plan(spec, batch=3)
    job = msgspec.json.decode(job_of(spec, planned, **HOW).text, type=Job)
    # Nothing is read from here.
    monkeypatch.chdir(tmp_path)
    again = rnncli.plan(rnncli.load(job.config))
    assert again.totals == planned.totals
    assert (again.batch, again.outputs) == (3, planned.outputs)
    assert [layer.name for layer in again.layers] == [layer.name for layer in planned.layers]


def test_the_key_is_that_of_all_that_matters():
    job = Job(config="input: [5, 8]\nlayers: [LSTM: 3]\n", **HOW)
    others = [
        msgspec.structs.replace(job, **change)
        for change in ({"seed": 1}, {"runs": 2}, {"half_life": True}, {"config": "a\n"})
    ]
    keys = {one.key(["3.15"]) for one in (job, *others)} | {job.key(["3.16"])}
    assert len(keys) == 6
    assert job.key(["3.15"]) in keys
