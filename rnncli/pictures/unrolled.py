"""A model in time: time runs right and data runs up, a cell stands once for each step.

The grammar is that of Olah's "Understanding LSTM Networks" (2015): a line is a vector, a fork
copies it, and lines that meet are concatenated. A shape has one meaning, which the legend says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.pictures import words
from rnncli.pictures.canvas import DETAIL, TITLE, Canvas
from rnncli.pictures.legend import BELT, draw_legend
from rnncli.pictures.metrics import text_width
from rnncli.pictures.track import DrawnTrack, draw_track
from rnncli.pictures.tracks import Row, Track, tracks
from rnncli.report.layer import Layer
from rnncli.report.report import Report

# Between two tracks.
_APART = 60.0


def draw_unrolled(report: Report, layers: Sequence[Layer] | None, most: int | None) -> Canvas:
    """Draws a model, or some of its layers, in time; shows ``most`` steps at most."""
    chosen = tracks(report, layers)
    canvas = Canvas()
    _draw_tracks(canvas, chosen, report, most)
    drawn = [row.layer for track in chosen for row in track.rows]
    left, upper, right, lower = canvas.bounds
    _draw_title(canvas, report, drawn, left, upper)
    right = max(right, left + 560)
    lower = _draw_states(canvas, drawn, left, lower + 40, right)
    joins = any(layer.recurrence and layer.recurrence.merge == "concat" for layer in drawn)
    draw_legend(canvas, left, lower + 16, right, joins)
    return canvas


def _draw_tracks(canvas: Canvas, chosen: Sequence[Track], report: Report, most: int | None) -> None:
    before: tuple[Track, DrawnTrack, float, float] | None = None
    edge = 0.0
    side_free = True
    for track in chosen:
        handed = _handed(before[0], track) if before and side_free else {}
        drawn = draw_track(
            track, report.decode, most, frozenset(handed), "right" if handed else "left"
        )
        left, _, right, _ = drawn.canvas.bounds
        down = 0.0
        across = edge - left + (_APART if before else 0.0)
        if handed and before:
            name, source = next(iter(handed.items()))
            down = before[3] + (
                before[1].ends[source][0].exits[0][1] - drawn.ends[name][0].entries[0][1]
            )
        canvas.add(drawn.canvas, across, down)
        if handed and before:
            _hand_over(canvas, before, (track, drawn, across, down), handed)
        edge = across + right
        before = (track, drawn, across, down)
        # The texts at the right of a track are in the way of its states.
        side_free = not handed


def _handed(before: Track, track: Track) -> dict[str, str]:
    """The layers of a track whose states the track before it hands over, from which layer."""
    rows = {row.layer.name: row for row in before.rows}
    handed: dict[str, str] = {}
    for row in track.rows:
        source = row.layer.initial_state[0].partition(".")[0] if row.layer.initial_state else ""
        from_ = rows.get(source)
        if from_ is None or not _is_plain(row) or not _is_plain(from_):
            continue
        names = tuple(f"{source}.{state.name}" for state in from_.layer.states)
        if row.layer.initial_state == names:
            handed[row.layer.name] = source
    return handed


def _is_plain(row: Row) -> bool:
    """Whether a row has one cell, which runs from left to right."""
    return (
        len(row.directions) == 1
        and len(row.directions[0].lanes) == 1
        and not row.directions[0].backwards
    )


def _hand_over(
    canvas: Canvas,
    before: tuple[Track, DrawnTrack, float, float],
    after: tuple[Track, DrawnTrack, float, float],
    handed: dict[str, str],
) -> None:
    for name, source in handed.items():
        exits = before[1].ends[source][0].exits
        entries = after[1].ends[name][0].entries
        states = next(row.layer.states for row in before[0].rows if row.layer.name == source)
        for number, (start, end) in enumerate(zip(exits, entries, strict=True)):
            here = (start[0] + before[2], start[1] + before[3])
            there = (end[0] + after[2], end[1] + after[3])
            belt = "c" in states[number].name.split("_")
            turn = here[0] + 14 + 12 * number
            corners = ((turn, here[1]), (turn, there[1])) if here[1] != there[1] else ()
            canvas.wire(
                here, *corners, there,
                role="belt" if belt else "wire", width=BELT if belt else 1.6, arrow=not belt,
            )  # fmt: skip


def _draw_title(
    canvas: Canvas, report: Report, layers: Sequence[Layer], left: float, upper: float
) -> None:
    if len(layers) == 1:
        layer = layers[0]
        name, details = f"{layer.name} · {words.class_of(layer)}", [words.params(layer)]
        macs = layer.macs
    else:
        name, details = report.name, [words.count(report.totals.params, "parameter")]
        macs = report.totals.macs
    if macs:
        details.append(words.count(macs, "MAC"))
    canvas.label(name, left, upper - 62, size=TITLE, bold=True)
    canvas.label(" · ".join(filter(None, details)), left, upper - 38, role="muted")


def _draw_states(
    canvas: Canvas, layers: Sequence[Layer], left: float, y: float, right: float
) -> float:
    """Writes what each state equals, in columns; returns the height below."""
    facts = [*_facts([layer for layer in layers if layer.states])]
    if not facts:
        return y
    width = max(text_width(fact, DETAIL) for fact in facts) + 40
    columns = max(1, int((right - left + 40) // width))
    rows = -(-len(facts) // columns)
    for number, fact in enumerate(facts):
        column, row = divmod(number, rows)
        canvas.label(fact, left + column * width, y + row * 21, size=DETAIL)
    return y + rows * 21


def _facts(recurrent: Sequence[Layer]) -> Iterator[str]:
    """What each state equals."""
    for layer in recurrent:
        for state in layer.states:
            name, equals = state.name, state.equals
            if len(recurrent) > 1:
                name = f"{layer.name}.{name}"
                equals = equals and _named(layer.name, equals)
            fact = f"{name} = {equals}" if equals else f"{name} equals no part of the output"
            yield fact if state.returned else f"{fact}; not returned"


def _named(layer: str, equals: str) -> str:
    """A part of an output, with the name of its layer: ``encoder[:, -1, :]``."""
    if equals.startswith("output"):
        return layer + equals.removeprefix("output")
    return f"{layer}.{equals}"
