"""The operands of an operation: tensors and numbers, the dtypes they promote to, its output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnncli.report.layer import Shape
from rnncli.report.shapes import is_float, shown
from rnncli.rules.dtypes import promoted
from rnncli.rules.rule import LayerCall, LayerPlan
from rnncli.rules.tensors import Tensor, broadcast

Operand = Tensor | int | float | bool


def operand(call: LayerCall, name: str) -> Operand:
    """The tensor that fills a parameter of the operation, or the number in its place."""
    reads = call.layer.reads
    if name in reads:
        return call.inputs[reads.index(name)]
    number: int | float | bool = call[name]
    return number


def operands(call: LayerCall, *names: str) -> list[Operand]:
    """The operands of these parameters, in order."""
    return [operand(call, name) for name in names]


def result_dtype(values: Sequence[Operand]) -> str:
    """The dtype that operands promote to, as Keras promotes them.

    A number is weak: it changes the dtype of tensors only to one of another kind, from bool to
    integers and from integers to floats (``keras.backend.result_type``).
    """
    dtype = promoted([value.dtype for value in values if isinstance(value, Tensor)])
    numbers = [value for value in values if not isinstance(value, Tensor)]
    if any(isinstance(number, float) for number in numbers) and not is_float(dtype):
        return "float32"
    if dtype == "bool" and any(type(number) is int for number in numbers):
        return "int32"
    return dtype


def broadcast_shape(call: LayerCall, values: Sequence[Operand]) -> Shape:
    """The shape that the operands broadcast to, aligned on the right; refuses those that do not."""
    tensors = [value for value in values if isinstance(value, Tensor)]
    shape = broadcast(*(tensor.axes for tensor in tensors))
    if shape is None:
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} cannot combine "
            f"{' and '.join(shown(tensor.shape) for tensor in tensors)}, element by element",
            "give them equal sizes along each axis, counted from the last, or a size of 1",
        )
    return shape


def result(call: LayerCall, shape: Shape | None, dtype: str, **facts: Any) -> LayerPlan:
    """The plan of an operation that returns one tensor; it has no weights and drops masks."""
    return LayerPlan((output(call, shape, dtype),), **facts)


def output(call: LayerCall, shape: Shape | None, dtype: str, name: str = "output") -> Tensor:
    """A tensor that an operation returns."""
    x = call.x
    return Tensor(
        name,
        shape,
        dtype,
        producer=call.layer,
        last_step_of=x.last_step_of if shape is None or len(shape) == x.rank else None,
        input_place=x.input_place,
        resized=x.resized,
    )
