"""A pass through a model with a gradient tape for each layer, and the way back.

The loops of recurrent layers are not on the tapes: the way back goes through them one step at a
time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rnncli.engine.inner_loops import (
    InnerLoop,
    RecurrentLayer,
    loops_run_by,
    recurrent_layers,
    scanned,
    zeros_for,
)
from rnncli.engine.passing import BuiltModel, Masks, Pass, call_node, through
from rnncli.engine.scaling import Bands, log10_norm_of, merged
from rnncli.engine.step_gradients import LoopGradients, loop_gradients
from rnncli.engine.tensors import dtype_of, mask_of, put_mask
from rnncli.model.graph import Model, Node, TensorRef
from rnncli.model.run_order import run_order
from rnncli.model.tensor_names import is_model, output_names
from rnncli.report.gradients import Direction

# The gradients at tensors; one that is not connected is missing.
AtTensors = dict[TensorRef, Bands]


class TapedLoop(msgspec.Struct, frozen=True):
    """A loop as it ran: the outputs and the states of all steps, (time, batch, …)."""

    loop: InnerLoop
    outputs: Any
    states: list[Any]


class TapedNode(msgspec.Struct, frozen=True):
    """A layer as it was called: its tape, what it read and returned, the recurrent layers in it and
    their loops in the order in which they ran, and its weights that are outside the loops."""

    tape: Any
    reads: Mapping[TensorRef, Any]
    outputs: Mapping[str, Any]
    layers: list[RecurrentLayer]
    loops: list[TapedLoop]
    weights: list[Any]


class TapedLayer(msgspec.Struct, frozen=True):
    """The gradients at a recurrent layer: those of its loop, or of the loops of all its calls by a
    TimeDistributed."""

    path: str
    direction: Direction | None
    calls: list[tuple[TapedLoop, LoopGradients]]

    def log10_norms(self, state: int) -> list[float | None]:
        """The powers of ten of the norms at a state, of all calls together; None where one is 0 or
        not connected."""
        calls = [gradients.log10_norms(state) for _, gradients in self.calls]
        return [log10_norm_of(logs) for logs in zip(*calls, strict=True)]

    def connected(self, state: int) -> list[bool]:
        """Whether the loss depends on a state after each step."""
        calls = [gradients.states[state] for _, gradients in self.calls]
        return [any(array is not None for array in arrays) for arrays in zip(*calls, strict=True)]


class TapedPass:
    """A pass on concrete tensors; ``backward`` takes gradients from the outputs to all weights.

    Raises:
        KerasFailed: Keras raised an error on one of the layers.
    """

    def __init__(
        self, model: Model, built: BuiltModel, entering: Mapping[str, Any], symbols: Pass
    ) -> None:
        self.loops: list[TapedLoop] = []
        self.layers: list[TapedLayer] = []
        self.weights: dict[int, Bands | None] = {}
        self._nodes: dict[tuple[int, str], TapedNode] = {}
        self._model, self._built = model, built
        self.passed = through(model, built, entering, symbols, self._call)

    def _call(
        self, node: Node, built: BuiltModel, passed: Pass, masks: Masks, symbols: Pass | None
    ) -> None:
        """Calls a layer on copies of what it reads, so that each has a gradient of its own."""
        import tensorflow as tf

        reads = {ref: tf.identity(passed[ref]) for ref in node.reads}
        for ref, copy in reads.items():
            put_mask(copy, mask_of(passed[ref]))
        local = Pass({}, {}, passed.masks, passed.masked)
        for ref, copy in reads.items():
            local.tensors.setdefault(ref.node, {})[ref.tensor] = copy
        layer = built.layers.get(node.shared_with or node.layer.name)
        layers = [*recurrent_layers(node.layer, layer, node.layer.name)]
        loops: list[TapedLoop] = []
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([copy for copy in reads.values() if _is_float(copy)])

            def run(loop: InnerLoop) -> tuple[Any, list[Any]]:
                with tape.stop_recording():
                    taped = _taped(loop)
                tape.watch([taped.outputs, *taped.states])
                loops.append(taped)
                return taped.outputs, taped.states

            with loops_run_by(run, [inner.layer for inner in layers]):
                call_node(node, built, local, masks, symbols)
        outputs = passed.tensors[node.layer.name] = local.tensors[node.layer.name]
        for ref, copy in reads.items():
            if mask_of(copy) is None:
                # Attention removes the masks of what it reads.
                put_mask(passed[ref], None)
        self.loops += loops
        in_loops = {id(weight) for one in layers for weight in one.layer.cell.trainable_weights}
        own = [] if layer is None else layer.trainable_weights
        weights = [weight for weight in own if id(weight) not in in_loops]
        key = (id(passed), node.layer.name)
        self._nodes[key] = TapedNode(tape, reads, outputs, layers, loops, weights)

    def backward(self, gradients: AtTensors, tick: Callable[[], None]) -> None:
        """Goes backward from the gradients at the outputs; fills ``layers`` and ``weights``."""
        self._backward(self._model, self._built, self.passed, gradients, "", tick)
        self.layers.reverse()

    def _backward(
        self,
        model: Model,
        built: BuiltModel,
        passed: Pass,
        gradients: AtTensors,
        prefix: str,
        tick: Callable[[], None],
    ) -> None:
        for place in reversed(run_order(model)):
            node = model.nodes[place]
            name = node.layer.name
            if not is_model(node.layer):
                taped = self._nodes[id(passed), name]
                arriving = self._through_loops(taped, _at(node, taped, gradients), prefix, tick)
                self._through_node(taped, arriving, gradients)
                continue
            inner: Model = node.layer["model"]
            inside: AtTensors = {}
            for output, ref in zip(output_names(node.layer), inner.outputs, strict=True):
                _add(inside, ref, gradients.get(TensorRef(name, output)))
            path = f"{prefix}{name}/"
            self._backward(inner, built.models[name], passed.inside[name], inside, path, tick)
            for model_input, ref in zip(inner.inputs, node.inbound, strict=True):
                _add(gradients, ref, inside.get(TensorRef(model_input.name)))

    def _through_loops(
        self,
        taped: TapedNode,
        arriving: list[tuple[Any, Bands]],
        prefix: str,
        tick: Callable[[], None],
    ) -> list[tuple[Any, Bands]]:
        """Goes backward through the loops of a layer, given the gradients at what it returned;
        returns these with those at what entered the loops."""
        calls: dict[tuple[int, int], list[tuple[TapedLoop, LoopGradients]]] = {}
        for one in reversed(taped.loops):
            at_outputs, *at_states = _vector_jacobian(taped, arriving, [one.outputs, *one.states])
            states = [state.numpy() for state in one.states]
            inside = loop_gradients(one.loop, states, at_outputs, at_states, tick)
            # A layer that is shared inside a model may be called on sequences of other lengths.
            key = (id(one.loop.layer), one.loop.steps.shape[0])
            calls.setdefault(key, []).append((one, inside))
            entered = zip(
                [one.loop.steps, *one.loop.initial_state],
                [inside.steps, *inside.initial_state],
                strict=True,
            )
            arriving = arriving + [(tensor, bands) for tensor, bands in entered if bands]
            cell_weights = one.loop.layer.cell.trainable_weights
            for weight, bands in zip(cell_weights, inside.weights, strict=True):
                self._add_weight(weight, bands)
        layers = {id(inner.layer): inner for inner in taped.layers}
        for (layer, _), ran in calls.items():
            inner = layers[layer]
            self.layers.append(TapedLayer(f"{prefix}{inner.path}", inner.direction, ran))
        return arriving

    def _through_node(
        self, taped: TapedNode, arriving: list[tuple[Any, Bands]], gradients: AtTensors
    ) -> None:
        """Adds the gradients at what a layer reads, and at its weights outside the loops."""
        weights = [weight.value for weight in taped.weights]
        reads = _floats(taped.reads)
        returned = _vector_jacobian(taped, arriving, [*reads.values(), *weights])
        for ref, bands in zip(reads, returned, strict=False):
            _add(gradients, ref, bands)
        for weight, bands in zip(taped.weights, returned[len(reads) :], strict=True):
            self._add_weight(weight, bands)

    def _add_weight(self, weight: Any, bands: Bands | None) -> None:
        self.weights[id(weight)] = merged(self.weights.get(id(weight)), bands)


def _taped(loop: InnerLoop) -> TapedLoop:
    """Runs a loop in a graph."""
    import tensorflow as tf

    outputs, states = tf.function(lambda: scanned(loop, zeros_for(loop)), autograph=False)()
    return TapedLoop(loop, outputs, states)


def _at(node: Node, taped: TapedNode, gradients: AtTensors) -> list[tuple[Any, Bands]]:
    """Returns the tensors that a layer returned, with the gradients at them."""
    pairs = [
        (tensor, gradients.get(TensorRef(node.layer.name, output)))
        for output, tensor in taped.outputs.items()
    ]
    return [(tensor, bands) for tensor, bands in pairs if bands is not None]


def _vector_jacobian(
    taped: TapedNode, arriving: list[tuple[Any, Bands]], sources: list[Any]
) -> list[Bands | None]:
    """Returns the gradients at ``sources``, given those at the tensors that depend on them."""
    import tensorflow as tf

    returned: list[Bands | None] = [None] * len(sources)
    for band in {band for _, bands in arriving for band in bands}:
        targets = [(tensor, bands[band]) for tensor, bands in arriving if band in bands]
        gradients = taped.tape.gradient(
            [tensor for tensor, _ in targets],
            sources,
            output_gradients=[tf.constant(array, tensor.dtype) for tensor, array in targets],
        )
        for number, gradient in enumerate(gradients):
            if gradient is not None:
                array = tf.convert_to_tensor(gradient).numpy()
                returned[number] = merged(returned[number], {band: array})
    return returned


def _add(gradients: AtTensors, ref: TensorRef, bands: Bands | None) -> None:
    total = merged(gradients.get(ref), bands)
    if total is not None:
        gradients[ref] = total


def _floats(tensors: Mapping[TensorRef, Any]) -> dict[TensorRef, Any]:
    return {ref: tensor for ref, tensor in tensors.items() if _is_float(tensor)}


def _is_float(tensor: Any) -> bool:
    return "float" in dtype_of(tensor)
