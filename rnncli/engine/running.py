"""ModelSpec → Report: builds the model in Keras, layer by layer, and runs one random batch.

Every layer is called twice: on a symbolic tensor, which is how Keras infers shapes and makes the
weights, and then on the numbers. The second calls together are one forward pass, and all values
come from it.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from typing import Any

import msgspec

from rnncli import __version__, report
from rnncli.config import ModelSpec
from rnncli.engine.equalities import found_equal
from rnncli.engine.errors import KerasFailed
from rnncli.engine.inspecting import (
    held,
    inner_record,
    kept_states,
    mask_use,
    own_weights,
    params,
    public_name,
    state_names,
)
from rnncli.engine.loading import load
from rnncli.engine.making import make
from rnncli.layers.binding import bind
from rnncli.layers.model import Input, KerasObject, Node, TensorRef
from rnncli.layers.tensor_names import output_names, returns_states
from rnncli.layers.words import TAKES_LIST
from rnncli.report import ITEM_BYTES, Layer, Report, State, Totals, Versions

# What an input of words is drawn from.
_WORDS = ("a", "b", "the cat", "sat on the mat", "on", "mat")


class _Result(msgspec.Struct, frozen=True):
    """A tensor as Keras infers it and as it comes out of the run."""

    inferred: Any
    value: Any


def run(spec: ModelSpec, batch: int, length: int, seed: int, with_values: bool) -> Report:
    """What Keras infers of a model without problems, and what a random tensor gives.

    Raises:
        EngineMissing: Keras or TensorFlow cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
    """
    keras = load()
    keras.utils.set_random_seed(seed)
    model = bind(spec)
    tensors = {
        TensorRef(each.name): _random(each, batch, length, seed + number)
        for number, each in enumerate(model.inputs)
    }
    inputs = tuple(_tensor(ref.node, each, with_values) for ref, each in tensors.items())
    layers: list[Layer] = []
    for node in model.nodes:
        try:
            layer, results = _call(node, [tensors[ref] for ref in node.sources])
        except Exception as error:
            raise KerasFailed(node.layer.label, error) from error
        names = _names(node.layer, layer, len(results))
        named = dict(zip(names, results, strict=True))
        layers.append(_record(node, layer, named, tensors, with_values))
        tensors |= {TensorRef(node.layer.name, name): each for name, each in named.items()}
    unknown = any(None in each.shape for each in model.inputs)
    return Report(
        name=model.name,
        source=model.source,
        stage="run",
        versions=_versions(),
        batch=batch,
        length=length if unknown else None,
        seed=seed,
        inputs=inputs,
        outputs=tuple(str(each) for each in model.outputs),
        layers=tuple(layers),
        totals=_totals(layers),
    )


def _random(given: Input, batch: int, length: int, seed: int) -> _Result:
    """A tensor for an input: normally distributed numbers, integers from [0, below), or words."""
    import keras
    import numpy as np

    shape = (batch, *(length if axis is None else axis for axis in given.shape))
    generator = np.random.default_rng(seed)
    if "int" in given.dtype:
        numbers: Any = generator.integers(0, given.below or 2, shape)
    elif given.dtype == "bool":
        numbers = generator.integers(0, 2, shape).astype(bool)
    elif given.dtype == "string":
        numbers = generator.choice(_WORDS, shape)
    else:
        numbers = generator.standard_normal(shape)
    return _Result(
        keras.KerasTensor((batch, *given.shape), dtype=given.dtype, name=given.name),
        keras.ops.convert_to_tensor(numbers, dtype=given.dtype),
    )


def _call(node: Node, reads: Sequence[_Result]) -> tuple[Any, list[_Result]]:
    import keras

    layer = make(node.layer)
    given = [each.inferred for each in reads], [each.value for each in reads]
    # A list is one argument to those that merge; others take each tensor as an argument.
    as_list = node.layer.cls in TAKES_LIST
    masks = [getattr(each.value, "_keras_mask", None) for each in reads]
    symbols, values = (layer(each) if as_list else layer(*each) for each in given)
    for each, mask in zip(reads, masks, strict=True):
        # MultiHeadAttention takes the masks off what it reads; in a model they stay on.
        each.value._keras_mask = mask
    inferred, real = keras.tree.flatten(symbols), keras.tree.flatten(values)
    kept = kept_states(layer)
    inferred, real = inferred + kept, real + kept
    # Keras may infer another number of tensors than come out; what is missing is then unknown.
    inferred += [None] * (len(real) - len(inferred))
    return layer, [_Result(*pair) for pair in zip(inferred, real, strict=False)]


def _names(layer: KerasObject, built: Any, count: int) -> list[str]:
    """The names of the tensors that came out: outputs, then states."""
    outputs, states = list(output_names(layer)), state_names(built)
    names = outputs + states
    if len(names) == count:
        return names
    return ["output", *(f"output_{number}" for number in range(1, count))]


def _record(
    node: Node,
    layer: Any,
    named: dict[str, _Result],
    tensors: dict[TensorRef, _Result],
    with_values: bool,
) -> Layer:
    states = [name for name in state_names(layer) if name in named]
    outputs = {name: each for name, each in named.items() if name not in states}
    numbers = {name: _numbers(each.value) for name, each in outputs.items()}
    inner = tuple(inner_record(each) for each in held(layer))
    weights = own_weights(layer)
    return Layer(
        name=node.layer.name,
        cls=public_name(layer),
        sources=tuple(ref.short for ref in node.sources),
        inputs=tuple(_tensor(ref.tensor, tensors[ref], False) for ref in node.sources),
        outputs=tuple(_tensor(name, each, with_values) for name, each in outputs.items()),
        states=tuple(
            _state(name, named[name], returns_states(node.layer), numbers, with_values)
            for name in states
        ),
        weights=weights,
        params=params(weights, inner),
        mask=mask_use(
            layer,
            reads=[tensors[ref].value for ref in node.sources],
            gives=[each.value for each in named.values()],
        ),
        layers=inner,
    )


def _tensor(name: str, result: _Result, with_values: bool) -> report.Tensor:
    inferred, real = _shape(result.inferred), _shape(result.value)
    return report.Tensor(
        name=name,
        shape=inferred,
        dtype=_dtype(result.value),
        filled=real if real != inferred else None,
        **_values(result, with_values),
    )


def _state(
    name: str, result: _Result, is_returned: bool, outputs: dict[str, Any], with_values: bool
) -> State:
    inferred, real = _shape(result.inferred), _shape(result.value)
    return State(
        name=name,
        shape=inferred,
        dtype=_dtype(result.value),
        filled=real if real != inferred else None,
        returned=is_returned,
        equals=found_equal(name, _numbers(result.value), outputs),
        **_values(result, with_values),
    )


def _values(result: _Result, wanted: bool) -> dict[str, Any]:
    return {"values": _numbers(result.value).tolist()} if wanted else {}


def _shape(tensor: Any) -> report.Shape | None:
    return None if tensor is None else tuple(tensor.shape)


def _dtype(tensor: Any) -> str:
    import keras

    return str(keras.backend.standardize_dtype(tensor.dtype))


def _numbers(tensor: Any) -> Any:
    import keras

    numbers = keras.ops.convert_to_numpy(tensor)
    if numbers.dtype.kind == "O":
        return numbers.astype("S").astype(str)
    return numbers.astype("float32") if numbers.dtype.kind == "V" else numbers


def _versions() -> Versions:
    import keras
    import tensorflow

    return Versions(
        rnncli=__version__,
        python=platform.python_version(),
        keras=keras.__version__,
        tensorflow=tensorflow.__version__,
    )


def _totals(layers: Sequence[Layer]) -> Totals:
    """What Keras counts; multiply-accumulates it does not."""
    counts = [each.params for each in layers if each.params]
    return Totals(
        params=sum(each.total for each in counts),
        trainable=sum(each.trainable for each in counts),
        non_trainable=sum(each.non_trainable for each in counts),
        weight_bytes=sum(_weight_bytes(each) for each in layers),
        activation_bytes=_activation_bytes(layers),
        macs=None,
    )


def _activation_bytes(layers: Sequence[Layer]) -> int | None:
    """The size of all outputs; words have none that is known."""
    outputs = [out for each in layers for out in each.outputs]
    if any(out.dtype not in ITEM_BYTES for out in outputs):
        return None
    return sum(
        math.prod(axis or 0 for axis in out.actual or ()) * ITEM_BYTES[out.dtype or "float32"]
        for out in outputs
    )


def _weight_bytes(layer: Layer) -> int:
    own = sum(each.count * ITEM_BYTES[each.dtype] for each in layer.weights or ())
    return own + sum(_weight_bytes(each) for each in layer.layers)
