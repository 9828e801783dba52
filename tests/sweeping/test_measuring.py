"""What is measured of a variant is what Keras does."""

from __future__ import annotations

import mmap
import time

import msgspec
import pytest

import rnncli
from rnncli.engine.errors import KerasFailed
from rnncli.engine.peak_memory import HighWaterMark
from rnncli.sweeping.jobs import Job, Result, job_of
from rnncli.sweeping.measuring import measure

MODEL = {"input": [6, 2], "layers": [{"GRU": 2}, {"Dense": 2}]}


def result(config, **how):
    spec = rnncli.load(config)
    job = job_of(spec, rnncli.plan(spec), **{"seed": 3, "runs": 4, "half_life": False, **how})
    return msgspec.json.decode(measure(job.text), type=Result)


def test_a_model_agrees_and_has_its_numbers(keras):
    measured = result(MODEL, half_life=True).measured
    assert measured.agrees
    assert 0 < measured.min_seconds <= measured.median_seconds
    assert measured.peak_bytes > 100e6
    assert measured.versions.keras == keras.__version__
    expected = rnncli.gradients(rnncli.load(MODEL), seed=3)["gru"]
    assert measured.half_lives["gru"].steps == pytest.approx(expected.half_life)
    assert measured.half_lives["gru"].verdict == expected.verdict
    assert measured.half_life == measured.half_lives["gru"].steps


def test_a_model_of_a_custom_layer_has_no_time(keras):
    custom = {"custom": {"class": "Mine", "output": [4]}}
    measured = result({"input": [6, 2], "layers": [custom, {"Dense": 2}]}).measured
    assert measured.agrees
    assert (measured.min_seconds, measured.median_seconds) == (None, None)


def test_what_keras_raises_is_the_problem_of_the_variant(keras, monkeypatch):
    def fail(*arguments):
        raise KerasFailed("gru (GRU)", ValueError("not today"))

    monkeypatch.setattr("rnncli.engine.experiments.forward_time.forward_seconds", fail)
    failed = result(MODEL)
    assert failed.measured is None
    assert failed.problem.code == "keras-failed"
    assert "not today" in failed.problem.message


def test_no_gradient_keeps_what_was_measured(keras):
    layers = [{"GRU": {"units": 2}}, {"ops.argmax": {"axis": -1}}]
    failed = result({"input": [6, 2], "layers": layers}, half_life=True)
    assert failed.problem.code == "no-gradient"
    assert failed.measured.agrees


@pytest.mark.parametrize("linux", [True, False])
def test_a_peak_counts_what_is_freed(monkeypatch, linux):
    if not linux:
        monkeypatch.setattr("rnncli.engine.peak_memory._reset", lambda: False)
    with HighWaterMark() as before:
        pass
    with HighWaterMark() as peak:
        # Its own pages: an object could take what others have freed.
        block = mmap.mmap(-1, 50_000_000)
        for page in range(0, len(block), mmap.PAGESIZE):
            block[page] = 1
        time.sleep(0.05)
        block.close()
    assert peak.bytes > before.bytes + 40_000_000


def test_a_job_says_all_that_it_needs():
    spec = rnncli.load("input: [null, 2]\nlayers: [GRU: 2]\nbudget: {params: 1}\n")
    job = job_of(spec, rnncli.plan(spec, batch=5, length=7), seed=0, runs=1, half_life=False)
    text = msgspec.json.decode(job.text, type=Job).config
    assert "budget" not in text
    planned = rnncli.plan(rnncli.load(text))
    assert (planned.batch, planned.length) == (5, 7)
