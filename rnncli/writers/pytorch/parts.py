"""What a layer becomes in PyTorch: a module, statements of ``forward``, and its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from rnncli.model.graph import KerasObject, Node
from rnncli.report.layer import Layer
from rnncli.writers.pytorch.names import Variables

# A target that nothing reads.
UNUSED = "_"
# From the arrays of Keras's layer.weights to PyTorch's, by the name in the module.
Weights = Callable[[Sequence[Any]], Mapping[str, Any]]
# By attribute, the name of a layer and its weights, or those of a model inside.
WeightTree = Mapping[str, tuple[str, Any]]


def no_weights(arrays: Sequence[Any]) -> Mapping[str, Any]:
    """The weights of a module without any."""
    return {}


class NoEquivalent(Exception):
    """Raised for a layer that PyTorch has no equivalent of: reasons, and what could be done."""

    def __init__(self, *reasons: tuple[str, str | None]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reason for reason, _ in reasons))


class UnknownShape(NoEquivalent):
    """Raised for a layer that reads a tensor of unknown shape."""


class Statement(msgspec.Struct, frozen=True):
    """An assignment of ``forward``.

    ``targets`` are the variables that it sets, ``reads`` those that it depends on; ``pattern`` is
    what stands on the left of it, such as ``{}, ({}, {})``.
    """

    targets: tuple[str, ...]
    value: str
    reads: tuple[str, ...]
    pattern: str = "{}"


class Mask(msgspec.Struct, frozen=True):
    """The mask of a tensor: the variable that has it, or why nothing can use it."""

    variable: str = ""
    unusable: str = ""


class Unit(msgspec.Struct, frozen=True):
    """A layer of one tensor: a module, if it has one, and the expression of its output.

    ``value`` gives the expression from the module and the variable that it reads. ``helpers`` are
    functions that the file needs, and ``without`` says what of the layer is left out.
    """

    value: Callable[[str, str], str]
    constructor: str = ""
    weights: Weights = no_weights
    helpers: frozenset[str] = frozenset()
    without: str = ""


class Part(msgspec.Struct, frozen=True):
    """A layer at its place in the model: its statements, and the variables of its tensors."""

    statements: tuple[Statement, ...]
    outputs: Mapping[str, str]
    mask: Mask | None = None
    constructor: str = ""
    weights: Weights | WeightTree = no_weights
    helpers: frozenset[str] = frozenset()
    without: str = ""


class Call(msgspec.Struct, frozen=True):
    """A layer at its place in the model, with the variables that it reads.

    ``module`` is the attribute that holds it, such as ``self.lstm``. ``masks`` are those of the
    tensors that it reads.
    """

    node: Node
    record: Layer
    module: str
    reads: tuple[str, ...]
    states: tuple[str, ...]
    masks: tuple[Mask | None, ...]
    variables: Variables

    def variable(self, part: str = "") -> str:
        """The variable of the layer's output, or of another part of what it returns."""
        return self.variables.of(self.name, part)

    @property
    def layer(self) -> KerasObject:
        """The layer and its arguments."""
        return self.node.layer

    @property
    def name(self) -> str:
        """The name of the layer."""
        return self.node.layer.name

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape of the first tensor that it reads, with the batch axis."""
        return shape_of(self.record)

    def used_mask(self) -> str | None:
        """The variable of the mask that the layer uses; None if it uses none.

        Raises:
            NoEquivalent: the mask is not that of padding at the end.
        """
        mask = self.masks[0] if self.masks else None
        if self.record.mask not in ("uses", "makes") or mask is None:
            return None
        if mask.unusable:
            raise NoEquivalent((mask.unusable, None))
        return mask.variable


def shape_of(record: Layer) -> tuple[int | None, ...]:
    """The shape of the first tensor that a layer reads, with the batch axis."""
    shape = record.inputs[0].shape
    if shape is None:
        raise UnknownShape(("the shape that it reads is not known", None))
    return shape


def features_of(shape: Sequence[int | None]) -> int:
    """The size of the last axis, which weights need."""
    size = shape[-1]
    if size is None:
        raise NoEquivalent(("the size of its last axis is not known", None))
    return size


def called(name: str, *arguments: object, **keywords: object) -> str:
    """The text of a call; keywords that are None are left out."""
    named = [f"{key}={_literal(value)}" for key, value in keywords.items() if value is not None]
    return f"{name}({', '.join([*map(_literal, arguments), *named])})"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def one_size(value: Any) -> int:
    """A size that Keras takes as a number or as a list of one."""
    return int(value[0]) if isinstance(value, list) else int(value)
