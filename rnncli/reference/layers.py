"""What is known of each layer and operation: its arguments, what it returns, an example planned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from rnncli.config import ModelSpec, override, parse
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.call_arguments import CALL_KIND, plain_arguments, tensor_arguments
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, OPERATIONS
from rnncli.keras_api.signatures import signatures
from rnncli.layers.catalogue import FAMILIES, RULES
from rnncli.layers.ops.catalogue import OPERATION_FAMILIES
from rnncli.layers.rnn.recurrent import FUSED
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.reference.examples import example
from rnncli.report.layer import MaskUse, Tensor
from rnncli.report.layer_entry import KnownArgument, LayerReference, Returned


def all_layers() -> list[LayerReference]:
    """Every layer that a rule plans, by family, and every operation."""
    layers = [one_layer(cls) for rules in FAMILIES.values() for cls in rules]
    return layers + [one_operation(name) for names in OPERATION_FAMILIES.values() for name in names]


def one_layer(cls: str) -> LayerReference:
    """What is known of one layer. ``cls`` is a class that has a rule."""
    assert cls in RULES
    sample = example(cls)
    return LayerReference(
        name=cls,
        family=next(family for family, rules in FAMILIES.items() if cls in rules),
        arguments=tuple(_arguments(cls)),
        call=tuple(_of_the_call(cls)),
        config=sample.config if sample else None,
        example=sample.report if sample else None,
        mask=_mask(sample.config) if sample else None,
        returns=tuple(_returned(cls, sample.spec)) if sample else (),
        fused=_fused(cls),
    )


def one_operation(function: str) -> LayerReference:
    """What is known of one operation, such as ``ops.mean``."""
    sample = example(function)
    return LayerReference(
        name=function,
        aliases=tuple([alias for alias, name in ALIASES.items() if name == function]),
        family=next(family for family, names in OPERATION_FAMILIES.items() if function in names),
        arguments=tuple(_parameters(function)),
        config=sample.config if sample else None,
        example=sample.report if sample else None,
        mask=_mask(sample.config) if sample else None,
    )


def _parameters(function: str) -> Iterator[KnownArgument]:
    row = OPERATIONS[function]
    for name, parameter in calls().functions[function].arguments.items():
        takes = kind_of(function, name, parameter).expects
        is_tensor = name in row.tensors
        if is_tensor and (len(row.tensors) == 1 or not row.numbers):
            takes = "tensors, in from" if row.several else "a tensor, in from"
        yield KnownArgument(
            name=name,
            takes=takes,
            required=parameter.required,
            tensor=is_tensor,
            default=parameter.default,
        )


def _arguments(cls: str) -> Iterator[KnownArgument]:
    for name, parameter in signatures().layers[cls].arguments.items():
        yield KnownArgument(
            name=name,
            takes=kind_of(cls, name, parameter).expects,
            required=parameter.required,
            default=parameter.default,
        )


def _of_the_call(cls: str) -> Iterator[KnownArgument]:
    """The arguments of the layer's call, but for the tensors that it reads anyway."""
    for name in tensor_arguments(cls):
        yield KnownArgument(
            name=name, takes="a tensor, in from", required=False, tensor=True, default=None
        )
    for name, parameter in plain_arguments(cls).items():
        yield KnownArgument(
            name=name,
            takes=f"{CALL_KIND.expects}, in call",
            required=False,
            default=parameter.default,
        )


def _returned(cls: str, spec: ModelSpec) -> Iterator[Returned]:
    """What the layer returns with each flag, from plans of the example with the flag set."""
    inner = "layer." if cls == "Bidirectional" else ""
    if not inner and "return_state" not in signatures().layers[cls].arguments:
        return
    name = plan(spec).layers[0].name
    for every_step, states in product((False, True), repeat=2):
        settings = [
            f"{name}.{inner}return_sequences={str(every_step).lower()}",
            f"{name}.{inner}return_state={str(states).lower()}",
        ]
        (layer,) = plan(override(spec, settings)).layers
        tensors = (*layer.outputs, *(state for state in layer.states if state.returned))
        yield Returned(
            return_sequences=every_step,
            return_state=states,
            tensors=tuple(Tensor(name=t.name, shape=t.shape, dtype=t.dtype) for t in tensors),
        )


# The inputs of an example that are tensors of floats.
_FLOATS = re.compile(r"\b(input|[abc]): \[")


def _mask(text: str) -> MaskUse | None:
    """What the layer of an example does with the masks of Masking layers before it."""
    top, layers, entry = text.partition("layers:\n")
    for name in _FLOATS.findall(top):
        layers += f"  - Masking:\n    name: masked_{name}\n    from: {name}\n"
        alone, wired, names = entry.partition("from: ")
        names = re.sub(rf"\b{name}\b", f"masked_{name}", names)
        entry = f"{alone}{wired}{names}"
    report = plan(parse(Source("example", f"{top}{layers}{entry}")))
    return None if errors(report.problems) else report.layers[-1].mask


def _fused(cls: str) -> str | None:
    if cls not in ("LSTM", "GRU"):
        return None
    known = signatures().layers[cls].arguments
    needs = [f"{name} {str(value).lower()}" for name, value in FUSED.items() if name in known]
    return (
        f"The fused GPU kernel (cuDNN) needs {', '.join(needs)}, and a mask that is padded on the "
        "right with no empty row."
    )
