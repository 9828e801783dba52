"""Fixes make no config worse: what is left is what a plan of the new text reports."""

from __future__ import annotations

import random
import subprocess

import pytest

import rnncli
from rnncli.fixing import FixedFile, fix
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Problem, errors
from rnncli.readers.reading import read_spec
from tests.test_fixes import BROKEN, crlf
from tests.user_mistakes import MISTAKES

CHAIN = """\
input: [5, 8]   # the input
layers:
  - LSTM: 3
  - LSTMM: {unit: 3, bogus: 2}   # what follows is seen only when this is mended
  - GRU: 4
  - Dense: {units: 10, activation: sotfmax}
"""
MENDED = """\
input: [5, 8]   # the input
layers:
  - LSTM: {units: 3, return_sequences: true}
  - LSTM: {units: 3, bogus: 2, return_sequences: true}   # what follows is seen only when this is mended
  - GRU: 4
  - Dense: {units: 10, activation: softmax}
"""
OPPOSED = """\
input: [5, 8]
layers:
  - LSTM: 3
  - RepeatVector: 4
  - LSTM: 3
    from: lstm
  - Dense: {units: 2, activation: sotfmax}
outputs: [repeat_vector, dense]
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a config, and goes to its folder."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="model.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return name

    return write


def problems(path: str) -> list[Problem]:
    try:
        return list(plan(read_spec(path)).problems)
    except ConfigError as error:
        return list(error.problems)


def test_problems_that_show_only_when_others_are_mended_are_fixed_as_well(written):
    fixed = fix(written(CHAIN))
    (file,) = fixed.files
    assert file.after == MENDED
    assert [problem.code for problem in fixed.fixed] == [
        "unknown-layer",
        "needs-sequence",
        "unknown-argument",
        "needs-sequence",
        "wrong-value",
    ]
    assert [problem.message for problem in fixed.problems] == ["LSTM has no argument bogus"]
    assert (fixed.unsafe, fixed.undone) == (1, ())


def test_unsafe_fixes_are_applied_only_where_they_are_wanted(written):
    fixed = fix(written(CHAIN), unsafe=True)
    assert fixed.problems == ()
    assert fixed.files[0].after == MENDED.replace(", bogus: 2", "")


def test_nothing_is_written(written, tmp_path):
    fix(written(CHAIN), unsafe=True)
    assert (tmp_path / "model.yaml").read_text() == CHAIN


@pytest.mark.parametrize("name", [name for name in BROKEN if not name.startswith("fuzz")])
@pytest.mark.parametrize("unsafe", [False, True])
def test_no_config_gets_worse(written, name, unsafe):
    path = written(BROKEN[name])
    fixed = fix(path, unsafe=unsafe)
    for file in fixed.files:
        written(file.after)
    assert problems(path) == list(fixed.problems), "what is left is what check reports of it"
    if fixed.before.report is not None:
        assert fixed.report is not None
        assert len(errors(fixed.problems)) <= len(errors(fixed.before.problems))


@pytest.mark.parametrize("mistake", [m for m in MISTAKES.values() if not m.no_edit], ids=str)
def test_every_mistake_with_an_edit_is_mended(written, mistake):
    fixed = fix(written(mistake.config), unsafe=True)
    assert [each for each in fixed.problems if each.severity != "note"] == []
    assert [each.code for each in fixed.fixed] == [mistake.code]


def test_several_mistakes_at_once_are_mended_one_by_one(written):
    """Mistakes in the entries of random configs, put into one list of layers."""
    entries = [
        text.removeprefix("input: [5, 8]\nlayers:\n")
        for text in (mistake.config for mistake in MISTAKES.values() if not mistake.no_edit)
        if text.startswith("input: [5, 8]\nlayers:\n  - ")
    ]
    entries = [entry for entry in entries if "\n" not in entry.rstrip("\n")]
    assert len(entries) > 20
    choose = random.Random(3)
    before = after = 0
    for _ in range(60):
        text = "input: [5, 8]\nlayers:\n" + "".join(choose.sample(entries, 4))
        fixed = fix(written(text), unsafe=True)
        if fixed.before.report is None or fixed.report is None:
            continue
        before += len(errors(fixed.before.problems))
        after += len(errors(fixed.problems))
        assert len(errors(fixed.problems)) <= len(errors(fixed.before.problems)), text
    assert before > 60
    assert after < before / 4


def test_a_fix_that_adds_a_problem_is_undone_and_told(written):
    """One layer needs the sequence of the first, and the other its last step."""
    fixed = fix(written(OPPOSED))
    (undone,) = fixed.undone
    assert undone.problem.code == "needs-sequence"
    assert undone.adds is not None
    assert undone.adds.layer == "repeat_vector"
    assert [problem.code for problem in fixed.fixed] == ["wrong-value"]
    assert fixed.files[0].after == OPPOSED.replace("sotfmax", "softmax")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("layers:\n  - LSTM: 3\n  - GRUU: 3\n    from: input\n", "unused"),
        ("budget: {params: 10}\nlayers:\n  - LSTMM: 3\n", "over-budget"),
    ],
)
def test_what_is_known_only_of_a_model_without_errors_is_not_added(written, text, left):
    fixed = fix(written(f"input: [5, 8]\n{text}"))
    assert [problem.code for problem in fixed.fixed] == ["unknown-layer"]
    assert [problem.code for problem in fixed.problems if problem.severity != "note"] == [left]


def test_an_included_file_is_fixed_where_the_mistake_is(written, tmp_path):
    written("input: [5, 8\nlayers:\n  - LSTMM: 3\n", "inner.yaml")
    outer = "input: [5, 8]\nlayers:\n  - include: inner.yaml\n"
    fixed = fix(written(outer))
    (file,) = fixed.files
    assert (file.path, file.after) == ("inner.yaml", "input: [5, 8]\nlayers:\n  - LSTM: 3\n")
    assert fixed.problems == ()


def test_line_ends_and_a_byte_order_mark_stay(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + crlf(CHAIN).encode())
    (file,) = fix(str(path)).files
    assert file.data == b"\xef\xbb\xbf" + crlf(MENDED).encode()


def test_a_file_that_cannot_be_read_has_its_problem(tmp_path):
    fixed = fix(str(tmp_path / "no-such.yaml"))
    assert (fixed.report, fixed.files) == (None, ())
    assert [problem.code for problem in fixed.problems] == ["file-missing"]


def test_a_model_file_has_nothing_to_fix():
    fixed = fix("configs/keras_2.json")
    assert (fixed.files, fixed.fixed) == ((), ())
    assert fixed.report is not None


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_patch_applies_a_diff(tmp_path, end, line_end):
    before = line_end.join(["a", "b", "c"]) + end
    after = line_end.join(["a", "B", "c"]) + end
    path = tmp_path / "model.yaml"
    path.write_bytes(before.encode())
    diff = FixedFile("model.yaml", "model.yaml", before, after).diff
    subprocess.run(
        ["patch", "--binary", "-p0"], input=diff.encode(), cwd=tmp_path, check=True,
        capture_output=True,
    )  # fmt: skip
    assert path.read_bytes() == after.encode()


def test_the_library_has_it(written):
    assert rnncli.fix(written(CHAIN)).files[0].after == MENDED
