"""Attention and MultiHeadAttention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnncli.writers.pytorch.parts import (
    UNUSED,
    Call,
    NoEquivalent,
    Part,
    Statement,
    called,
    features_of,
)

CAUSAL = "use_causal_mask"


def attention(call: Call) -> Part:
    """Dot-product attention, as PyTorch's function without a scale of its own."""
    layer = call.layer
    if layer["score_mode"] != "dot":
        raise NoEquivalent(("PyTorch has no attention with additive scores", None))
    query, value, key = _roles(call)
    query_mask, value_mask = _masks(call)
    scaled = f"{query} * {call.module}" if layer["use_scale"] else query
    arguments = [scaled, key, value]
    if value_mask and layer.call.get(CAUSAL):
        raise NoEquivalent(("PyTorch takes no mask beside a causal one", None))
    if value_mask:
        arguments.append(f"{value_mask}.unsqueeze(1)")
    if layer.call.get(CAUSAL):
        arguments.append("is_causal=True")
    output = call.variable()
    function = f"F.scaled_dot_product_attention({', '.join([*arguments, 'scale=1.0'])})"
    reads = (query, value, key, *filter(None, (query_mask, value_mask)))
    statements = [Statement((output,), function, reads)]
    if query_mask:
        masked = f"{output} * {query_mask}.unsqueeze(-1)"
        statements.append(Statement((output,), masked, (output, query_mask)))
    mask = call.masks[0] if query_mask else None
    if not layer["use_scale"]:
        return Part(tuple(statements), {"output": output}, mask)
    return Part(
        tuple(statements),
        {"output": output},
        mask,
        "nn.Parameter(torch.ones(()))",
        lambda arrays: {"": arrays[0]},
    )


def multi_head_attention(call: Call) -> Part:
    """Attention of several heads, in the sizes that nn.MultiheadAttention has."""
    layer = call.layer
    if any(_masks(call)):
        raise NoEquivalent(("Keras masks queries as well, and nn.MultiheadAttention none", None))
    query, value, key = _roles(call)
    shapes = [tensor.shape or () for tensor in call.record.inputs]
    features = [features_of(shape) for shape in shapes]
    width, sizes = features[0], (features[-1], features[1] if len(features) > 1 else features[0])
    reasons = [*_reasons(call, width)]
    if reasons:
        raise NoEquivalent(*reasons)
    same = sizes == (width, width)
    constructor = called(
        "nn.MultiheadAttention",
        width,
        layer["num_heads"],
        bias=None if layer["use_bias"] else False,
        kdim=None if same else sizes[0],
        vdim=None if same else sizes[1],
        batch_first=True,
    )
    arguments = [query, key, value]
    output = call.variable()
    statements = []
    if layer.call.get(CAUSAL):
        later = call.variable("mask")
        ones = f"torch.ones({query}.shape[1], {key}.shape[1], dtype=torch.bool)"
        statements.append(Statement((later,), f"{ones}.triu(1)", (query, key)))
        arguments.append(f"attn_mask={later}")
    function = f"{call.module}({', '.join([*arguments, 'need_weights=False'])})"
    reads = (query, key, value, *(statement.targets[0] for statement in statements))
    statements.append(Statement((output, UNUSED), function, reads, "{}, {}"))
    return Part(
        tuple(statements),
        {"output": output},
        None,
        constructor,
        lambda arrays: _weights(arrays, same, layer["use_bias"]),
    )


def _reasons(call: Call, width: int) -> Iterator[tuple[str, str | None]]:
    layer = call.layer
    if layer["num_heads"] * layer["key_dim"] != width:
        yield (
            f"nn.MultiheadAttention splits the {width} features of a query among its heads, and "
            f"{layer['num_heads']} heads of key_dim {layer['key_dim']} are another number",
            "train the model with key_dim: features / num_heads",
        )
    if layer["value_dim"] not in (None, layer["key_dim"]):
        yield "nn.MultiheadAttention has no value_dim of its own", "leave value_dim out"
    if layer["output_shape"] not in (None, width, [width]):
        yield "nn.MultiheadAttention returns as many features as it reads", None
    if layer["attention_axes"] is not None:
        yield "nn.MultiheadAttention attends over one axis", "leave attention_axes out"


def _weights(arrays: Sequence[Any], same: bool, use_bias: bool) -> Mapping[str, Any]:
    """The weights of both: Keras has an axis of heads, and PyTorch joins the three projections."""
    import numpy as np

    step = 2 if use_bias else 1
    kernels = [array.reshape(array.shape[0], -1).T for array in arrays[: 3 * step : step]]
    named = {"out_proj.weight": arrays[3 * step].reshape(-1, arrays[3 * step].shape[-1]).T}
    if same:
        named["in_proj_weight"] = np.concatenate(kernels)
    else:
        names = [f"{name}_proj_weight" for name in "qkv"]
        named |= zip(names, kernels, strict=True)
    if use_bias:
        named["in_proj_bias"] = np.concatenate([array.ravel() for array in arrays[1:6:2]])
        named["out_proj.bias"] = arrays[7]
    return named


def _roles(call: Call) -> tuple[str, str, str]:
    """The variables of query, value and key, which is the value where there is none."""
    query, value, *key = call.reads
    return query, value, key[0] if key else value


def _masks(call: Call) -> list[str | None]:
    """The masks of query and value that the layer uses."""
    if call.record.mask != "uses":
        return [None, None]
    masks = call.masks[:2]
    for mask in masks:
        if mask and mask.unusable:
            raise NoEquivalent((mask.unusable, None))
    return [mask.variable if mask else None for mask in masks]
