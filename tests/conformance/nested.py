"""Models in the place of layers: over one input or two, or at each time step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.conformance.drawing import Strategy, booleans

_PAIRS = [{"Add": {}}, {"ops.multiply": None}, {"ops.where": {"condition": True}}, {"Subtract": {}}]
_KINDS = ["one", "one", "two", "steps"]


def models(entries: Strategy) -> Strategy:
    """Models of a few of these layers; what they read is filled in where they are wired."""
    layers = st.lists(entries, min_size=1, max_size=3)
    return st.builds(_model, layers, st.sampled_from(_KINDS), st.sampled_from(_PAIRS), booleans)


def _model(layers: list[Any], kind: str, pair: dict[str, Any], two_outputs: bool) -> dict[str, Any]:
    if kind == "two":
        layers = [{**pair, "from": ["first", "second"]}, *layers]
    layers = [{**entry, "name": f"i{number}"} for number, entry in enumerate(layers)]
    model: dict[str, Any] = {"layers": layers}
    if kind == "steps":
        return {"TimeDistributed": {"layer": {"model": model}}}
    if two_outputs and len(layers) > 1:
        model["outputs"] = {"early": "i0", "late": layers[-1]["name"]}
    return {"model": model}


def inputs_of(entry: dict[str, Any]) -> int:
    """How many tensors a model reads."""
    model = entry.get("model")
    return 1 if model is None else len(model["layers"][0].get("from", "1"))


def with_inputs(
    entry: dict[str, Any], reads: Sequence[tuple[Sequence[int | None], str]]
) -> dict[str, Any]:
    """The entry, and in the models that it holds the inputs that fit what it reads: the shapes,
    without the batch, and dtypes of tensors."""
    if "model" in entry:
        inputs = [{"shape": [*shape], "dtype": dtype} for shape, dtype in reads]
        return {**entry, "model": {**_inputs(inputs), **entry["model"]}}
    held = entry.get("TimeDistributed")
    if not isinstance(held, dict) or "model" not in held["layer"]:
        return entry
    ((shape, dtype),) = reads
    step = _inputs([{"shape": [*shape[1:]], "dtype": dtype}])
    model = {**step, **held["layer"]["model"]}
    return {**entry, "TimeDistributed": {**held, "layer": {"model": model}}}


def _inputs(inputs: list[dict[str, Any]]) -> dict[str, Any]:
    if len(inputs) == 1:
        return {"input": inputs[0]}
    return {"inputs": dict(zip(("first", "second"), inputs, strict=True))}
