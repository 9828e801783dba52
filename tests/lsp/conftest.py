"""A real client, which starts the server as an editor does."""

from __future__ import annotations

import asyncio
import sys

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, fixture


class Editor:
    """What an editor does: opens texts, types, and asks."""

    def __init__(self, client: LanguageClient, folder) -> None:
        self.client = client
        self.folder = folder
        self.versions: dict[str, int] = {}

    def uri(self, name: str = "model.yaml") -> str:
        return (self.folder / name).as_uri()

    def at(self, name: str = "model.yaml"):
        return types.TextDocumentIdentifier(self.uri(name))

    async def open(self, text: str, name: str = "model.yaml") -> list[types.Diagnostic]:
        """Opens a text, or types it in the place of the one there; the diagnostics of it."""
        uri = self.uri(name)
        version = self.versions[uri] = self.versions.get(uri, 0) + 1
        if version == 1:
            item = types.TextDocumentItem(uri, "yaml", version, text)
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        else:
            change = types.TextDocumentContentChangeWholeDocument(text)
            document = types.VersionedTextDocumentIdentifier(version, uri)
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(document, [change])
            )
        await self.settle(name)
        return [*self.client.diagnostics.get(uri, ())]

    async def settle(self, name: str = "model.yaml") -> None:
        """Waits until the server has done what it was told: it answers in turn."""
        await self.client.text_document_folding_range_async(types.FoldingRangeParams(self.at(name)))
        await asyncio.sleep(0)

    def diagnostics(self, name: str = "model.yaml") -> list[types.Diagnostic]:
        return [*self.client.diagnostics.get(self.uri(name), ())]

    async def configure(self, **settings) -> None:
        self.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams({"rnncli": settings})
        )
        await self.settle()


# The tests of the client run in its loop, which lasts for all of them.
in_editor = pytest.mark.asyncio(loop_scope="session")


def place(text: str, mark: str = "|") -> tuple[str, types.Position]:
    """A text without the mark of the cursor, and the position of it."""
    before, _, after = text.partition(mark)
    line = before.count("\n")
    return before + after, types.Position(line, len(before) - before.rfind("\n") - 1)


def applied(text: str, edits) -> str:
    """A text with the edits of the protocol applied, as an editor would."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def offset(position):
        return min(starts[position.line] + position.character, len(text))

    parts, done = [], 0
    for edit in sorted(edits, key=lambda e: (offset(e.range.start), offset(e.range.end))):
        assert offset(edit.range.start) >= done, "edits overlap"
        parts += [text[done : offset(edit.range.start)], edit.new_text]
        done = offset(edit.range.end)
    return "".join([*parts, text[done:]])


@fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "rnncli", "lsp"]),
    scope="session",
)
async def lsp_server(lsp_client: LanguageClient):
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        """An editor that watches files as it is told."""

    await lsp_client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities("visual-studio-code"))
    )
    yield
    await lsp_client.shutdown_session()


@pytest_asyncio.fixture(loop_scope="session")
async def editor(lsp_server, tmp_path):
    made = Editor(lsp_server, tmp_path)
    yield made
    assert not [m for m in lsp_server.messages if m.type is types.MessageType.Error]
    assert lsp_server.error is None
    lsp_server.messages.clear()
    for uri in made.versions:
        lsp_server.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        )
    await made.configure()
