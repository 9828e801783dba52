"""One run of a command: where its results, problems and status go, and its exit code.

Results go to standard output, or to a file that is written whole or not at all; everything else
goes to standard error.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer
from msgspec.structs import replace

from rnncli.cli import atomic_write
from rnncli.cli.ascii import AsciiStream
from rnncli.cli.exit_codes import DISAGREES, FINE, UNREADABLE
from rnncli.cli.interrupts import uninterrupted
from rnncli.cli.options import FormatName
from rnncli.cli.usage import wrong_usage
from rnncli.formats import RenderOptions, load
from rnncli.formats.diagnostics import render
from rnncli.formats.phrases import title
from rnncli.formats.render_options import PARTS
from rnncli.formats.sections.model import COLUMNS, up_to_fault
from rnncli.formats.sections.model import layers as layer_table
from rnncli.formats.sections.section import Section
from rnncli.formats.text import one_line
from rnncli.problems import ConfigError, Problem, errors
from rnncli.report.report import Report
from rnncli.suggestions import did_you_mean

if TYPE_CHECKING:
    from rnncli.config import ModelSpec


class ReaderLeft(BaseException):
    """Whoever read the output wants no more of it: no error, and nothing left to do."""


class Session:
    """Carries a command's results out. Use it as a context: what it holds is written at its end."""

    def __init__(
        self,
        format_name: FormatName,
        *,
        json: bool = False,
        output: str | None = None,
        columns: str | None = None,
        strict: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        no_color: bool = False,
        allow_outside: bool = False,
        configs: Iterable[str] = (),
        show: str | None = None,
        expand: bool = False,
    ) -> None:
        self.format_name = FormatName.json if json else format_name
        self.format = load(self.format_name)
        self.verbose = verbose
        self.code = FINE
        self._strict = strict
        self._allow_outside = allow_outside
        self.quiet = quiet
        self._target = Path(output) if output is not None else None
        self._held: list[str] = []
        self._is_whole = True
        self._remarked: list[Problem] = []
        self._plain = no_color or bool(os.environ.get("NO_COLOR")) or _is_dumb()
        on_terminal = self._target is None and sys.stdout.isatty()
        self.style = RenderOptions(
            width=shutil.get_terminal_size().columns if on_terminal else None,
            colour=on_terminal and not self._plain,
            columns=_chosen(columns),
            show=_parts(show),
            expand=expand,
            ascii=self._target is None and isinstance(sys.stdout, AsciiStream),
        )
        if self._target is not None:
            why = atomic_write.refusal(self._target)
            if why is not None:
                raise wrong_usage(f"--output: {why}")
            self._spare(configs)

    # Results

    def opening(self, report: Report) -> None:
        """Shows what can be shown as soon as a model is planned."""
        self.write(self.format.opening(report, self.style))

    def closing(self, report: Report) -> None:
        """Shows the rest of a report."""
        self.write(self.format.closing(report, self.style))
        self.style = replace(self.style, first=False)

    @property
    def draws(self) -> bool:
        """Whether the format draws tables, rather than writing records."""
        return self.format_name in (FormatName.table, FormatName.markdown)

    def known(self, report: Report) -> None:
        """Shows what is known of a model in error: the layers before the first at fault."""
        layers = up_to_fault(report)
        if not self.draws or not layers or not errors(report.problems):
            return
        lines = []
        if len(layers) < len(report.layers):
            fault = report.layers[len(layers)]
            lines = [f"The plan ends before {fault.name} ({fault.cls}), the first layer at fault."]
        section = layer_table(replace(report, layers=layers), self.style.columns)
        if not self.style.first:
            self.write("\n")
        self.page(title(report, self.style.width), lines, replace(section, footer=None))
        self.style = replace(self.style, first=False)

    def page(self, title: str, lines: list[str], section: Section) -> None:
        """Shows a page of its own, where the format draws tables."""
        if self.draws:
            self.write(self.format.page(title, lines, section, self.style))

    def lines(self, lines: list[str]) -> None:
        """Shows lines of text, wrapped as the format wraps them."""
        self.write(self.format.page("", lines, None, self.style))

    def document(self, value: object) -> None:
        """Shows a JSON document, whatever the format."""
        from rnncli.formats.json import document

        self.write(document(value, self.style))

    def write(self, text: str) -> None:
        """Hands on a result: at once to standard output, or kept for the file."""
        if self._target is not None:
            self._held.append(text)
        elif text:
            _put(sys.stdout, text)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None and self._target is not None:
            if self._is_whole:
                self._deliver(self._target)
            else:
                self.complain(f"{self._target} is not written: a result is missing", None)

    def _deliver(self, target: Path) -> None:
        # A pipe without a reader is waited for, and the wait can be interrupted.
        waits = atomic_write.is_special(target)
        try:
            with nullcontext() if waits else uninterrupted():
                atomic_write.write(target, "".join(self._held))
        except OSError as error:
            self.complain(f"{target} cannot be written: {error.strerror}", "write it elsewhere")
            raise typer.Exit(UNREADABLE) from None

    def _spare(self, configs: Iterable[str]) -> None:
        """Refuses to write over what is read."""
        if self._target is None:
            return
        inputs = [0 if path == "-" else path for path in configs]
        same = atomic_write.same_file(self._target, inputs)
        if same is not None:
            name = "standard input" if same == 0 else same
            raise wrong_usage(f"--output: {self._target} is read as well, as {name}")

    # Problems

    def spec(self, path: str, settings: Iterable[str] = ()) -> ModelSpec:
        """A config, read and parsed.

        Raises:
            ConfigError: it cannot be.
        """
        from rnncli.config import override, parse, read

        spec = parse(read(path), self._allow_outside)
        self._spare(spec.included)
        return override(spec, settings)

    def load(self, path: str, settings: Iterable[str] = ()) -> ModelSpec | None:
        """A config, read and parsed; None where it cannot be, which is then told."""
        try:
            return self.spec(path, settings)
        except ConfigError as error:
            self.unreadable(path, error)
            return None

    def unreadable(self, path: str, error: ConfigError) -> None:
        """Tells that a config cannot be read as one."""
        self.fail(UNREADABLE)
        if self.format_name is FormatName.json:
            from rnncli.config import name_of
            from rnncli.planning.plan import unreadable

            self.closing(unreadable(name_of(path), error.problems))
        else:
            self._is_whole = False
            self._tell(error.problems)

    def judge(self, report: Report) -> bool:
        """Tells a model's problems, and whether it has none that forbid going on.

        In JSON they are in the document, which for a model in error is written here.
        """
        self.weigh(report.problems)
        found = errors(report.problems)
        if self.format_name is FormatName.json:
            if found:
                self.closing(report)
        else:
            self._is_whole = self._is_whole and not found
            self._tell(report.problems)
        return not found

    def failed(self, planned: Report, problem: Problem) -> None:
        """Tells a problem that came up behind the plan, which is shown already but in JSON."""
        if self.format_name is FormatName.json:
            self.closing(replace(planned, problems=(*planned.problems, problem)))
        else:
            self._is_whole = False
            self._tell([problem])

    def remark(self, note: Problem | None) -> None:
        """Tells a note that is no part of the result, once, to those who want to hear all."""
        if note is not None and note not in self._remarked:
            self._remarked.append(note)
            self._tell([note])

    def weigh(self, problems: Iterable[Problem]) -> None:
        """Fails over errors, and over warnings where the user is strict."""
        failing = ("error", "warning") if self._strict else ("error",)
        if any(each.severity in failing for each in problems):
            self.fail(DISAGREES)

    def fail(self, code: int) -> None:
        """Remembers the worst way in which a part of the command failed."""
        self.code = max(self.code, code)

    def _tell(self, problems: Iterable[Problem]) -> None:
        told = [each for each in problems if each.severity == "error" or not self.quiet]
        told = [each for each in told if each.severity != "note" or self.verbose]
        on_terminal = sys.stderr.isatty()
        width = shutil.get_terminal_size().columns if on_terminal else None
        _put(sys.stderr, render(told, on_terminal and not self._plain, width))

    def tell(self, text: str) -> None:
        """Tells what is no result, as it is."""
        _put(sys.stderr, text)

    def complain(self, message: str, fix: str | None) -> None:
        """Tells a failure that has no place in a config."""
        _put(sys.stderr, f"error: {one_line(message)}\n" + (f"  fix: {fix}\n" if fix else ""))

    # Status

    @contextmanager
    def status(self, text: str) -> Iterator[None]:
        """A line on the terminal while something takes its time; gone when it is done."""
        shown = sys.stderr.isatty() and not self.quiet and not _is_dumb()
        if shown:
            _put(sys.stderr, text)
        try:
            yield
        finally:
            if shown:
                _put(sys.stderr, "\r\x1b[K")


def _put(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        if has_reader_left(error):
            raise ReaderLeft from None
        raise


def has_reader_left(error: OSError) -> bool:
    """Whether a write failed because nobody reads the output any more."""
    if os.name == "nt" and error.errno == errno.EINVAL:
        # So Windows calls a closed pipe; other errors of that number are about a file.
        return error.filename is None
    return isinstance(error, BrokenPipeError)


def _is_dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


def _chosen(columns: str | None) -> tuple[str, ...] | None:
    if columns is None:
        return None
    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    for name in names:
        if name not in COLUMNS:
            near = did_you_mean(name, COLUMNS)
            hint = f"did you mean {near}?" if near else f"they are {', '.join(COLUMNS)}"
            raise wrong_usage(f"there is no column {name}: {hint}")
    return names or None


def _parts(show: str | None) -> tuple[str, ...] | None:
    """The parts that ``--show`` names."""
    if show is None:
        return None
    names = tuple(name.strip() for name in show.split(",") if name.strip())
    for name in names:
        if name not in (*PARTS, "all"):
            near = did_you_mean(name, PARTS)
            hint = f"did you mean {near}?" if near else f"they are {', '.join(PARTS)} and all"
            raise wrong_usage(f"--show has no part {name}: {hint}")
    return PARTS if "all" in names or not names else names
