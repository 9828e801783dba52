"""``rnncli watch``: the first page of a config, planned again whenever it is saved."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from rnncli.cli.exit_codes import INTERRUPTED
from rnncli.cli.options import RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.config import STANDARD_INPUT

if TYPE_CHECKING:
    from rnncli.cli.live_page import Planned
    from rnncli.problems import Problem
    from rnncli.report.report import Report

# How often the files are looked at, in seconds.
INTERVAL = 0.1


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("watch")(watch)


@with_options(
    "batch", "length", "settings", "allow_outside", "columns", "show", "expand", "quiet", "no_color"
)
def watch(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="A YAML file.")],
    *,
    options: RunOptions,
) -> None:
    """Show the first page of a config, and plan again whenever a file of it is saved.

    What changed since the last plan is marked. Ctrl-C ends it.
    """
    from pathlib import Path

    from rnncli.cli.live_page import LivePage
    from rnncli.cli.watched_files import WatchedFiles

    if config == STANDARD_INPUT:
        raise wrong_usage("watch takes a file: standard input is read only once")
    if not Path(config).is_file():
        raise wrong_usage(f"there is no file {config}")
    session = Session(options)
    files = WatchedFiles([config])
    signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGTERM, _leave)
    with LivePage(session) as page:
        while True:
            # Before they are read, so that no change in between is missed.
            files.look()
            planned, included = _planned(session, config)
            if planned.report is not None:
                files.watch({config, *included})
            page.show(planned)
            while not files.have_changed():
                time.sleep(INTERVAL)
                page.resize()


def _leave(number: int, _frame: object) -> None:
    """Ends the command; the page stays, and the cursor is shown again."""
    raise SystemExit(INTERRUPTED if number == signal.SIGINT else 128 + number)


def _planned(session: Session, path: str) -> tuple[Planned, tuple[str, ...]]:
    """The plan of a config as it is now, and the files that it includes."""
    from rnncli import library
    from rnncli.cli.live_page import Planned
    from rnncli.problems import ConfigError

    options, started = session.options, time.perf_counter()
    included: tuple[str, ...] = ()
    report: Report | None = None
    problems: tuple[Problem, ...] = ()
    try:
        spec = session.read_spec(path)
        included = spec.included
        report = library.plan(spec, batch=options.batch, length=options.lengths)
        problems = report.problems
    except ConfigError as error:
        problems = error.problems
    taken = time.perf_counter() - started
    return Planned(problems, report, taken, time.strftime("%H:%M:%S")), included
