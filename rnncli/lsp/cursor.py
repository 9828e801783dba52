"""What is under the cursor in a text that could be read."""

from __future__ import annotations

from collections.abc import Iterator

from rnncli.config.spans import Mark, Span
from rnncli.config.values import is_object_name, is_operation
from rnncli.lsp.documents import Analysis
from rnncli.lsp.scopes import Name, Scope, Use
from rnncli.problems import Place


def span_at(root: Span, mark: Mark) -> Span | None:
    """The innermost span that covers a mark."""
    innermost: Span | None = None
    span: Span | None = root
    while span is not None:
        innermost = span if span.start <= mark <= span.end else innermost
        span = next((part for part in span.items if part.start <= mark <= part.end), None)
    return innermost


def covers(place: Place, mark: Mark) -> bool:
    """Whether a mark is in a place, or at its end."""
    return place.line == mark[0] and place.column <= mark[1] <= place.end


def own_scopes(analysis: Analysis) -> Iterator[Scope]:
    """The scopes that are written in this text."""
    return (scope for scope in analysis.scopes if scope.source == analysis.source.name)


def use_at(analysis: Analysis, mark: Mark) -> tuple[Scope, Use] | None:
    """The use of a name at a mark."""
    for scope in own_scopes(analysis):
        for use in scope.uses:
            if covers(use.place, mark):
                return scope, use
    return None


def name_at(analysis: Analysis, mark: Mark) -> tuple[Scope, Name] | None:
    """The name that is defined at a mark, or used there."""
    used = use_at(analysis, mark)
    if used is not None:
        return used[0], used[1].name
    for scope in own_scopes(analysis):
        for name in scope.names.values():
            if covers(name.place, mark) or _is_class(name, mark):
                return scope, name
    return None


def _is_class(name: Name, mark: Mark) -> bool:
    """Whether a mark is in the class of a layer, which begins where its entry does."""
    entry = name.entry
    if name.kind != "layer" or entry.line != mark[0] or not entry.verbatim:
        return False
    line = entry.source.lines[entry.line - 1]
    word = line[entry.column - 1 :].split(":")[0].split(",")[0].rstrip(" ]}")
    return entry.column <= mark[1] <= entry.column + len(word)


def class_around(span: Span) -> tuple[str, Span] | None:
    """The Keras object or the operation whose arguments a span is one of, or is in."""
    part: Span | None = span
    while part is not None and part.parent is not None:
        parent = part.parent
        if parent.kind == "mapping" and part.index % 2:
            key = parent.items[part.index - 1]
            if is_object_name(key.value) or is_operation(key.value):
                return key.value, key
        part = parent
    return None


def key_of(span: Span) -> Span | None:
    """The key whose value a span is, or is an item of."""
    part: Span | None = span
    while part is not None and part.parent is not None:
        parent = part.parent
        if parent.kind == "mapping":
            return parent.items[part.index - 1] if part.index % 2 else None
        part = parent
    return None
