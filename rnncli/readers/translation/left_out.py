"""What a config cannot say of a layer: it becomes a box of which the file records the shapes, or
goes without a function of its author's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rnncli.problems import Problem, problem_of_file
from rnncli.readers.saved import SavedLayer, SavedTensor
from rnncli.readers.translation.nodes import free_name
from rnncli.report.model_file import StoredWeight


def tensor_data(tensor: SavedTensor) -> Any:
    """An output of an opaque layer: its shape without the batch axis, and its dtype."""
    if tensor.shape is None:
        return None
    shape = list(tensor.shape[1:])
    if tensor.dtype in (None, "float32"):
        return shape
    return {"shape": shape, "dtype": tensor.dtype}


def weights_data(stored: Sequence[StoredWeight]) -> Iterator[tuple[str, Any]]:
    """Weights under names of their own: the last part of the path that says something."""
    taken: set[str] = set()
    for weight in stored:
        words = [word for word in weight.path.split(":")[0].split("/") if word != "vars"]
        name = words[-1] if not words[-1].isdecimal() else "_".join(["weight", words[-1]])
        name = free_name(name, taken)
        taken.add(name)
        shape = list(weight.shape)
        is_plain = weight.dtype == "float32"
        yield name, shape if is_plain else {"shape": shape, "dtype": weight.dtype}


class _Reason(msgspec.Struct, frozen=True):
    """Why a layer is a box: a code, and a sentence about the layer."""

    code: str
    words: str


_REASONS: Mapping[str, _Reason] = {
    "lambda": _Reason(
        code="lambda-layer", words="{layer} holds Python code, which rnncli never runs"
    ),
    "custom": _Reason(
        code="custom-layer",
        words="{layer} is not a layer of Keras: how it computes is not in the file",
    ),
}
_OTHERWISE = _Reason(
    code="opaque-layer", words="{layer} cannot be described in a config, for {reason}"
)


def why_opaque(source: str, layer: SavedLayer, name: str, reason: str) -> Problem:
    """The note on a layer that a config describes by its shapes alone."""
    why = _REASONS.get(layer.kind, _OTHERWISE)
    words = why.words.format(layer=f"{name} ({layer.written_as or layer.cls})", reason=reason)
    return problem_of_file(
        source,
        why.code,
        f"{words}; its shapes and its weights are those that the file records",
        "build leaves it out, with what depends on it",
        severity="warning" if why is _OTHERWISE else "note",
        layer=name,
    )


def left_out(source: str, layer: str, argument: str, name: str) -> Problem:
    """The problem of an argument that only the author's code can make."""
    changes_numbers = argument.endswith("activation")
    return problem_of_file(
        source,
        "custom-function",
        f"{argument} of {layer} is {name}, which is not Keras's, and not in the file",
        "the plan is that of a layer without it"
        + ("; build and convert cannot go on" if changes_numbers else ""),
        severity="warning" if changes_numbers else "note",
        layer=layer,
    )
