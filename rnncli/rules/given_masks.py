"""Masks that are arguments of a layer's call: they take the place of those of its inputs."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.report.layer import Shape
from rnncli.rules.rule import LayerCall
from rnncli.rules.tensors import Tensor


def with_given_masks(call: LayerCall) -> LayerCall:
    """The call, whose inputs have the masks that it is given as arguments.

    Attention on a list of tensors takes all masks from its arguments, once it is given one.
    """
    for name, tensor in call.keywords.items():
        if isinstance(tensor, Tensor) and tensor.dtype == "string":
            call.refuse(
                "wrong-dtype",
                f"{name} of {call.layer.label} is a tensor of numbers, and {tensor.name} is one of "
                "words",
                "give it an input of dtype: bool",
                argument=name,
            )
    mask = call.keywords.get("mask")
    if isinstance(mask, Tensor):
        return replace(call, inputs=(_masked(call.x, mask.axes),))
    row = traits(call.layer.cls)
    if not (row.attends and row.several == "list") or not given_masks(call):
        return call
    _warn_of_masks_left_out(call)
    names = ("query_mask", "value_mask")
    return replace(
        call,
        inputs=tuple(
            [
                _masked(x, given_masks(call).get(name))
                for x, name in zip(call.inputs, (*names, ""), strict=False)
            ]
        ),
    )


def given_masks(call: LayerCall) -> dict[str, Shape]:
    """The shapes of the masks that are arguments of the call, by name."""
    return {
        name: tensor.axes
        for name, tensor in call.keywords.items()
        if isinstance(tensor, Tensor) and name.endswith("mask")
    }


def flag(call: LayerCall, name: str) -> Any:
    """A plain argument of the call; False where it is left out."""
    return call.keywords.get(name, False)


def _masked(x: Tensor, mask: Shape | None) -> Tensor:
    return replace(x, masked=mask is not None, mask_shape=mask, mask_taken_by=None)


def _warn_of_masks_left_out(call: LayerCall) -> None:
    of_the_call = given_masks(call)
    roles = traits(call.layer.cls).roles
    lost = [
        role
        for role, x in zip(roles[:2], call.inputs, strict=False)
        if x.masked and f"{role}_mask" not in of_the_call
    ]
    if not lost or call.evaluation.concrete:
        return
    (role, *_) = lost
    call.problem(
        "mask-ignored",
        f"the {role} of {call.layer.label} has a mask of its own, which Keras leaves out: it takes "
        f"all masks from the call, once it is given one",
        f"name {role}_mask as well, or leave {' and '.join(of_the_call)} out",
        argument=next(iter(of_the_call)),
        severity="warning",
    )
