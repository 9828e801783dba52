"""Weights that Keras stores quantized, and those of low-rank adaptation (LoRA).

With int8 a matrix of weights is stored in integers of 8 bits, with int4 two of its elements share a
byte. Each channel has a scale; in int4/128 each 128 elements of a channel have one, and a zero
point. With float8 the matrix stays as it is, and scales of what is multiplied are kept, each with a
history of the largest values. LoRA (Hu et al. 2021, https://arxiv.org/abs/2106.09685) freezes the
matrix, and trains two narrow ones whose product is added to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from rnncli.report.layer import Weight
from rnncli.report.shapes import Axis, product
from rnncli.rules.policies import is_quantized_call, policy_of, scales_input
from rnncli.rules.rule import LayerCall, source
from rnncli.rules.weights import make_weight

# The size of an axis, after its name in formulas.
Side = tuple[str, int]

# The length of the histories of float8.
_HISTORY = 1024


class Matrix(msgspec.Struct, frozen=True):
    """A matrix of weights before it is quantized.

    The elements along the axis ``grouped`` share a scale: all of them, or blocks. In int4, two
    elements along the axis ``packed`` share a byte. A second matrix of a layer has zero points in
    the dtype of its scales, and the index of blocks of the first.
    """

    name: str
    axes: tuple[Side, Side]
    grouped: int
    packed: int
    is_second: bool = False


def is_rewritten(call: LayerCall) -> bool:
    """Whether the layer has weights beside its kernel and its bias, or stores them otherwise."""
    return bool(policy_of(call.layer).quantization or lora_rank(call))


def stores_integers(call: LayerCall) -> bool:
    """Whether the layer stores its kernel in integers."""
    return policy_of(call.layer).quantization in ("int8", "int4")


def stored(call: LayerCall, matrix: Matrix) -> list[Weight]:
    """The weights that store a matrix of a layer, before those of LoRA."""
    if not stores_integers(call):
        return stored_in_floats(call, matrix.name, matrix.axes)
    policy = policy_of(call.layer)
    axes, grouped = matrix.axes, matrix.grouped
    stored_axes, scaled_axes = list(axes), [axes[1 - grouped]]
    if policy.quantization == "int4":
        stored_axes[matrix.packed] = _divided(axes[matrix.packed], 2)
    weights = [_weight(call, matrix.name, stored_axes, trainable=False, dtype="int8")]
    if policy.block_size:
        scaled_axes = list(axes)
        scaled_axes[grouped] = _divided(axes[grouped], policy.block_size)
    weights.append(_weight(call, f"{matrix.name}_scale", scaled_axes, trainable=False))
    if policy.block_size:
        zeros, dtype = f"{matrix.name}_zero", None if matrix.is_second else "int8"
        weights.append(_weight(call, zeros, scaled_axes, trainable=False, dtype=dtype))
    if policy.block_size and not matrix.is_second:
        weights.append(_weight(call, "g_idx", [axes[grouped]], trainable=False, dtype="float32"))
    return weights


def stored_in_floats(call: LayerCall, name: str, axes: Sequence[Side]) -> list[Weight]:
    """A kernel that is not stored in integers, which LoRA freezes, and the scales of float8."""
    kernel = _weight(call, name, axes, trainable=lora_rank(call) is None)
    return [kernel, *_float8(call)]


def check_input(call: LayerCall) -> None:
    """Refuses booleans, which an int8 layer cannot scale to integers of 8 bits."""
    if scales_input(call) and call.x.dtype == "bool":
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} scales what it reads to int8, and {source(call.x)} bool",
            "give the input dtype: float32",
        )


def in_keras_order(
    call: LayerCall, kernel: Sequence[Weight], others: Sequence[Weight]
) -> tuple[Weight, ...]:
    """The weights that store a kernel, and the others of the layer, in the order of Keras.

    Keras makes the scales of float8 first, and lists what is made not to be trained last.
    """
    if stores_integers(call):
        return (*others, *kernel)
    return (*kernel[1:], kernel[0], *others)


def check_config(call: LayerCall) -> None:
    """Refuses a quantization_config that Keras reads: it takes an object, and a config has none."""
    if stores_integers(call) and call["quantization_config"] is not None:
        call.refuse(
            "wrong-value",
            f"quantization_config of {call.layer.label} takes an object of keras.quantizers, which "
            "a config cannot have",
            call.fixes.left_out(call.layer, "quantization_config", "leave it out", safe=False),
            argument="quantization_config",
        )


def _float8(call: LayerCall) -> list[Weight]:
    """The scales of float8 and their histories, which an optimizer overwrites."""
    if policy_of(call.layer).quantization != "float8":
        return []
    weights: list[Weight] = []
    for what in ("inputs", "kernel", "outputs_grad"):
        weights.append(make_weight(call, f"{what}_scale", "1", (), dtype="float32"))
        history, shape = f"{what}_amax_history", (_HISTORY,)
        weights.append(make_weight(call, history, str(_HISTORY), shape, dtype="float32"))
    return weights


def _divided(side: Side, by: int) -> Side:
    """The number of groups of elements along an axis, the last of which may be smaller."""
    words, size = side
    return f"⌈{words}/{by}⌉", math.ceil(size / by)


def _weight(
    call: LayerCall,
    name: str,
    axes: Sequence[Side],
    *,
    trainable: bool = True,
    dtype: str | None = None,
) -> Weight:
    words = " × ".join(word for word, _ in axes)
    shape = [size for _, size in axes]
    return make_weight(call, name, words, shape, trainable=trainable, dtype=dtype)


# Low-rank adaptation


def lora_rank(call: LayerCall) -> int | None:
    """The rank of the layer's low-rank adaptation; None if it has none."""
    rank: int | None = call.layer.arguments.get("lora_rank")
    return rank


def lora(call: LayerCall, name: str, axes: Sequence[Side]) -> list[Weight]:
    """The two matrices whose product is added to a kernel with these axes, if there are any.

    Refuses what Keras cannot adapt: a kernel with a constraint, and one of float8 when it runs.
    """
    rank = lora_rank(call)
    if rank is None:
        return []
    constraint = f"{name}_constraint"
    if call[constraint] is not None:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} has both lora_rank and {constraint}, and Keras takes one of them",
            call.fixes.left_out(
                call.layer, constraint, f"leave {constraint} out of it", safe=False
            ),
            argument=constraint,
        )
    if policy_of(call.layer).quantization == "float8" and not call.bypassed:
        call.refuse(
            "wrong-value",
            f"Keras cannot run {call.layer.label} with both lora_rank and weights of float8",
            call.fixes.left_out(call.layer, "lora_rank", "leave lora_rank out of it", safe=False),
            argument="lora_rank",
        )
    side = ("lora_rank", rank)
    return [
        _weight(call, f"lora_{name}_a", [*axes[:-1], side], dtype="float32"),
        _weight(call, f"lora_{name}_b", [side, axes[-1]], dtype="float32"),
    ]


def lora_macs(call: LayerCall, kernel: Sequence[int], rows: Axis) -> Axis:
    """The products that LoRA adds to those of a layer.

    They make a matrix in the shape of the kernel, which is added to it, whatever the layer reads. A
    quantized kernel cannot be added to: each of the ``rows`` that the layer multiplies goes through
    the two narrow matrices.
    """
    rank = lora_rank(call)
    if rank is None:
        return 0
    if not is_quantized_call(call):
        return math.prod(kernel) * rank
    return product((rows, rank * (math.prod(kernel[:-1]) + kernel[-1])))


# Formulas


def sum_of_weights(weights: Sequence[Weight]) -> str:
    """The formula of a count: ``features·units + 2·units = 8·3 + 2·3``.

    Its terms are in the order of the weights; weights of one shape are one term.
    """
    terms: dict[str, int] = {}
    numbers: dict[str, str] = {}
    for weight in weights:
        words = (weight.formula or "").split(" × ")
        sizes = weight.shape or (1,)
        factors = [(word, size) for word, size in zip(words, sizes, strict=True) if word != "1"]
        term = "·".join(word for word, _ in factors)
        terms[term] = terms.get(term, 0) + 1
        numbers[term] = "·".join(str(size) for _, size in factors)
    formula = " + ".join(_times(count, term) for term, count in terms.items())
    filled = " + ".join(_times(count, numbers[term]) for term, count in terms.items())
    return formula if formula == filled else f"{formula} = {filled}"


def _times(count: int, term: str) -> str:
    return str(count) if not term else term if count == 1 else f"{count}·{term}"
