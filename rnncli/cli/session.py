"""One run of a command: its results, its problems and its exit code.

Results go to standard output, or to a file that is written whole or not at all; everything else
goes to standard error.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from rnncli.cli.ascii import AsciiStream
from rnncli.cli.exit_codes import FINE, MODEL_ERROR, USAGE_ERROR
from rnncli.cli.messages import Messages, is_dumb_terminal
from rnncli.cli.options import FormatName, RunOptions
from rnncli.cli.reporters import DocumentReporter, Reporter, StderrReporter
from rnncli.cli.result_output import ResultOutput
from rnncli.cli.usage import wrong_usage
from rnncli.formats import Format, RenderOptions, TableFormat, load
from rnncli.formats.phrases import title
from rnncli.formats.render_options import PARTS
from rnncli.formats.sections.model import COLUMNS, up_to_fault
from rnncli.formats.sections.model import layers as layer_table
from rnncli.formats.sections.section import Section
from rnncli.model.lengths import DATA
from rnncli.problems import ConfigError, Problem, errors
from rnncli.report.report import Report
from rnncli.suggestions import did_you_mean

if TYPE_CHECKING:
    from rnncli.config import ModelSpec


class Session:
    """Writes a command's results. Use it as a context manager: a file is written at its end.

    ``document`` makes the JSON document of a model with errors from its report; without it, the
    report is the document. ``page_of`` is how many configs a page of the command shows, and
    ``has_picture`` says that it can write SVG.

    Raises:
        BadParameter: an option is not valid, or not for this command.
    """

    def __init__(
        self,
        options: RunOptions,
        configs: Iterable[str] = (),
        document: Callable[[Report], object] | None = None,
        page_of: int = 0,
        has_picture: bool = False,
    ) -> None:
        configs = [*configs]
        if options.format_name is FormatName.html and not options.json:
            if not page_of:
                raise wrong_usage(
                    "--format html: this command has no page; plan, build, trace, gradients, "
                    "diff and sweep do"
                )
            if len(configs) > page_of:
                raise wrong_usage("--format html writes one page: name one config")
        if options.format_name is FormatName.svg and not options.json and not has_picture:
            raise wrong_usage("--format svg is of sweep; rnncli draw makes a picture of a model")
        self.options = options
        self.format_name = FormatName.json if options.json else options.format_name
        self.exit_code = FINE
        self._noted: list[Problem] = []
        plain = options.no_color or bool(os.environ.get("NO_COLOR")) or is_dumb_terminal()
        self.messages = Messages(options.quiet, options.verbose, plain)
        on_terminal = options.output is None and sys.stdout.isatty()
        self.render_options = RenderOptions(
            width=shutil.get_terminal_size().columns if on_terminal else None,
            colour=on_terminal and not plain,
            columns=_columns(options.columns),
            show=_parts(options.show),
            expand=options.expand,
            ascii=options.output is None and isinstance(sys.stdout, AsciiStream),
        )
        files = [path for path in (options.weights, options.data) if path is not None]
        self.output = ResultOutput(options.output, [*configs, *files])
        self._reporter: Reporter = StderrReporter(self.messages, self.output)
        if self.format_name is FormatName.json:
            self._reporter = DocumentReporter(
                self.render_outcome
                if document is None
                else lambda report: self.write_document(document(report))
            )

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.output.close()

    # Results

    @cached_property
    def format(self) -> Format:
        """How reports are written."""
        return load(self.format_name)

    def render_plan(self, report: Report) -> None:
        """Shows the part of a report that is known once the model is planned."""
        self.write(self.format.render_plan(report, self.render_options))

    def render_outcome(self, report: Report) -> None:
        """Shows the rest of a report."""
        self.write(self.format.render_outcome(report, self.render_options))
        self.render_options = replace(self.render_options, first=False)

    def render_file_agreement(self, report: Report) -> None:
        """Shows whether a model file agrees with its plan, before it is run."""
        if self.is_tabular and report.agreement is not None:
            self.render_outcome(report)

    def render_known_layers(self, report: Report) -> None:
        """Shows what is known of a model with errors: the layers before the first faulty one."""
        layers = up_to_fault(report)
        if not self.is_tabular or not layers or not errors(report.problems):
            return
        lines = []
        if len(layers) < len(report.layers):
            fault = report.layers[len(layers)]
            lines = [f"The plan ends before {fault.name} ({fault.cls}), the first layer at fault."]
        section = layer_table(replace(report, layers=layers), self.render_options.columns)
        if not self.render_options.first:
            self.write("\n")
        heading = title(report, self.render_options.width)
        self.write_table(heading, lines, replace(section, footer=None))
        self.render_options = replace(self.render_options, first=False)

    @property
    def is_tabular(self) -> bool:
        """Whether the format draws tables, rather than writing records."""
        return self.format_name in (FormatName.table, FormatName.markdown)

    def write_table(self, title: str, lines: list[str], section: Section) -> None:
        """Shows a separate page, if the format draws tables."""
        if self.is_tabular:
            tables = cast(TableFormat, self.format)
            self.write(tables.page(title, lines, section, self.render_options))

    def write_lines(self, lines: list[str]) -> None:
        """Shows lines of text, if the format draws tables."""
        if self.is_tabular:
            tables = cast(TableFormat, self.format)
            self.write(tables.page("", lines, None, self.render_options))

    def write_document(self, value: object) -> None:
        """Shows a JSON document, whatever the format."""
        from rnncli.formats.json import document

        self.write(document(value, self.render_options))

    def write_arrays(self, value: object) -> None:
        """Shows a JSON document that has arrays, part by part."""
        from rnncli.formats.json import pieces

        for text in pieces(value, self.render_options):
            self.write(text)

    def write(self, text: str) -> None:
        """Writes a result to the output."""
        self.output.write(text)

    # Configs

    def read_spec(self, path: str) -> ModelSpec:
        """A config, read and parsed, with what ``--set`` changes.

        Raises:
            ConfigError: it cannot be read or parsed.
        """
        from rnncli.config import override
        from rnncli.readers.reading import read_spec

        spec = read_spec(path, self.options.allow_outside)
        self.output.refuse_inputs(spec.included)
        return override(spec, self.options.settings or ())

    def plans(
        self, configs: Iterable[str], read: Callable[[str], ModelSpec] | None = None
    ) -> Iterator[tuple[ModelSpec, Report]]:
        """Each config and its plan; one that cannot be read or planned is reported.

        ``read`` is what reads them where they are no files.
        """
        from rnncli import library

        for path in configs:
            try:
                spec = (read or self.read_spec)(path)
                if self.options.data is not None:
                    spec = library.with_data(spec, self.options.data)
                lengths = self.options.lengths
                planned: Report = library.plan(spec, batch=self.options.batch, length=lengths)
                if self.options.weights is not None:
                    spec, planned = library.with_weights(spec, planned, self.options.weights)
            except ConfigError as error:
                self.set_exit_code(USAGE_ERROR)
                self._render_stored(path, error)
                self._reporter.report_unreadable(path, error)
            else:
                if any(_is_of_a_file(problem) for problem in errors(planned.problems)):
                    self.set_exit_code(USAGE_ERROR)
                yield spec, planned

    def _render_stored(self, path: str, error: ConfigError) -> None:
        """Shows the weights of a file that holds nothing else."""
        from rnncli.readers.weights_only import WeightsOnly

        if isinstance(error, WeightsOnly) and error.weights:
            from rnncli.formats.sections.stored import stored_weights

            self.write_table(path, [], stored_weights(error.weights))

    # Problems

    def report_problems(self, report: Report) -> bool:
        """Reports a model's problems; returns whether the model has no errors."""
        self.apply_exit_codes(report)
        self._reporter.report_problems(report)
        return not errors(report.problems)

    def report_late_problem(self, planned: Report, problem: Problem, exit_code: int) -> None:
        """Reports a problem that came up after the plan."""
        self.set_exit_code(exit_code)
        self._reporter.report_late_problem(planned, problem)

    def note_once(self, note: Problem | None) -> None:
        """Writes a note that is not part of the result, only once, and only with --verbose."""
        if note is not None and note not in self._noted:
            self._noted.append(note)
            self.messages.print_problems([note])

    def apply_exit_codes(self, report: Report) -> None:
        """Sets the exit code for the problems, and for a file that disagrees with its plan."""
        self.apply_exit_code(report.problems)
        if report.agreement is not None and not report.agreement.agrees:
            self.set_exit_code(MODEL_ERROR)

    def apply_exit_code(self, problems: Iterable[Problem]) -> None:
        """Sets the exit code for errors, and for warnings with --strict."""
        failing = ("error", "warning") if self.options.strict else ("error",)
        if any(problem.severity in failing for problem in problems):
            self.set_exit_code(MODEL_ERROR)

    def set_exit_code(self, code: int) -> None:
        """Keeps the highest exit code of the command."""
        self.exit_code = max(self.exit_code, code)


def _is_of_a_file(problem: Problem) -> bool:
    """Whether a model has an error because a file of weights or data does not fit it."""
    return problem.code == "weights-do-not-fit" or problem.file == DATA


def _columns(written: str | None) -> tuple[str, ...] | None:
    """The columns that ``--columns`` names."""
    return _names(written, COLUMNS, "there is no column") or None


def _parts(written: str | None) -> tuple[str, ...] | None:
    """The parts that ``--show`` names."""
    names = _names(written, (*PARTS, "all"), "--show has no part")
    return PARTS if names is not None and (not names or "all" in names) else names


def _names(written: str | None, known: Collection[str], unknown: str) -> tuple[str, ...] | None:
    """The names that an option lists; None if the option is not used.

    Raises:
        BadParameter: a name is not known; the message begins with ``unknown``.
    """
    if written is None:
        return None
    names = tuple(name.strip() for name in written.split(",") if name.strip())
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            hint = f"did you mean {near}?" if near else f"they are {', '.join(known)}"
            raise wrong_usage(f"{unknown} {name}: {hint}")
    return names
