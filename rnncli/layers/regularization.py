"""Dropout, noise and penalties: layers that keep the shape."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.rules.requirements import refuse_dtypes, require_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule


def unchanged(call: LayerCall) -> LayerPlan:
    """Returns the input: a plan describes inference, where dropout and noise do nothing."""
    return call.passthrough()


def spatial_dropout(axes: int) -> Rule:
    """Dropout of whole feature maps over one, two or three axes."""

    def rule(call: LayerCall) -> LayerPlan:
        require_rank(
            call, axes + 2, shape=f"{axes + 2} axes, the batch and the channels among them"
        )
        return call.passthrough()

    return rule


# A penalty is a product of a float and a sum of the layer's output in its own dtype.
_NO_PENALTY = ("bool", "uint8", "int8", "uint16", "int16")


def activity_regularization(call: LayerCall) -> LayerPlan:
    """Returns the input; its penalty matters in training only, but is always computed."""
    if call["l1"] or call["l2"]:
        refuse_dtypes(call, "computes a penalty, which has fractions", *_NO_PENALTY)
    return call.passthrough()


RULES: Mapping[str, Rule] = {
    "ActivityRegularization": activity_regularization,
    "AlphaDropout": unchanged,
    "Dropout": unchanged,
    "GaussianDropout": unchanged,
    "GaussianNoise": unchanged,
    "Identity": unchanged,
    "SpatialDropout1D": spatial_dropout(1),
    "SpatialDropout2D": spatial_dropout(2),
    "SpatialDropout3D": spatial_dropout(3),
}
