"""``rnncli sweep`` from the command line: its rows, its lines of JSON, its exit code."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time

import jsonschema
import pytest
from msgspec.structs import replace

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.sweep import variants
from rnncli.formats.sweep import as_csv, as_table
from rnncli.report.agreement import Difference
from rnncli.report.report import Versions
from rnncli.report.sweep import Axis, HalfLife, Measured, Sweep, Variant
from rnncli.sweeping.errors import VersionsDiffer
from tests.conftest import ROOT, posix

STACKED = "configs/stacked.yaml"
UNITS = "lstm_2.units=32,64,128,256,512"
BUDGET = "input: [5, 8]\nlayers: [{LSTM: 8}, {Dense: 3}]\nbudget: {params: 600, macs: 10M}\n"


def test_the_table(rnncli):
    found = rnncli("sweep", STACKED, "--set", UNITS)
    assert (found.code, found.err) == (0, "")
    rows = [line.split() for line in found.out.splitlines() if line.rstrip().endswith(("█", "▌"))]
    assert [row[:3] for row in rows] == [
        ["32", "501,706", "2,498,880"],
        ["64", "547,210", "2,724,480"],
        ["128", "662,794", "3,298,560"],
        ["256", "992,266", "4,938,240"],
        ["512", "2,044,426", "10,183,680"],
    ]
    assert rows[-1][-1] == "█" * 20
    assert "5 planned, none run." in found.out
    assert "Doubling lstm_2.units multiplies the parameters by 1.09 to 2.06" in found.out


def test_the_numbers_are_those_of_plan(rnncli):
    lines = rnncli(
        "sweep", STACKED, "--set", "lstm.units=3,5", "--set", "dense.units=2", "--json"
    ).out
    for line in map(json.loads, lines.splitlines()):
        settings = [f"--set={path}={value}" for path, value in line["settings"].items()]
        totals = json.loads(rnncli("plan", STACKED, "--json", *settings).out)["totals"]
        names = ("params", "macs", "weight_bytes", "activation_bytes")
        assert {name: line[name] for name in names} == {name: totals[name] for name in names}


def test_every_line_is_as_the_schema_says(rnncli):
    schema = json.loads(rnncli("schema", "--sweep").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    settings = ("--set", "lstm.units=0,3", "--set", "input=[5,8],[9,8]")
    out = rnncli("sweep", STACKED, *settings, "--json").out
    assert len(out.splitlines()) == 4
    for line in map(json.loads, out.splitlines()):
        assert list(validator.iter_errors(line)) == []
        assert line["schema"] == "rnncli.sweep.v1"
    assert not validator.is_valid({"schema": "rnncli.sweep.v1"})


def test_a_variant_in_error_is_a_row_and_the_exit_code(rnncli):
    found = rnncli("sweep", STACKED, "--set", "lstm.return_sequences=true,false")
    assert found.code == 1
    assert "error: needs-sequence" in found.out
    assert found.err.count("error[needs-sequence]") == 1
    assert "2 planned, none run; 1 in error." in found.out


def test_over_budget_is_marked_and_no_error(rnncli):
    found = rnncli("sweep", "-", "--set", "lstm.units=8,16", given=BUDGET)
    assert found.code == 0
    marked = [line for line in found.out.splitlines() if "over budget: parameters" in line]
    assert [line.split()[0] for line in marked] == ["16"]
    (_, last) = rnncli(
        "sweep", "-", "--set", "lstm.units=8,16", "--json", given=BUDGET
    ).out.splitlines()
    assert json.loads(last)["over_budget"] == ["params"]


def test_sorted_the_least_first_and_errors_last(rnncli):
    out = rnncli(
        "sweep", STACKED, "--set", "lstm.units=64,0,32,128", "--sort", "macs", "--json"
    ).out
    assert [json.loads(line)["settings"]["lstm.units"] for line in out.splitlines()] == [
        32,
        64,
        128,
        0,
    ]


def test_csv(rnncli):
    arguments = (
        "--set",
        "lstm.units=3,4",
        "--set",
        "input=[5,8],[6,8]",
        "--set",
        "batch=2",
        "--zip",
    )
    rows = list(csv.DictReader(io.StringIO(rnncli("sweep", STACKED, *arguments, "-f", "csv").out)))
    assert [(row["lstm.units"], row["input"], row["batch"]) for row in rows] == [
        ("3", "[5, 8]", "2"),
        ("4", "[6, 8]", "2"),
    ]
    assert all(row["params"].isdecimal() and row["weight_bytes"].isdecimal() for row in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name what to vary"),
        (["--set", "lstm.units=1:9:0"], "never ends"),
        (["--set", "lstm.units=1,2", "--set", "dense.units=1,2,3", "--zip"], "--zip takes as many"),
        (["--set", "lstm.units=1:100000:1", "--set", "dense.units=1,2"], "at most 100,000"),
        (["--set", "lstm.units=1,2", "--set", "lstm.units=3"], "set twice"),
        (["--set", "nothing.units=1,2"], "no layer is named nothing"),
        (["--set", "lstm.units=[1"], "not YAML"),
        (["--set", "batch=0,1"], "batch must be a positive integer"),
        (["--set", "lstm.units=1,2", "--sort", "size"], "--sort"),
        (["--set", "lstm.units=1,2", "--sort", "peak_bytes"], "not only planned"),
        (["--set", "lstm.units=1,2", "--workers", "2"], "--workers is for --run"),
        (["--set", "lstm.units=1", "--run", "--workers", "2", "--scheduler", "a"], "name one"),
        (["--set", "lstm.units=1", "--run", "--journal", STACKED], "is read as well"),
        (["--set", "lstm.units=1", "--run", "--workers", "1000"], "1000 workers take about"),
    ],
)
def test_wrong_usage(rnncli, arguments, message):
    found = rnncli("sweep", STACKED, *arguments)
    assert (found.code, found.out) == (2, "")
    assert message in " ".join(found.err.replace("│", " ").split())


def made(counts, **fields):
    return Sweep(
        name="a", source="a.yaml", axes=(Axis(path="x", values=tuple(map(str, counts))),),
        variants=tuple(
            Variant(name="a", source="a", settings={"x": n}, params=n, macs=n, weight_bytes=n,
                    activation_bytes=n, **fields)
            for n in counts
        ),
    )  # fmt: skip


def test_bars_are_as_long_as_the_counts():
    bars = [row[-1] for row in variants(made([1, 50, 100, 10_000, 20_000])).rows]
    assert bars == ["▌", "▌", "▌", "█" * 10, "█" * 20]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_a_terminal_is_not_too_narrow_or_it_is_said(width):
    text = as_table(made([1_000_000_000, 2_000_000_000]), RenderOptions(width=width))
    fits = all(len(line) <= width for line in text.splitlines())
    assert fits or width == 30
    assert ("Not shown for lack of width" in " ".join(text.split())) == (width < 200)


def test_a_long_table_is_shortened_on_a_terminal_alone():
    sweep = made(range(1, 1001))
    assert len(as_table(sweep, RenderOptions()).splitlines()) > 1000
    shown = as_table(sweep, RenderOptions(width=80))
    assert len(shown.splitlines()) < 60
    assert "960 of 1,000 rows are not shown" in " ".join(shown.split())


def test_a_run_shows_what_keras_does(rnncli, keras):
    model = "input: [4, 2]\nlayers: [GRU: 1]\n"
    settings = ("--set", "gru.units=4,0,2", "--run", "--half-life", "--runs", "2")
    found = rnncli("sweep", "-", *settings, "--sort", "params", "--json", given=model)
    assert found.code == 1
    schema = json.loads(rnncli("schema", "--sweep").out)
    rows = [json.loads(line) for line in found.out.splitlines()]
    for row in rows:
        jsonschema.validate(row, schema)
    assert [row["settings"]["gru.units"] for row in rows] == [2, 4, 0]
    assert [row.get("measured", {}).get("agrees") for row in rows] == [True, True, None]
    assert rows[0]["measured"]["runs"] == 2


def run_of(**fields):
    versions = Versions(rnncli="1", python="3", keras="3.15.1")
    numbers = {"batch": 1, "seed": 0, "runs": 10, "min_seconds": 0.0005, "median_seconds": 1.25}
    return Measured(versions=versions, agrees=True, peak_bytes=600_000_000, **numbers, **fields)


def test_the_table_and_the_rows_of_a_run():
    half_lives = {"lstm": HalfLife(steps=3.25, verdict="fades"),
                  "gru": HalfLife(steps=None, verdict="holds")}  # fmt: skip
    sweep = made([1, 2], measured=run_of(half_lives=half_lives))
    text = as_table(sweep, RenderOptions())
    assert "2 planned, 2 run." in text
    assert "Keras 3.15.1 agrees with all." in text
    row = next(line for line in text.splitlines() if line.split()[:1] == ["2"])
    assert "agrees     0.5 ms        1.25 s  600.0 MB       3.25" in row
    (first, _) = csv.DictReader(io.StringIO(as_csv(sweep)))
    names = ("agrees", "min_seconds", "peak_bytes", "half_life.lstm", "half_life.gru")
    assert [first[name] for name in names] == ["true", "0.0005", "600000000", "3.25", ""]


def test_a_difference_is_marked():
    differing = Difference(layer="lstm", what="output", planned="(1, 3)", inferred=None, ran="(1,)")
    measured = replace(run_of(), agrees=False, differences=(differing,))
    text = as_table(made([1, 2], measured=measured), RenderOptions())
    assert text.count("differs: lstm output") == 2
    assert "Keras 3.15.1 does not agree with 2 of the plans." in text


def test_other_versions_are_a_table_and_the_exit_code(rnncli, monkeypatch):
    def refuse(*_):
        raise VersionsDiffer({"keras": "3.15.1"}, {"tcp://a:1": {"keras": "3.14.0"}})

    monkeypatch.setattr("rnncli.cli.swept_runs.run_prepared", refuse)
    found = rnncli("sweep", STACKED, "--set", "lstm.units=1,2", "--run")
    assert (found.code, found.out) == (2, "")
    assert "1 worker has other versions" in found.err
    assert "tcp://a:1  keras    3.14.0  3.15.1" in found.err


def test_plots_and_a_page(rnncli):
    arguments = ("sweep", STACKED, "--set", "lstm.units=2,3", "--format")
    light, dark = rnncli(*arguments, "svg").out, rnncli(*arguments, "svg", "--dark").out
    assert "lstm.units = 3: Parameters" in light
    assert light.startswith("<svg")
    assert light != dark
    assert "<svg" in rnncli(*arguments, "html").out
    many = rnncli("sweep", STACKED, "--set", "lstm.units=1:601:1", "--format", "svg")
    assert (many.code, many.out) == (2, "")
    assert "at most 600" in many.err
    assert rnncli("plan", STACKED, "--format", "svg").code == 2


@posix
@pytest.mark.slow
def test_an_interrupt_keeps_what_is_done(tmp_path):
    journal = tmp_path / "journal"
    command = [sys.executable, "-m", "rnncli", "sweep", STACKED, "--set", "lstm_2.units=1:500:1",
               "--run", "--runs", "1", "--json", "--journal", str(journal)]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    while not (journal.exists() and journal.read_text().count("\n") > 1):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    rows = [json.loads(line) for line in process.communicate()[0].splitlines()]
    assert process.returncode == 130
    assert len(rows) == 500
    assert 1 < sum("measured" in row for row in rows) == len(journal.read_text().splitlines()) < 400
