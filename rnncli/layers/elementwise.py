"""Layers that keep the shape: activations, dropout and noise."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.rule import Call, Facts, Rule
from rnncli.layers.tensors import shown


def same(call: Call) -> Facts:
    """What comes in goes out: a plan sees inference, where dropout and noise do nothing."""
    return call.passed()


def floating(call: Call) -> Facts:
    """The same shape, computed in the layer's dtype."""
    x = call.x
    return Facts(
        (call.output(x.shape, masked=x.masked),),
        mask="passes" if x.masked else None,
    )


def spatial(axes: int) -> Rule:
    """Dropout of whole feature maps over one, two or three axes."""

    def rule(call: Call) -> Facts:
        call.rank(axes + 2, shape=f"{axes + 2} axes, the batch and the channels among them")
        return call.passed()

    return rule


def softmax(call: Call) -> Facts:
    """The same shape, normalised along axis."""
    axes = call["axis"] if isinstance(call["axis"], list) else [call["axis"]]
    for axis in axes:
        if not -call.x.rank <= axis < call.x.rank:
            call.refuse(
                "wrong-value",
                f"{call.layer.label} reads {shown(call.x.shape)}, which has no axis {axis}",
                "axis: -1 is the last one",
                argument="axis",
            )
    return floating(call)


def prelu(call: Call) -> Facts:
    """A slope for every element behind the batch, or one for all of a shared axis (from 1)."""
    shared = call["shared_axes"] or []
    shared = shared if isinstance(shared, list) else [shared]
    shape, words = [], []
    for axis in range(1, call.x.rank):
        is_shared = axis in shared
        shape.append(1 if is_shared else call.size(axis, f"{axis}."))
        words.append("1" if is_shared else f"axis_{axis}")
    weight = call.weight("alpha", " × ".join(words), shape)
    return Facts(
        floating(call).outputs,
        weights=(weight,),
        formula="·".join(words) + " = " + "·".join(map(str, shape)) if shape else None,
        mask="passes" if call.x.masked else None,
    )


RULES: Mapping[str, Rule] = {
    "ActivityRegularization": same,
    "AlphaDropout": same,
    "Dropout": same,
    "ELU": floating,
    "GaussianDropout": same,
    "GaussianNoise": same,
    "Identity": same,
    "LeakyReLU": floating,
    "PReLU": prelu,
    "ReLU": same,
    "Softmax": softmax,
    "SpatialDropout1D": spatial(1),
    "SpatialDropout2D": spatial(2),
    "SpatialDropout3D": spatial(3),
}
