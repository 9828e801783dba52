"""SpectralNormalization, which normalises the kernel of the layer inside it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.report.shapes import shown
from rnncli.rules.apply import inside
from rnncli.rules.policies import compute_dtype, policy_of
from rnncli.rules.rule import LayerCall, LayerPlan, PlannedLayer, Rule, source, unknown
from rnncli.rules.sizes import alike
from rnncli.rules.weights import make_weight


def spectral_normalization(call: LayerCall) -> LayerPlan:
    """A layer whose kernel is kept at spectral norm 1 in training (Miyato et al. 2018).

    ``vector_u`` approximates the largest singular vector of the kernel. The output is cast to the
    dtype of the input.
    """
    x, layer = call.x, call["layer"]
    facts = inside(call, layer, x, call.first)
    if not facts.known:
        return unknown(call.layer)
    built = call.first[0] if call.first else x
    if x.axes[-1:] and built.axes[-1:] and not alike((x.axes[-1], built.axes[-1])):
        call.refuse(
            "shared-misfit",
            f"{call.layer.label} was built for {shown(built.shape)} and takes no other last axis, "
            f"but {source(x)} {shown(x.shape)}",
            "make a layer of its own here",
        )
    # The kernel of a recurrent layer is in its cell, not in the layer.
    over_time = "return_sequences" in layer.signature.arguments
    kernels = [weight for weight in facts.weights if weight.name in ("kernel", "embeddings")]
    if over_time or not kernels:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} normalises the kernel of a layer, and {layer.cls} has none",
            "wrap a Dense, an Embedding or a convolution",
            argument="layer",
        )
    columns, dtype = kernels[0].shape[-1], kernels[0].dtype
    if layer.arguments.get("lora_rank"):
        # Keras adds the product of the narrow matrices, and casts the sum.
        narrow = [weight for weight in facts.weights if weight.name.startswith("lora_")]
        columns, dtype = narrow[-1].shape[-1], compute_dtype(layer)
    elif dtype == "int8":
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} normalises a kernel of floating-point numbers, and that of "
            f"{layer.cls} is quantized",
            call.fixes.set_on(layer, "dtype", policy_of(layer).source),
            argument="layer",
        )
    words, shape = "1 × columns of the kernel", (1, columns)
    vector = make_weight(call, "vector_u", words, shape, trainable=False, dtype=dtype)
    # A cast to another dtype loses the mask.
    masked = facts.output.masked and facts.output.dtype == x.dtype
    output = replace(facts.output, name="output", producer=call.layer, dtype=x.dtype, masked=masked)
    return LayerPlan(
        (output,),
        weights=(vector,),
        macs=facts.macs,
        mask="passes" if masked else None,
        inner=(PlannedLayer(layer, (x,), facts),),
    )


RULES: Mapping[str, Rule] = {"SpectralNormalization": spectral_normalization}
