"""What is known of each layer: its arguments, what it returns, an example planned."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from rnncli.config import ModelSpec, override, parse
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.call_arguments import CALL_KIND, plain_arguments, tensor_arguments
from rnncli.keras_api.signatures import signatures
from rnncli.layers.catalogue import FAMILIES, RULES
from rnncli.layers.rnn.recurrent import FUSED
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.reference.examples import example
from rnncli.report.layer import MaskUse, Tensor
from rnncli.report.layer_entry import KnownArgument, LayerReference, Returned


def all_layers() -> list[LayerReference]:
    """Every layer that a rule plans, by family."""
    return [one_layer(cls) for rules in FAMILIES.values() for cls in rules]


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
        yield KnownArgument(name=name, takes="a tensor, in from", required=False, default=None)
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


def _mask(text: str) -> MaskUse | None:
    """What the layer of an example does with the mask of a Masking layer before it."""
    behind = text.replace("layers:\n", "layers:\n  - Masking\n")
    report = plan(parse(Source("example", behind)))
    if "input: [" not in text or errors(report.problems):
        return None
    return report.layers[-1].mask


def _fused(cls: str) -> str | None:
    if cls not in ("LSTM", "GRU"):
        return None
    known = signatures().layers[cls].arguments
    needs = [f"{name} {str(value).lower()}" for name, value in FUSED.items() if name in known]
    return (
        f"The fused GPU kernel (cuDNN) needs {', '.join(needs)}, and a mask that is padded on the "
        "right with no empty row."
    )
