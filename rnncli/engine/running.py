"""ModelSpec → Report: builds the model in Keras, layer by layer, and runs one random batch.

Every layer is called twice: on a symbolic tensor, which is how Keras infers shapes and makes the
weights, and then on the numbers. The second calls together are one forward pass, and all values
come from it.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from rnncli import __version__, report
from rnncli.config import ModelSpec
from rnncli.engine.calling import Result, Results, call
from rnncli.engine.decoding import decode
from rnncli.engine.equalities import found_equal
from rnncli.engine.errors import KerasFailed
from rnncli.engine.inspecting import (
    held,
    inner_record,
    mask_use,
    own_weights,
    params,
    public_name,
    state_names,
)
from rnncli.engine.loading import load
from rnncli.engine.making import make
from rnncli.layers.binding import bind
from rnncli.layers.lengths import Lengths, filled_shape, length_of
from rnncli.layers.model import Input, Model, Node, TensorRef
from rnncli.layers.tensor_names import is_model, output_names, returns_states
from rnncli.records import shared, totals
from rnncli.report import Layer, Report, State, Versions, strongest

# What an input of words is drawn from.
_WORDS = ("a", "b", "the cat", "sat on the mat", "on", "mat")


# The Keras layers that were made, by name; those of a model inside the model in a mapping.
Made = dict[str, Any]


def run(
    spec: ModelSpec, batch: int | None, length: Lengths, seed: int, with_values: bool
) -> Report:
    """What Keras infers of a model without problems, and what a random tensor gives.

    Raises:
        EngineMissing: Keras or TensorFlow cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
    """
    keras = load()
    keras.utils.set_random_seed(seed)
    model = bind(spec)
    batch = batch or model.batch or 1
    tensors = {
        TensorRef(each.name): random_tensor(each, batch, length, seed + number)
        for number, each in enumerate(model.inputs)
    }
    inputs = tuple(_tensor(ref.node, each, with_values) for ref, each in tensors.items())
    made: Made = {}
    layers = follow(model, tensors, made, with_values)
    decoded = None
    if model.decode is not None:
        values = {ref: each.value for ref, each in tensors.items()}
        decoded = decode(model, model.decode, values, made, batch)
    return Report(
        name=model.name,
        source=model.source,
        stage="run",
        versions=_versions(),
        batch=batch,
        seed=seed,
        inputs=inputs,
        outputs=tuple(str(each) for each in model.outputs),
        layers=layers,
        totals=totals(layers),
        decoded=decoded,
    )


def follow(model: Model, tensors: Results, made: Made, with_values: bool) -> tuple[Layer, ...]:
    """Every layer of the model called in turn; what they give is added to the tensors."""
    layers: list[Layer] = []
    for node in model.nodes:
        layer = made.get(node.shared_with or node.layer.name)
        if is_model(node.layer):
            inner: Made = {} if layer is None else layer
            made[node.layer.name] = inner
            record, named = _nested(node, inner, tensors, with_values)
        else:
            try:
                layer = made[node.layer.name] = layer or make(node.layer)
                named = call(node, layer, tensors)
            except Exception as error:
                raise KerasFailed(node.layer.label, error) from error
            record = _record(node, layer, named, tensors, with_values)
        layers.append(shared(record, node.shared_with) if node.shared_with else record)
        tensors |= {TensorRef(node.layer.name, name): each for name, each in named.items()}
    return tuple(layers)


def _nested(
    node: Node, made: Made, tensors: Results, with_values: bool
) -> tuple[Layer, dict[str, Result]]:
    """A model inside the model: its layers, called on what reaches it."""
    model: Model = node.layer["model"]
    entering = zip(model.inputs, node.sources, strict=True)
    inside = {TensorRef(each.name): _entering(each, tensors[ref]) for each, ref in entering}
    layers = follow(model, inside, made, with_values)
    outputs = zip(output_names(node.layer), model.outputs, strict=True)
    named = {name: inside[ref] for name, ref in outputs}
    record = Layer(
        name=node.layer.name,
        cls=node.layer.cls,
        sources=tuple(ref.short for ref in node.sources),
        inputs=tuple(_tensor(ref.tensor, tensors[ref], False) for ref in node.sources),
        outputs=tuple(_tensor(name, each, with_values) for name, each in named.items()),
        weights=(),
        params=params((), layers),
        mask=strongest(each.mask for each in layers),
        layers=layers,
    )
    return record, named


def _entering(given: Input, result: Result) -> Result:
    """A tensor in the dtype that the model inside declares."""
    import keras

    both = (result.inferred, result.value)
    if _dtype(result.value) == given.dtype or given.dtype == "string":
        return result
    inferred, value = (keras.ops.cast(each, given.dtype) for each in both)
    value._keras_mask = getattr(result.value, "_keras_mask", None)
    return Result(inferred, value)


def random_tensor(given: Input, batch: int, length: Lengths, seed: int) -> Result:
    """A tensor for an input: normally distributed numbers, integers from [0, below), or words."""
    import keras
    import numpy as np

    shape = filled_shape(given, batch, length_of(length, given.name))
    generator = np.random.default_rng(seed)
    if "int" in given.dtype:
        numbers: Any = generator.integers(0, given.below or 2, shape)
    elif given.dtype == "bool":
        numbers = generator.integers(0, 2, shape).astype(bool)
    elif given.dtype == "string":
        numbers = generator.choice(_WORDS, shape)
    else:
        numbers = generator.standard_normal(shape)
    return Result(
        keras.KerasTensor((batch, *given.shape), dtype=given.dtype, name=given.name),
        keras.ops.convert_to_tensor(numbers, dtype=given.dtype),
    )


def _record(
    node: Node,
    layer: Any,
    named: dict[str, Result],
    tensors: Mapping[TensorRef, Result],
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
        initial_state=tuple(ref.short for ref in node.initial_state),
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


def _tensor(name: str, result: Result, with_values: bool) -> report.Tensor:
    inferred, real = _shape(result.inferred), _shape(result.value)
    return report.Tensor(
        name=name,
        shape=inferred,
        dtype=_dtype(result.value),
        filled=real if real != inferred else None,
        **_values(result, with_values),
    )


def _state(
    name: str, result: Result, is_returned: bool, outputs: dict[str, Any], with_values: bool
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


def _values(result: Result, wanted: bool) -> dict[str, Any]:
    if not wanted:
        return {}
    numbers = _numbers(result.value)
    if numbers.dtype.kind == "c":
        # JSON knows no complex numbers: each is its real and its imaginary part.
        numbers = numbers.view(numbers.real.dtype).reshape(*numbers.shape, 2)
    return {"values": numbers.tolist()}


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
