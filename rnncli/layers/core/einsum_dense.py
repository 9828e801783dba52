"""EinsumDense: a Dense layer over whichever axes an equation names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rnncli.layers.core.core import size_after_activation
from rnncli.layers.core.quantized_einsum import (
    Equation,
    adapted,
    check_equation,
    scaled,
    stored_einsum_kernel,
)
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, add, product, shown
from rnncli.rules.policies import computes_in_floats, is_quantized_call, scales_input
from rnncli.rules.quantization import (
    check_config,
    check_input,
    in_keras_order,
    lora,
    lora_rank,
    sum_of_weights,
)
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, unknown
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import broadcast, inferred_as, is_vague
from rnncli.rules.weights import make_weight

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")

_MATMULS = ("ab,b->a", "ab,bc->ac", "ab,cb->ac", "abc,cd->abd", "abc,dc->abd")


def einsum_dense(call: LayerCall) -> LayerPlan:
    """The sums of products of the equation, which is written as for ``numpy.einsum``.

    An axis of the kernel that is also in the output has the size in ``output_shape``, any other the
    size in the input.
    """
    if not computes_in_floats(call):
        return unknown(call.layer)
    check_config(call)
    check_input(call)
    check_equation(call)
    equation = _parsed(call)
    if equation.is_short:
        return _short(call, equation)
    read = dict(zip(equation.read, call.x.axes, strict=True))
    declared = _declared(call, equation, read)
    sizes = {**declared, **{label: size for label, size in read.items() if size is not None}}
    _, kernel = _weight(call, equation.kernel, {**read, **declared})
    axes = [*zip(equation.kernel, kernel, strict=True)]
    stored = stored_einsum_kernel(call, equation, axes)
    others = lora(call, "kernel", axes)
    if call["bias_axes"] is not None:
        others.insert(0, make_weight(call, "bias", *_bias(call, equation, declared)))
    # Keras infers an unknown size where output_shape is null, even of an axis that is known.
    inferred = tuple(declared[label] for label in equation.output)
    real = scaled(call, equation, sizes)
    real, lora_macs = adapted(call, equation, sizes, real)
    vague = is_vague(inferred, real)
    shape = inferred if vague and not call.evaluation.concrete else real
    activated = size_after_activation(call, shape)
    return LayerPlan(
        (call.output(activated, inferred=None if vague and activated == shape else inferred),),
        weights=in_keras_order(call, stored, others),
        formula=sum_of_weights([*stored, *others]),
        macs=add(product(sizes[label] for label in {*equation.read, *equation.kernel}), lora_macs),
    )


def _parsed(call: LayerCall) -> Equation:
    match = _EQUATION.fullmatch(call["equation"])
    if match is None or (match[1], match[3]) != (match[5], match[7]) or (match[1] and match[3]):
        call.refuse(
            "wrong-value",
            f"the equation of {call.layer.label} is not valid",
            "such as abc,cd->abd, ...bc,cd->...bd or ab...,bc->ac...; without spaces",
            argument="equation",
        )
    letters = match[2]
    behind = call.x.rank - len(letters)
    is_short = behind > 0 and not (match[1] or match[3])
    if behind < 0 or (is_short and not _is_matmul(match[0])) or (match[3] and len(letters) < 2):
        call.refuse(
            "wrong-rank",
            f"equation of {call.layer.label} reads {len(letters)} axes, the batch among them, "
            f"but its input is {shown(call.x.shape)}",
            "give each axis a letter, or write ... for some",
            argument="equation",
        )
    rest = tuple(map(str, range(behind)))
    before, after = (rest, ()) if match[1] else ((), rest)
    return Equation((*before, *letters, *after), match[4], (*before, *match[6], *after), is_short)


def _is_matmul(equation: str) -> bool:
    """Whether TensorFlow's Keras computes it by one product over the last axis."""
    order = list(dict.fromkeys(re.sub(r"\W", "", equation)))
    renamed = re.sub(r"\w", lambda match: "abcde"[order.index(match[0])], equation) if (
        len(order) < 6
    ) else ""  # fmt: skip
    return renamed in _MATMULS


def _short(call: LayerCall, equation: Equation) -> LayerPlan:
    """An equation with fewer letters than axes: Keras refuses it, unless it does not check.

    What it takes for a product of matrices it multiplies along the last axis, whatever it infers.
    """
    x = call.x.axes
    declared = _declared(call, equation, dict(zip(equation.read, x, strict=True)))
    # In a later call, Keras compares the number of axes alone.
    is_built = bool(call.first) and call.first[0].rank == len(x)
    read = dict(zip(equation.read, call.first[0].axes if is_built else x, strict=True))
    _, kernel = _weight(call, equation.kernel, {**read, **declared})
    axes = [*zip(equation.kernel, kernel, strict=True)]
    summed = next(letter for letter in equation.kernel if letter not in equation.output)
    message = (
        f"equation of {call.layer.label} has fewer letters than its input has axes, {shown(x)}"
    )
    fix = "give each axis a letter, or write ... for some"
    if not alike([read[summed], x[-1]]) or scales_input(call):
        call.refuse("wrong-rank", message, fix, argument="equation")
    real = (*x[:-1], *(size for letter, size in axes if letter != summed))
    weights = stored_einsum_kernel(call, equation, axes)
    if call["bias_axes"] is not None:
        weights.append(make_weight(call, "bias", *_bias(call, equation, declared)))
        if not _is_added(weights[-1].shape, real):
            call.refuse("wrong-rank", message, fix, argument="equation")
    call.problem("wrong-rank", message, fix, argument="equation", severity="warning")
    shape = size_after_activation(call, real)
    if is_quantized_call(call) or lora_rank(call):
        return unknown(call.layer)
    inferred = tuple(declared[label] for label in equation.output)
    return LayerPlan(
        (inferred_as(call.output(shape), inferred, call.evaluation.concrete),),
        weights=tuple(weights),
        formula=sum_of_weights(weights),
        macs=product((*x, *(size for letter, size in axes if letter != summed))),
    )


def _is_added(bias: Shape, shape: Shape) -> bool:
    """Whether a bias can be added: Keras takes one of a single axis for a vector."""
    vector = [size for size in bias if size != 1]
    is_vector = len(vector) == 1 and vector[0] in (shape[1], shape[-1])
    return is_vector or broadcast(bias, shape) == shape


def _declared(call: LayerCall, equation: Equation, read: Mapping[str, Axis]) -> dict[str, Axis]:
    """The axes of the output by ``output_shape``, checked against the input's."""
    output_shape, x = call["output_shape"], call.x
    elided = sum(label.isdigit() for label in equation.output)
    in_front = elided if equation.output[0].isdigit() else 0
    # Keras inserts the leading axes that ... stands for one at a time, and so reverses them.
    full = [
        x.axes[0],
        *reversed(x.axes[1 : in_front or 1]),
        *(output_shape if isinstance(output_shape, list) else [output_shape]),
        *(() if in_front else x.axes[x.rank - elided :]),
    ]
    if len(full) < len(equation.output) - (0 if in_front else elided):
        call.refuse(
            "wrong-value",
            f"output_shape of {call.layer.label} has fewer axes than its equation gives behind "
            "the batch",
            "give each a size, null where it is the input's",
            argument="output_shape",
        )
    behind = [read.get(label) for label in equation.output[len(full) :]]
    declared = dict(zip(equation.output, [*full, *behind], strict=False))
    origin = call.first[0] if call.first else x
    built = dict(zip(equation.read, origin.inferred or origin.axes, strict=False))
    for label, size in declared.items():
        if label not in read and label not in equation.kernel:
            call.refuse(
                "wrong-value",
                f"equation of {call.layer.label} returns {label}, which is not in what it reads",
                "each letter of the output must be in the input or in the kernel",
                argument="equation",
            )
        if size == 0 and label not in read:
            call.refuse(
                "wrong-value",
                f"axis {label} of {call.layer.label} is 0 by its output_shape, which leaves no "
                "weights",
                "give it a positive size",
                argument="output_shape",
            )
        is_letter = label in read and not label.isdigit()
        if is_letter and size is not None and size != built[label]:
            call.refuse(
                "shape-mismatch",
                f"axis {label} of {call.layer.label} is {size} by its output_shape, but its input "
                f"is {shown(call.x.shape)}",
                "write null in output_shape where the size is the input's",
                argument="output_shape",
            )
    return declared


def _weight(
    call: LayerCall, letters: str, sizes: Mapping[str, Axis]
) -> tuple[str, tuple[int, ...]]:
    """A weight's shape, in words and in numbers."""
    shape = [sizes.get(letter) for letter in letters]
    known = [size for size in shape if size is not None]
    if len(known) < len(shape):
        unknowns = [letter for letter, size in zip(letters, shape, strict=True) if size is None]
        call.refuse(
            "unknown-axis",
            f"{call.layer.label} needs to know the size of {' and '.join(unknowns)} to make its "
            "weights",
            "give it in output_shape, or in the input where the output does not have it",
            argument="output_shape",
        )
    return " × ".join(letters), tuple(known)


def _bias(
    call: LayerCall, equation: Equation, declared: Mapping[str, Axis]
) -> tuple[str, tuple[int, ...]]:
    """The bias: one number for each position along bias_axes, from the first of them on."""
    bias_axes: str = call["bias_axes"]
    letters = [label for label in equation.output if not label.isdigit()]
    if not bias_axes or not set(bias_axes) <= set(letters):
        call.refuse(
            "wrong-value",
            f"bias_axes of {call.layer.label} names letters of its output, {''.join(letters)}, "
            f"not {bias_axes or 'nothing'}",
            f"such as bias_axes: {letters[-1]}, or null for no bias",
            argument="bias_axes",
        )
    first = min(letters.index(letter) for letter in bias_axes)
    # Leading axes that ... stands for need no axis of the bias: it is broadcast along them.
    in_front = equation.output[0].isdigit()
    behind = "" if in_front else "1" * sum(label.isdigit() for label in equation.output)
    kept = "".join(letter if letter in bias_axes else "1" for letter in letters[first:])
    return _weight(call, kept + behind, {**declared, "1": 1})


RULES: Mapping[str, Rule] = {"EinsumDense": einsum_dense}
