"""What is measured against what, and the goal of each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Literal

Measure = Literal["wall", "printed", "memory"]


@dataclass(frozen=True)
class Side:
    """Commands of Python whose seconds add up; ``each`` divides their sum.

    ``measure`` is the time that the processes take, the number that they print, or the most
    memory that one of them held, in MB.
    """

    commands: Sequence[Sequence[str]]
    measure: Measure = "wall"
    each: int = 1


@dataclass(frozen=True)
class Row:
    """``most`` is the goal of the ratio of ``ours`` to ``other``.

    Without an ``other`` it is that of ``ours`` itself.
    """

    name: str
    what: str
    against: str
    ours: Side
    other: Side | None
    most: float
    goal: str


def rnncli(*arguments: str) -> Side:
    return Side([("-m", "rnncli", *arguments)])


def inside(what: str) -> Side:
    return Side([("-m", "tests.benchmarks.inside", what)], "printed")


def script(name: str, *run: str) -> Sequence[str]:
    return ("-m", "tests.benchmarks.script", name, *run)


CONFIG = "configs/many_to_one.yaml"
# The configs that script.py has the Keras of.
SCRIPTED = ("many_to_one", "many_to_many", "stacked")
# The gallery is built at this length, for which tests/benchmarks/gallery.py predicts.
LENGTH = "200"
GALLERY = sorted(
    path.stem for path in (Path(__file__).parents[2] / "configs/gallery").glob("*.yaml")
)
# One LSTM of 158,110 units has 100 billion parameters.
HUGE = "tests/benchmarks/huge.yaml"
# 10,000 variants of its two layers.
SWEPT = ("--set", "lstm.units=1:100:1", "--set", "dense.units=1:100:1")
PLAN = rnncli("plan", CONFIG)
# The same model as a file of Keras, which the row makes when it is first measured.
MODEL_FILE = Path(gettempdir()) / "rnncli_benchmark_many_to_one.keras"


def rows() -> list[Row]:
    """All of them, those of whole processes first."""
    found = [
        Row("plan-keras", "`plan`", "a Keras script that builds and summarises the model",
            PLAN, Side([script("many_to_one")]), 1 / 30, "30 times faster"),
        Row("plan-table", "`plan`", "importing typer, rich.table and yaml, and an empty table",
            PLAN, Side([("-m", "tests.benchmarks.empty_table")]), 1.0, "at most 1.0 times"),
    ]  # fmt: skip
    found.append(
        Row("help", "`--help`", "`plan`", rnncli("--help"), PLAN, 1.3, "at most 1.3 times")
    )
    if find_spec("torchinfo"):
        found.append(Row("plan-torch", "`plan`", "torchinfo's summary of the model in PyTorch", PLAN,
            Side([("-m", "tests.benchmarks.torch_summary")]), 1 / 15, "15 times faster"))  # fmt: skip
    for arguments in (
        ("--version",), ("check", CONFIG), ("layers",), ("layers", "LSTM"), ("schema",)
    ):  # fmt: skip
        shown = " ".join(arguments[:1] if CONFIG in arguments else arguments)
        name = shown.strip("-").replace(" ", "-")
        found.append(Row(name, f"`{shown}`", "`plan`", rnncli(*arguments), PLAN, 1.0, "no slower"))
    found.append(
        Row("plan-file", "`plan` of a model file", "`plan` of the config", _plan_of_file(), PLAN,
            2.5, "at most 2.5 times")
    )  # fmt: skip
    configs = [f"configs/{name}.yaml" for name in SCRIPTED]
    all_built = Side([("-m", "rnncli", "build", *configs)], each=len(configs))
    scripts = Side([script(name, "run") for name in SCRIPTED], each=len(configs))
    planned = ("-m", "rnncli", "plan")
    return [
        *found,
        Row("build", "`build`", "the script, and one forward pass",
            rnncli("build", CONFIG), Side([script("many_to_one", "run")]), 1.0, "at most 1.0 times"),
        Row("build-all", f"`build` of {len(configs)} configs in one call, per config",
            "their scripts", all_built, scripts, 0.5, "at most 0.5 times"),
        *map(_gallery, GALLERY),
        Row("rate", "planning, in process and warm", "",
            inside("planning"), None, 1 / 10_000, "10,000 plans a second"),
        Row("layers-10000", "10,000 layers read and planned", "1,000 layers",
            inside("stack-10000"), inside("stack-1000"), 12, "at most 12 times"),
        Row("terminal", "20,000 layers read, planned and drawn for a terminal", "",
            inside("terminal-20000"), None, 5, "within 5 seconds"),
        Row("sweep-10000", "`sweep` of 10,000 variants", "",
            rnncli("sweep", CONFIG, *SWEPT, "--json"), None, 3, "within 3 seconds"),
        Row("keystroke", "a keystroke in an editor, 100 layers, up to its diagnostics", "",
            inside("keystroke-100"), None, 0.01, "within 10 milliseconds"),
        Row("keystroke-unknown", "the same with an unknown length", "",
            inside("keystroke-100-unknown"), None, 0.01, "within 10 milliseconds"),
        Row("inputs-1000", "1,000 inputs of unknown length planned", "100 inputs",
            inside("inputs-1000"), inside("inputs-100"), 15, "at most 15 times"),
        Row("inputs-seconds", "1,000 inputs of unknown length planned", "",
            inside("inputs-1000"), None, 2, "within 2 seconds"),
        Row("huge", "`plan` of 100 billion parameters", "`plan`",
            Side([(*planned, HUGE)]), PLAN, 1.2, "at most 1.2 times"),
        Row("huge-memory", "memory of `plan` of 100 billion parameters (MB)", "`plan`",
            Side([(*planned, HUGE)], "memory"), Side([(*planned, CONFIG)], "memory"), 1.02,
            "no more"),
    ]  # fmt: skip


def _gallery(name: str) -> Row:
    config = f"configs/gallery/{name}.yaml"
    return Row(f"build-{name}", f"`build` of `{name}` at length {LENGTH}", "the script with `predict`",
        rnncli("build", config, "--length", LENGTH), Side([("-m", "tests.benchmarks.gallery", name)]),
        1.0, "at most 1.0 times")  # fmt: skip


def _plan_of_file() -> Side:
    """``plan`` of the model file, which is written first if it is not there."""
    if not MODEL_FILE.exists():
        command = [sys.executable, "-m", "rnncli", "convert", CONFIG, str(MODEL_FILE), "--quiet"]
        subprocess.run(command, check=True)
    return rnncli("plan", str(MODEL_FILE))
