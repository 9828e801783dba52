"""A journal has what has run, whatever became of the sweep that wrote it."""

from __future__ import annotations

import pytest

from rnncli.report.report import Versions
from rnncli.report.sweep import Measured
from rnncli.sweeping.errors import JournalError
from rnncli.sweeping.journal import Entry, Journal

MEASURED = Measured(
    versions=Versions(rnncli="1", python="3"), batch=1, seed=0, runs=1, agrees=True,
    min_seconds=0.25, median_seconds=0.5, peak_bytes=7,
)  # fmt: skip


def entry(key):
    return Entry(key=key, settings={"lstm.units": 3}, measured=MEASURED)


def test_what_is_written_is_read(tmp_path):
    path = str(tmp_path / "journal")
    journal = Journal(path)
    assert journal.done == {}
    journal.add(entry("a"))
    journal.add(entry("b"))
    assert Journal(path).done == {"a": MEASURED, "b": MEASURED}


@pytest.mark.parametrize("kept", [1, 30, 100])
def test_a_line_that_was_cut_off_is_written_again(tmp_path, kept):
    path = tmp_path / "journal"
    Journal(str(path)).add(entry("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:kept])
    journal = Journal(str(path))
    assert [*journal.done] == ["a"]
    journal.add(entry("b"))
    assert [*Journal(str(path)).done] == ["a", "b"]


@pytest.mark.parametrize("content", [b"input: [5, 8]\n", b"input: [5, 8]", b"{}\n", b"\xff\n"])
def test_another_file_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "model.yaml"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="name another file"):
        Journal(str(path))
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_made(tmp_path):
    with pytest.raises(JournalError, match="No such file"):
        Journal(str(tmp_path / "nowhere" / "journal"))
    with pytest.raises(JournalError, match="directory"):
        Journal(str(tmp_path))
