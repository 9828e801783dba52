"""The shipped configs: each plans, runs, agrees with Keras, and counts what was published."""

from __future__ import annotations

import re

import pytest

import rnncli
from rnncli.model.lengths import Lengths
from rnncli.reference.pages import pages
from tests.conftest import ROOT

CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))
GALLERY = sorted((ROOT / "configs/gallery").glob("*.yaml"))
SEQ2SEQ = [each for each in CONFIGS if "\ndecode:" in each.read_text(encoding="utf-8")]
PUBLISHED = re.compile(r"^# published: ([\d,]+) parameters$", re.MULTILINE)
SOURCE = re.compile(r"^# source: (https://\S+)", re.MULTILINE)


def named(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


@named(CONFIGS)
def test_it_plans_without_a_word(path):
    assert rnncli.plan(rnncli.load(path)).problems == ()


@named(CONFIGS)
def test_keras_agrees(path, keras):
    report = rnncli.build(rnncli.load(path), length=3)
    assert report.agreement.agrees, report.agreement.differences
    assert report.decoded is None or report.decoded.equal


@named([each for each in SEQ2SEQ if each.parent.name != "gallery"])
def test_source_and_target_have_lengths_of_their_own(path, keras):
    lengths: Lengths = {"source": 5, "target": 2}
    report = rnncli.build(rnncli.load(path), batch=3, length=lengths)
    assert report.agreement.agrees, report.agreement.differences
    assert report.decoded.equal
    assert report.outputs == ("probabilities.output",)
    output = next(each for each in report.layers if each.name == "probabilities").outputs[0]
    assert (output.shape, output.filled) == ((3, None, 50), (3, 2, 50))


@named(GALLERY)
def test_it_counts_what_was_published(path):
    text = path.read_text(encoding="utf-8")
    assert SOURCE.search(text)
    published = PUBLISHED.search(text)
    if published is None:
        assert "published" not in text
        return
    total = rnncli.plan(rnncli.load(path)).totals.params
    assert total == int(published.group(1).replace(",", ""))


def test_the_manual_lists_the_gallery():
    rows = re.findall(
        r"^\| \[`(\w+)`\]\(\S+/gallery/\1\.svg\) \| .* \| \[.+\]\((\S+)\) \| ([\d,]+)( \*)? \|$",
        pages()["gallery"],
        re.MULTILINE,
    )
    expected = []
    for path in GALLERY:
        text = path.read_text(encoding="utf-8")
        (source,) = SOURCE.findall(text)
        total = f"{rnncli.plan(rnncli.load(path)).totals.params:,}"
        expected.append((path.stem, source, total, " *" if PUBLISHED.search(text) else ""))
    assert rows == expected
