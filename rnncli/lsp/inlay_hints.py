"""Plan → inlay hints: shapes and parameters at the ends of lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lsprotocol import types

from rnncli.config.spans import spans_at
from rnncli.config.spec import LayerSpec, Reference, UseSpec
from rnncli.formats.phrases import number
from rnncli.lsp.documents import Analysis
from rnncli.lsp.lines import MovedLines
from rnncli.lsp.positions import Positions
from rnncli.lsp.scopes import Name, Scope
from rnncli.lsp.settings import Hints
from rnncli.lsp.shapes import outputs, tensor_of, without_batch
from rnncli.report.report import Totals


def inlay_hints(
    analysis: Analysis, lines: MovedLines, now: Positions, first: int, last: int
) -> list[types.InlayHint]:
    """The hints of the lines from ``first`` to ``last`` of the present text.

    ``analysis`` is that of the last text that could be read, and ``lines`` says where its lines
    are now.
    """
    shown = analysis.settings.hints
    hints: list[types.InlayHint] = []
    scopes = [scope for scope in analysis.scopes if scope.source == analysis.source.name]
    starts = Counter(
        name.entry.line for scope in scopes for name in scope.names.values() if name.layer
    )
    for line, column, text in _texts(analysis, scopes, shown):
        moved = lines.now(line)
        if moved is None or not first <= moved <= last:
            continue
        # Several layers on one line each have theirs behind them.
        position = (
            now.end_of_line(moved)
            if column is None or starts[line] == 1
            else now.position((moved, column))
        )
        hints.append(types.InlayHint(position, text, padding_left=True))
    return hints


def _texts(
    analysis: Analysis, scopes: list[Scope], shown: Hints
) -> Iterator[tuple[int, int | None, str]]:
    """Each hint: its line, the column behind what it is about, and its text."""
    for scope in scopes:
        for name in scope.names.values():
            text = _of_name(name, shown)
            if text:
                yield name.entry.line, _end_of(name), text
            if shown.states:
                yield from _of_states(name, scope)
    report, root = analysis.report, analysis.root
    if report is None or root is None or not shown.totals or root.kind != "mapping":
        return
    for key, _ in root.pairs():
        if key.value == "layers":
            text = _totals(report.totals)
            if text and report.layers:
                yield key.start[0], key.end[1] + 1, text


def _of_name(name: Name, shown: Hints) -> str:
    if name.layer is None:
        return ""
    parts = []
    shapes = outputs(name.layer)
    if shown.outputs and shapes:
        parts.append(f"→ {shapes}")
    params = name.layer.params
    if shown.parameters and params is not None and params.total:
        parts.append(number(params.total))
    if shown.macs and name.layer.macs:
        parts.append(f"{number(name.layer.macs)} MACs")
    if parts and len(name.layers) > 1:
        parts.append(f"× {len(name.layers)}")
    return " · ".join(parts)


def _end_of(name: Name) -> int | None:
    """The column behind a layer that ends on the line on which it begins."""
    spans = spans_at(name.entry)
    span = spans[-1] if spans else None
    if span is None:
        return None
    end = span.partner.end if span.is_key and not span.partner.is_empty else span.end
    return end[1] if end[0] == name.entry.line else None


def _totals(totals: Totals) -> str:
    parts = []
    if totals.params is not None:
        parts.append(f"{number(totals.params)} parameters")
    if totals.macs is not None:
        parts.append(f"{number(totals.macs)} MACs")
    return " · ".join(parts)


def _of_states(name: Name, scope: Scope) -> Iterator[tuple[int, int | None, str]]:
    """What each state of ``initial_state`` is, on its line."""
    spec, layer = name.spec, name.layer
    if not isinstance(spec, LayerSpec | UseSpec) or not spec.initial_state or layer is None:
        return
    by_line: dict[int, list[str]] = {}
    end = 0
    for reference in spec.initial_state:
        by_line.setdefault(reference.place.line, []).extend(_states(reference, scope))
        end = reference.place.end
    names = iter([state.name for state in layer.states])
    for line, shapes in by_line.items():
        text = ", ".join(f"{next(names, '?')} {state}" for state in shapes)
        if text and line != name.entry.line:
            yield line, end, text


def _states(reference: Reference, scope: Scope) -> list[str]:
    name = scope.names.get(reference.node)
    tensors = tensor_of(name, reference.tensor) if name else []
    return [without_batch(tensor) for tensor in tensors]
