"""What differs between two models: a table of facts in A and in B, and sentences below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rnncli.config.writing import flow
from rnncli.formats.phrases import memory, named, number, shape
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import one_line
from rnncli.report.diff import Change, Count, Diff, LayerDiff, TensorChange

Row = tuple[str, ...]

_MARKS = {"changed": "~", "follows": ">", "added": "+", "removed": "-", "unchanged": "~"}
_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}
_HEADINGS: tuple[Heading, ...] = (
    Heading("  Layer"),
    Heading("What"),
    Heading("A", right=True),
    Heading("B", right=True),
    Heading("Change", right=True),
    Heading("Why", wraps=True),
)


def title(diff: Diff) -> str:
    """Names the two models by their files."""
    return " → ".join(one_line(side.source) for side in (diff.a, diff.b))


def differences(diff: Diff, with_change: bool = True) -> Section:
    """Returns the facts that differ, layer by layer, and the totals; ``with_change`` says by how
    much counts grow."""
    rows: list[Row] = []
    styles: list[str] = []
    for fact in facts(diff):
        if rows and fact.subject == "total" and fact.is_first:
            rows.append(("",) * len(_HEADINGS))
            styles.append("")
        layer = f"{fact.mark or ' '} {fact.heading}"
        rows.append((layer, fact.what, fact.before, fact.after, fact.change, fact.why))
        styles.append(_STYLES.get(fact.kind, ""))
    headings = _HEADINGS
    if not with_change:
        place = [heading.text for heading in headings].index("Change")
        headings = headings[:place] + headings[place + 1 :]
        rows = [row[:place] + row[place + 1 :] for row in rows]
    return Section("Differences", headings, tuple(rows), styles=tuple(styles))


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that differs, as text; ``subject`` is the layer, ``total``, or empty for a setting.

    ``heading`` is what a table shows of the layer in this row: its name, then its class.
    """

    kind: str
    subject: str
    cls: str = ""
    heading: str = ""
    what: str
    before: str
    after: str
    change: str = ""
    why: str = ""
    is_first: bool = False

    @property
    def mark(self) -> str:
        """The mark in front of the first fact of a layer."""
        return _MARKS.get(self.kind, "") if self.is_first else ""


def facts(diff: Diff) -> Iterator[Fact]:
    """Yields the facts that differ, layer by layer, then the totals."""
    for setting in diff.settings:
        before, after = _both(setting)
        yield Fact(
            kind="changed", subject="", what=setting.what, before=before, after=after, is_first=True
        )
    for layer in diff.layers:
        yield from _of_layer(layer, 0)
    for place, (what, before, after, change) in enumerate(_totals(diff)):
        heading = "" if place else "total"
        yield Fact(
            kind="total", subject="total", heading=heading, what=what, before=before, after=after,
            change=change, is_first=not place,
        )  # fmt: skip


def _of_layer(layer: LayerDiff, depth: int) -> Iterator[Fact]:
    """Yields the facts of a layer, then those of the layers inside."""
    rows = [*_facts(layer)]
    indent = "  " * depth
    # The second row has the class; a layer of one fact has it beside its name.
    headings = [f"{indent}{layer.name}", f"{indent}  {layer.cls}"]
    if len(rows) == 1:
        headings = [f"{indent}{layer.name} {layer.cls}"]
    for place, (what, before, after, change, why) in enumerate(rows):
        yield Fact(
            kind=layer.kind,
            subject=layer.name,
            cls=layer.cls,
            heading=headings[place] if place < len(headings) else "",
            what=what,
            before=before,
            after=after,
            change=change,
            why=why,
            is_first=not place,
        )
    for inner in layer.layers:
        yield from _of_layer(inner, depth + 1)


def _facts(layer: LayerDiff) -> Iterator[Row]:
    """Yields what differs about a layer, without its name: what, A, B, the change, why."""
    why = [layer.place] if layer.kind in ("changed", "added", "removed") and layer.place else []
    if layer.follows_from:
        why.append(f"follows from {named(layer.follows_from)}")
    for what, before, after, change in _plain_facts(layer):
        yield what, before, after, change, why.pop(0) if why else ""
    for what, count in (("params", layer.params), ("MACs", layer.macs)):
        if count.differs:
            reasons = [*why, *([count.formula] if count.formula else [])]
            why = []
            growth = "" if layer.after is None else _growth(count)
            yield what, *_counted(layer, count), growth, "; ".join(reasons)


def _plain_facts(layer: LayerDiff) -> Iterator[tuple[str, str, str, str]]:
    """Yields what differs about a layer and is no count."""
    if layer.is_renamed and layer.kind != "unchanged":
        yield "name", layer.before or "", layer.after or "", ""
    if layer.moved:
        yield "moved", "", "", ""
    for change in (*layer.arguments, *layer.wiring):
        is_new = layer.before is None or layer.after is None
        before, after = _both(change, "" if is_new else "default")
        yield change.what, before, after, ""
    if layer.kind not in ("added", "removed"):
        for tensor in layer.inputs:
            yield "reads", *_shapes(tensor), ""
    for tensor in layer.outputs:
        yield tensor.name, *_shapes(tensor), ""


def _both(change: Change, missing: str = "") -> tuple[str, str]:
    return _value(change.before, missing), _value(change.after, missing)


def _value(value: Any, missing: str) -> str:
    """Formats an argument as a config writes it, a list of references, or an input."""
    if value is msgspec.UNSET:
        return missing
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping) and value.keys() == {"shape", "dtype"}:
        axes = value["shape"]
        return f"{shape(None if axes is None else tuple(axes))} {value['dtype']}"
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return "\n".join(map(one_line, value))
    return one_line(flow(value))


def _shapes(tensor: TensorChange) -> tuple[str, str]:
    """Formats the shapes of a tensor, or its dtypes where the shapes are equal."""
    shapes = tensor.before, tensor.after
    dtypes = tensor.dtypes or ("", "")
    if tensor.dtypes is None and None in shapes:
        return tuple("" if axes is None else shape(axes) for axes in shapes)  # type: ignore[return-value]
    texts = [
        f"{shape(axes)} {dtype or ''}".strip() for axes, dtype in zip(shapes, dtypes, strict=True)
    ]
    return texts[0], texts[1]


def _counted(layer: LayerDiff, count: Count) -> tuple[str, str]:
    """Formats a count in A and in B; a layer that a model has not has no count there."""
    before = "" if layer.before is None else number(count.before)
    return before, "" if layer.after is None else number(count.after)


def _totals(diff: Diff) -> Iterator[tuple[str, str, str, str]]:
    """Yields the totals of both models, and how they grow."""
    totals = diff.totals
    for what, count, formatted in (
        ("params", totals.params, number),
        ("MACs", totals.macs, number),
        ("weights", totals.weight_bytes, memory),
        ("outputs", totals.activation_bytes, memory),
    ):
        yield what, formatted(count.before), formatted(count.after), _growth(count)


def _growth(count: Count) -> str:
    """Formats by how much a count grows: ``+12 %``, ``−0.4 %``, ``×25``."""
    growth = count.growth
    if not growth:
        return ""
    if growth >= 9:
        return f"×{1 + growth:,.0f}"
    percent = abs(growth) * 100
    digits = 0 if percent >= 9.95 else 1
    # A change is not rounded to none, and not to all where something is left.
    text = f"{max(percent, 0.1):.{digits}f}"
    if text == "100" and growth < 0 and count.after:
        text = "99.9"
    return f"{'+' if growth > 0 else '−'}{text.removesuffix('.0')} %"


def sentences(diff: Diff) -> list[str]:
    """Says what has not changed, what has another name, and which weights fit."""
    if diff.equal:
        layers = f"{len(diff.layers)} layer{'' if len(diff.layers) == 1 else 's'}"
        counts = f"{layers}, {number(diff.totals.params.after)} parameters"
        return [f"No differences: {counts}."]
    lines = []
    unchanged = [layer.name for layer in diff.layers if not layer.differs]
    if unchanged:
        lines.append(f"Unchanged: {named(unchanged)}.")
    renamed = [
        f"{layer.before} is {layer.after}"
        for layer in diff.layers
        if layer.is_renamed and layer.kind == "unchanged"
    ]
    if renamed:
        lines.append(f"Renamed: in B, {named(renamed)}.")
    return [*lines, *_weights(diff)]


def _weights(diff: Diff) -> list[str]:
    weights = diff.weights
    parts = [
        f"{verb} {named(names)}"
        for verb, names in (
            ("fit B for", weights.fit),
            ("do not fit for", weights.misfit),
            ("are missing for", weights.new),
        )
        if names
    ]
    return [f"Weights of A: {'; '.join(parts)}."] if parts else []
