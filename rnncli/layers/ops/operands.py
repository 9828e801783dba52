"""The operands of an operation: tensors and numbers, the dtypes they promote to, its output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from msgspec.structs import replace

from rnncli.keras_api.operation_arguments import constant_dtype, constant_shape
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, is_float, shown
from rnncli.rules.dtypes import Family, family, promoted
from rnncli.rules.rule import LayerCall, LayerPlan
from rnncli.rules.tensors import Tensor, broadcast

Operand = Tensor | int | float | bool

#: The families of dtypes that most operations compute with.
REAL: tuple[Family, ...] = ("float", "signed", "unsigned", "bool")
#: The same, and complex numbers.
NUMERIC: tuple[Family, ...] = (*REAL, "complex")


def operand(call: LayerCall, name: str) -> Operand:
    """The tensor that fills a parameter of the operation, or the number in its place.

    Nested lists of numbers are a tensor as well.
    """
    value = written_operand(call, name)
    if isinstance(value, list):
        return Tensor("constant", constant_shape(value), constant_dtype(value))
    number: Operand = value
    return number


def written_operand(call: LayerCall, name: str) -> Any:
    """The tensor that fills a parameter of the operation, or what the config has in its place."""
    reads = call.layer.reads
    return call.inputs[reads.index(name)] if name in reads else call[name]


def operands(call: LayerCall, *names: str) -> list[Operand]:
    """The operands of these parameters, in order."""
    return [operand(call, name) for name in names]


def require_family(call: LayerCall, values: Sequence[Operand], families: Sequence[Family]) -> None:
    """Refuses a tensor whose dtype is of another family than these."""
    for value in values:
        if isinstance(value, Tensor) and family(value.dtype) not in families:
            refuse_dtype(call, value)


def refuse_dtype(call: LayerCall, x: Tensor, cast: str = "float32") -> None:
    """Refuses a tensor for its dtype; the fix casts it to another."""
    name = x.producer.name if x.producer else x.name
    where = f"between {name} and {call.layer.name}" if len(call.inputs) > 1 else "before it"
    call.refuse(
        "wrong-dtype",
        f"{call.layer.label} does not compute with {x.dtype}, the dtype of {name}",
        f"put ops.cast: {cast} {where}",
    )


def refuse_strings(call: LayerCall, where: str) -> NoReturn:
    """Refuses strings in a case in which the operation computes with numbers alone."""
    call.refuse(
        "wrong-dtype",
        f"{call.layer.label} computes with numbers {where}, and reads strings",
        "put StringLookup before it",
    )


def are_strings(call: LayerCall, values: Sequence[Operand]) -> bool:
    """Whether the operands are strings; refuses strings beside numbers."""
    strings = [isinstance(value, Tensor) and value.dtype == "string" for value in values]
    if any(strings) and not all(strings):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} cannot combine strings and numbers",
            "let it read strings alone, or put StringLookup before it",
        )
    return all(strings)


def result_dtype(values: Sequence[Operand]) -> str:
    """The dtype that operands promote to, as Keras promotes them.

    A number is weak: it changes the dtype of tensors only to one of another kind, from bool to
    integers and from integers to floats (``keras.backend.result_type``).
    """
    tensors = [value.dtype for value in values if isinstance(value, Tensor)]
    numbers = [value for value in values if not isinstance(value, Tensor)]
    has_float = any(isinstance(number, float) for number in numbers)
    if not tensors:
        is_truth = all(isinstance(number, bool) for number in numbers)
        return "float32" if has_float else "bool" if is_truth else "int32"
    dtype = promoted([*tensors, tensors[0]] if numbers else tensors)
    if has_float and family(dtype) in ("signed", "unsigned", "bool"):
        return "float32"
    if dtype == "bool" and any(type(number) is int for number in numbers):
        return "int32"
    return dtype


def as_float(dtype: str) -> str:
    """The dtype of a fraction: that of the operand, and float32 for integers and booleans."""
    return dtype if is_float(dtype) or family(dtype) == "complex" else "float32"


def broadcast_shape(call: LayerCall, values: Sequence[Operand]) -> Shape:
    """The shape that the operands broadcast to, aligned on the right; refuses those that do not."""
    tensors = [value for value in values if isinstance(value, Tensor)]
    shapes = [tensor.axes for tensor in tensors]
    shape = broadcast(*shapes)
    if shape is None:
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} cannot combine "
            f"{' and '.join(shown(tensor.shape) for tensor in tensors)}, element by element",
            "give them equal sizes along each axis, counted from the last, or a size of 1",
        )
    return tuple([_settled(shapes, axis - len(shape), size) for axis, size in enumerate(shape)])


def _settled(shapes: Sequence[Shape], axis: int, size: Axis) -> Axis:
    """The size of an axis: where one size is unknown, it must be the other, unless that is 1."""
    if size is not None:
        return size
    sizes = [shape[axis] for shape in shapes if -axis <= len(shape)]
    return next((other for other in sizes if other not in (None, 1)), None)


def result(call: LayerCall, shape: Shape | None, dtype: str, **facts: Any) -> LayerPlan:
    """The plan of an operation that returns one tensor; it has no weights and drops masks."""
    return LayerPlan((output(call, shape, dtype),), **facts)


def itself(call: LayerCall) -> LayerPlan:
    """The plan of an operation that has nothing to do and returns the very tensor that it reads.

    In a run that tensor has its mask, though Keras infers none.
    """
    x = call.x
    same = replace(output(call, x.shape, x.dtype), masked=x.masked, mask_shape=x.mask_shape)
    return LayerPlan((same,), mask="passes" if x.masked else None)


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
