from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rnncli.reference.pages import NAMES
from rnncli.reference.templates import about, templates
from tests.conftest import ROOT


@pytest.mark.parametrize("name", templates())
def test_a_template_is_a_config_without_problems(rnncli, name):
    text = rnncli("new", name).out
    assert text == (ROOT / f"configs/{name}.yaml").read_text()
    assert rnncli("check", "--strict", "-", given=text).code == 0
    assert about(text)


def test_without_a_name_it_is_the_simplest(rnncli):
    assert rnncli("new").out == rnncli("new", "many_to_one.yaml").out


def test_the_list_names_them_all(rnncli):
    lines = rnncli("new", "--list").out.splitlines()
    assert [line.split()[0] for line in lines] == list(templates())


def test_a_wrong_name_is_told(rnncli):
    found = rnncli("new", "many_to_on")
    assert found.code == 2
    assert "many_to_one" in found.err


@pytest.mark.parametrize("arguments", [["-o"], ["--list", "--output"], ["stacked", "-o"]])
def test_a_file_is_written_over_only_where_that_is_asked_for(rnncli, tmp_path, arguments):
    target = tmp_path / "mine.yaml"
    assert rnncli("new", *arguments, str(target)).code == 0
    assert target.read_text()
    target.write_text("of many hours")
    found = rnncli("new", *arguments, str(target))
    assert found.code == 2
    assert "--overwrite" in found.err
    assert target.read_text() == "of many hours"
    assert rnncli("new", *arguments, str(target), "--overwrite").code == 0
    assert target.read_text() != "of many hours"
    assert rnncli("new", "-o", os.devnull).code == 0


def test_templates_are_in_the_wheel(tmp_path):
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    import zipfile

    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"rnncli/templates/{name}.yaml" for name in templates()} <= set(names)
    assert {
        "rnncli/py.typed",
        "rnncli/keras_api/signatures.json",
        "rnncli/reference/problem_codes.yaml",
        *(f"rnncli/reference/docs/{name}.md" for name in NAMES),
    } <= set(names)
