"""The language server: each request to the module of its feature."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from rnncli import __version__
from rnncli.lsp.completion import Known, completion
from rnncli.lsp.diagnostics import diagnostics
from rnncli.lsp.documents import Analysis, Document, Documents
from rnncli.lsp.folding import folding
from rnncli.lsp.hover import hover, markup
from rnncli.lsp.includers import CannotRename, TooManyFiles, including
from rnncli.lsp.inlay_hints import inlay_hints
from rnncli.lsp.navigation import definition, references
from rnncli.lsp.quick_fixes import FIX_ALL, fix_all, quick_fixes, workspace_edit
from rnncli.lsp.rename import nameable, renamed
from rnncli.lsp.settings import settings_of
from rnncli.lsp.symbols import symbols

_WATCHED = "**/*.{yaml,yml,json}"


class Server(LanguageServer):
    """The server, and the texts that are open in the editor."""

    def __init__(self) -> None:
        super().__init__("rnncli", __version__, types.TextDocumentSyncKind.Full)
        self.documents = Documents()
        self.published: set[str] = set()

    def config(self, uri: str) -> tuple[Document, Analysis] | None:
        """An open config and what is known of it; None where it is none."""
        document = self.documents.get(uri)
        if document is None or not self.documents.is_config(document):
            return None
        return document, self.documents.analysis(document)

    @property
    def roots(self) -> list[str]:
        """The folders of the workspace."""
        folders = [folder.uri for folder in self.workspace.folders.values()]
        paths = map(to_fs_path, folders or filter(None, [self.workspace.root_uri]))
        return [path for path in paths if path]

    def publish(self, documents: Iterable[Document]) -> None:
        """Sends the diagnostics of these texts."""
        for document in documents:
            reported: list[types.Diagnostic] = []
            if self.documents.is_config(document):
                reported = diagnostics(self.documents.analysis(document), document.uri)
            elif document.uri not in self.published:
                continue
            self.published.add(document.uri)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(document.uri, reported, document.version)
            )

    def changed(self, document: Document) -> None:
        """Sends the diagnostics of a text that has changed, and of those that include it."""
        self.publish([document])
        real = os.path.realpath(document.path)
        for other in self.documents.all():
            last = other.analysis or other.last_good
            if other is document or last is None or last.spec is None:
                continue
            if any(os.path.realpath(path) == real for path in last.spec.included):
                self.publish([other])

    def reconfigure(self, written: Any) -> None:
        """Takes an editor's settings; those of other servers change nothing."""
        if not isinstance(written, Mapping) or "rnncli" not in written:
            return
        settings, wrong = settings_of(written)
        if wrong:
            self.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, f"rnncli: {wrong}")
            )
        self.documents.configure(settings)
        self.publish(self.documents.all())


def make_server() -> Server:
    """A server with all features, which has not started."""
    server = Server()
    _add_documents(server)
    _add_reading(server)
    _add_changing(server)
    return server


def _add_documents(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.documents.encoding = str(
            getattr(server.workspace.position_encoding, "value", server.workspace.position_encoding)
        )
        server.documents.configure(settings_of(params.initialization_options)[0])

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        text = params.text_document
        server.changed(server.documents.open(text.uri, _path(text.uri), text.text, text.version))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        uri, version = params.text_document.uri, params.text_document.version
        text = server.workspace.get_text_document(uri).source
        server.changed(server.documents.open(uri, _path(uri), text, version))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.documents.close(uri)
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        server.published.discard(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.documents.refresh()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.documents.refresh()
        server.publish(server.documents.all())

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(params: types.DidChangeConfigurationParams) -> None:
        server.reconfigure(params.settings)

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching is None or not watching.dynamic_registration:
            return
        watched = types.DidChangeWatchedFilesRegistrationOptions(
            [types.FileSystemWatcher(glob_pattern=_WATCHED)]
        )
        server.client_register_capability(
            types.RegistrationParams(
                [types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched)]
            )
        )


def _add_reading(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        document = server.documents.get(params.text_document.uri)
        if document is None or not server.documents.is_config(document):
            return []
        readable = server.documents.readable(document)
        if readable is None:
            return []
        now = server.documents.analysis(document).positions
        first, last = now.mark(params.range.start)[0], now.mark(params.range.end)[0]
        return inlay_hints(*readable, now, first, last)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        document = server.documents.get(params.text_document.uri)
        if document is None or not server.documents.is_config(document):
            return None
        readable = server.documents.readable(document)
        if readable is None:
            return None
        good, lines = readable
        mark = server.documents.analysis(document).positions.mark(params.position)
        line = lines.before(mark[0])
        known = hover(good, (line, mark[1])) if line is not None else None
        return types.Hover(markup(known[0])) if known is not None else None

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=["-", " ", ".", ":", "{", "[", ","]),
    )
    def completed(params: types.CompletionParams) -> types.CompletionList | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        if document.text.strip() and not _is_begun(server, document):
            return None
        text = server.client_capabilities.text_document
        item = text.completion.completion_item if text and text.completion else None
        readable = server.documents.readable(document)
        known = Known(*readable) if readable is not None else None
        now = server.documents.analysis(document).positions
        snippets = bool(item and item.snippet_support)
        items = completion(now, params.position, document.path, known, snippets)
        return types.CompletionList(is_incomplete=False, items=items)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def defined(params: types.DefinitionParams) -> types.Location | None:
        uri = params.text_document.uri
        config = server.config(uri)
        if config is None:
            return None
        return definition(config[1], config[1].positions.mark(params.position), uri)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def referred(params: types.ReferenceParams) -> list[types.Location]:
        uri = params.text_document.uri
        config = server.config(uri)
        if config is None:
            return []
        mark = config[1].positions.mark(params.position)
        try:
            outers = including(server.documents, config[0].path, server.roots)
        except TooManyFiles:
            outers = []
        return references(config[1], mark, uri, params.context.include_declaration, outers)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def outline(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        config = server.config(params.text_document.uri)
        return symbols(config[1]) if config is not None else []

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def folded(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        config = server.config(params.text_document.uri)
        return folding(config[1]) if config is not None else []


def _add_changing(server: Server) -> None:
    kinds = [types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll, FIX_ALL]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True),
    )
    def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, only = params.text_document.uri, params.context.only
        config = server.config(uri)
        if config is None:
            return []
        analysis = config[1]
        actions: list[types.CodeAction] = []
        if only is None or _is_wanted(types.CodeActionKind.QuickFix, only):
            actions += quick_fixes(analysis, uri, params.range, server.documents)
        safe = sum(bool(problem.edits and problem.safe) for problem in analysis.problems)
        if safe and (only is None or _is_wanted(FIX_ALL, only)):
            action = types.CodeAction("Fix all problems that are safe to fix", FIX_ALL, data=uri)
            # Where it is asked for, it is about to be applied.
            actions.append(resolved(action) if only is not None else action)
        return actions

    @server.feature(types.CODE_ACTION_RESOLVE)
    def resolved(action: types.CodeAction) -> types.CodeAction:
        document = server.documents.get(action.data) if isinstance(action.data, str) else None
        if document is not None:
            action.edit = fix_all(document, server.documents)
        return action

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        uri = params.text_document.uri
        config = server.config(uri)
        if config is None:
            return None
        _, analysis = config
        mark = analysis.positions.mark(params.position)
        try:
            changes = renamed(analysis, mark, params.new_name, server.documents, server.roots)
        except CannotRename as error:
            server.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, f"rnncli: {error}")
            )
            return None
        return workspace_edit(analysis, changes, uri, server.documents)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        config = server.config(params.text_document.uri)
        if config is None:
            return None
        _, analysis = config
        at_mark = nameable(analysis, analysis.positions.mark(params.position))
        if at_mark is None:
            return None
        place, name = at_mark
        return types.PrepareRenamePlaceholder(analysis.positions.of_place(place), name)


def _is_begun(server: Server, document: Document) -> bool:
    """Whether a text is a config, or the beginning of one."""
    if server.documents.is_config(document) or document.last_good is not None:
        return True
    first = document.text.lstrip().split(":")[0].split("\n")[0].strip()
    return first.isidentifier() and any(
        key.startswith(first) for key in ("version", "name", "input", "inputs", "layers")
    )


def _is_wanted(
    kind: str | types.CodeActionKind, only: Iterable[str | types.CodeActionKind]
) -> bool:
    """Whether one of the kinds that are asked for is this one, or one above it."""
    name = _name(kind)
    return any(name == _name(asked) or name.startswith(f"{_name(asked)}.") for asked in only)


def _name(kind: str | types.CodeActionKind) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _path(uri: str) -> str:
    """The path of a text; one that is in no file is in the current folder."""
    path = to_fs_path(uri)
    return path if path and uri.startswith("file:") else "untitled.yaml"
