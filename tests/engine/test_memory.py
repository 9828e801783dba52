from __future__ import annotations

import json
import subprocess
import sys

import rnncli as library
from rnncli.engine.memory import needs, shortage
from tests.conftest import ROOT

# 100 billion parameters: 400 GB.
HUGE = "tests/benchmarks/huge.yaml"


def test_weights_inputs_and_outputs_are_what_a_model_needs(planned):
    report = planned("input: [5, 8]\nlayers:\n  - Dense: 3\n")
    assert needs(report) == 4 * (8 * 3 + 3) + 4 * 5 * 8 + 4 * 5 * 3
    assert shortage(report, available=needs(report)) is None
    found = shortage(report, available=needs(report) - 1)
    assert found is not None
    assert (found.code, found.severity) == ("too-large", "error")


def test_build_refuses_before_tensorflow_is_imported():
    code = (
        "import sys, os, rnncli.cli.main as m\n"
        "def end(code): sys.stderr.write(f'{code} {\"tensorflow\" in sys.modules}'); os._exit(0)\n"
        "m._end = end\n"
        f"sys.argv = ['rnncli', 'build', {HUGE!r}]\n"
        "m.main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "error[too-large]" in ran.stderr
    assert "400.0 GB" in ran.stderr
    assert "--force" in ran.stderr
    assert ran.stderr.endswith("1 False")


def test_every_way_to_build_refuses(rnncli):
    found = rnncli("build", "--json", HUGE)
    assert found.code == 1
    assert [each["code"] for each in json.loads(found.out)["problems"]] == ["too-large"]
    assert rnncli("shapes", "--units", "1000000").code == 1
    report = library.build(library.load(str(ROOT / HUGE)))
    assert report.stage == "plan"
    assert [each.code for each in report.problems] == ["too-large"]


def test_force_goes_on(rnncli, monkeypatch):
    monkeypatch.setattr("rnncli.engine.memory.needs", lambda planned: 10**30)
    assert rnncli("build", "configs/many_to_one.yaml").code == 1
    found = rnncli("build", "configs/many_to_one.yaml", "--force")
    assert found.code == 0
    assert "agrees" in found.out
