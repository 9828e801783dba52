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


BUDGET = "input: [5, 8]\nlayers: [{LSTM: 3}]\nbudget: {params: 100}\n"


def test_a_budget_of_the_config(rnncli):
    found = rnncli("check", "-", given=BUDGET)
    assert found.code == 1
    assert "error[over-budget]: 144 parameters are 44 over the budget of 100" in found.out
    assert rnncli("plan", "-", given=BUDGET).code == 1
    assert "total" in rnncli("plan", "-", given=BUDGET).out


def test_a_budget_of_the_options(rnncli):
    found = rnncli("check", "configs/stacked.yaml", "--max-params", "2M", "--max-macs", "1G")
    assert found.code == 1
    assert found.out.startswith("configs/stacked.yaml: error[over-budget]")
    assert "(--max-params)" in found.out
    assert rnncli("check", "configs/stacked.yaml", "--max-params", "2_044_426").code == 0
    assert rnncli("check", "-", "--max-params", "1K", given=BUDGET).code == 0
    for option in ("--max-params", "--max-macs", "--max-weight-bytes", "--max-activation-bytes"):
        assert rnncli("check", "configs/stacked.yaml", option, "1").code == 1
        wrong = rnncli("check", "configs/stacked.yaml", option, "many")
        assert wrong.code == 2
        assert option in wrong.err


def test_growth_since_another_model(rnncli, tmp_path):
    grown = tmp_path / "grown.yaml"
    grown.write_text(
        "input: [5, 8]\nlayers:\n  - LSTM: {units: 128, return_sequences: true}\n"
        "  - LSTM: {units: 256, return_sequences: true}\n  - LSTM: 520\n  - Dense: 10\n"
    )
    against = ("--against", "configs/stacked.yaml", "--max-growth")
    assert rnncli("check", str(grown), *against, "5%").code == 0
    found = rnncli("check", str(grown), *against, "0.5 %", "--format", "github")
    assert found.code == 1
    assert "line=5,title=over-growth::" in found.out
    assert "lstm_2 +41" in found.out
    assert (
        rnncli("check", "configs/stacked.yaml", "--against", str(grown), "--max-growth", "0%").code
        == 0
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "main:"], "belong together"),
        (["--max-growth", "5%"], "belong together"),
        (["--against", "main:", "--max-growth", "5"], "takes a percentage"),
        (["--against", "main:", "--max-growth", "-5%"], "takes a percentage"),
    ],
)
def test_growth_needs_both_options(rnncli, arguments, message):
    found = rnncli("check", "configs/stacked.yaml", *arguments)
    assert found.code == 2
    assert message in " ".join(found.err.replace("│", " ").split())


def test_growth_since_a_commit(rnncli, tmp_path, monkeypatch):
    import subprocess

    runs = rnncli("check", "configs/stacked.yaml")
    assert runs.code == 0
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("input: [5, 8]\nlayers: [{LSTM: 3}]\n")
    for arguments in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("add", "a.yaml"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "a"),
    ):
        subprocess.run(["git", *arguments], check=True)
    (tmp_path / "a.yaml").write_text("input: [5, 8]\nlayers: [{LSTM: 4}]\n")
    (tmp_path / "new.yaml").write_text("input: [5, 8]\nlayers: [{LSTM: 4}]\n")
    growth = ("--max-growth", "5%", "--against")
    assert "main:a.yaml" in rnncli("check", "a.yaml", *growth, "main:a.yaml").out
    both = rnncli("check", "a.yaml", "new.yaml", *growth, "main:")
    assert both.code == 1
    assert "a.yaml:2: error[over-growth]" in both.out
    assert "new.yaml is new since main" in both.err
    assert rnncli("check", "new.yaml", *growth, "main:new.yaml").code == 2
    assert rnncli("check", "-", *growth, "main:", given=BUDGET).code == 2
    assert rnncli("check", "a.yaml", *growth, "nothing:").code == 2
