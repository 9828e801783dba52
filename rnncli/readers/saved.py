"""What a model file says of a model, whichever Keras wrote it: layers, calls and weights.

Every dialect gives these records, in the names of Keras 3. They hold plain data: nothing in them
is an instance of a Keras class, and nothing in them can run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from rnncli.problems import Problem

Shape = tuple[int | None, ...]

# What an entry of ``layers`` is. An "operation" is a function of ``keras.ops``, and a "custom"
# layer one whose class is not Keras's; a "lambda" is a layer that holds code, which never runs.
Kind = Literal["input", "layer", "operation", "custom", "lambda", "model"]


class SavedTensor(msgspec.Struct, frozen=True):
    """A tensor of the graph: which output of which call of which layer, all counted from 0.

    ``shape`` has the batch axis, and ``dtype`` is the tensor's; None where the file does not
    record them.
    """

    layer: str
    call: int = 0
    index: int = 0
    shape: Shape | None = None
    dtype: str | None = None


class SavedSlice(msgspec.Struct, frozen=True):
    """A slice in an index, such as ``1:`` in ``x[:, 1:]``."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None


class SavedEllipsis(msgspec.Struct, frozen=True):
    """``...`` in an index."""


class SavedConstant(msgspec.Struct, frozen=True):
    """A tensor that the file holds in place of one of the graph: its values as nested lists."""

    values: Any
    dtype: str | None = None


class SavedCall(msgspec.Struct, frozen=True):
    """A call of a layer: its arguments, by position and by name.

    They are plain data with ``SavedTensor`` and the other records above inside, at any depth.
    """

    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = {}


class SavedLayer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer, an operation, an input or a model inside the model.

    ``cls`` is Keras 3's class name, such as ``LSTM`` or, for an operation, ``GetItem``; of a custom
    layer it is the registered name, such as ``mypkg>Pool``. ``config`` has the arguments in Keras
    3's names, with objects as Keras 3 writes them: ``{"class_name": …, "config": …}``.
    ``written_as`` is the class in the file where that differs, such as ``CuDNNLSTM``.
    ``input_shape`` is that of its first call, with the batch axis, where the file records it.
    """

    name: str
    cls: str
    kind: Kind
    config: Mapping[str, Any] = {}
    calls: tuple[SavedCall, ...] = ()
    model: SavedModel | None = None
    written_as: str | None = None
    input_shape: Any = None


class SavedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model, as a graph of calls; a Sequential model is a chain of them.

    ``inputs`` are the outputs of its input layers. ``output_names`` are given where the model has a
    dictionary of outputs. ``problems`` are what has changed since the file was written, and what
    could not be read.
    """

    name: str
    layers: tuple[SavedLayer, ...]
    inputs: tuple[SavedTensor, ...]
    outputs: tuple[SavedTensor, ...]
    output_names: tuple[str, ...] | None = None
    is_sequential: bool = False
    problems: tuple[Problem, ...] = ()
