"""A model at another length: the time axis of each of its sequences replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.config import ModelSpec, override
from rnncli.model.graph import Input, Model


def at_length(spec: ModelSpec, model: Model, length: int) -> ModelSpec:
    """Returns the model with ``length`` steps in each input that is a sequence.

    ``model`` is the same model, bound.
    """
    settings = [
        f"inputs.{model_input.name}.shape={_written((length, *model_input.shape[1:]))}"
        for model_input in model.inputs
        if is_sequence(model_input)
    ]
    return override(spec, settings)


def is_sequence(model_input: Input) -> bool:
    """Whether an input has a time axis, the first after the batch: vectors, ids, or numbers whose
    count is unknown."""
    if len(model_input.shape) != 1:
        return len(model_input.shape) > 1
    is_ids = "float" not in model_input.dtype or model_input.below is not None
    return is_ids or model_input.shape[0] is None


def steps_of(model: Model, lengths: Mapping[str, Sequence[int]]) -> int:
    """Returns the number of steps of the longest sequence; ``lengths`` has the unknown ones."""
    sizes = [
        model_input.shape[0] or lengths[model_input.name][0]
        for model_input in model.inputs
        if is_sequence(model_input)
    ]
    return max(sizes, default=0)


def _written(shape: Sequence[int | None]) -> str:
    """A shape as a config writes it."""
    return f"[{', '.join('null' if size is None else str(size) for size in shape)}]"
