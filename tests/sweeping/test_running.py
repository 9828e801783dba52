"""What is refused before a run, what is not run again, and the order of the rows."""

from __future__ import annotations

import json

import pytest

import rnncli
from rnncli.sweeping import loop
from rnncli.sweeping.errors import JournalError
from rnncli.sweeping.running import HowToRun, prepare, run
from tests.sweeping.working import measured

MODEL = {"input": [4, 2], "layers": [{"GRU": 1}, {"Dense": 2}]}
SPEC = rnncli.load(MODEL)


@pytest.fixture
def ran(monkeypatch):
    """The settings of what seems to run, in that order."""
    seen = []

    def measure(text):
        seen.append(json.loads(text)["config"])
        return measured("7")

    monkeypatch.setattr(loop, "measure", measure)
    return seen


def variants(**settings):
    return rnncli.sweep(SPEC, {"gru.units": [4, 0, 2, 1], **settings}).variants


def test_rows_keep_their_order_and_the_smallest_runs_first(ran):
    swept = rnncli.sweep(SPEC, {"gru.units": [4, 0, 2, 1]}, run=True)
    assert [one.settings["gru.units"] for one in swept.variants] == [4, 0, 2, 1]
    assert [bool(one.measured) for one in swept.variants] == [True, False, True, True]
    assert [text.split("GRU: ")[1].split()[0] for text in ran] == ["1", "2", "4"]
    assert swept.variants[1].problems[0].code == "not-positive"


def test_what_cannot_run_is_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 300}))
    prepared = prepare(SPEC, variants(), HowToRun(), None, None)
    assert [one.problems and one.problems[0].code for one in prepared.variants] == [
        "too-large", "not-positive", (), (),
    ]  # fmt: skip
    assert [*prepared.jobs] == [3, 2]
    assert len(prepare(SPEC, variants(), HowToRun(force=True), None, None).jobs) == 3
    dense = rnncli.load({"input": [3], "layers": [{"Dense": 1}]})
    swept = rnncli.sweep(dense, {"dense.units": [1]}, run=True, half_life=True)
    assert swept.variants[0].problems[0].code == "no-recurrent-layer"


def test_a_journal_goes_on_where_it_was(ran, tmp_path):
    how = HowToRun(journal=str(tmp_path / "journal"))
    prepared = prepare(SPEC, variants(), how, None, None)
    heard = []
    first = run(prepared, how, lambda *told: heard.append(told), lambda: len(heard) == 2)
    assert len(ran) == 2
    assert sum(bool(one.measured) for one in first) == 2
    again = run(prepared, how, lambda *told: heard.append(told))
    assert len(ran) == 3
    assert [bool(one.measured) for one in again] == [True, False, True, True]
    # What the journal has counts as done.
    assert [done for done, _, _ in heard] == [1, 2, 1, 2, 3]
    # Another seed is another measurement.
    other = HowToRun(journal=how.journal, seed=1)
    run(prepare(SPEC, variants(), other, None, None), other)
    assert len(ran) == 6


def test_a_journal_that_is_none_is_refused_first(ran, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("mine\n")
    with pytest.raises(JournalError):
        rnncli.sweep(SPEC, {"gru.units": [1]}, run=True, journal=path)
    assert ran == []


def test_a_sweep_is_sorted_by_what_it_has(ran):
    with pytest.raises(ValueError, match="not only planned"):
        rnncli.sweep(SPEC, {"gru.units": [1]}, sort="peak_bytes")
    with pytest.raises(ValueError, match="sorted by params"):
        rnncli.sweep(SPEC, {"gru.units": [1]}, sort="size")
    swept = rnncli.sweep(SPEC, {"gru.units": [0, 1]}, sort="peak_bytes", run=True)
    assert [one.settings["gru.units"] for one in swept.variants] == [1, 0]
