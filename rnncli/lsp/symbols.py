"""The outline of a config: its inputs and its layers, with those inside them."""

from __future__ import annotations

from lsprotocol import types

from rnncli.config.spans import Span, spans_at
from rnncli.lsp.cursor import own_scopes
from rnncli.lsp.documents import Analysis
from rnncli.lsp.scopes import Name
from rnncli.lsp.shapes import outputs, without_batch


def symbols(analysis: Analysis) -> list[types.DocumentSymbol]:
    """The names of all scopes as a tree: a layer that lies in another one is below it."""
    named = []
    for scope in own_scopes(analysis):
        for name in scope.names.values():
            whole = _whole(name)
            if whole is not None:
                named.append((whole, _symbol(analysis, name, whole)))
    # An outer one begins no later, and ends no earlier.
    named.sort(key=lambda pair: (pair[0][0], (-pair[0][1][0], -pair[0][1][1])))
    top: list[types.DocumentSymbol] = []
    around: list[tuple[tuple[tuple[int, int], tuple[int, int]], types.DocumentSymbol]] = []
    for whole, symbol in named:
        while around and around[-1][0][1] < whole[1]:
            around.pop()
        if around and around[-1][0][0] <= whole[0]:
            around[-1][1].children = [*(around[-1][1].children or ()), symbol]
        else:
            top.append(symbol)
        around.append((whole, symbol))
    return top


def _symbol(
    analysis: Analysis, name: Name, whole: tuple[tuple[int, int], tuple[int, int]]
) -> types.DocumentSymbol:
    detail = ""
    kind = types.SymbolKind.Variable
    if name.tensor is not None:
        detail = without_batch(name.tensor)
    elif name.kind == "layer":
        kind = types.SymbolKind.Class
        cls = name.node.layer.class_name if name.node is not None else ""
        shapes = outputs(name.layer) if name.layer is not None else ""
        detail = f"{cls} → {shapes}" if shapes else cls
    positions = analysis.positions
    selection = positions.of_place(name.place)
    around = positions.range(*whole)
    if not (_before(around.start, selection.start) and _before(selection.end, around.end)):
        selection = around
    return types.DocumentSymbol(name.name, kind, around, selection, detail=detail or None)


def _before(one: types.Position, other: types.Position) -> bool:
    return (one.line, one.character) <= (other.line, other.character)


def _whole(name: Name) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where the whole entry of a name begins and ends."""
    spans = spans_at(name.entry)
    if not spans:
        return None
    span: Span = spans[-1]
    if span.is_key and span.parent is not None:
        if name.kind == "layer" and span.parent.is_item:
            return span.parent.start, end_of(span.parent)
        return span.start, max(span.end, end_of(span.partner))
    return span.start, end_of(span)


def end_of(span: Span) -> tuple[int, int]:
    """The end of what is written of a span; a block ends where its last value does."""
    while span.items and not span.flow:
        last = span.items[-1]
        if last.is_empty:
            return span.items[-2].end if span.kind == "mapping" else last.start
        span = last
    return span.end
