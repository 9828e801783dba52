"""What can be written at the cursor: layers, arguments, values, names, keys, templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from lsprotocol import types

from rnncli.config.budget import BUDGET_KEYS
from rnncli.config.custom import CUSTOM_KEYS
from rnncli.config.entries import ENTRY_KEYS, LAYER_KEYS
from rnncli.config.grammar import DECODE_KEYS, TOP_KEYS
from rnncli.config.inputs import INPUT_KEYS
from rnncli.config.nesting import MODEL_KEYS
from rnncli.config.spans import Span
from rnncli.config.values import is_object_name, is_operation
from rnncli.keras_api.call_arguments import read_names, tensor_arguments
from rnncli.lsp.completion_items import (
    KINDS,
    Item,
    arguments,
    booleans,
    entry_kinds,
    keys,
    layers,
    one_input,
    operations,
    plain_call,
    values,
    without_stops,
)
from rnncli.lsp.cursor import key_of, own_scopes
from rnncli.lsp.documents import Analysis
from rnncli.lsp.half_written import Cursor, cursor_at
from rnncli.lsp.known import kind_of, parameters_of
from rnncli.lsp.lines import MovedLines
from rnncli.lsp.positions import Positions
from rnncli.lsp.scopes import Name
from rnncli.lsp.shapes import tensors_of, without_batch
from rnncli.report.layer import ITEM_BYTES, State

_WIRES = ("from", "initial_state", "outputs", "use")
# The values of inner mappings of a config.
_INNER: Mapping[str, tuple[str, ...]] = {
    "decode": DECODE_KEYS,
    "budget": BUDGET_KEYS,
    "input": INPUT_KEYS,
    "custom": CUSTOM_KEYS,
    "model": MODEL_KEYS,
}


class Known(msgspec.Struct, frozen=True):
    """The last plan, and where its lines are now; None where no text could be read yet."""

    analysis: Analysis
    lines: MovedLines


def completion(
    now: Positions, position: types.Position, path: str, known: Known | None, snippets: bool
) -> list[types.CompletionItem]:
    """The words that fit at a position. ``snippets`` says that the editor has them."""
    offset = now.offset_at(position)
    if not now.text.strip():
        return [_templates(now, name, text) for name, text in _all_templates()]
    cursor = cursor_at(now.text, offset)
    if cursor is None:
        return []
    line = now.mark_at(offset)[0]
    items = _Words(cursor, line, path, known).items()
    start = now.position_at(offset - len(cursor.partial))
    return [
        _item(item, number, types.Range(start, position), cursor, snippets)
        for number, item in enumerate(items)
    ]


def _item(
    item: Item, number: int, range_: types.Range, cursor: Cursor, snippets: bool
) -> types.CompletionItem:
    text = item.label
    has_snippet = item.snippet is not None and not cursor.has_value
    if has_snippet and item.snippet is not None:
        text = item.snippet if snippets else without_stops(item.snippet)
    elif not snippets or not has_snippet:
        text = item.label
    return types.CompletionItem(
        label=item.label,
        kind=item.kind,
        detail=item.detail or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, item.about)
        if item.about
        else None,
        sort_text=f"{number:05}",
        filter_text=item.label,
        insert_text_format=types.InsertTextFormat.Snippet
        if has_snippet and snippets
        else types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(range_, f"{cursor.gap}{text}"),
    )


class _Words:
    """The words for one cursor."""

    def __init__(self, cursor: Cursor, line: int, path: str, known: Known | None) -> None:
        self._span = cursor.span
        # An entry reads what is above it, not above the cursor.
        self._line = _entry_line(cursor.span) or line
        self._path = path
        self._known = known

    def items(self) -> list[Item]:
        """What fits, the likeliest first."""
        span = self._span
        parent = span.parent
        if parent is None:
            return [*keys(TOP_KEYS)]
        if span.is_key:
            return [*self._as_key(parent)]
        return [*self._as_value(span)]

    # Keys

    def _as_key(self, mapping: Span) -> Iterator[Item]:
        written = {key.value for key, _ in mapping.pairs()}
        outer = key_of(mapping) if not mapping.is_item else None
        if mapping.parent is None:
            yield from keys(one_input(TOP_KEYS, written), written)
        elif mapping.is_item and _is_layers(mapping):
            yield from self._beside(written)
        elif outer is None:
            return
        elif is_object_name(outer.value) or is_operation(outer.value):
            yield from arguments(outer.value, written)
        elif outer.value == "from":
            yield from self._roles(outer, written)
        elif outer.value == "call":
            yield from plain_call(_class_beside(outer), written)
        elif outer.value in _INNER:
            yield from keys(one_input(_INNER[outer.value], written), written)
        elif (above := _above(outer)) is not None and above.value == "inputs":
            yield from keys(INPUT_KEYS, written)

    def _beside(self, written: set[str]) -> Iterator[Item]:
        """Keys of an entry: its layer, where it has none, and those beside it."""
        kinds = [key for key in written if is_object_name(key) or is_operation(key)]
        named = [key for key in kinds if key != self._span.value]
        entry = next((key for key in ENTRY_KEYS if key in written), None)
        if not named and entry is None:
            yield from layers()
            yield from operations()
            yield from keys(("name", "from"), written)
        elif entry is not None:
            yield from keys(ENTRY_KEYS[entry], written)
        else:
            cls = named[0]
            recurrent = "return_state" in parameters_of(cls) or cls in ("Bidirectional", "RNN")
            beside = [key for key in LAYER_KEYS if key != "initial_state" or recurrent]
            yield from keys(beside, written)

    def _roles(self, wires: Span, written: set[str]) -> Iterator[Item]:
        """The tensors that a layer reads by name."""
        cls = _class_beside(wires)
        if cls is None:
            return
        for name in (*read_names(cls), *tensor_arguments(cls)):
            if name not in written:
                yield Item(name, KINDS.Field, f"a tensor of {cls}", f"{name}: $0")

    # Values

    def _as_value(self, span: Span) -> Iterator[Item]:
        key = key_of(span)
        if key is None:
            return
        above = _above(key)
        if key.value == "layers":
            yield from self._entries(span)
        elif key.value in _WIRES or (above is not None and _is_wire(above.value, key.value)):
            yield from self._names(key.value == "initial_state", key.value == "use")
        elif key.value == "include":
            yield from self._files()
        elif key.value == "dtype" and not (above and is_object_name(above.value)):
            for name in [*sorted(ITEM_BYTES), "string"]:
                yield Item(name, KINDS.EnumMember)
        elif above is not None and (is_object_name(above.value) or is_operation(above.value)):
            parameter = parameters_of(above.value).get(key.value)
            if parameter is not None:
                yield from values(kind_of(above.value, key.value, parameter), parameter)
        elif above is not None and above.value == "call":
            yield from booleans(None)
        elif is_object_name(key.value) or is_operation(key.value):
            yield from self._first(key)
        elif key.value in _INNER and span.start[0] > key.start[0]:
            yield from keys(_INNER[key.value])

    def _entries(self, span: Span) -> Iterator[Item]:
        if span.is_item:
            yield from layers()
            yield from operations()
            yield from entry_kinds()

    def _first(self, cls: Span) -> Iterator[Item]:
        """The value of the first argument; on a line of its own, the arguments by name."""
        known = parameters_of(cls.value)
        if self._span.start[0] > cls.start[0]:
            yield from arguments(cls.value, set())
            return
        for name, parameter in [*known.items()][:1]:
            yield from values(kind_of(cls.value, name, parameter), parameter)

    def _names(self, states: bool, layers_alone: bool) -> Iterator[Item]:
        """The inputs and the layers before this line, the nearest first, with their shapes."""
        before = [name for name in self._all_names() if layers_alone <= (name.kind == "layer")]
        for name in reversed(before):
            tensors = tensors_of(name)
            returned = [tensor for tensor in tensors if isinstance(tensor, State)]
            if states and not returned:
                continue
            if states:
                about = ", ".join(f"{state.name} {without_batch(state)}" for state in returned)
                yield Item(f"{name.name}.states", KINDS.Reference, about)
            elif tensors:
                yield Item(name.name, KINDS.Reference, f"{_of(name)} {without_batch(tensors[0])}")
            else:
                yield Item(name.name, KINDS.Reference, _of(name))
            if layers_alone:
                continue
            several = [tensor for tensor in tensors if tensor.name != name.name]
            if len(several) > 1 or returned:
                for tensor in returned if states else several:
                    if tensor.name == "output":
                        continue
                    label = f"{name.name}.{tensor.name}"
                    yield Item(label, KINDS.Reference, without_batch(tensor))
            if returned and not states:
                yield Item(f"{name.name}.states", KINDS.Reference, "all states")

    def _all_names(self) -> Iterator[Name]:
        known = self._known
        if known is None:
            return
        for scope in own_scopes(known.analysis):
            for name in scope.names.values():
                line = known.lines.now(name.entry.line)
                if name.kind == "input" or (line is not None and line < self._line):
                    yield name
            # A model inside another one is completed in the names of the outer one, too.
            break

    def _files(self) -> Iterator[Item]:
        folder = Path(self._path).parent
        try:
            paths = [*sorted(folder.glob("*.y*ml")), *sorted(folder.glob("*/*.y*ml"))][:200]
        except OSError:
            return
        for path in paths:
            if path != Path(self._path):
                yield Item(path.relative_to(folder).as_posix(), KINDS.File)


def _templates(now: Positions, name: str, text: str) -> types.CompletionItem:
    whole = types.Range(types.Position(0, 0), now.position_at(len(now.text)))
    return types.CompletionItem(
        label=name,
        kind=KINDS.Snippet,
        detail=text.partition("\n")[0].removeprefix("#").strip(),
        documentation=types.MarkupContent(types.MarkupKind.Markdown, f"```yaml\n{text}```"),
        insert_text_format=types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(whole, text),
        # What is written already, such as spaces, must not filter it out.
        filter_text=now.text + name if now.text.strip() else name,
    )


def _all_templates() -> Iterable[tuple[str, str]]:
    from rnncli.reference.templates import templates

    return templates().items()


def _is_wire(above: str, key: str) -> bool:
    """Whether the value of a key in this mapping is the name of a tensor."""
    return above in ("from", "outputs") or (above == "decode" and key in ("input", "output"))


def _of(name: Name) -> str:
    if name.kind == "input":
        return "input"
    return name.node.layer.class_name if name.node is not None else ""


def _entry_line(span: Span) -> int | None:
    """The line on which the entry around a span begins."""
    part: Span | None = span
    while part is not None:
        if part.is_item and _is_layers(part):
            return part.start[0]
        part = part.parent
    return None


def _is_layers(item: Span) -> bool:
    key = key_of(item)
    return key is not None and key.value == "layers"


def _above(key: Span) -> Span | None:
    """The key whose mapping a key is in."""
    return key_of(key.parent) if key.parent is not None and not key.parent.is_item else None


def _class_beside(key: Span) -> str | None:
    """The class of the entry that a key such as ``call`` belongs to."""
    if key.parent is None:
        return None
    names = [other.value for other, _ in key.parent.pairs()]
    return next((name for name in names if is_object_name(name)), None)
