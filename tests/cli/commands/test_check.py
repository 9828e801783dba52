from __future__ import annotations

import json
import re

import pytest

from rnncli.reference.problem_codes import explanations

BAD = "input: [5, 8]\nlayers:\n  - LSTM: 3\n  - LSTM: 3\n"
UNUSED = "input: [5, 8]\nlayers:\n  - LSTM: 3\n  - GRU: 3\n    from: input\n"


def test_shipped_configs_have_no_problems(rnncli):
    found = rnncli("check", "configs/many_to_one.yaml", "configs/stacked.yaml")
    assert (found.code, found.out, found.err) == (0, "", "2 configs: no problems\n")


def test_an_error_fails(rnncli):
    found = rnncli("check", "-", given=BAD)
    assert found.code == 1
    assert "error[needs-sequence]" in found.out
    assert found.err == "1 config: 1 error\n"


def test_a_warning_fails_where_the_user_is_strict(rnncli):
    assert rnncli("check", "-", given=UNUSED).code == 0
    assert rnncli("check", "--strict", "-", given=UNUSED).code == 1
    assert "warning[unused]" in rnncli("check", "-", given=UNUSED).out
    assert rnncli("check", "--quiet", "-", given=UNUSED).out == ""


def test_an_unreadable_config_is_2_and_the_others_are_checked(rnncli):
    found = rnncli("check", "no-such.yaml", "-", given=BAD)
    assert found.code == 2
    assert "file-missing" in found.out
    assert "needs-sequence" in found.out


def test_a_document_for_each_config(rnncli):
    found = rnncli("check", "--format", "json", "-", given=BAD)
    document = json.loads(found.out)
    (problem,) = document["problems"]
    assert (problem["code"], problem["line"], problem["excerpt"]["line"]) == (
        "needs-sequence",
        4,
        3,
    )


def test_annotations_for_pull_requests(rnncli, tmp_path):
    path = tmp_path / "a,b%.yaml"
    path.write_text(BAD)
    found = rnncli("check", "--format", "github", str(path))
    form = r"::error file=[^,:\n]*a%2Cb%25\.yaml,line=4,col=5,title=needs-sequence::[^\n]*%0Afix: [^\n]*\n"
    assert re.fullmatch(form, found.out)


def test_explanations(rnncli):
    found = rnncli("check", "--explain", "needs-sequence")
    assert found.code == 0
    assert "return_sequences: true" in found.out
    assert "error[needs-sequence]" in found.out
    assert rnncli("check", "--explain", "file-missing").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["need-sequence"], "no problem code need-sequence: did you mean needs-sequence?"),
        (["zzz"], "no problem code zzz: they are listed above"),
        ([], "--explain takes one of these codes"),
        (["--strict"], "--explain takes one of these codes"),
        (["-q"], "--explain takes one of these codes"),
    ],
)
def test_without_a_known_code_they_are_all_listed(rnncli, arguments, message):
    unknown = rnncli("check", "--explain", *arguments)
    assert (unknown.code, unknown.out) == (2, "")
    lines = unknown.err.splitlines()
    listed = {line.split()[0]: line.split(None, 1)[1] for line in lines[: len(explanations())]}
    assert listed == {code: each.means for code, each in explanations().items()}
    assert message in lines[-1]


def test_something_must_be_checked(rnncli):
    assert rnncli("check").code == 2
