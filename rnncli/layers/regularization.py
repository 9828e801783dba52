"""Dropout, noise and penalties: layers that keep the shape."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.rules.rule import Call, Facts, Rule


def same(call: Call) -> Facts:
    """What comes in goes out: a plan sees inference, where dropout and noise do nothing."""
    return call.passed()


def spatial(axes: int) -> Rule:
    """Dropout of whole feature maps over one, two or three axes."""

    def rule(call: Call) -> Facts:
        call.rank(axes + 2, shape=f"{axes + 2} axes, the batch and the channels among them")
        return call.passed()

    return rule


# A penalty is a product of a float and a sum of the layer's output in its own dtype.
_NO_PENALTY = ("bool", "uint8", "int8", "uint16", "int16")


def activity_regularization(call: Call) -> Facts:
    """What comes in goes out; its penalty counts in training alone, and is computed always."""
    if call["l1"] or call["l2"]:
        call.computes("computes a penalty, which has fractions", *_NO_PENALTY)
    return call.passed()


RULES: Mapping[str, Rule] = {
    "ActivityRegularization": activity_regularization,
    "AlphaDropout": same,
    "Dropout": same,
    "GaussianDropout": same,
    "GaussianNoise": same,
    "Identity": same,
    "SpatialDropout1D": spatial(1),
    "SpatialDropout2D": spatial(2),
    "SpatialDropout3D": spatial(3),
}
