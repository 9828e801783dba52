"""What can be written in a config: its keys, and the arguments of classes and operations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rnncli.keras_api import argument_kinds
from rnncli.keras_api.calls import calls
from rnncli.keras_api.kinds import Kind
from rnncli.keras_api.operations import ALIASES
from rnncli.keras_api.signatures import FAMILIES, Parameter, signatures


def parameters_of(cls: str) -> Mapping[str, Parameter]:
    """The arguments of a class, or the parameters of an operation; none for an unknown one."""
    function = ALIASES.get(cls, cls)
    if function in calls().functions:
        return calls().functions[function].arguments
    known = signatures()
    name = known.aliases.get(cls, cls)
    for family in FAMILIES:
        signature = known.family(family).get(name)
        if signature is not None:
            return signature.arguments
    return {}


def kind_of(cls: str, argument: str, parameter: Parameter) -> Kind:
    """The kind of value that an argument takes; the class may have another name."""
    name = ALIASES.get(cls, signatures().aliases.get(cls, cls))
    return argument_kinds.kind_of(name, argument, parameter)


@cache
def keys_of_config() -> Mapping[str, str]:
    """The keys of a config and of its entries, each with what it is for."""
    return {
        "version": "The version of this format: 1.",
        "name": "The name of the model, or of the layer.",
        "input": "The shape of the input without the batch axis; null is any length.",
        "inputs": "Several inputs by name, each a shape without the batch axis.",
        "batch": "The size of the batch axis.",
        "length": "The size of unknown lengths in numbers, or one for each input.",
        "budget": "The most that the model may have: params, macs, weight_bytes, activation_bytes.",
        "layers": "The layers, in order; each reads the one before it unless it says from.",
        "outputs": "The tensors that the model returns; by default those of the last layer.",
        "decode": "Runs the model a step at a time: its output becomes its next input.",
        "from": "What the layer reads, by name: layer, layer.h, or an input.",
        "initial_state": "What a recurrent layer starts from, such as encoder.states.",
        "call": "Further arguments of the layer's call, such as training: false.",
        "use": "The name of a layer to call again, with the same weights.",
        "repeat": "How often the layers below are repeated; start is what enters them.",
        "include": "A config or a model file to put here as a layer.",
        "model": "A model to put here as a layer; nothing in it reads what is outside.",
        "custom": "A layer of a class of your own, which is planned and not run.",
    }
