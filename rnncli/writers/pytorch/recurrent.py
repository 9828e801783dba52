"""SimpleRNN, LSTM and GRU, alone or in a Bidirectional."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import returned_states, state_names
from rnncli.writers.pytorch.activations import shown
from rnncli.writers.pytorch.parts import (
    UNUSED,
    Call,
    NoEquivalent,
    Part,
    Statement,
    called,
    features_of,
)

MODULES = {"SimpleRNN": "nn.RNN", "LSTM": "nn.LSTM", "GRU": "nn.GRU"}
_STATEFUL = "leave stateful out, and hand states over as initial_state"


def recurrent(call: Call) -> Part:
    """A recurrent layer, in one direction or in both."""
    layer = call.layer
    inner = layer["layer"] if layer.cls == "Bidirectional" else layer
    mask = call.used_mask()
    _check(layer, inner, mask)
    run = _run(call, inner, mask)
    statements, outputs = _both(call, inner) if inner is not layer else _one(call, inner, mask)
    features = features_of(call.shape)
    return Part(
        (run, *statements),
        outputs,
        call.masks[0] if mask and inner["return_sequences"] else None,
        called(
            MODULES[inner.cls],
            features,
            inner["units"],
            nonlinearity="relu" if inner["activation"] == "relu" else None,
            bias=None if inner["use_bias"] else False,
            batch_first=True,
            bidirectional=True if inner is not layer else None,
        ),
        lambda arrays: _weights(inner, arrays),
        frozenset({"run_masked"}) if mask else frozenset(),
        _without(layer, inner),
    )


# What has no equivalent


def _check(layer: KerasObject, inner: KerasObject, mask: str | None) -> None:
    reasons = [*_reasons(inner)]
    if inner is not layer:
        if layer["backward_layer"] is not None and not _is_twin(inner, layer["backward_layer"]):
            reasons.append(("its backward_layer differs from the forward one", None))
        if inner["go_backwards"]:
            reasons.append(("its forward layer reads backwards", "leave go_backwards out"))
    elif mask and inner["go_backwards"]:
        reasons.append(("it reads backwards, and so the padding first", "use a Bidirectional"))
    elif mask and inner["zero_output_for_mask"] and not inner["return_sequences"]:
        reasons.append(("zero_output_for_mask makes its last output zero", None))
    if reasons:
        raise NoEquivalent(*reasons)


def _reasons(layer: KerasObject) -> Iterator[tuple[str, str | None]]:
    module = MODULES.get(layer.cls)
    if module is None:
        yield f"PyTorch has no recurrent layer that is a {layer.cls}", None
        return
    activations = ("tanh", "relu") if layer.cls == "SimpleRNN" else ("tanh",)
    if layer["activation"] not in activations:
        yield (
            f"{module} computes with {' or '.join(activations)}, not with "
            f"{shown(layer['activation'])}",
            "train the model with the default activation",
        )
    if layer.cls != "SimpleRNN" and layer["recurrent_activation"] != "sigmoid":
        yield (
            f"the gates of {module} are sigmoid, not {shown(layer['recurrent_activation'])}",
            "train the model with recurrent_activation: sigmoid",
        )
    if layer.cls == "GRU" and not layer["reset_after"]:
        yield (
            "nn.GRU applies the reset gate after the recurrent product, and reset_after: false "
            "before it",
            "train the model with reset_after: true",
        )
    if layer["stateful"]:
        yield "PyTorch's layers keep no states from batch to batch", _STATEFUL


def _is_twin(forward: KerasObject, backward: KerasObject) -> bool:
    """Whether one PyTorch module can hold both directions."""
    arguments = ("units", "activation", "use_bias", "return_sequences", "return_state", "stateful")
    gates = ("recurrent_activation",) * (forward.cls != "SimpleRNN")
    reset = ("reset_after",) * (forward.cls == "GRU")
    return (
        forward.cls == backward.cls
        and all(forward[name] == backward[name] for name in (*arguments, *gates, *reset))
        and bool(backward["go_backwards"])
    )


def _without(layer: KerasObject, inner: KerasObject) -> str:
    dropouts = [name for name in ("dropout", "recurrent_dropout") if inner[name]]
    return " and ".join(dropouts)


# Statements of forward


def _run(call: Call, inner: KerasObject, mask: str | None) -> Statement:
    """The call of the module: the outputs of all steps, and the states of both directions."""
    x = f"{call.reads[0]}.flip(1)" if inner["go_backwards"] else call.reads[0]
    arguments = [x, *_initial(call)]
    if mask:
        arguments.insert(1, mask)
    function = f"run_masked({call.module}, " if mask else f"{call.module}("
    is_lstm = inner.cls == "LSTM"
    states = [_state(call, name) for name in ("h", "c")[: 1 + is_lstm]]
    return Statement(
        (_sequence(call, inner), *states),
        f"{function}{', '.join(arguments)})",
        (call.reads[0], *call.states, *([mask] if mask else [])),
        "{}, ({}, {})" if is_lstm else "{}, {}",
    )


def _initial(call: Call) -> list[str]:
    states = call.states
    if not states:
        return []
    if call.layer.cls == "Bidirectional":
        half = len(states) // 2
        pairs = zip(states[:half], states[half:], strict=True)
        first = [f"torch.stack([{forward}, {backward}])" for forward, backward in pairs]
    else:
        first = [f"{state}.unsqueeze(0)" for state in states]
    return [f"({', '.join(first)})" if len(first) > 1 else first[0]]


def _sequence(call: Call, inner: KerasObject) -> str:
    return call.variable() if inner["return_sequences"] else UNUSED


def _state(call: Call, name: str) -> str:
    """The variable of the module's own states, which have an axis of directions in front."""
    return call.variable(name)


def _one(
    call: Call, inner: KerasObject, mask: str | None
) -> tuple[list[Statement], dict[str, str]]:
    statements = []
    for name in state_names(inner):
        variable = _state(call, name)
        statements.append(Statement((variable,), f"{variable}[0]", (variable,)))
    h = _state(call, "h")
    output = call.variable() if inner["return_sequences"] else h
    if mask and inner["return_sequences"] and not inner["zero_output_for_mask"]:
        # Keras repeats the last output in the steps of padding.
        statements.append(
            Statement(
                (output,),
                f"torch.where({mask}.unsqueeze(-1), {output}, {h}.unsqueeze(1))",
                (mask, output, h),
            )
        )
    states = {name: _state(call, name) for name in returned_states(call.layer)}
    return statements, {"output": output, **states}


def _both(call: Call, inner: KerasObject) -> tuple[list[Statement], dict[str, str]]:
    merge = call.layer["merge_mode"]
    statements: list[Statement] = []
    h = _state(call, "h")
    forward, backward = (call.variable(name) for name in ("forward", "backward"))
    output = call.variable()
    if not inner["return_sequences"]:
        if merge == "concat":
            statements.append(Statement((output,), f"torch.cat([{h}[0], {h}[1]], dim=-1)", (h,)))
        elif merge is None:
            statements.append(Statement((forward, backward), h, (h,), "{}, {}"))
        else:
            value = _merged(merge, f"{h}[0]", f"{h}[1]")
            statements.append(Statement((output,), value, (h,)))
    elif merge != "concat":
        statements.append(
            Statement((forward, backward), f"{output}.chunk(2, dim=-1)", (output,), "{}, {}")
        )
        if merge is not None:
            value = _merged(merge, forward, backward)
            statements.append(Statement((output,), value, (forward, backward)))
    states = {}
    for name in returned_states(call.layer):
        direction, kind = name.split("_")
        states[name] = call.variable(name)
        both = _state(call, kind)
        place = 0 if direction == "forward" else 1
        statements.append(Statement((states[name],), f"{both}[{place}]", (both,)))
    if merge is None:
        return statements, {"forward": forward, "backward": backward, **states}
    return statements, {"output": output, **states}


def _merged(merge: str, forward: str, backward: str) -> str:
    if merge == "ave":
        return f"({forward} + {backward}) / 2"
    return f"{forward} {'*' if merge == 'mul' else '+'} {backward}"


# Weights


def _weights(layer: KerasObject, arrays: Sequence[Any]) -> Mapping[str, Any]:
    count = 3 if layer["use_bias"] else 2
    named = _direction(layer, arrays[:count], "")
    return named | (_direction(layer, arrays[count:], "_reverse") if arrays[count:] else {})


def _direction(layer: KerasObject, arrays: Sequence[Any], suffix: str) -> dict[str, Any]:
    """The weights of one direction.

    The gates of an LSTM have the same order in both, and those of a GRU have not. PyTorch has two
    biases, of which Keras has only the sum, but in a GRU.
    """
    import numpy as np

    kernel, recurrent_kernel, *bias = (_gates(layer, array) for array in arrays)
    named = {
        f"weight_ih_l0{suffix}": kernel.T,
        f"weight_hh_l0{suffix}": recurrent_kernel.T,
    }
    if bias:
        both = bias[0] if bias[0].ndim == 2 else (bias[0], np.zeros_like(bias[0]))
        named |= {f"bias_ih_l0{suffix}": both[0], f"bias_hh_l0{suffix}": both[1]}
    return named


def _gates(layer: KerasObject, array: Any) -> Any:
    """An array with its gates in PyTorch's order."""
    import numpy as np

    if layer.cls != "GRU":
        return array
    update, reset, candidate = np.split(array, 3, axis=-1)
    return np.concatenate([reset, update, candidate], axis=-1)
