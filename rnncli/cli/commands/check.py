"""``rnncli check``: the problems of configs and nothing else; the exit code is the answer."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
import typer.core

from rnncli.cli import completion
from rnncli.cli.budgets import (
    Against,
    Growth,
    MaxActivationBytes,
    MaxGrowth,
    MaxMacs,
    MaxParams,
    MaxWeightBytes,
    with_limits,
)
from rnncli.cli.exit_codes import USAGE_ERROR
from rnncli.cli.fixes import FixOptions
from rnncli.cli.messages import put
from rnncli.cli.options import Json, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.config.files import is_read_once

if TYPE_CHECKING:
    from rnncli.problems import Problem


class CheckFormat(StrEnum):
    """What ``--format`` takes here."""

    text = "text"
    json = "json"
    github = "github"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("check", cls=_Check)(check)


class _Check(typer.core.TyperCommand):
    """The command, which also accepts ``--explain`` without a code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--explain" in args:
            behind = args.index("--explain") + 1
            if not args[behind : behind + 1] or args[behind].startswith("-"):
                args = [*args[:behind], "", *args[behind:]]
        return super().parse_args(ctx, args)


@with_options("settings", "allow_outside", "length", "strict", "quiet", "no_color")
def check(
    configs: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it at run time
        typer.Argument(metavar="CONFIG...", help="YAML files; - is standard input."),
    ] = None,
    format_name: Annotated[
        CheckFormat,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="How to write problems: text, json or github, which writes annotations.",
            rich_help_panel="Output",
        ),
    ] = CheckFormat.text,
    json: Json = False,
    explain: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="CODE",
            help="Explain a problem code, or list all codes.",
            autocompletion=completion.codes,
        ),
    ] = None,
    max_params: MaxParams = None,
    max_macs: MaxMacs = None,
    max_weight_bytes: MaxWeightBytes = None,
    max_activation_bytes: MaxActivationBytes = None,
    against: Against = None,
    max_growth: MaxGrowth = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Apply the fixes that are safe.", rich_help_panel="Fixes"),
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            help="Show the fixes as a diff; without --fix, nothing is written.",
            rich_help_panel="Fixes",
        ),
    ] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option(
            "--unsafe-fixes",
            help="Apply all fixes, also those that are one of several.",
            rich_help_panel="Fixes",
        ),
    ] = False,
    *,
    options: RunOptions,
) -> None:
    """Check configs, without TensorFlow: errors, warnings and notes, each with its fix."""
    if explain is None and not configs:
        raise wrong_usage("name a config to check, or --explain CODE")
    limits = {
        "params": max_params,
        "macs": max_macs,
        "weight_bytes": max_weight_bytes,
        "activation_bytes": max_activation_bytes,
    }
    growth = Growth(against, max_growth)
    fixes = FixOptions(fix, diff, unsafe_fixes)
    fixes.check(configs or [])
    written = CheckFormat.json if json else format_name
    if diff and written is CheckFormat.github:
        raise wrong_usage("--diff goes with --format text or json")
    once = next(filter(is_read_once, configs or ()), None)
    if diff and once and (against or any(limits.values())):
        raise wrong_usage(
            f"limits are held against files: name one, in place of {once}, beside --diff"
        )
    with Session(options) as session:
        if explain is not None:
            _explain(session, explain)
        counts: Counter[str] = Counter()
        verdicts: list[str] = []
        examine = partial(_problems, session, verdicts=verdicts, limits=limits, growth=growth)
        for path in configs or ():
            if fixes.is_used:
                problems = _fixed(session, path, fixes, written, counts, examine)
            else:
                problems = examine(path)
                _write(session, path, problems, written)
            counts.update(problem.severity for problem in problems)
        if configs and not options.quiet and written is CheckFormat.text:
            put(sys.stderr, "".join(verdicts))
            sys.stderr.write(_summary(len(configs), counts, fixes))
    raise typer.Exit(session.exit_code)


def _fixed(
    session: Session,
    path: str,
    options: FixOptions,
    written: CheckFormat,
    counts: Counter[str],
    examine: Callable[[str], tuple[Problem, ...]],
) -> tuple[Problem, ...]:
    """Fixes a config, or shows how; the problems that remain."""
    from rnncli.cli import fixes
    from rnncli.config import name_of
    from rnncli.formats import diagnostics

    fixed = fixes.fixed_config(session, path, options)
    if is_read_once(path):
        # It stays as it is.
        problems = fixed.before.problems
        session.apply_exit_code(problems)
        if fixed.before.report is None:
            session.set_exit_code(USAGE_ERROR)
    else:
        problems = examine(path)
    if fixed.before.is_file:
        _write(session, path, problems, written)
        return problems
    counts["fixed"] += len(fixed.fixed)
    counts["unsafe"] += fixed.unsafe
    if written is CheckFormat.json:
        document = diagnostics.record(name_of(path), problems)
        session.write_document(document | fixes.record(fixed, options))
        return problems
    render = session.render_options
    listed = fixes.listed(fixed, options.fix, render.width)
    if options.diff:
        session.write(fixes.diff(fixed, render.width is not None))
        if not session.options.quiet:
            put(sys.stderr, listed)
        # The standard output is the diff alone: patch reads it.
        put(sys.stderr, diagnostics.render(_shown(session, fixed.problems)))
        return problems
    if written is CheckFormat.text and not session.options.quiet:
        session.write(listed)
    _write(session, path, problems, written)
    return problems


def _problems(
    session: Session,
    path: str,
    verdicts: list[str],
    limits: Mapping[str, str | None],
    growth: Growth,
) -> tuple[Problem, ...]:
    """The problems of a config or a model file; of that, ``verdicts`` gets what Keras 3 does."""
    from rnncli import library
    from rnncli.config import name_of
    from rnncli.problems import ConfigError, errors

    try:
        spec = with_limits(session.read_spec(path), limits)
        report = library.plan(spec, length=session.options.lengths)
        grown = None
        if not errors(report.problems):
            grown = growth.problem(path, spec, report, session.options.quiet)
    except ConfigError as error:
        session.set_exit_code(USAGE_ERROR)
        return error.problems
    problems = (*report.problems, *([grown] if grown else []))
    session.apply_exit_codes(report)
    session.apply_exit_code(problems)
    if report.written_by:
        from rnncli.readers.dialects.changes import verdict

        verdicts.append(f"{name_of(path)}: {verdict(report.problems)}\n")
    return problems


def _write(
    session: Session, path: str, problems: tuple[Problem, ...], written: CheckFormat
) -> None:
    from rnncli.config import name_of
    from rnncli.formats import diagnostics

    if written is CheckFormat.json:
        session.write_document(diagnostics.record(name_of(path), problems))
        return
    shown = _shown(session, problems)
    if written is CheckFormat.github:
        session.write(diagnostics.github(shown))
    else:
        options = session.render_options
        session.write(diagnostics.render(shown, options.colour, options.width))


def _shown(session: Session, problems: tuple[Problem, ...]) -> list[Problem]:
    quiet = session.options.quiet
    return [problem for problem in problems if problem.severity == "error" or not quiet]


def _summary(configs: int, counts: Counter[str], fixes: FixOptions) -> str:
    files = "1 config" if configs == 1 else f"{configs} configs"
    phrases = [
        f"{counts[severity]} {severity}{'' if counts[severity] == 1 else 's'}"
        for severity in ("error", "warning", "note")
        if counts[severity]
    ]
    phrases = [*fixes.counted(counts["fixed"], counts["unsafe"]), *phrases]
    return f"{files}: {', '.join(phrases) or 'no problems'}\n"


def _explain(session: Session, code: str) -> None:
    from rnncli.config import parse
    from rnncli.formats.diagnostics import render
    from rnncli.planning.plan import plan
    from rnncli.problems import ConfigError, Source
    from rnncli.reference.problem_codes import explanations
    from rnncli.suggestions import did_you_mean

    known = explanations()
    if code not in known:
        width = max(map(len, known))
        listed = (f"{name:<{width}}  {explanation.means}\n" for name, explanation in known.items())
        put(sys.stderr, "".join(listed))
        if not code:
            raise wrong_usage("--explain takes one of these codes")
        near = did_you_mean(code, known)
        hint = f"did you mean {near}?" if near else "they are listed above"
        raise wrong_usage(f"there is no problem code {code}: {hint}")
    explanation = known[code]
    session.write(f"{code}: {explanation.means}\n")
    if explanation.broken is None or explanation.mended is None:
        return
    try:
        problems = plan(parse(Source("broken.yaml", explanation.broken))).problems
    except ConfigError as error:
        problems = error.problems
    session.write(f"\nbroken:\n\n{_indented(explanation.broken)}\n{render(problems)}")
    session.write(f"\nmended:\n\n{_indented(explanation.mended)}")


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
