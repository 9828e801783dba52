"""Layers that make axes shorter or longer: cropping, padding with zeros, upsampling."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.report.shapes import Axis, shown
from rnncli.rules.requirements import refuse_dtypes
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import at_least
from rnncli.rules.windows import per_axis, resized, spatial_axes, spatial_input


def cropping(spatial: int) -> Rule:
    """Cuts steps off both ends of each axis."""

    def rule(call: LayerCall) -> LayerPlan:
        x = spatial_input(call, spatial)
        sizes: list[Axis] = []
        for size, cut in zip(spatial_axes(call, x), _ends(call, "cropping", spatial), strict=True):
            if size is not None and not at_least(size, sum(cut) + 1):
                call.refuse(
                    "too-short",
                    f"{call.layer.label} cuts off {sum(cut)} steps, but its input "
                    f"{shown(x.shape)} has {size}",
                    "give it a longer input or cut off less",
                    argument="cropping",
                )
            sizes.append(None if size is None else size - sum(cut))
        return resized(call, x, sizes)

    return rule


def zero_padding(spatial: int) -> Rule:
    """Adds zeros to both ends of each axis."""

    def rule(call: LayerCall) -> LayerPlan:
        x = spatial_input(call, spatial)
        ends = _ends(call, "padding", spatial)
        return resized(
            call,
            x,
            [
                None if size is None else size + sum(padding)
                for size, padding in zip(spatial_axes(call, x), ends, strict=True)
            ],
        )

    return rule


def upsampling(spatial: int) -> Rule:
    """Repeats every step of each axis ``size`` times, or interpolates between them."""

    def rule(call: LayerCall) -> LayerPlan:
        x = spatial_input(call, spatial)
        factors = per_axis(call, "size", spatial)
        if spatial == 2 and call["interpolation"] != "nearest":
            refuse_dtypes(call, "interpolates between numbers", "bool", "string")
        return resized(
            call,
            x,
            [
                None if size is None else size * factor
                for size, factor in zip(spatial_axes(call, x), factors, strict=True)
            ],
        )

    return rule


def _ends(call: LayerCall, argument: str, spatial: int) -> list[list[int]]:
    """The start and the end of each axis: one number for all axes, or one or two for each."""
    value = call[argument]
    if not isinstance(value, list):
        return [[value, value]] * spatial
    values = [value] if spatial == 1 else value
    ends = [end if isinstance(end, list) else [end, end] for end in values]
    if len(ends) != spatial or any(len(end) != 2 or _has_list(end) for end in ends):
        example = [1, 2] if spatial == 1 else [[1, 2]] * spatial
        call.refuse(
            "wrong-value",
            f"{argument} of {call.layer.label} is one number, or a start and an end for each of "
            f"its {spatial} axes",
            f"such as {argument}: {example}",
            argument=argument,
        )
    return ends


def _has_list(end: list[int]) -> bool:
    return any(isinstance(size, list) for size in end)


RULES: Mapping[str, Rule] = {
    f"{kind}{spatial}D": rule
    for spatial in (1, 2, 3)
    for kind, rule in {
        "Cropping": cropping(spatial),
        "UpSampling": upsampling(spatial),
        "ZeroPadding": zero_padding(spatial),
    }.items()
}
