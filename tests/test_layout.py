"""The house: imports run one way, and only the engine knows Keras."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.sources import nodes

PACKAGE = Path(__file__).parent.parent / "rnncli"

# A room may import those below it, and itself.
ORDER = [
    {"__main__"},
    {"cli"},
    {"lsp"},
    {"__init__"},
    {"comparing", "experiments", "conversion", "drawing"},
    {"library"},
    {"preparing", "live"},
    {"reference"},
    {"writers", "fixing"},
    {"formats", "engine", "planning"},
    {"layers"},
    {"rules"},
    {"readers"},
    {"model"},
    {"keras_api"},
    {"config"},
    {"analysis"},
    {"pictures"},
    {"report"},
    {"problems"},
    {"suggestions"},
    {"gc_pause"},
]
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}


def modules() -> Iterator[Path]:
    yield from sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            if node.module == "rnncli":
                names += [f"rnncli.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def test_imports_run_one_way():
    for path in modules():
        here = room(path)
        for name in imported(path):
            parts = name.split(".")
            if parts[0] != "rnncli" or len(parts) == 1 or parts[1] in ("__version__",):
                continue
            there = parts[1] if parts[1] in LEVEL else "__init__"
            assert there == here or LEVEL[there] > LEVEL[here], f"{path} imports {name}"


def test_only_the_engine_knows_keras():
    for path in modules():
        known = {name.split(".")[0] for name in imported(path)} & {"keras", "tensorflow"}
        assert room(path) == "engine" or not known, path


# Commands that do without TensorFlow.
LIGHT = [
    ["plan", "configs/many_to_one.yaml"],
    ["plan", "--json", "configs/stacked.yaml"],
    ["check", "configs/stacked.yaml"],
    ["check", "--diff", "tests/golden/needs_sequence.yaml"],
    ["shapes", "--plan", "--all"],
    ["schema", "--report"],
    ["new"],
    ["layers"],
    ["layers", "LSTM"],
    ["schema"],
    ["docs"],
    ["docs", "config"],
    ["build", "no-such.yaml"],
    ["diff", "configs/stacked.yaml", "HEAD:configs/many_to_one.yaml"],
    ["sweep", "configs/stacked.yaml", "--set", "lstm.units=8,16"],
    ["check", "configs/stacked.yaml", "--max-params", "1M"],
    *(
        ["convert", "configs/seq2seq.yaml", "-", "--to", kind]
        for kind in ("yaml", "py", "mmd", "dot")
    ),
    ["draw", "configs/many_to_one.yaml"],
    ["draw", "--graph", "configs/stacked.yaml"],
    ["draw", "--cell", "configs/many_to_one.yaml"],
    ["--version"],
    ["--help"],
]


@pytest.fixture(scope="module")
def loaded():
    """The modules that are loaded after each of the commands, all run in one process."""
    code = (
        "import contextlib, io, sys, rnncli.cli.main as m\n"
        "def end(code): raise KeyboardInterrupt\n"
        "m._end = end\n"
        f"for arguments in {LIGHT!r}:\n"
        "    sys.argv = ['rnncli', *arguments]\n"
        "    output = io.TextIOWrapper(io.BytesIO(), encoding='utf-8')\n"
        "    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):\n"
        "        with contextlib.suppress(KeyboardInterrupt):\n"
        "            m.main()\n"
        "    print(*sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(zip(map(tuple, LIGHT), ran.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_what_can_do_without_tensorflow_does(loaded, arguments):
    """A command that loads it is the first that fails."""
    modules = set(loaded[tuple(arguments)].split())
    assert "rnncli.cli.main" in modules
    assert not modules & {"tensorflow", "keras", "numpy"}


def test_the_language_server_can_do_without_tensorflow():
    code = "import sys, rnncli.lsp.server; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not {*ran.stdout.split()} & {"tensorflow", "keras", "numpy"}
