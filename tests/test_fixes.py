"""One cause, one problem; and the fix, applied, works: in every broken config that tests know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from rnncli.config import parse
from rnncli.config.edits import applied
from rnncli.config.files import decode_within_limit
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Problem, Source
from rnncli.reference.problem_codes import explanations
from tests.conftest import ROOT
from tests.test_mistakes import ROWS
from tests.user_mistakes import MISTAKES


def problems(text: str) -> list[Problem]:
    """All problems of a config's text but notes, of whatever stage."""
    try:
        found = plan(parse(Source("model.yaml", text))).problems
    except ConfigError as error:
        found = error.problems
    return [each for each in found if each.severity != "note"]


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_problem_whose_fix_works(mistake):
    found = problems(mistake.config)
    assert [(each.code, each.severity) for each in found] == [(mistake.code, mistake.severity)]
    (problem,) = found
    assert problem.fix
    assert mistake.said in f"{problem.message}\n{problem.fix}"
    assert bool(problem.edits) != mistake.no_edit
    assert (problem.safe is None) == mistake.no_edit
    if problem.edits:
        assert problems(applied(mistake.config, problem.edits)) == []


# Every broken config of every test, and what becomes of it.


def broken() -> Iterator[tuple[str, str]]:
    for code, explanation in explanations().items():
        if explanation.broken:
            yield f"explanation: {code}", explanation.broken
    for name, row in ROWS.items():
        yield f"mistake: {name}", row.config
    for name, mistake in MISTAKES.items():
        yield name, mistake.config
    for path in sorted((ROOT / "tests" / "golden").glob("*.yaml")):
        yield f"golden: {path.stem}", path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests" / "fuzz" / "corpus").iterdir()):
        text = readable(path)
        if text is not None:
            yield f"fuzz: {path.stem}", text


def readable(path: Path) -> str | None:
    try:
        return decode_within_limit("model.yaml", path.read_bytes()).text
    except ConfigError:
        return None


BROKEN = dict(broken())


def told(found: list[Problem]) -> Counter[tuple[str, str | None]]:
    return Counter((each.code, each.layer) for each in found)


def check(text: str) -> int:
    """Applies each edit of a config; how many problems had any."""
    found = problems(text)
    mended = [each for each in found if each.edits]
    for problem in mended:
        after = problems(applied(text, problem.edits))
        before = told(found)
        before[problem.code, problem.layer] -= 1
        assert told(after)[problem.code, problem.layer] <= before[problem.code, problem.layer], (
            problem,
            applied(text, problem.edits),
        )
        new = told(after) - before
        assert not new, (problem, applied(text, problem.edits))
    return len(mended)


@pytest.mark.parametrize("name", [name for name in BROKEN if not name.startswith("fuzz")])
def test_every_edit_mends_its_problem_and_makes_no_other(name):
    check(BROKEN[name])


@pytest.mark.fuzz
@pytest.mark.parametrize("name", [name for name in BROKEN if name.startswith("fuzz")])
def test_edits_of_configs_made_to_hurt_leave_a_text_that_can_be_read(name):
    """Of their many problems some are seen only when others are mended."""
    text = BROKEN[name]
    for problem in problems(text)[:50]:
        if problem.edits:
            problems(applied(text, problem.edits))


def test_most_broken_configs_have_an_edit():
    texts = [text for name, text in BROKEN.items() if not name.startswith("fuzz")]
    with_edit = [text for text in texts if any(problem.edits for problem in problems(text))]
    assert len(with_edit) > 0.75 * len(texts)


# The same mistakes in other styles.


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def commented(text: str) -> str:
    return "".join(f"{line}  # [{{\"'\n" for line in text.splitlines())


def spaced(text: str) -> str:
    return "# head\n\n" + text.replace(": ", ":   ").replace("- ", "-   ") + "\n# tail\n"


def block(text: str) -> str:
    return yaml.safe_dump(yaml.safe_load(text), default_flow_style=False, sort_keys=False)


def flow(text: str) -> str:
    return yaml.safe_dump(yaml.safe_load(text), default_flow_style=True, sort_keys=False, width=70)


def as_json(text: str) -> str:
    return json.dumps(yaml.safe_load(text))


def json_over_lines(text: str) -> str:
    return json.dumps(yaml.safe_load(text), indent=2)


STYLES = (crlf, commented, spaced, block, flow, as_json, json_over_lines)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_edits_hold_in_every_style(style):
    """Where a mistake is the same in another style, its edit mends it there, or there is none."""
    same = edited = 0
    for mistake in MISTAKES.values():
        try:
            text = style(mistake.config)
            found = problems(text)
        except (yaml.YAMLError, TypeError, ValueError):
            continue
        if [each.code for each in found] != [mistake.code]:
            continue
        same += 1
        edited += check(text)
    assert same > 0.55 * len(MISTAKES), same
    assert edited > 0.7 * same, edited


def test_an_edit_in_an_included_file_names_that_file(tmp_path):
    (tmp_path / "inner.yaml").write_text("input: [5, 8]\nlayers:\n  - LSTM: 3\n  - LSTMM: 4\n")
    outer = tmp_path / "outer.yaml"
    outer.write_text("input: [5, 8]\nlayers:\n  - include: inner.yaml\n")
    from rnncli.config import read

    found = [each for each in plan(parse(read(str(outer)))).problems if each.edits]
    (problem,) = found
    assert problem.file == str(tmp_path / "inner.yaml")
    assert [edit.file for edit in problem.edits] == [None], "the problem says which file"


def test_an_edit_in_another_file_than_the_problem_says_so(tmp_path):
    """A state that is read here, of a model that is included, is returned there."""
    from rnncli.config import read

    (tmp_path / "inner.yaml").write_text("input: [5, 8\nlayers:\n  - LSTM: 3\n")
    outer = tmp_path / "outer.yaml"
    outer.write_text("input: [5, 8]\nlayers:\n  - include: inner.yaml\n")
    (problem,) = plan(parse(read(str(outer)))).problems
    assert (problem.code, problem.file) == ("bad-include", str(outer))
    (edit,) = problem.edits
    assert edit.file == str(tmp_path / "inner.yaml")
    assert (edit.line, edit.column, edit.end_line, edit.end_column, edit.text) == (
        1,
        13,
        1,
        13,
        "]",
    )


def test_a_change_that_loses_something_is_not_safe():
    """What a layer is called on in Python's functional style may be any tensor."""
    (problem,) = problems(MISTAKES["python: functional"].config)
    assert problem.safe is False
    (problem,) = problems(MISTAKES["python: a call"].config)
    assert problem.safe is True


@pytest.mark.parametrize(
    "text",
    [
        # No wrapper, and a layer in it.
        "input: [8]\nlayers:\n  - RandomBrightness: {factor: 2, layer: {LSTM: 3}, units: 3}\n",
        # A word that brackets would end; what is merged; a cell that has no such argument.
        "input: [5, 8]\nlayers:\n  - Conv1D: a]\n",
        "input: [5, 8]\nlayers: [Flatten]\n<<:\n  loss: mse\n",
        "input: [5, 8]\nlayers:\n  - {SimpleRNNCell: 3, name: a}\noutputs: [a.h]\n",
    ],
)
def test_where_an_edit_would_be_wrong_there_is_none(text):
    for problem in problems(text):
        if problem.edits:
            after = problems(applied(text, problem.edits))
            assert problem.message not in [each.message for each in after]
            assert "not-yaml" not in [each.code for each in after]
