"""``rnncli sweep``: many variants of one model in one table, planned, and run where asked."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from msgspec.structs import replace

from rnncli.cli.exit_codes import MODEL_ERROR, USAGE_ERROR
from rnncli.cli.options import FormatName, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.swept_runs import how_to_run, print_errors, run_variants
from rnncli.cli.usage import wrong_usage
from rnncli.formats.sweep import as_csv, as_html, as_json_lines, as_markdown, as_table
from rnncli.problems import ConfigError
from rnncli.readers.reading import read_spec
from rnncli.report.sweep import Sweep, Variant

if TYPE_CHECKING:
    from rnncli.sweeping.running import HowToRun

_OPTIONS = (
    "format_name", "json", "output", "batch", "length", "seed", "allow_outside", "expand", "force",
    "quiet", "verbose", "no_color",
)  # fmt: skip


_RUN = "Run"


class SortKey(StrEnum):
    """What ``--sort`` takes."""

    params = "params"
    macs = "macs"
    weight_bytes = "weight_bytes"
    activation_bytes = "activation_bytes"
    median_seconds = "median_seconds"
    peak_bytes = "peak_bytes"
    half_life = "half_life"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("sweep")(sweep)


@with_options(*_OPTIONS)
def sweep(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config or a model file; - is standard input.")
    ],
    options: RunOptions,
    settings: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            "--set",
            metavar="PATH=VALUES",
            help="Values of an argument or a key, with commas between, or first:last:step, such as "
            "lstm.units=32,64 or dropout.rate=0:0.5:0.1; repeatable.",
            rich_help_panel="Model",
        ),
    ] = None,
    zipped: Annotated[
        bool,
        typer.Option(
            "--zip",
            help="Take the first values of all settings, then the second ones, and so on, instead "
            "of all combinations.",
            rich_help_panel="Model",
        ),
    ] = False,
    sort: Annotated[
        Optional[SortKey],  # noqa: UP045
        typer.Option(
            metavar="NUMBER",
            help="Sort by params, macs, weight_bytes or activation_bytes, the least first; with "
            "--run by median_seconds, peak_bytes or half_life, too.",
            rich_help_panel="Output",
        ),
    ] = None,
    dark: Annotated[
        bool,
        typer.Option("--dark", help="Draw --format svg on dark ground.", rich_help_panel="Output"),
    ] = False,
    run: Annotated[
        bool,
        typer.Option(
            "--run",
            help="Build and run each variant in Keras: agreement, time and memory.",
            rich_help_panel=_RUN,
        ),
    ] = False,
    runs: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            metavar="N",
            min=1,
            max=100_000,
            help="Number of forward passes that are timed; by default 10.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    half_life: Annotated[
        bool,
        typer.Option(
            "--half-life",
            help="Measure in how many steps gradients halve, as well.",
            rich_help_panel=_RUN,
        ),
    ] = False,
    workers: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            metavar="N",
            min=1,
            max=1000,
            help="Run in so many processes, each with its own TensorFlow.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    scheduler: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="ADDRESS",
            help="Run on a cluster of Dask, such as tcp://host:8786; by default that of "
            "DASK_SCHEDULER_ADDRESS, if it is set.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    journal: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="FILE",
            help="Keep what has run in a file, and go on where that ends.",
            rich_help_panel=_RUN,
        ),
    ] = None,
) -> None:
    """Plan many variants of one model, without TensorFlow: counts, how they grow, budgets; with
    --run, run them in Keras."""
    if not settings:
        raise wrong_usage("name what to vary, such as --set lstm.units=32,64,128")
    asked = {
        "runs": runs, "half-life": half_life, "workers": workers, "scheduler": scheduler,
        "journal": journal,
    }  # fmt: skip
    idle = next((name for name, value in asked.items() if value and not run), None)
    if idle is not None:
        raise wrong_usage(f"--{idle} is for --run, which runs the variants")
    with Session(options, [config], page_of=1, has_picture=True) as session:
        how = None
        if run:
            how = how_to_run(session, runs or 10, half_life, workers, scheduler, journal, config)
        swept = _swept(session, config, settings, zipped, sort and sort.value, how)
        if swept is not None:
            _show(session, swept, dark)
            if any(map(_is_wrong, swept.variants)):
                session.set_exit_code(MODEL_ERROR)
    raise typer.Exit(session.exit_code)


def _swept(
    session: Session,
    config: str,
    settings: list[str],
    zipped: bool,
    sort: str | None,
    run: HowToRun | None,
) -> Sweep | None:
    """The variants; None if the model cannot be read, planned or run, which is reported."""
    from rnncli.sweeping.sweep import check_sort, planned_sweep, sorted_by

    options = session.options
    try:
        check_sort(sort, is_run=run is not None)
        spec = read_spec(config, options.allow_outside)
        session.output.refuse_inputs(spec.included)
        with session.messages.status("planning …"):
            swept = planned_sweep(
                spec, settings, zipped=zipped, batch=options.batch, length=options.lengths
            )
    except ConfigError as error:
        session.set_exit_code(USAGE_ERROR)
        session.output.is_whole = False
        session.messages.print_problems(error.problems)
        return None
    except ValueError as error:
        raise wrong_usage(str(error)) from None
    variants: tuple[Variant, ...] | None = swept.variants
    if run is None:
        print_errors(session, swept.variants)
    else:
        variants = run_variants(session, spec, swept.variants, run)
    return None if variants is None else replace(swept, variants=sorted_by(sort, variants))


def _show(session: Session, swept: Sweep, dark: bool) -> None:
    """Writes the variants."""
    if session.format_name is FormatName.json:
        session.write(as_json_lines(swept, session.render_options))
    elif session.format_name is FormatName.markdown:
        session.write(as_markdown(swept))
    elif session.format_name is FormatName.csv:
        session.write(as_csv(swept))
    elif session.format_name is FormatName.html:
        session.write(as_html(swept))
    elif session.format_name is FormatName.svg:
        session.write(_picture(swept, dark))
    else:
        session.write(as_table(swept, session.render_options))


def _picture(swept: Sweep, dark: bool) -> str:
    """The plots.

    Raises:
        BadParameter: there are too many variants.
    """
    from rnncli.formats.sweep_plots import as_svg, too_many

    if many := too_many(swept):
        raise wrong_usage(f"--format svg: {many} --format csv has them all")
    return as_svg(swept, dark=dark)


def _is_wrong(variant: Variant) -> bool:
    """Whether a variant is in error, or Keras does not agree with its plan."""
    return bool(variant.problems) or bool(variant.measured and not variant.measured.agrees)
