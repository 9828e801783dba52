from __future__ import annotations

import json
import os
import threading

import pytest

from tests.conftest import posix
from tests.test_fixing import CHAIN, MENDED, OPPOSED


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(CHAIN)
    return path


def test_fix_writes_the_file_and_lists_what_it_fixed(rnncli, config):
    ran = rnncli("check", "--fix", str(config))
    assert config.read_text() == MENDED
    assert ran.code == 1, "one problem remains"
    lines = ran.out.splitlines()
    assert lines[0] == f"{config}:4:5: fixed[unknown-layer]: Keras has no layer LSTMM"
    assert "error[unknown-argument]: LSTM has no argument bogus" in ran.out
    assert ran.err == "1 config: 5 fixed, 1 more with --unsafe-fixes, 1 error\n"


def test_the_exit_code_is_that_of_what_remains(rnncli, config):
    ran = rnncli("check", "--fix", "--unsafe-fixes", str(config))
    assert (ran.code, ran.err) == (0, "1 config: 6 fixed\n")
    ran = rnncli("check", "--fix", str(config))
    assert (ran.code, ran.out, ran.err) == (0, "", "1 config: no problems\n")


def test_a_config_that_is_no_yaml_and_is_mended_is_fine(rnncli, tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text("input: [5, 8\nlayers: [LSTM: 3]\n")
    assert rnncli("check", str(path)).code == 2
    assert rnncli("check", "--diff", str(path)).code == 2
    assert rnncli("check", "--fix", str(path)).code == 0


def test_diff_alone_writes_nothing(rnncli, config):
    ran = rnncli("check", "--diff", str(config))
    assert config.read_text() == CHAIN
    assert ran.code == 1
    assert ran.out.startswith(f"--- {config}\n+++ {config}\n@@ ")
    assert "\n+  - LSTM: {units: 3, return_sequences: true}\n" in ran.out
    assert "would fix[unknown-layer]" in ran.err
    assert "error[unknown-argument]: LSTM has no argument bogus" in ran.err, "it would remain"
    assert ran.err.endswith("1 config: 5 can be fixed, 1 more with --unsafe-fixes, 2 errors\n")


def test_fix_and_diff_write_and_show(rnncli, config):
    ran = rnncli("check", "--fix", "--diff", str(config))
    assert config.read_text() == MENDED
    assert ran.out.startswith("--- ")
    assert "error[" not in ran.out


def test_diff_of_standard_input(rnncli):
    ran = rnncli("check", "--diff", "-", given=CHAIN)
    assert ran.out.startswith("--- <stdin>\n")


@posix
def test_a_pipe_is_read_once(rnncli, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ran = rnncli("check", "--fix", str(pipe))
    assert (ran.code, ran.out) == (2, "")
    assert f"--fix cannot write to {pipe}, a pipe" in " ".join(ran.err.split())
    ran = rnncli("check", "--diff", str(pipe))
    assert (ran.code, "it is a pipe without a writer" in ran.err) == (2, True)
    with open(os.open(pipe, os.O_RDWR), "w") as writer:
        writer.write(CHAIN)
        writer.flush()
        threading.Timer(0.2, writer.close).start()
        ran = rnncli("check", "--diff", str(pipe))
    assert ran.out.startswith(f"--- {pipe}\n"), ran.err


def test_json_says_what_was_fixed(rnncli, config):
    document = json.loads(rnncli("check", "--fix", "--diff", "--json", str(config)).out)
    assert [problem["code"] for problem in document["problems"]] == ["unknown-argument"]
    assert document["fixed"][0]["code"] == "unknown-layer"
    assert document["not_fixed"] == []
    assert document["diff"].startswith("--- ")
    document = json.loads(rnncli("check", "--diff", "--json", str(config)).out)
    assert "fixed" not in document
    assert document["fixable"] == []


def test_a_fix_that_is_undone_is_told(rnncli, tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(OPPOSED)
    ran = rnncli("check", "--fix", str(path))
    assert ran.code == 1
    (line,) = [line for line in ran.out.splitlines() if "not fixed[" in line]
    assert ": not fixed[needs-sequence]: " in line
    assert ": it would add error[" in line
    assert path.read_text() == OPPOSED.replace("sotfmax", "softmax")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unsafe-fixes", "a.yaml"], "--unsafe-fixes goes with --fix or --diff"),
        (["--fix", "-"], "--fix cannot write to standard input"),
        (["--diff", "--format", "github", "a.yaml"], "--diff goes with --format text or json"),
    ],
)
def test_options_that_do_not_go_together(rnncli, arguments, message):
    ran = rnncli("check", *arguments)
    assert ran.code == 2
    assert message in ran.err


def test_model_files_are_checked_as_always(rnncli):
    with_fix = rnncli("check", "--fix", "configs/keras_2.json")
    assert with_fix == rnncli("check", "configs/keras_2.json")


@posix
@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_file_that_cannot_be_written(rnncli, config):
    config.chmod(0o444)
    ran = rnncli("check", "--fix", str(config))
    assert ran.code == 2
    assert config.read_text() == CHAIN


def test_two_configs_that_include_one_file(rnncli, tmp_path):
    inner = tmp_path / "inner.yaml"
    inner.write_text("input: [5, 8]\nlayers:\n  - LSTMM: 3\n")
    names = [str(tmp_path / name) for name in ("a.yaml", "b.yaml")]
    for name in names:
        with open(name, "w", encoding="utf-8") as file:
            file.write("input: [5, 8]\nlayers:\n  - include: inner.yaml\n")
    ran = rnncli("check", "--fix", *names)
    assert (ran.code, ran.err) == (0, "2 configs: 1 fixed\n")
    assert inner.read_text().endswith("LSTM: 3\n")


def test_limits_are_held_against_the_config_that_is_fixed(rnncli, config):
    ran = rnncli("check", "--fix", "--unsafe-fixes", "--max-params", "10", str(config))
    assert ran.code == 1
    assert "error[over-budget]" in ran.out
    ran = rnncli("check", "--diff", "--max-params", "10", "-", given=CHAIN)
    assert (ran.code, "limits are held against files" in ran.err) == (2, True)
