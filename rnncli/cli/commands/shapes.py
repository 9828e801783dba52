"""``rnncli shapes``: one recurrent layer, every tensor it returns, and why."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Annotated, Optional

import msgspec
import typer
from msgspec.structs import replace

from rnncli.cli.building import run_in_keras, with_memory_check
from rnncli.cli.options import FormatName, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage

if TYPE_CHECKING:
    from rnncli.cli.recurrence import Recurrence
    from rnncli.config import ModelSpec
    from rnncli.formats.sections.section import Section
    from rnncli.library import ModelReport
    from rnncli.report.report import Report


class CellName(StrEnum):
    """What ``--cell`` takes."""

    lstm = "lstm"
    gru = "gru"
    simple_rnn = "simple_rnn"


class Merge(StrEnum):
    """What ``--merge`` takes."""

    concat = "concat"
    sum = "sum"
    mul = "mul"
    ave = "ave"
    none = "none"


class ShapesFormat(StrEnum):
    """What ``--format`` takes: tables and records, or a picture."""

    table = "table"
    json = "json"
    markdown = "markdown"
    csv = "csv"
    svg = "svg"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("shapes")(shapes)


@with_options(
    without=(
        "format_name",
        "batch",
        "length",
        "settings",
        "allow_outside",
        "show",
        "expand",
        "strict",
        "weights",
        "data",
    )
)
def shapes(
    cell: Annotated[
        CellName, typer.Option(metavar="CELL", help="The recurrent layer: lstm, gru or simple_rnn.")
    ] = CellName.lstm,
    units: Annotated[int, typer.Option(metavar="N", min=1, help="Number of units.")] = 3,
    input_shape: Annotated[
        str, typer.Option("--input", metavar="BATCH,TIME,FEATURES", help="Shape of the input.")
    ] = "1,5,8",
    return_sequences: Annotated[
        bool, typer.Option("--return-sequences", help="Return the output of every time step.")
    ] = False,
    return_state: Annotated[
        bool, typer.Option("--return-state", help="Return the final states as well.")
    ] = False,
    bidirectional: Annotated[
        bool, typer.Option("--bidirectional", help="Run the layer in both directions.")
    ] = False,
    merge: Annotated[
        Optional[Merge],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            metavar="MODE",
            help="How to combine the two directions: concat (the default), sum, mul, ave or "
            "none; implies --bidirectional.",
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Show every combination of the flags in one table.")
    ] = False,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Plan the layer, without Keras.")
    ] = False,
    format_: Annotated[
        ShapesFormat,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="How to write the result: table, json, markdown or csv; svg draws the layer.",
            rich_help_panel="Output",
        ),
    ] = ShapesFormat.table,
    *,
    options: RunOptions,
) -> None:
    """Show every tensor that one recurrent layer returns, and why."""
    from rnncli import library
    from rnncli.cli.recurrence import Recurrence

    as_svg = format_ is ShapesFormat.svg and not options.json
    if not as_svg:
        options = replace(options, format_name=FormatName(format_.value))

    if plan_only and options.values:
        raise wrong_usage("--values are the numbers of a run, and --plan makes none")
    batch, *shape = _shape(input_shape)
    mode = (merge or Merge.concat).value if bidirectional or merge else None
    recurrences = [Recurrence(cell.value, units, return_sequences, return_state, mode)]
    if all_:
        recurrences = [
            Recurrence(cell.value, units, every_step, states, merge_mode)
            for merge_mode in (None, *(member.value for member in Merge))
            for every_step, states in product((False, True), repeat=2)
        ]
    if as_svg and all_:
        raise wrong_usage("--format svg draws one layer, and --all is many")
    with Session(options) as session:
        specs = [recurrence.spec(shape) for recurrence in recurrences]
        planned = [library.plan(spec, batch=batch) for spec in specs]
        if as_svg:
            from rnncli.drawing import picture_of

            session.write(picture_of(planned[0]))
        else:
            _show(session, recurrences, specs, planned, plan_only)
    raise typer.Exit(session.exit_code)


def _show(
    session: Session,
    recurrences: list[Recurrence],
    specs: list[ModelSpec],
    planned: list[ModelReport],
    plan_only: bool,
) -> None:
    """Shows the plans of the layers as one table, then compares them with Keras."""
    from rnncli.analysis.agreement import merge_agreements

    in_rows = session.format_name is FormatName.csv
    if in_rows:
        session.write(_rows(recurrences, planned))
    session.write_table(*_page(recurrences, planned))
    reports: list[Report] = [*planned]
    if not plan_only:
        ran = [
            run_in_keras(session, plan, spec)
            for plan, spec in zip(planned, specs, strict=True)
            if session.report_problems(with_memory_check(session, plan))
        ]
        reports = [report for report in ran if report is not None]
    if session.is_tabular and len(reports) > 1:
        reports = [merge_agreements(reports)]
    if session.is_tabular:
        # The page says what a layer returns, and why.
        reports = [msgspec.structs.replace(report, facts=msgspec.UNSET) for report in reports]
    for report in () if in_rows else reports:
        session.render_outcome(report)


def _rows(recurrences: list[Recurrence], planned: Sequence[Report]) -> str:
    """Every tensor of every layer, for spreadsheets."""
    from rnncli.formats import csv
    from rnncli.formats.sections import returns

    return csv.tables(
        [
            (recurrence.keras(), returns.tensors_of(report, recurrence.merge))
            for recurrence, report in zip(recurrences, planned, strict=True)
        ],
        "layer",
    )


def _page(
    recurrences: list[Recurrence], planned: Sequence[Report]
) -> tuple[str, list[str], Section]:
    """The title, the lines and the table that show the layers."""
    from rnncli.formats import phrases
    from rnncli.formats.sections import returns

    first = planned[0]
    reads = f"input {phrases.shape(first.inputs[0].shape)} (batch, time, features)"
    if len(recurrences) == 1:
        params = first.layers[0].params
        count = f"{first.totals.params} parameters"
        lines = [reads, f"{count}: {params.formula}" if params else count]
        # The answer first.
        title = f"{recurrences[0].keras()}\n{returns.sentence(first)}"
        return title, lines, returns.tensors_of(first, recurrences[0].merge)
    rows = [
        (report, recurrence.merge, recurrence.return_sequences, recurrence.return_state)
        for report, recurrence in zip(planned, recurrences, strict=True)
    ]
    title = f"{recurrences[0].keras()}, and the same in every way"
    return title, [reads], returns.grid(rows)


def _shape(text: str) -> list[int]:
    try:
        sizes = [int(size) for size in text.strip("()[] ").split(",")]
    except ValueError:
        sizes = []
    if len(sizes) != 3 or min(sizes) < 1:
        raise wrong_usage(f"--input takes batch, time and features, such as 1,5,8, not {text}")
    return sizes
