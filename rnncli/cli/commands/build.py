"""``rnncli build``: plan, then build and run in Keras, and compare."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from rnncli import library
from rnncli.cli.building import run_in_keras, with_memory_check
from rnncli.cli.messages import put
from rnncli.cli.options import Configs, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.target_files import TargetFiles
from rnncli.cli.usage import wrong_usage
from rnncli.formats.text import one_line
from rnncli.writers import Written
from rnncli.writers.weights import SUFFIX


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("build")(build)


@with_options()
def build(
    configs: Configs,
    options: RunOptions,
    save_weights: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            metavar="FILE",
            help="Write the weights of the built model to a .weights.h5 file, for --weights and "
            "for Keras's load_weights.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that exists.")
    ] = False,
) -> None:
    """Plan models, build and run them in Keras on random numbers or on data, and compare."""
    target = None if save_weights is None else _target(save_weights, overwrite, configs, options)
    with Session(options, configs, page_of=1) as session:
        for spec, planned in session.plans(configs):
            checked = library.with_not_run(spec, with_memory_check(session, planned))
            if target is not None:
                target.refuse_inputs(spec.included)
                checked = library.with_not_saved(spec, checked)
            session.render_known_layers(checked)
            if not session.report_problems(checked):
                continue
            session.render_plan(checked)
            session.render_file_agreement(checked)
            contents: list[bytes] = []
            take = None if target is None else contents.append
            report = run_in_keras(session, checked, spec, take)
            if report is not None:
                session.render_outcome(report)
            if report is not None and target is not None:
                target.write(Written({SUFFIX: contents[0]}))
                if not options.quiet:
                    put(sys.stderr, f"{one_line(str(save_weights))}: the weights are written\n")
    raise typer.Exit(session.exit_code)


def _target(path: str, overwrite: bool, configs: list[str], options: RunOptions) -> TargetFiles:
    """The file for the weights of the only config."""
    if not path.endswith(SUFFIX):
        raise wrong_usage(f"--save-weights: Keras reads weights from a file named …{SUFFIX}")
    if len(configs) > 1:
        raise wrong_usage("--save-weights: the file holds the weights of one config; name one")
    target = TargetFiles(path, overwrite, "--save-weights")
    read = (options.weights, options.data, options.output)
    target.refuse_inputs([*configs, *(name for name in read if name is not None)])
    return target
