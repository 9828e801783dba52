"""A config and its problems → the same config with the fixes applied that make it no worse.

Nothing is written here: a fix gives the new text of each file, and what is left of its problems.
"""

from __future__ import annotations

import codecs
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from rnncli.config import ModelSpec, name_of, override, parse
from rnncli.config.edits import applied
from rnncli.config.files import decode_within_limit, is_read_once, read, read_bytes
from rnncli.config.includes import ReadSource, Storage
from rnncli.model.lengths import ChosenLengths
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Edit, Problem, Source, errors
from rnncli.readers.reading import read_model, read_spec
from rnncli.report.report import Report

# No config needs as many; a longer one is data, or an attack.
LARGEST_NUMBER = 1000


# What is looked for only in a model without errors.
_LAST = ("unused", "over-budget", "bad-length", "bad-decode", "decode-")


class FixedFile(msgspec.Struct, frozen=True):
    """A file that fixes change: its path and name, its text before and after them."""

    path: str
    name: str
    before: str
    after: str
    has_mark: bool = False

    @property
    def data(self) -> bytes:
        """The new content, with the byte order mark that the old one has."""
        return (codecs.BOM_UTF8 if self.has_mark else b"") + self.after.encode("utf-8")

    @property
    def diff(self) -> str:
        """The change as a unified diff, which ``patch`` reads."""
        lines = difflib.unified_diff(
            _lines(self.before), _lines(self.after), fromfile=self.name, tofile=self.name
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


class Undone(msgspec.Struct, frozen=True):
    """A problem whose fix is not applied, and the problem that the fix would add.

    ``adds`` is None where the fix would leave the problem as it is.
    """

    problem: Problem
    adds: Problem | None = None


class Planned(msgspec.Struct, frozen=True):
    """A config's problems, and its plan; None where the config cannot be read.

    ``is_file`` says that it is a model file, in which nothing can be edited.
    """

    problems: tuple[Problem, ...]
    report: Report | None
    is_file: bool = False


class Fixed(msgspec.Struct, frozen=True):
    """What fixes make of a config.

    ``problems`` are those that remain, and ``report`` is the plan; None where the config cannot
    be read. ``before`` is the plan without the fixes.
    """

    files: tuple[FixedFile, ...]
    fixed: tuple[Problem, ...]
    undone: tuple[Undone, ...]
    problems: tuple[Problem, ...]
    report: Report | None
    before: Planned

    @property
    def unsafe(self) -> int:
        """How many of the remaining problems have a fix that is not safe, and was not tried."""
        tried = {_identity(undone.problem) for undone in self.undone}
        return sum(
            problem.safe is False and _identity(problem) not in tried
            for problem in _serious(self.problems)
        )


def fix(
    path: str,
    *,
    unsafe: bool = False,
    settings: Sequence[str] = (),
    length: ChosenLengths | None = None,
    allow_outside: bool = False,
) -> Fixed:
    """A config with the fixes of its problems applied, in the order of the file.

    Fixes that are not safe are applied only with ``unsafe``. A fix that would add a problem is
    not. Problems that show only once another one is mended are fixed as well.
    """
    texts = Texts(path, settings, length, allow_outside)
    planned, fixed, undone, first = fix_texts(texts, unsafe)
    return Fixed(
        tuple(texts.files()), tuple(fixed), tuple(undone), planned.problems, planned.report, first
    )


def fix_texts(texts: Texts, unsafe: bool) -> tuple[Planned, list[Problem], list[Undone], Planned]:
    """Applies fixes to texts; the plan after them, what is fixed and undone, the plan before."""
    first = planned = texts.planned()
    fixed: list[Problem] = []
    undone: dict[tuple[str, ...], Undone] = {}
    seen = {texts.key}
    while len(fixed) < LARGEST_NUMBER:
        problem = next(_candidates(planned, undone, unsafe), None)
        if problem is None:
            break
        before = texts.changed(problem)
        after = texts.planned() if before is not None else planned
        adds = added(planned, after, problem)
        if before is None or texts.key in seen or adds or _is_still_there(problem, planned, after):
            undone[_identity(problem)] = Undone(problem, adds[0] if adds else None)
            texts.restore(before)
        else:
            seen.add(texts.key)
            fixed.append(problem)
            planned = after
    return planned, fixed, [*undone.values()], first


def _candidates(
    planned: Planned, undone: Mapping[tuple[str, ...], Undone], unsafe: bool
) -> Iterator[Problem]:
    # A note is no mistake: what it would change may be meant.
    for problem in _serious(planned.problems):
        if problem.edits and (problem.safe or unsafe) and _identity(problem) not in undone:
            yield problem


def _identity(problem: Problem) -> tuple[str, ...]:
    """What stays the same of a problem when the lines above it move."""
    line = problem.excerpt.text if problem.excerpt else ""
    return problem.code, problem.message, problem.file or "", problem.layer or "", line


class Texts:
    """The texts of a config and of what it includes, as far as they are changed."""

    def __init__(
        self,
        path: str,
        settings: Sequence[str] = (),
        length: ChosenLengths | None = None,
        allow_outside: bool = False,
        read_source: ReadSource = read,
    ) -> None:
        self._read = read_source
        self._path, self._name = path, name_of(path)
        self._settings, self._length, self._allow_outside = settings, length, allow_outside
        self._paths: dict[str, str] = {self._name: path}
        self._changed: dict[str, str] = {}
        self._data: dict[str, bytes] = {}
        if is_read_once(path):
            with suppress(ConfigError):
                self._data[self._name] = read_bytes(path)

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """All changed texts, to compare."""
        return tuple(sorted(self._changed.items()))

    def planned(self) -> Planned:
        """The plan of the config with its texts as they are now."""
        try:
            spec = self._spec()
            self._paths.update({name_of(path): path for path in spec.included})
            report = plan(override(spec, self._settings), length=self._length)
        except ConfigError as error:
            return Planned(error.problems, None)
        return Planned(report.problems, report, spec.file is not None)

    def _spec(self) -> ModelSpec:
        if not (self._changed or self._data) and self._read is read:
            return read_spec(self._path, self._allow_outside)
        source = self._source(self._path)
        return parse(source, self._allow_outside, storage=Storage(read_model, self._source))

    def _source(self, path: str) -> Source:
        name = name_of(path)
        if name in self._changed:
            return Source(name, self._changed[name])
        data = self._data.get(name)
        return self._read(path) if data is None else decode_within_limit(name, data)

    def changed(self, problem: Problem) -> dict[str, str] | None:
        """Applies the edits of a problem; the changed texts as they were, or None where it cannot
        be applied."""
        before = dict(self._changed)
        by_file: dict[str, list[Edit]] = {}
        for edit in problem.edits:
            by_file.setdefault(edit.file or problem.file or self._name, []).append(edit)
        for name, edits in by_file.items():
            path = self._paths.get(name)
            if path is None:
                self._changed = before
                return None
            self._changed[name] = applied(self._source(path).text, tuple(edits))
        return before

    def restore(self, before: dict[str, str] | None) -> None:
        """Puts the texts back as ``changed`` returned them."""
        if before is not None:
            self._changed = before

    def text(self, path: str) -> str:
        """The text of a file as it is now."""
        return self._source(path).text

    def files(self) -> Iterator[FixedFile]:
        """The files whose text is another than it was."""
        for name, after in self._changed.items():
            path = self._paths[name]
            data = self._data.get(name)
            data = read_bytes(path) if data is None else data
            before = decode_within_limit(name, data).text
            if after != before:
                yield FixedFile(path, name, before, after, data.startswith(codecs.BOM_UTF8))


def _is_still_there(problem: Problem, before: Planned, after: Planned) -> bool:
    """Whether there are as many problems that say the same as before."""

    def same(planned: Planned) -> int:
        return sum(
            (other.code, other.message, other.file) == (problem.code, problem.message, problem.file)
            for other in planned.problems
        )

    return same(after) >= same(before)


def added(before: Planned, after: Planned, mended: Problem) -> list[Problem]:
    """The problems that a change adds, where it mends one; notes do not count.

    A problem is not added, but seen for the first time, where it lies in what was not known
    before: in a config that could not be read, at a layer whose outputs were unknown, or in what
    is known only of a model without errors.
    """
    if before.report is None:
        # It is read from top to bottom: what is behind the first mistake is not known.
        return []
    counts = Counter(map(_kind, _serious(before.problems)))
    counts[_kind(mended)] -= 1
    new: list[Problem] = []
    for problem in _serious(after.problems):
        counts[_kind(problem)] -= 1
        if counts[_kind(problem)] < 0:
            new.append(problem)
    if after.report is None:
        return new
    # What is in an included file is known only once that file can be read.
    unread = {edit.file for edit in mended.edits} if mended.code == "bad-include" else set()
    hidden = _hidden(before.report, after.report, mended)
    last = _LAST if errors(before.problems) else ()
    return [
        problem
        for problem in new
        if problem.layer not in hidden
        and problem.file not in unread
        and not problem.code.startswith(last)
    ]


def _hidden(before: Report, after: Report, mended: Problem) -> set[str | None]:
    """The layers, by the names that they have now, of which little was known before."""
    at_fault = {problem.layer for problem in errors(before.problems)} | {mended.layer}
    at_fault.discard(None)
    if len(before.layers) != len(after.layers):
        return set()
    return {
        now.name
        for then, now in zip(before.layers, after.layers, strict=True)
        if then.name in at_fault or any(tensor.shape is None for tensor in then.outputs)
    }


def _serious(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity != "note"]


def _kind(problem: Problem) -> tuple[str, str, str | None]:
    return problem.code, problem.severity, problem.file


def _lines(text: str) -> list[str]:
    """The lines of a text as a diff knows them, which end with a line feed."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])
