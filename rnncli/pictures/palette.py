"""The colours of a picture: a few pale hues with darker strokes, on light and on dark ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

# What a shape or a text is; it has one colour in all pictures.
Role = Literal[
    "cell",
    "backward",
    "layer",
    "gate",
    "vector",
    "pointwise",
    "state",
    "input",
    "frame",
    "shared_1",
    "shared_2",
    "shared_3",
    "shared_4",
    "ink",
    "muted",
    "wire",
    "belt",
    "feedback",
]


class Paint(msgspec.Struct, frozen=True):
    """The fill and the stroke of a shape; the fill of a text or a wire is its stroke."""

    fill: str
    stroke: str


class Palette(msgspec.Struct, frozen=True):
    """A ground and the paint of each role."""

    ground: str
    paints: Mapping[Role, Paint]


LIGHT = Palette(
    "#ffffff",
    {
        "cell": Paint("#dcefdc", "#3f7a47"),
        "backward": Paint("#e6e0f4", "#6a55a0"),
        "layer": Paint("#fbf0cf", "#96782a"),
        "gate": Paint("#fbf0cf", "#96782a"),
        "vector": Paint("#dbe9f6", "#3b6a99"),
        "pointwise": Paint("#f8dce0", "#a84a5e"),
        "state": Paint("#ffffff", "#4a5560"),
        "input": Paint("#dbe9f6", "#3b6a99"),
        "frame": Paint("#f6f7f9", "#9aa5b1"),
        "shared_1": Paint("#d5f0ee", "#2b7a78"),
        "shared_2": Paint("#fde2cf", "#a85a22"),
        "shared_3": Paint("#f3dcf1", "#93438c"),
        "shared_4": Paint("#e3ecc8", "#66792a"),
        "ink": Paint("#1f2933", "#1f2933"),
        "muted": Paint("#52606d", "#52606d"),
        "wire": Paint("#39434d", "#39434d"),
        "belt": Paint("#39434d", "#39434d"),
        "feedback": Paint("#a84a5e", "#a84a5e"),
    },
)
DARK = Palette(
    "#14181d",
    {
        "cell": Paint("#21402a", "#7cc08a"),
        "backward": Paint("#352c52", "#b3a2e3"),
        "layer": Paint("#423a1c", "#d8bd6a"),
        "gate": Paint("#423a1c", "#d8bd6a"),
        "vector": Paint("#1d3850", "#85b6e2"),
        "pointwise": Paint("#4b2630", "#ea9aab"),
        "state": Paint("#14181d", "#aab6c2"),
        "input": Paint("#1d3850", "#85b6e2"),
        "frame": Paint("#1b2127", "#66717d"),
        "shared_1": Paint("#163f3e", "#6ecbc6"),
        "shared_2": Paint("#4a2f1b", "#eba877"),
        "shared_3": Paint("#452143", "#de96d7"),
        "shared_4": Paint("#343d19", "#bfd07a"),
        "ink": Paint("#f0f3f6", "#f0f3f6"),
        "muted": Paint("#aab6c2", "#aab6c2"),
        "wire": Paint("#c5ced8", "#c5ced8"),
        "belt": Paint("#c5ced8", "#c5ced8"),
        "feedback": Paint("#ea9aab", "#ea9aab"),
    },
)
