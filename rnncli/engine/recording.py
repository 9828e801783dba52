"""Two passes through a model, on symbolic and on concrete tensors → its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from rnncli.engine.inspecting import (
    own_weights,
    params,
    public_name,
    state_names,
)
from rnncli.engine.nested import inner_records
from rnncli.engine.passing import BuiltModel, Pass
from rnncli.engine.state_equality import found_equal
from rnncli.engine.tensors import dtype_of, numbers_of
from rnncli.model.graph import Model, Node, TensorRef
from rnncli.model.tensor_names import is_model, returns_states
from rnncli.report.layer import Layer, Shape, State, combined_mask_use
from rnncli.report.layer import Tensor as TensorRecord
from rnncli.report.totals import without_weights


class Result(msgspec.Struct, frozen=True):
    """A tensor as Keras infers it, None if it infers none, and as the run returns it."""

    inferred: Any
    value: Any


class Passes(msgspec.Struct, frozen=True):
    """Both passes through one model."""

    symbols: Pass
    numbers: Pass
    with_values: bool

    def inside(self, name: str) -> Passes:
        """Both passes through a nested model."""
        return Passes(self.symbols.inside[name], self.numbers.inside[name], self.with_values)

    def given(self, name: str) -> dict[str, Result]:
        """Returns the tensors of a layer or an input, by name.

        Keras may infer another number of tensors; the result has those of the run.
        """
        values = self.numbers.tensors[name]
        inferred = list(self.symbols.tensors[name].values())[: len(values)]
        pairs = zip_longest(inferred, values.values())
        return {output: Result(*pair) for output, pair in zip(values, pairs, strict=True)}

    def read(self, refs: Sequence[TensorRef]) -> Iterator[Result]:
        """Yields the tensors that a layer reads."""
        for ref in refs:
            yield self.given(ref.node)[ref.tensor]


def inputs(model: Model, passes: Passes) -> tuple[TensorRecord, ...]:
    """The records of a model's inputs."""
    return tuple(
        _tensor(model_input.name, passes.given(model_input.name)["output"], passes.with_values)
        for model_input in model.inputs
    )


def layers(model: Model, built: BuiltModel, passes: Passes) -> tuple[Layer, ...]:
    """The records of a model's layers."""
    records: list[Layer] = []
    for node in model.nodes:
        name = node.layer.name
        if is_model(node.layer):
            record = _nested(node, built.models[name], passes)
        elif node.layer.is_operation:
            record = _operation(node, passes)
        else:
            record = _record(node, built.layers[name], passes)
        records.append(without_weights(record, node.shared_with) if node.shared_with else record)
    return tuple(records)


def _nested(node: Node, built: BuiltModel, passes: Passes) -> Layer:
    """Returns the record of a nested model."""
    name = node.layer.name
    inner = layers(node.layer["model"], built, passes.inside(name))
    return Layer(
        name=name,
        cls=node.layer.cls,
        inbound=tuple(ref.display_name for ref in node.inbound),
        inputs=_inputs(node, passes),
        outputs=tuple(
            _tensor(output, result, passes.with_values)
            for output, result in passes.given(name).items()
        ),
        weights=(),
        params=params((), inner),
        mask=combined_mask_use([layer.mask for layer in inner], *passes.numbers.masked[name]),
        layers=inner,
    )


def _operation(node: Node, passes: Passes) -> Layer:
    """Returns the record of an operation, which has no weights."""
    results = passes.given(node.layer.name)
    return Layer(
        name=node.layer.name,
        cls=node.layer.cls,
        inbound=tuple(ref.display_name for ref in node.inbound),
        inputs=_inputs(node, passes),
        outputs=tuple(
            _tensor(name, result, passes.with_values) for name, result in results.items()
        ),
        weights=(),
        params=params((), ()),
        mask=passes.numbers.masks[node.layer.name],
    )


def _record(node: Node, layer: Any, passes: Passes) -> Layer:
    results = passes.given(node.layer.name)
    states = [name for name in state_names(layer) if name in results]
    outputs = {name: result for name, result in results.items() if name not in states}
    # Outputs may be large: they are converted only if there are states to compare them with.
    numbers = {name: numbers_of(result.value) for name, result in outputs.items() if states}
    inner = inner_records(node.layer, layer)
    weights = own_weights(layer)
    return Layer(
        name=node.layer.name,
        cls=public_name(layer),
        inbound=tuple(ref.display_name for ref in _read(node)),
        initial_state=tuple(ref.display_name for ref in node.initial_state),
        inputs=_inputs(node, passes),
        outputs=tuple(
            _tensor(name, result, passes.with_values) for name, result in outputs.items()
        ),
        states=tuple(
            _state(name, results[name], numbers, returns_states(node.layer), passes.with_values)
            for name in states
        ),
        weights=weights,
        params=params(weights, inner),
        mask=passes.numbers.masks[node.layer.name],
        layers=inner,
    )


def _inputs(node: Node, passes: Passes) -> tuple[TensorRecord, ...]:
    refs = _read(node)
    read = zip(refs, passes.read(refs), strict=True)
    return tuple(_tensor(ref.tensor, result, False) for ref, result in read)


def _read(node: Node) -> tuple[TensorRef, ...]:
    """Returns what a layer reads, and the tensors among the arguments of its call."""
    return (*node.inbound, *node.named.values())


def _tensor(name: str, result: Result, with_values: bool) -> TensorRecord:
    return TensorRecord(name=name, **_measured(result, with_values))


def _state(
    name: str, result: Result, outputs: dict[str, Any], is_returned: bool, with_values: bool
) -> State:
    return State(
        name=name,
        returned=is_returned,
        equals=found_equal(name, numbers_of(result.value), outputs),
        **_measured(result, with_values),
    )


def _measured(result: Result, with_values: bool) -> dict[str, Any]:
    """Returns the fields that tensors and states share: shape, dtype and values."""
    inferred, real = _shape(result.inferred), _shape(result.value)
    return {
        "shape": inferred,
        "dtype": dtype_of(result.value),
        "filled": real if real != inferred else None,
        **_values(result, with_values),
    }


def _values(result: Result, with_values: bool) -> dict[str, Any]:
    if not with_values:
        return {}
    numbers = numbers_of(result.value)
    if numbers.dtype.kind == "c":
        # JSON has no complex numbers: each becomes a pair of its real and imaginary parts.
        numbers = numbers.view(numbers.real.dtype).reshape(*numbers.shape, 2)
    return {"values": numbers.tolist()}


def _shape(tensor: Any) -> Shape | None:
    return None if tensor is None else tuple(tensor.shape)
