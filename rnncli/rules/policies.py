"""Dtype policies of layers, and the quantized ones under which Keras cannot run a layer."""

from __future__ import annotations

from rnncli.keras_api.policies import Policy, quantized_policies, read_policy
from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.report.shapes import is_float
from rnncli.rules.rule import LayerCall

_FLOAT32 = Policy("float32", "float32", "float32")


def policy_of(layer: KerasObject) -> Policy:
    """The dtype policy of a layer: Keras's default where it has none, or ignores it."""
    return read_policy(layer["dtype"] or "float32") or _FLOAT32


def compute_dtype(layer: KerasObject) -> str:
    """The compute dtype of a layer's dtype policy."""
    return policy_of(layer).compute


def computes_in_floats(call: LayerCall) -> bool:
    """Whether the layer has floating-point weights, which are those that the rules know."""
    return is_float(call.compute)


def is_quantized_call(call: LayerCall) -> bool:
    """Whether the layer multiplies by its quantized weights as such."""
    return bool(policy_of(call.layer).quantization) and not call.bypassed


def scales_input(call: LayerCall) -> bool:
    """Whether the layer scales what it reads to integers of 8 bits, and multiplies those."""
    is_int8 = policy_of(call.layer).quantization == "int8"
    return is_int8 and not call.bypassed and not traits(call.layer.cls).ids_below


def check_quantization(call: LayerCall) -> None:
    """Refuses a quantized policy under which Keras cannot make the layer, or fails when it runs.

    Keras builds a model of any layers with such a policy, and calls a product of the layer that
    most do not have. A layer that is bypassed is not called that way, but the cell inside it is.
    """
    layer, policy, row = call.layer, policy_of(call.layer), traits(call.layer.cls)
    if policy.quantization in ("", *row.quantizations) or row.ignores_dtype:
        return
    if row.quantizations:
        instead = row.quantizations[0]
        if instead == "int8" and policy.compute == "float16":
            instead = row.quantizations[1]
        name = quantized_policies((instead,))[0].replace("float32", policy.source)
        call.refuse(
            "wrong-dtype",
            f"Keras cannot run {layer.label} with weights of {policy.quantization}",
            call.fixes.set_on(layer, "dtype", name, safe=False),
            argument="dtype",
        )
    if call.bypassed and not row.states:
        return
    call.refuse(
        "wrong-dtype",
        f"Keras cannot run {layer.label} with quantized weights: only Dense, EinsumDense, "
        "Embedding and ReversibleEmbedding have them",
        call.fixes.set_on(layer, "dtype", policy.source),
        argument="dtype",
    )
