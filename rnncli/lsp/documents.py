"""The open texts, and the plan of each: made once for each text, and kept while it is not read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property

import msgspec

from rnncli.config import ModelSpec, parse
from rnncli.config.files import decode_within_limit, read
from rnncli.config.includes import Storage
from rnncli.config.spans import Span, root_of
from rnncli.lsp.lines import MovedLines
from rnncli.lsp.positions import Positions
from rnncli.lsp.recognition import is_config
from rnncli.lsp.scopes import Scope, scopes_of
from rnncli.lsp.settings import Settings
from rnncli.model.binding import bind
from rnncli.model.graph import Model
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Problem, Source
from rnncli.readers.reading import read_model
from rnncli.report.report import Report


class Analysis(msgspec.Struct, frozen=True, dict=True):
    """What is known of one text. ``spec`` and ``report`` are None where it cannot be read."""

    source: Source
    positions: Positions
    settings: Settings
    problems: tuple[Problem, ...]
    spec: ModelSpec | None = None
    report: Report | None = None

    @cached_property
    def model(self) -> Model | None:
        """The model with all names resolved."""
        return None if self.spec is None else bind(self.spec)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The names of the model, and of each model inside it, with where they are used."""
        if self.spec is None or self.model is None or self.report is None:
            return ()
        return tuple(scopes_of(self.spec, self.model, self.report.inputs, self.report.layers))

    @cached_property
    def root(self) -> Span | None:
        """The whole text as spans; None where it is no YAML."""
        return root_of(self.source)


class Document:
    """An open text."""

    def __init__(self, uri: str, path: str, text: str, version: int | None = None) -> None:
        self.uri = uri
        self.path = path
        self.text = text
        self.version = version
        self.analysis: Analysis | None = None
        # The last one of a text that could be read.
        self.last_good: Analysis | None = None
        self.made_at = -1


class Documents:
    """All open texts. ``encoding`` is what the editor counts columns in."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.encoding = "utf-16"
        self._documents: dict[str, Document] = {}
        # Counts the changes of any text: a config is planned again when one that it includes is.
        self._changes = 0

    def open(self, uri: str, path: str, text: str, version: int | None = None) -> Document:
        """Adds a text, or replaces that of a document."""
        document = self._documents.get(uri)
        if document is None:
            document = self._documents[uri] = Document(uri, path, text, version)
        document.text, document.version = text, version
        self._changes += 1
        return document

    def close(self, uri: str) -> None:
        """Forgets a text: what includes it reads the file."""
        self._documents.pop(uri, None)
        self._changes += 1

    def configure(self, settings: Settings) -> None:
        """Plans everything again, with other settings."""
        self.settings = settings
        self._changes += 1

    def refresh(self) -> None:
        """Reads files again that have changed."""
        self._changes += 1

    def get(self, uri: str) -> Document | None:
        """A document that is open."""
        return self._documents.get(uri)

    def all(self) -> list[Document]:
        """All documents that are open."""
        return [*self._documents.values()]

    def is_config(self, document: Document) -> bool:
        """Whether an open text is a config."""
        return is_config(document.text, document.path, self.settings.folders)

    def analysis(self, document: Document) -> Analysis:
        """What is known of a document's text as it is now."""
        if document.analysis is None or document.made_at != self._changes:
            if not self._is_current(document):
                document.analysis = self.analysed(document.path, document.text)
            document.made_at = self._changes
            if document.analysis and document.analysis.report is not None:
                document.last_good = document.analysis
        assert document.analysis is not None
        return document.analysis

    def _is_current(self, document: Document) -> bool:
        """Whether the last plan holds: it is of this text alone, under the same settings."""
        analysis = document.analysis
        return (
            analysis is not None
            and analysis.source.text == document.text
            and analysis.settings is self.settings
            and analysis.spec is not None
            and not analysis.spec.included
        )

    def analysed(self, name: str, text: str) -> Analysis:
        """What is known of a text."""
        positions = Positions(text, self.encoding)
        source = Source(name, text)
        settings, spec, report = self.settings, None, None
        try:
            source = decode_within_limit(name, text.encode("utf-8", "surrogatepass"))
            spec = parse(source, settings.allow_outside, storage=Storage(read_model, self.reader()))
            report = plan(spec, settings.batch, settings.length)
            problems = report.problems
        except ConfigError as error:
            problems, spec = error.problems, None
        return Analysis(source, positions, settings, problems, spec, report)

    def readable(self, document: Document) -> tuple[Analysis, MovedLines] | None:
        """The last text that could be read, and where its lines are now; None if none could be."""
        now = self.analysis(document)
        good = now if now.report is not None else document.last_good
        if good is None:
            return None
        return good, MovedLines(good.positions, now.positions)

    def reader(self, texts: Mapping[str, str] | None = None) -> Callable[[str], Source]:
        """A function that reads a config by its path: as it is in the editor, or in its file.

        ``texts`` come before both.
        """
        opened = {
            os.path.realpath(document.path): document.text for document in self._documents.values()
        }
        changed = {os.path.realpath(path): text for path, text in (texts or {}).items()}

        def read_source(path: str) -> Source:
            real = os.path.realpath(path)
            text = changed.get(real, opened.get(real))
            return read(path) if text is None else Source(path, text)

        return read_source
