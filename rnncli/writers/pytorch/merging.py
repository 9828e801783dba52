"""Layers that merge several tensors into one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rnncli.writers.pytorch.parts import Call, Mask, NoEquivalent, Part, Statement

Equivalent = Callable[[Call], Part]


def _operator(sign: str) -> Equivalent:
    def merged(call: Call) -> Part:
        return _merging(call, f" {sign} ".join(call.reads))

    return merged


def _average(call: Call) -> Part:
    return _merging(call, f"({' + '.join(call.reads)}) / {len(call.reads)}")


def _extreme(function: str) -> Equivalent:
    def merged(call: Call) -> Part:
        value, *others = call.reads
        for other in others:
            value = f"torch.{function}({value}, {other})"
        return _merging(call, value)

    return merged


def _merging(call: Call, value: str) -> Part:
    ranks = {len(tensor.shape or ()) for tensor in call.record.inputs}
    if len(ranks) > 1:
        raise NoEquivalent(("the tensors that it merges have different numbers of axes", None))
    return _several(call, value, axis=None)


def _concatenate(call: Call) -> Part:
    axis = call.layer["axis"]
    return _several(call, f"torch.cat([{', '.join(call.reads)}], dim={axis})", axis)


def _several(call: Call, value: str, axis: int | None) -> Part:
    output = call.variable()
    statement = Statement((output,), value, call.reads)
    masks = list(dict.fromkeys(call.masks))
    if call.record.mask != "passes":
        return Part((statement,), {"output": output})
    if axis == 1:
        mask = Mask(unusable="sequences with padding are joined one after the other")
        return Part((statement,), {"output": output}, mask)
    if len(masks) == 1 or not all(masks):
        # Where one of the tensors has no mask, all of its steps are real, and so are the result's.
        return Part((statement,), {"output": output}, masks[0] if len(masks) == 1 else None)
    unusable = next((mask for mask in masks if mask and mask.unusable), None)
    if unusable:
        return Part((statement,), {"output": output}, unusable)
    # Steps are padding where they are padding in all of the tensors.
    variables = tuple(mask.variable for mask in masks if mask)
    mask = Mask(call.variable("mask"))
    joined = Statement((mask.variable,), " | ".join(variables), variables)
    return Part((joined, statement), {"output": output}, mask)


def _dot(call: Call) -> Part:
    """A Dot, as the einsum that it is."""
    axes, normalize = call.layer["axes"], call.layer["normalize"]
    ranks = [len(tensor.shape or ()) for tensor in call.record.inputs]
    places = axes if isinstance(axes, list) else [axes, axes]
    first, second = (place % rank for place, rank in zip(places, ranks, strict=True))
    left = ["b", *"ijkl"[: ranks[0] - 1]]
    right = ["b", *"mnop"[: ranks[1] - 1]]
    right[second] = left[first]
    kept = [letter for letter in left if letter != left[first]]
    kept += [letter for letter in right[1:] if letter != left[first]]
    values = [*call.reads]
    if normalize:
        pairs = zip(values, (first, second), strict=True)
        values = [f"F.normalize({value}, dim={axis})" for value, axis in pairs]
    letters = f"{''.join(left)},{''.join(right)}->{''.join(kept)}"
    value = f'torch.einsum("{letters}", {", ".join(values)})'
    if len(kept) == 1:
        value += ".unsqueeze(1)"
    return _several(call, value, axis=None)


#: The layers that merge several tensors, by class.
MERGING: Mapping[str, Equivalent] = {
    "Add": _operator("+"),
    "Subtract": _operator("-"),
    "Multiply": _operator("*"),
    "Average": _average,
    "Maximum": _extreme("maximum"),
    "Minimum": _extreme("minimum"),
    "Concatenate": _concatenate,
    "Dot": _dot,
}
