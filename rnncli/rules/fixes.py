"""Fixes that rules suggest: each changes a layer, in words and as edits of the config.

Rules use this module as ``call.fixes``, so that it is imported only when a problem needs it.
"""

from __future__ import annotations

from rnncli.config.edits import replace_value
from rnncli.model.graph import KerasObject
from rnncli.model.mending import (
    bound,
    in_its_place,
    left_out,
    renamed_class,
    renaming,
    set_edits,
    set_on,
)
from rnncli.problems import Fix, Place

__all__ = [
    "bound",
    "in_its_place",
    "left_out",
    "renamed_class",
    "renaming",
    "set_edits",
    "set_on",
]


def cell_of_its_kind(layer: KerasObject, cells: tuple[str, ...]) -> Fix:
    """Replaces a layer that stands in place of a cell by the cell of its kind, if there is one."""
    cell = f"{layer.cls}Cell"
    edits = renaming(layer, cell) if cell in cells else ()
    example = f"RNN: {{{cell if cell in cells else 'LSTMCell'}: 8}}"
    return Fix(f"such as {example}; the cells are {', '.join(cells)}", edits)


def without_list(place: Place, cell: KerasObject) -> Fix:
    """Takes a single cell out of its list."""
    return Fix("give the cell without a list", replace_value(place, bound(cell)))


def recurrent_in_its_place(layer: KerasObject, recurrent: tuple[str, ...]) -> Fix:
    """Replaces a layer inside a Bidirectional that is not recurrent: a plain Dense by an LSTM."""
    words = f"wrap one of {', '.join(recurrent)}"
    is_alike = layer.cls == "Dense" and {*layer.arguments} <= {"units", "activation", "name"}
    return Fix(words, renaming(layer, "LSTM") if is_alike else (), safe=False)


def on_backward_layer(layer: KerasObject, argument: str, value: bool) -> Fix:
    """Sets an argument of the backward layer that does not match the forward layer."""
    words = f"set {argument}: {str(value).lower()} on backward_layer"
    return Fix(words, set_edits(layer, argument, value))


def as_wide(forward: KerasObject, backward: KerasObject | None, words: str) -> Fix:
    """Gives the backward layer as many units as the forward layer."""
    units = forward.arguments.get("units")
    is_alike = backward is not None and "units" in backward.signature.arguments
    edits = set_edits(backward, "units", units) if backward and units and is_alike else ()
    return Fix(words, edits, safe=False)


def without_wrapper(wrapper: KerasObject, layer: KerasObject, words: str) -> Fix:
    """Removes a wrapper around a layer that can read the tensor as it is."""
    return in_its_place(wrapper, bound(layer), words, safe=False)
