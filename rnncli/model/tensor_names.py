"""The names of the tensors that a layer returns: its outputs, then its states."""

from __future__ import annotations

from collections.abc import Sequence

from rnncli.keras_api.traits import traits
from rnncli.model.graph import MODEL, KerasObject, Model

# What attention returns beside its output, if it is called with return_attention_scores.
SCORES = "scores"


def output_names(layer: KerasObject) -> tuple[str, ...]:
    """The names of a layer's outputs; the first is its main output."""
    if layer.invalid:
        return ("output",)
    if is_model(layer):
        # A model that could not be read has none; what reads it reads one.
        return _model_outputs(layer["model"]) or ("output",)
    if layer.is_operation:
        return _operation_outputs(layer)
    if layer.is_custom:
        return tuple([output.name for output in layer["outputs"]])
    if layer.call.get("return_attention_scores"):
        return ("output", SCORES)
    is_split = layer.cls == "Bidirectional" and layer["merge_mode"] is None
    return ("forward", "backward") if is_split else ("output",)


def has_main_output(layer: KerasObject) -> bool:
    """Whether the name of the layer alone stands for one of its outputs."""
    return is_model(layer) or layer.is_custom or output_names(layer)[0] == "output"


def _operation_outputs(layer: KerasObject) -> tuple[str, ...]:
    from rnncli.keras_api.operations import OPERATIONS

    row = OPERATIONS[layer.cls]
    if not row.parts:
        return row.outputs
    parts = layer[row.parts]
    count = len(parts) + 1 if isinstance(parts, list) else parts
    return tuple([f"output_{number}" for number in range(count)])


def state_names(layer: KerasObject) -> tuple[str, ...]:
    """The names of a recurrent layer's states; none for other layers."""
    if layer.invalid or is_model(layer):
        return ()
    if layer.cls == "Bidirectional":
        forward, backward = layer["layer"], layer["backward_layer"] or layer["layer"]
        return (
            *(f"forward_{name}" for name in state_names(forward)),
            *(f"backward_{name}" for name in state_names(backward)),
        )
    if layer.cls == "RNN":
        return numbered([traits(cell.cls).states for cell in stacked(layer["cell"])])
    return traits(layer.cls).states


def returned_states(layer: KerasObject) -> tuple[str, ...]:
    """The states of a layer that can be read; of a model, its outputs that are states inside."""
    if layer.invalid:
        return ()
    if is_model(layer):
        model = layer["model"]
        inner = {node.layer.name: node.layer for node in model.nodes}
        named = zip(model.outputs, _model_outputs(model), strict=True)
        return tuple(
            name
            for ref, name in named
            if ref.node in inner and ref.tensor in returned_states(inner[ref.node])
        )
    names = state_names(layer)
    if not names or not returns_states(layer):
        return ()
    if layer.cls == "Bidirectional":
        # Keras returns as many states as the forward layer has, twice.
        return names[: 2 * len(state_names(layer["layer"]))]
    return names


def is_model(layer: KerasObject) -> bool:
    """Whether the layer is a nested model."""
    return layer.cls == MODEL


def is_stateful(layer: KerasObject) -> bool:
    """Whether a layer, or one that it wraps, keeps its states from batch to batch; of a model,
    whether one of its layers does. A wrapper refuses a model that does."""
    if layer.invalid:
        return False
    if is_model(layer):
        return any(is_stateful(node.layer) for node in layer["model"].nodes)
    inner = [argument for argument in layer.arguments.values() if isinstance(argument, KerasObject)]
    wrapped = any(is_stateful(argument) for argument in inner if not is_model(argument))
    return wrapped or layer.arguments.get("stateful") is True


def _model_outputs(model: Model) -> tuple[str, ...]:
    """The names of a model's outputs: those in its config, or else the name of the state or of
    the layer, or both where that name alone is not unique."""
    if len(model.outputs) == 1:
        return ("output",)
    if model.output_names is not None:
        return model.output_names
    short = [ref.node if ref.tensor == "output" else ref.tensor for ref in model.outputs]
    return tuple(
        name if short.count(name) == 1 else f"{ref.node}_{ref.tensor}"
        for name, ref in zip(short, model.outputs, strict=True)
    )


def outputs_named(model: KerasObject, name: str) -> tuple[str, ...]:
    """The outputs of a nested model that a name in its config stands for: one, or all states."""
    named: tuple[str, ...] | None = model["model"].output_names
    if named == (name,):
        return output_names(model)
    return tuple(output for output in named or () if output.startswith(f"{name}."))


def numbered(states: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The states of several cells, numbered by cell; those of a single cell have no number."""
    if len(states) == 1:
        return tuple(states[0])
    return tuple(f"{name}_{number}" for number, names in enumerate(states) for name in names)


def returns_states(layer: KerasObject) -> bool:
    """Whether the config has the layer return its states."""
    recurrent = layer["layer"] if layer.cls == "Bidirectional" else layer
    # A cell in the place of a layer has states, but no argument return_state.
    return "return_state" in recurrent.signature.arguments and bool(recurrent["return_state"])


def stacked(cell: KerasObject | list[KerasObject]) -> list[KerasObject]:
    """The cells that an RNN runs: one, a list, or those of StackedRNNCells."""
    if isinstance(cell, list):
        return [inner for outer in cell for inner in stacked(outer)]
    if cell.cls == "StackedRNNCells":
        return stacked(cell["cells"])
    return [cell]


def state_parts(name: str) -> tuple[str, str]:
    """The kind and the direction of a state: ``forward_h_0`` is an h of the forward layer."""
    words = name.split("_")
    kind = next((word for word in words if word in ("h", "c")), "")
    return kind, words[0] if words[0] in ("forward", "backward") else ""


def part_of(output: str, rank: int, step: str | None = None, last: str | None = None) -> str:
    """A part of ``rank`` axes of an output, as numpy writes it: one step of it, or a slice of its
    last axis, or both."""
    if step is None and last is None:
        return output
    front = [":"] if step is None else [":", step]
    if rank == 2:
        return f"{output}[{', '.join([*front, last or ':'])}]"
    behind = [] if last is None else ["...", last]
    return f"{output}[{', '.join([*(front if step else []), *behind])}]"
