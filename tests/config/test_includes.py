"""``include``: a model within the model, from the folder of the config and no other."""

from __future__ import annotations

import pytest

from rnncli.config import parse, read
from rnncli.config.includes import DEPTH_LIMIT
from rnncli.planning.plan import plan
from tests.conftest import posix

ENCODER = (
    "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, return_state: true}\noutputs: [lstm, lstm.h]\n"
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "encoder.yaml").write_text(ENCODER)
    (tmp_path / "models" / "encoder.yaml").write_text(ENCODER)
    return tmp_path / "models"


def problems(path, **options):
    return [
        (each.code, each.message, each.line)
        for each in plan(parse(read(str(path)), **options)).problems
    ]


def write(path, *included, before=""):
    path.write_text(
        "input: [5, 8]\nlayers:\n" + "".join(f"  - include: {each}\n" for each in included) + before
    )
    return path


def test_a_model_is_read_from_beside_its_config(folder):
    report = plan(parse(read(str(write(folder / "a.yaml", "encoder.yaml")))))
    (layer,) = report.layers
    assert not report.problems
    assert (layer.name, layer.cls) == ("encoder", "Functional")
    assert [each.name for each in layer.outputs] == ["lstm", "h"]
    assert [each.name for each in layer.layers] == ["lstm"]
    assert report.totals.params == 4 * (3 * (8 + 3) + 3)


def test_a_file_outside_the_folder_is_refused_unless_it_is_allowed(folder):
    path = write(folder / "a.yaml", "../encoder.yaml")
    ((code, message, line),) = problems(path)
    assert (code, line) == ("bad-include", 3)
    assert "outside" in message
    assert problems(path, allow_outside=True) == []


@posix
def test_a_link_does_not_lead_out_of_the_folder(folder):
    (folder / "link.yaml").symlink_to(folder.parent / "encoder.yaml")
    assert problems(write(folder / "a.yaml", "link.yaml"))[0][0] == "bad-include"


@pytest.mark.parametrize("name", ["missing.yaml", ".", "'a\\0b'", "''", "[1]", "5"])
def test_what_is_no_file_is_told(folder, name):
    assert {code for code, *_ in problems(write(folder / "a.yaml", name))} == {"bad-include"}


def test_a_missing_file_is_looked_for_beside_its_config(folder):
    (found,) = plan(parse(read(str(write(folder / "a.yaml", "missing.yaml"))))).problems
    assert "no such file" in found.message
    assert found.fix == "a path is relative to the file that it is written in"


def test_files_that_include_one_another_are_a_circle(folder):
    write(folder / "a.yaml", "b.yaml")
    write(folder / "b.yaml", "a.yaml")
    found = problems(folder / "a.yaml")
    assert [code for code, *_ in found] == ["bad-include"]
    assert "includes itself" in found[0][1]


def test_files_within_files_end_somewhere(folder):
    for number in range(DEPTH_LIMIT + 2):
        write(folder / f"m{number}.yaml", f"m{number + 1}.yaml")
    assert any("deep" in message for _, message, _ in problems(folder / "m0.yaml"))


def test_each_file_is_read_once_however_often_it_is_included(folder):
    seen = []
    (folder / "m5.yaml").write_text("input: [5, 8]\nlayers: [Dense: 8]\n")
    for number in range(5):
        write(folder / f"m{number}.yaml", f"m{number + 1}.yaml", f"m{number + 1}.yaml")
    source = read(str(folder / "m0.yaml"))
    report = plan(parse(source, read_source=lambda path: seen.append(path) or read(path)))
    assert len(seen) == 5
    assert report.totals.params == 2**5 * 72


def test_a_problem_inside_is_told_in_its_own_file(folder):
    (folder / "broken.yaml").write_text("input: [5, 8]\nlayers: [LSTN: 3]\n")
    (found,) = plan(parse(read(str(write(folder / "a.yaml", "broken.yaml"))))).problems
    assert found.code == "unknown-layer"
    assert found.file == str(folder / "broken.yaml")


def test_another_shape_than_the_model_declares_is_refused(folder):
    path = write(folder / "a.yaml", "encoder.yaml")
    path.write_text(path.read_text().replace("[5, 8]", "[5, 7]"))
    assert [code for code, *_ in problems(path)] == ["include-misfit"]


def test_a_model_of_two_inputs_says_what_they_are(folder):
    (folder / "two.yaml").write_text(
        "inputs: {a: [5, 8], b: [5, 8]}\nlayers:\n  - Add:\n    from: [a, b]\n"
    )
    path = write(folder / "a.yaml", "two.yaml")
    assert [code for code, *_ in problems(path)] == ["wrong-input-count"]
