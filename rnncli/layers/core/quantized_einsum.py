"""What a quantized kernel and low-rank adaptation change in an EinsumDense.

Keras lays out the scale of the kernel, and in int8 that of the input, as the output is: an axis
that is summed becomes one of size 1. Where the output has no place for it, Keras removes an axis,
which may be another one, and the layer then fails when it runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NoReturn

import msgspec

from rnncli.report.layer import Shape, Weight
from rnncli.report.shapes import Axis, add, product
from rnncli.rules.policies import is_quantized_call, policy_of, scales_input
from rnncli.rules.quantization import (
    Matrix,
    Side,
    lora_macs,
    lora_rank,
    stored,
    stored_in_floats,
    stores_integers,
)
from rnncli.rules.rule import LayerCall
from rnncli.rules.tensors import broadcast
from rnncli.rules.weights import make_weight


class Equation(msgspec.Struct, frozen=True):
    """``abc,cd->abd``, where an axis that ... stands for is labelled by its number."""

    read: tuple[str, ...]
    kernel: str
    output: tuple[str, ...]
    is_short: bool = False


def check_equation(call: LayerCall) -> None:
    """Refuses an equation with an ellipsis where the kernel is stored in integers."""
    if stores_integers(call) and "..." in call["equation"]:
        call.refuse(
            "wrong-value",
            f"Keras cannot quantize {call.layer.label}, whose equation has ... in it",
            "give each axis a letter instead",
            argument="equation",
        )


def stored_einsum_kernel(call: LayerCall, equation: Equation, axes: Sequence[Side]) -> list[Weight]:
    """The weights that store a kernel with these axes, before those of LoRA.

    In int4 it is stored as a matrix: the axes that are summed, by all others.
    """
    if not stores_integers(call):
        return stored_in_floats(call, "kernel", axes)
    if policy_of(call.layer).quantization == "int4":
        summed = [side for side in axes if side[0] not in equation.output]
        others = [side for side in axes if side[0] in equation.output]
        return stored(call, Matrix("kernel", (_flat(summed), _flat(others)), grouped=0, packed=1))
    sizes = dict(axes)
    labels = _scales(equation).kernel
    words, shape = " × ".join(sizes), tuple(sizes.values())
    scale = tuple(sizes.get(label, 1) for label in labels)
    return [
        make_weight(call, "kernel", words, shape, trainable=False, dtype="int8"),
        make_weight(call, "kernel_scale", " × ".join(labels), scale, trainable=False),
    ]


def _flat(axes: Sequence[Side]) -> Side:
    """Several axes as one."""
    return "·".join(word for word, _ in axes) or "1", math.prod(size for _, size in axes)


def scaled(call: LayerCall, equation: Equation, sizes: Mapping[str, Axis]) -> Shape:
    """The shape of the output; in int8, after it is divided by the scales of input and kernel."""
    shape = tuple(sizes[label] for label in equation.output)
    if not scales_input(call):
        return shape
    scales = _scales(equation)
    inputs = [sizes.get(label, 1) for label in scales.inputs]
    kernel = tuple(sizes.get(label, 1) for label in scales.kernel)
    removed = [inputs[place] if place < len(inputs) else None for place in scales.removed]
    if any(size not in (1, None) for size in removed):
        _refuse(call, "the input")
    kept = [size for place, size in enumerate(inputs) if place not in scales.removed]
    divided = broadcast(shape, tuple(kept), kernel)
    return _refuse(call, "the input") if divided is None else divided


def adapted(
    call: LayerCall, equation: Equation, sizes: Mapping[str, Axis], shape: Shape
) -> tuple[Shape, Axis]:
    """The shape of an output to which what LoRA multiplies is added, and its products.

    The first narrow matrix takes the place of a quantized kernel in the equation, with the rank for
    the last axis; the second multiplies the last axis of that.
    """
    rank, last = lora_rank(call), equation.kernel[-1]
    if rank is None or not is_quantized_call(call):
        kernel = [sizes[label] or 0 for label in equation.kernel]
        return shape, lora_macs(call, kernel, None)
    narrow = {**sizes, last: rank}
    between = tuple(narrow[label] for label in equation.output)
    wide = sizes[last]
    if last in equation.read and wide not in (rank, None):
        _refuse(call, "the kernel with lora_rank")
    if between[-1] not in (rank, None):
        _refuse(call, "the kernel with lora_rank")
    added = broadcast(shape, (*between[:-1], wide))
    if added is None:
        _refuse(call, "the kernel with lora_rank")
    products = product(narrow[label] for label in {*equation.read, *equation.kernel})
    return added, add(products, product((*between, wide)))


class _Scales(msgspec.Struct, frozen=True):
    """The axes of the scales of kernel and input: labels, and 1.

    ``removed`` are the places that Keras removes from that of the input, where the size must be 1.
    """

    kernel: tuple[str, ...]
    inputs: tuple[str, ...]
    removed: tuple[int, ...]


def _scales(equation: Equation) -> _Scales:
    # Where no place is left for a summed axis, Keras uses the last place that it has looked up.
    last_label = equation.kernel[-1]
    last_place = equation.output.index(last_label) if last_label in equation.output else -1
    inputs, removed, last_place = _laid_out(equation.read, equation.output, last_place)
    kernel, from_kernel, _ = _laid_out(equation.kernel, equation.output, last_place)
    kept = [label for place, label in enumerate(kernel) if place not in from_kernel]
    return _Scales(tuple(kept), tuple(inputs), tuple(removed))


def _laid_out(
    labels: Sequence[str], output: Sequence[str], last_place: int
) -> tuple[list[str], list[int], int]:
    """The axes of a scale in the order of the output, those to remove, and the last place used."""
    free = [place for place, label in enumerate(output) if label not in labels]
    axes = [label for label in output if label in labels]
    removed: list[int] = []
    for number, label in enumerate(labels):
        if label in output:
            continue
        if free:
            last_place = free.pop(0)
        else:
            removed.append(number)
        axes.insert(last_place, "1")
    for place in free:
        axes.insert(place, "1")
    return axes, removed, last_place


def _refuse(call: LayerCall, what: str) -> NoReturn:
    call.refuse(
        "wrong-value",
        f"Keras cannot quantize {what} of {call.layer.label} for its equation: the layer fails "
        "when it runs",
        call.fixes.set_on(call.layer, "dtype", policy_of(call.layer).source, safe=False),
        argument="equation",
    )
