"""The arguments of a layer's call: tensors that ``from`` names, and plain values of ``call``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.config.spec import Argument, LayerSpec, NodeSpec, ObjectSpec, Reference, UseSpec
from rnncli.keras_api.call_arguments import plain_arguments, read_names, tensor_arguments
from rnncli.keras_api.signatures import Signature
from rnncli.model.graph import KerasObject, Node, TensorRef
from rnncli.model.naming import Namer
from rnncli.model.objects import ObjectBinder
from rnncli.model.tensor_names import SCORES, is_model, state_names
from rnncli.problems import Edits, Fix, Place, Problem, problem
from rnncli.suggestions import listed, near_words


class Wires(msgspec.Struct, frozen=True):
    """What ``from`` and ``initial_state`` name, by what it is to the layer.

    ``inbound`` is None if the layer reads the one before it, and ``initial_state`` if it starts
    from zeros; ``tensors`` are tensor arguments of the call, such as ``mask``.
    """

    inbound: tuple[Reference, ...] | None
    tensors: tuple[Reference, ...] = ()
    initial_state: tuple[Reference, ...] | None = None


def takes_call(layer: KerasObject) -> bool:
    """Whether the layer is one of Keras's, whose call has arguments."""
    is_layer = not (layer.is_operation or layer.is_custom or is_model(layer))
    return is_layer and not layer.invalid


def sorted_wires(layer: KerasObject, spec: NodeSpec, problems: list[Problem]) -> Wires:
    """The references of an entry, each with what it is to the layer."""
    states = spec.initial_state if isinstance(spec, LayerSpec | UseSpec) else None
    references = spec.inbound
    if references is None or not takes_call(layer) or not any(ref.role for ref in references):
        return Wires(references, initial_state=states)
    known = tensor_arguments(layer.cls)
    tensors = tuple([reference for reference in references if reference.role in known])
    rest = [reference for reference in references if reference.role not in known]
    starts = [reference for reference in rest if reference.role == "initial_state"]
    if starts and state_names(layer):
        problems.append(_misplaced_state(layer, starts[0], states is not None))
        states = states or tuple([replace(start, role=None) for start in starts])
        rest = [reference for reference in rest if reference.role != "initial_state"]
    # Which tensors attention reads is always said.
    reads_before = not rest and len(read_names(layer.cls)) == 1
    return Wires(None if reads_before else tuple(rest), tensors, states)


def with_call(
    layer: KerasObject, spec: LayerSpec | UseSpec, problems: list[Problem]
) -> KerasObject:
    """The layer with the checked plain arguments of its call; what is wrong is reported."""
    call = spec.call or {}
    if layer.call and isinstance(spec, UseSpec):
        # A layer that is called again is called without the arguments of its first call.
        layer = replace(layer, call={})
    if not call or layer.invalid or (layer.is_operation and isinstance(spec, LayerSpec)):
        return layer
    plain = plain_arguments(layer.cls) if takes_call(layer) else {}
    known = {name: argument for name, argument in call.items() if name in plain}
    unknown = [name for name in call if name not in plain]
    if layer.is_operation:
        problems += [_of_another_call(layer, call[name].key) for name in unknown]
        return layer
    problems += [_unknown(layer, name, call[name], call) for name in unknown]
    binder = ObjectBinder(Namer(()), problems)
    signature = Signature(layer.cls, dict(plain))
    written = ObjectSpec(layer.cls, layer.place, None, known)
    values, places = binder.arguments(written, layer.cls, signature)
    if values.get("training") is not None:
        problems.append(_overridden(layer, known["training"], values["training"]))
    return replace(layer, call={**layer.call, **values}, places={**layer.places, **places})


def one_tensor(
    layer: KerasObject, reference: Reference, refs: Sequence[TensorRef], problems: list[Problem]
) -> TensorRef:
    """The tensor that is an argument of the call; several are reported, and are an unknown one."""
    if len(refs) > 1:
        from rnncli.config.edits import replace_value

        first = refs[0].display_name
        message = f"{reference.role} of {layer.label} is one tensor, and this names {len(refs)}"
        fix = Fix(f"name one, such as {first}", replace_value(reference.place, first), safe=False)
        problems.append(problem("takes-one", message, fix, place=reference.place))
        return TensorRef(reference.node, reference.tensor or "")
    return refs[0]


def lost_scores(nodes: Sequence[Node], outputs: Sequence[TensorRef]) -> Iterator[Problem]:
    """The problems of scores that are read of a later call, and that the first call does not
    return: Keras counts the outputs of a layer once, at its first call."""
    read = {*outputs, *(ref for node in nodes for ref in node.reads)}
    calls = {node.layer.name: node.layer for node in nodes}
    for node in nodes:
        first = calls.get(node.shared_with or "")
        if TensorRef(node.layer.name, SCORES) not in read or first is None:
            continue
        if not first.call.get("return_attention_scores"):
            from rnncli.config.edits import add_beside

            words = f"write call: {{return_attention_scores: true}} beside {first.name} as well"
            edits = add_beside(first.place, "call", {"return_attention_scores": True})
            yield problem(
                "shared-misfit",
                f"{node.layer.name} gives scores that no model can read: Keras counts the outputs "
                f"of {first.label} at its first call, which gives none",
                Fix(words, () if first.call else edits, safe=False),
                place=node.layer.place,
            )


# Problems


def _misplaced_state(layer: KerasObject, reference: Reference, has_own: bool) -> Problem:
    from rnncli.config.call_edits import remove_named
    from rnncli.config.edits import add_beside, together

    tensor = _written(reference)
    moved = together(
        remove_named(reference.place), add_beside(layer.place, "initial_state", tensor)
    )
    return problem(
        "bad-reference",
        f"initial_state of {layer.label} has a key of its own, beside from",
        Fix(f"write initial_state: {tensor} beside it", () if has_own else moved),
        place=reference.place,
    )


def _unknown(layer: KerasObject, name: str, argument: Argument, others: Iterable[str]) -> Problem:
    """The problem with an argument of ``call`` that is a tensor, or that the call does not have."""
    from rnncli.config.call_edits import add_tensor, remove_from_call
    from rnncli.config.edits import rename, together

    plain: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    tensors: tuple[str, ...] = ()
    if takes_call(layer):
        plain, reads = tuple(plain_arguments(layer.cls)), read_names(layer.cls)
        tensors = tensor_arguments(layer.cls)
    place, value = argument.key, argument.value.data
    without = remove_from_call(place)
    if name in tensors or name in reads:
        edits: Edits = ()
        if isinstance(value, str) and name in tensors:
            edits = together(without, add_tensor(layer.place, reads, name, value))
        message = f"{name} of {layer.cls} is a tensor, and call takes plain values"
        fix = Fix(f"name the tensor in from: {{{name}: {_example(value)}}}", edits)
        if not edits:
            fix = Fix(f"{fix.text}, or leave it out", without, safe=False)
        return problem("unknown-argument", message, fix, place=place)
    near = [word for word in near_words(name, plain) if word not in others]
    if near:
        fix = Fix(
            f"did you mean {' or '.join(near)}?", rename(place, name, near[0]), len(near) == 1
        )
    elif name in layer.signature.arguments:
        fix = Fix(f"write it under {layer.cls}, with its other arguments", without, safe=False)
    else:
        fix = Fix(f"leave it out; {_takes(plain, tensors)}", without, safe=False)
    message = f"the call of {layer.cls} has no argument {name}"
    return problem("unknown-argument", message, fix, place=place)


def _of_another_call(layer: KerasObject, place: Place) -> Problem:
    """The problem with an argument beside ``use`` of an operation, which has those that it has."""
    from rnncli.config.call_edits import remove_from_call

    words = f"leave it out, or write {layer.cls} again in place of use"
    return problem(
        "unknown-argument",
        f"{layer.cls} is used with the arguments that it has, and takes no others",
        Fix(words, remove_from_call(place), safe=False),
        place=place,
    )


def _takes(plain: Sequence[str], tensors: Sequence[str]) -> str:
    """What a call takes, in words."""
    if not plain and not tensors:
        return "it takes nothing beside the tensors that it reads"
    takes = [f"call takes {listed(plain)}"] if plain else []
    takes += [f"from takes {listed(tensors)}"] if tensors else []
    return ", and ".join(takes)


def _overridden(layer: KerasObject, argument: Argument, value: bool) -> Problem:
    """The note that fit, evaluate and predict choose training themselves."""
    from rnncli.config.call_edits import remove_from_call

    name, methods = ("true", "predict and evaluate") if value else ("false", "fit")
    other = "false" if value else "true"
    frozen = "; trainable: false on a BatchNormalization keeps its statistics as they are"
    words = "leave it out" if value else f"leave it out{frozen}"
    return problem(
        "training-overridden",
        f"training: {name} of {layer.cls} holds where Python calls the model; {methods} set it "
        f"to {other} for every layer",
        Fix(words, remove_from_call(argument.key), safe=False),
        place=argument.key,
        severity="note",
    )


def _written(reference: Reference) -> str:
    return reference.node if reference.tensor is None else f"{reference.node}.{reference.tensor}"


def _example(value: Any) -> str:
    return value if isinstance(value, str) else "…"
