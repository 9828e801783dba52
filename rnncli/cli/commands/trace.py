"""``rnncli trace``: the gates and states of recurrent layers, step by step."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from rnncli import library
from rnncli.cli.building import report_failure, with_memory_check
from rnncli.cli.exit_codes import MODEL_ERROR
from rnncli.cli.options import FormatName, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.config import ModelSpec
from rnncli.experiments import trace as traces
from rnncli.problems import errors
from rnncli.report.report import Report
from rnncli.report.trace import Trace

_OPTIONS = (
    "format_name", "json", "output", "batch", "length", "seed", "settings", "allow_outside",
    "values", "force", "weights", "data", "strict", "quiet", "verbose", "no_color",
)  # fmt: skip
# The suffix of --output that asks for arrays of numpy.
_ARRAYS = ".npz"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("trace")(trace)


@with_options(*_OPTIONS)
def trace(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config or a model file; - is standard input.")
    ],
    options: RunOptions,
    layer: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it at run time
        typer.Option(metavar="NAME", help="A layer to look into; by default all. Repeatable."),
    ] = None,
    unit: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(metavar="N", min=0, help="Show one unit, counted from 0."),
    ] = None,
    sequence: Annotated[
        int, typer.Option(metavar="N", min=1, help="The sequence of the batch, counted from 1.")
    ] = 1,
) -> None:
    """Run a model, and show the gates and states of its recurrent layers step by step, and the
    scores of attention."""
    writes_text = options.json or options.format_name is not FormatName.table
    if writes_text and options.output is not None and options.output.endswith(_ARRAYS):
        raise wrong_usage(f"--output: a file {_ARRAYS} has arrays, and --format writes text")
    with Session(options, [config], traces.without_trace, page_of=1) as session:
        for spec, planned in session.plans([config]):
            checked = library.with_not_run(spec, with_memory_check(session, planned))
            if not session.report_problems(checked):
                continue
            try:
                names = traces.check_trace(spec, checked, layer, sequence)
            except ValueError as error:
                raise wrong_usage(str(error)) from None
            traced = _run(session, spec, checked, names, unit, sequence)
            if traced is not None:
                _check_unit(traced, unit)
                _show(session, traced, unit)
    raise typer.Exit(session.exit_code)


def _run(
    session: Session,
    spec: ModelSpec,
    planned: Report,
    names: list[str],
    unit: int | None,
    sequence: int,
) -> Trace | None:
    """The trace; None if Keras failed, which is reported."""
    options = session.options
    try:
        with session.messages.progress("loading TensorFlow", "layers") as progress:
            return traces.trace_in_keras(
                spec,
                planned,
                seed=options.seed,
                names=names,
                sequence=sequence,
                unit=unit,
                progress=progress,
                verbose=options.verbose,
            )
    except Exception as error:
        if not report_failure(session, planned, error):
            raise
        return None


def _check_unit(traced: Trace, unit: int | None) -> None:
    units = [layer.units for layer in traced.layers]
    if unit is not None and units and unit >= max(units):
        raise wrong_usage(f"--unit {unit}: the layers have units 0 to {max(units) - 1}")


def _show(session: Session, traced: Trace, unit: int | None) -> None:
    """Writes the trace: as arrays, as a document, or drawn."""
    target = session.output.target
    if target is not None and target.suffix == _ARRAYS:
        session.output.write_bytes(traces.trace_arrays(traced))
    elif session.format_name is FormatName.json:
        session.write_arrays(traced)
    else:
        from rnncli.formats.render_options import TraceOptions
        from rnncli.formats.trace import render

        chosen = TraceOptions(unit, session.options.values)
        name = session.format_name.value
        session.write(render(traced, name, session.render_options, chosen))
    if traced.agreement is not None and not traced.agreement.agrees:
        session.set_exit_code(MODEL_ERROR)
        if session.format_name is not FormatName.json:
            session.messages.print_problems(errors(traced.problems))
