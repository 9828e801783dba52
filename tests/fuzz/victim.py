"""What is done to each config: everything that plan and check do, in this process.

A line ``# --set layer.argument=value`` in a config stands for that option of the command line.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from types import FrameType

import yaml

from rnncli import library
from rnncli.config import override, parse
from rnncli.config.edits import applied
from rnncli.config.files import SIZE_LIMIT, decode_within_limit
from rnncli.formats import NAMES, RenderOptions, load
from rnncli.formats.diagnostics import github, render
from rnncli.planning.plan import plan, unreadable
from rnncli.problems import ConfigError, Problem, Source
from rnncli.report.report import Report

# Of the processor: a machine that is busy with other things takes longer by the clock.
SECONDS = 10
MEMORY = 500 * 2**20
SETTING = "# --set "
# How many fixes of a config are tried.
EDITS = 3
# A longer config takes its time for each of them; its fixes are no others.
MENDED = 5_000
_STYLES = (RenderOptions(), RenderOptions(width=20, colour=True, ascii=True))
# A page has no width, and the picture on it takes most of the time.
_FORMATS = tuple((load(name), _STYLES[:1] if name == "html" else _STYLES) for name in NAMES)
# What text for a reader may hold of control characters: line ends, and its own colours.
_ALLOWED = {"\n", "\x1b"}


class TooLong(Exception):
    """A config took longer than anyone would wait."""


def run(data: bytes) -> str | None:
    """What is wrong with how rnncli takes these bytes as a config; None where nothing is."""
    return _wrong(
        lambda: _raw(_printed(data)), lambda: _unmended(data) if len(data) < MENDED else None
    )


def run_model(data: bytes) -> str | None:
    """What is wrong with how rnncli takes these bytes as a model file; None where nothing is."""
    return _wrong(lambda: _raw(_printed_model(data)))


def _wrong(*tries: Callable[[], str | None]) -> str | None:
    """What is wrong in the first of these tries in which something is."""
    try:
        for attempt in tries:
            with _watched():
                wrong = attempt()
            if wrong:
                return wrong
        return None
    except MemoryError:
        return "takes too much memory"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        trace, place = error.__traceback__, ""
        while trace is not None:
            code = trace.tb_frame.f_code
            place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}"
            trace = trace.tb_next
        return f"{type(error).__name__} at {place}: {str(error)[:200]}"


def _printed(data: bytes) -> str:
    """All that any command writes of a config without Keras."""
    try:
        source = decode_within_limit("fuzz.yaml", data[:SIZE_LIMIT])
        report = plan(override(parse(source), settings(source.text)))
    except ConfigError as error:
        report = unreadable("fuzz.yaml", error.problems)
    return _shown(report)


def _printed_model(data: bytes) -> str:
    """All that any command writes of a model file without Keras."""
    with NamedTemporaryFile(suffix=".keras") as file:
        file.write(data)
        file.flush()
        try:
            report: Report = library.plan(library.load(file.name))
        except ConfigError as error:
            report = unreadable("fuzz.keras", error.problems)
    return _shown(report)


def _shown(report: Report) -> str:
    problems = report.problems
    text = render(problems) + github(problems)
    for form, styles in _FORMATS:
        for style in styles:
            text += form.render_plan(report, style) + form.render_outcome(report, style)
    return text


def settings(text: str) -> list[str]:
    """The options ``--set`` that lines of a config stand for."""
    lines = [line for line in text.splitlines() if line.startswith(SETTING)]
    return [line.removeprefix(SETTING) for line in lines]


def _problems(text: str) -> tuple[Problem, ...]:
    try:
        return plan(override(parse(Source("fuzz.yaml", text)), settings(text))).problems
    except ConfigError as error:
        return error.problems


def _unmended(data: bytes) -> str | None:
    """An edit that leaves a text which is no YAML any more."""
    try:
        text = decode_within_limit("fuzz.yaml", data[:SIZE_LIMIT]).text
    except ConfigError:
        return None
    for problem in [problem for problem in _problems(text) if problem.edits][:EDITS]:
        mended = applied(text, problem.edits)
        _problems(mended)
        if _is_yaml(text) and not _is_yaml(mended):
            return f"the fix of {problem.code} leaves no YAML: {problem.fix}"
    return None


def _is_yaml(text: str) -> bool:
    try:
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass
    except yaml.YAMLError:
        return False
    return True


def _raw(text: str) -> str | None:
    """Control characters that would reach a terminal as they are."""
    if text.isascii() and text.isprintable():
        return None
    strange = {each for each in set(text) - _ALLOWED if not each.isprintable()}
    return f"prints {sorted(strange)!r} raw" if strange else None


@contextmanager
def _watched() -> Iterator[None]:
    def late(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def limit_memory() -> None:
    """Allows this process 500 MB more than it has now."""
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, resource.RLIM_INFINITY))
