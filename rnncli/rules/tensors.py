"""Tensors in a plan: a shape that may have unknown axes, a dtype, and perhaps a mask."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from rnncli.model.graph import KerasObject
from rnncli.problems import Place
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, is_float
from rnncli.rules.sizes import alike


class Resized(msgspec.Struct, frozen=True):
    """The last layer that changed the length of a tensor, and its spatial axes before and after."""

    layer: KerasObject
    before: Shape
    after: Shape


class Tensor(msgspec.Struct, frozen=True):
    """A tensor on its way from one layer to the next.

    ``shape`` includes the batch axis, with None for an unknown size; it is None where nothing is
    known. ``mask_shape`` is the shape of its mask, where it is ``masked``: not all masks lie along
    time alone. ``producer`` is the layer that returned it, and ``last_step_of`` the recurrent layer
    that returned only the last step of its sequence: the one to blame where a sequence is missing.
    ``inferred`` is the shape that Keras infers for it, where it infers wrongly. ``state`` is the
    name of the state that it is, such as ``forward_h``, or ``h`` where several states of one kind
    were merged. ``input_place`` is the place in the config of the input that it comes from.
    ``sparse`` says that only its nonzero elements are stored. ``mask_taken_by`` is the attention
    layer that removed its mask. ``resized`` is the last change of its length by a layer.
    ``ragged`` is the shape of a tensor whose rows differ in length, with None for these: it has no
    ``shape``, and ``inferred`` is what Keras builds the next layers for. ``below`` is the length of
    an axis, where its integers are the positions along it.
    """

    name: str
    shape: Shape | None
    dtype: str = "float32"
    masked: bool = False
    mask_shape: Shape | None = None
    producer: KerasObject | None = None
    last_step_of: KerasObject | None = None
    inferred: Shape | None = None
    state: str | None = None
    input_place: Place | None = None
    sparse: bool = False
    mask_taken_by: KerasObject | None = None
    resized: Resized | None = None
    ragged: Shape | None = None
    below: Axis = None

    @property
    def axes(self) -> Shape:
        """The shape, which must be known: rules see no other tensors."""
        assert self.shape is not None
        return self.shape

    @property
    def rank(self) -> int:
        """The number of its axes, with the batch."""
        return len(self.axes)

    @property
    def mask(self) -> Shape:
        """The shape of the mask of a tensor that is masked."""
        assert self.mask_shape is not None
        return self.mask_shape

    @property
    def is_float(self) -> bool:
        """Whether layers cast it to their compute dtype."""
        return is_float(self.dtype)

    def reshaped(self, shape: Shape | None) -> Tensor:
        """The same tensor with another shape."""
        return replace(self, shape=shape)


def broadcast(*shapes: Shape) -> Shape | None:
    """The shape that shapes broadcast to, aligned on the right; None where they do not fit.

    An axis is unknown where one of theirs is.
    """
    rank = max(len(shape) for shape in shapes)
    merged: list[Axis] = []
    for sizes in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True):
        # A length that is 1 here by chance must be equal to others all the same.
        equal = alike([size for size in sizes if type(size) is not int or size != 1])
        if not equal and len({*sizes} - {1, None}) > 1:
            return None
        merged.append(None if None in sizes else widest(sizes))
    return tuple(merged)


def stretched(shape: Shape, factor: Sequence[int]) -> Shape | None:
    """The shape of a tensor times a factor, aligned on the right; None where they do not fit."""
    rank = max(len(shape), len(factor))
    sizes = (1,) * (rank - len(shape)) + tuple(shape)
    factors = (1,) * (rank - len(factor)) + tuple(factor)
    merged: list[Axis] = []
    for size, other in zip(sizes, factors, strict=True):
        if size is not None and size != other and 1 not in (size, other):
            return None
        merged.append(other if size == 1 else size)
    return tuple(merged)


def widest(sizes: Sequence[Axis]) -> Axis:
    """The size that the others broadcast to: the first that is not 1, an unknown length first."""
    stretched = [size for size in sizes if size != 1] or sizes
    return next((size for size in stretched if type(size) is not int), stretched[0])


def covers(mask: Shape, shape: Shape) -> bool:
    """Whether a mask, aligned on the right, broadcasts to the shape of a tensor."""
    return all(
        size == 1 or None in (size, axis) or size == axis
        for size, axis in zip(reversed(mask), reversed(shape), strict=False)
    )


def is_vague(inferred: Shape, real: Shape) -> bool:
    """Whether an inferred shape agrees with the real one, as far as its axes are known."""
    return len(inferred) == len(real) and all(
        size in (None, axis) for size, axis in zip(inferred, real, strict=True)
    )


def inferred_as(real: Tensor, inferred: Shape | None, concrete: bool) -> Tensor:
    """The real tensor, with the shape that Keras infers for it where the two contradict.

    Where Keras infers less, the shape is what it infers, but in a ``concrete`` evaluation.
    """
    if real.shape is None or inferred is None:
        return replace(real, inferred=None)
    if not is_vague(inferred, real.axes):
        return replace(real, inferred=inferred)
    return replace(real, shape=real.axes if concrete else inferred, inferred=None)
