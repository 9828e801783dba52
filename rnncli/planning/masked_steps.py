"""Masks of the input that ``decode`` feeds: used when all steps run at once, not step by step.

Keras passes no mask to a recurrent layer that is called with an initial state: it fills in the
argument ``mask`` only where a single argument holds tensors (``Layer.__call__``). From its second
step on, decoding calls every recurrent layer with the states of the step before. A layer
that starts from zeros skips masked steps when all are fed at once, and computes them step by step.
One that has an ``initial_state`` computes them both ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rnncli.model.graph import Decode, Model, Node
from rnncli.model.tensor_names import state_names
from rnncli.problems import Edits, Fix, Problem, problem
from rnncli.rules.rule import PlannedLayer
from rnncli.suggestions import listed


def masked_steps(
    model: Model, decode: Decode, in_loop: Sequence[Node], planned: Mapping[str, PlannedLayer]
) -> Iterator[Problem]:
    """A warning for each layer whose mask of the fed steps is lost in decoding.

    ``in_loop`` are the layers that run at every step; ``planned`` the planned ones by name.
    """
    if decode.steps < 2:
        return
    skipping: dict[str, list[str]] = {}
    makers: dict[str, list[str]] = {}
    for node in in_loop:
        name, step = node.layer.name, planned[node.layer.name]
        if step.facts.mask == "makes":
            makers[name] = [name]
            continue
        above = [producer for ref in node.inbound for producer in makers.get(ref.node, ())]
        makers[name] = [*dict.fromkeys(above)]
        if state_names(node.layer) and not node.initial_state and step.inputs[0].masked:
            for producer in makers[name]:
                skipping.setdefault(producer, []).append(name)
    for node in in_loop:
        if node.layer.name in skipping:
            yield _lost(model, node, skipping[node.layer.name])


def _lost(model: Model, producer: Node, skipping: Sequence[str]) -> Problem:
    """The problem with the mask of one layer, by which these recurrent layers skip steps."""
    layer = producer.layer
    masks, argument, verb = "a fed id 0", "mask_zero", "skips" if len(skipping) == 1 else "skip"
    if layer.cls == "Masking":
        masks, argument = f"a fed step whose numbers are all {layer['mask_value']:g}", "mask_value"
    return problem(
        "decode-ignores-mask",
        f"{layer.label} masks {masks}: {listed(skipping)} {verb} it when all steps are fed at "
        "once, but not step by step, as Keras gives no mask to a recurrent layer with an initial "
        "state, here the states of the step before. The outputs then differ",
        _unmasked(model, producer),
        place=layer.places.get(argument, layer.place),
        severity="warning",
        layer=layer.name,
    )


def _unmasked(model: Model, producer: Node) -> Fix:
    """The fix that leaves the fed steps without a mask: generated steps are not padding."""
    layer = producer.layer
    why = "what decode feeds has no padding"
    if layer.cls == "Masking":
        return Fix(f"leave {layer.name} out: {why}", _without(model, producer), safe=False)
    if producer.shared_with or any(node.shared_with == layer.name for node in model.nodes):
        return Fix(
            f"give {layer.name} an {layer.cls} of its own, without mask_zero, in place of one that "
            f"is used twice: {why}"
        )
    from rnncli.model.mending import left_out

    words = f"leave mask_zero out of {layer.name}, as {why}"
    return left_out(layer, "mask_zero", words, safe=False)


def _without(model: Model, producer: Node) -> Edits:
    """The edits that remove a layer, where the next one reads the one before it in its place."""
    place = model.nodes.index(producer)
    before = model.nodes[place - 1].layer.name if place else model.inputs[0].name
    alone = place > 0 or len(model.inputs) == 1
    named = re.compile(rf"\b{re.escape(producer.layer.name)}\b")
    if (
        not alone
        or producer.shared_with
        or [(ref.node, ref.tensor) for ref in producer.inbound] != [(before, "output")]
        or any(named.search(text) for text in producer.layer.place.source.lines)
    ):
        return ()
    from rnncli.config.edits import remove_entry

    return remove_entry(producer.layer.place)
