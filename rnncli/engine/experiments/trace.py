"""Runs a model once, and looks into its recurrent and attention layers.

The gates of every step are computed in numpy from the layer's weights and from the states that
Keras has before the step. The states that follow from them are compared with Keras: with those of
the layer's own cell called step by step, with what the layer returns for every step, and with what
it returned in the run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import isfinite
from typing import Any

import msgspec
from msgspec import UNSET

from rnncli.config import ModelSpec
from rnncli.engine.attention_scores import attention_trace
from rnncli.engine.graphs import full_precision, graph
from rnncli.engine.importing import import_keras
from rnncli.engine.input_tensors import input_tensors
from rnncli.engine.layer_calls import NamedCall, directions, named_calls, watched
from rnncli.engine.layer_trace import layer_traces
from rnncli.engine.passing import BuiltModel, through
from rnncli.engine.random_inputs import symbols
from rnncli.engine.recurrent_states import all_states
from rnncli.engine.recurrent_steps import SequenceCall
from rnncli.engine.running import seed_all, versions
from rnncli.engine.settings import as_planned
from rnncli.engine.stored_weights import built_layers, load_weights
from rnncli.engine.tensors import numbers_of
from rnncli.engine.tolerances import Difference, merged
from rnncli.engine.tracing import graph_errors
from rnncli.model.binding import bind
from rnncli.model.lengths import Lengths
from rnncli.model.runnable import runnable
from rnncli.problems import problem_of_file
from rnncli.report.trace import AttentionTrace, LayerTrace, Trace, TraceAgreement
from rnncli.suggestions import listed


def trace(
    spec: ModelSpec,
    batch: int | None,
    length: Lengths | None,
    seed: int,
    *,
    names: Collection[str] | None,
    sequence: int,
    unit: int | None,
    progress: Callable[[int, int], None],
) -> Trace:
    """Runs a model without problems, and returns what happens in its layers.

    ``names`` are the layers to look into; None for all. ``sequence`` counts from 1.
    ``progress`` is called with the number of layers that are traced, and of all.

    Raises:
        EngineMissing: Keras, or the engine below it, cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
        WeightsDoNotFit: the model is from a file whose arrays do not fit a layer.
    """
    keras = import_keras(None)
    with as_planned(keras), full_precision():
        seed_all(seed)
        model = runnable(bind(spec))
        batch = batch or model.batch or 1
        entering = input_tensors(spec.data, model, batch, length, seed)
        built = BuiltModel()
        inferred = through(model, built, symbols(model, batch))
        if spec.file is not None:
            load_weights(built_layers(built), spec.file, strict=not spec.settings)
        seen: list[NamedCall] = []

        def forward(tensors: Any) -> list[dict[str, Any]]:
            with watched(built.flat_layers()) as calls:
                through(model, built, tensors, inferred)
            named = named_calls(model, built, calls)
            seen[:] = [call for call in named if names is None or call.name in names]
            return [call.call.tensors for call in seen]

        with graph_errors(model, lambda: through(model, built, entering, inferred)):
            ran = graph(forward, built)(dict(entering))
        layers, attention, difference = _traces(seen, ran, built, sequence - 1, unit, progress)
        record = Trace(
            name=model.name,
            source=model.source,
            versions=versions(),
            batch=batch,
            seed=seed,
            data=UNSET if spec.data is None else spec.data.path,
            sequence=sequence,
            layers=tuple(layers),
            attention=tuple(attention),
            agreement=TraceAgreement(
                agrees=difference.agrees,
                largest_difference=difference.shown,
                tolerance=difference.tolerance if isfinite(difference.tolerance) else None,
            ),
        )
        return record if difference.agrees else _with_problem(record)


def _with_problem(trace: Trace) -> Trace:
    """The trace, with the error that Keras computes other numbers."""
    layers = [layer for layer in trace.traces if not layer.agrees]
    names = listed(dict.fromkeys(layer.name for layer in layers))
    differs = problem_of_file(
        trace.source,
        "trace-differs",
        f"the replay of {names} gives other numbers than Keras",
        "report it, with the config: rnncli or Keras is wrong",
    )
    return msgspec.structs.replace(trace, problems=(differs,))


def _traces(
    seen: list[NamedCall],
    ran: list[Any],
    built: BuiltModel,
    sequence: int,
    unit: int | None,
    progress: Callable[[int, int], None],
) -> tuple[list[LayerTrace], list[AttentionTrace], Difference]:
    layers: list[LayerTrace] = []
    attention: list[AttentionTrace] = []
    differences: list[Difference] = []
    # A layer that is called again runs in the graph of its first call.
    graphs: dict[int, Callable[..., Any]] = {}
    for done, (call, tensors) in enumerate(zip(seen, ran, strict=True)):
        progress(done, len(seen))
        if "scores" in tensors:
            scores, difference = attention_trace(call, tensors, sequence)
            attention += [scores] if scores else []
        else:
            witnesses = _witnesses(call.call.layer, tensors, built, graphs, sequence)
            traced, difference = layer_traces(call, witnesses, tensors, sequence, unit)
            layers += traced
        differences.append(difference)
    return layers, attention, merged(differences)


def _witnesses(
    layer: Any,
    tensors: dict[str, Any],
    built: BuiltModel,
    graphs: dict[int, Callable[..., Any]],
    sequence: int,
) -> list[SequenceCall]:
    """The calls of a layer's directions for one sequence, with the states after every step."""
    import keras

    calls = []
    for rnn, initial_state in zip(directions(layer), tensors["initial_state"], strict=True):

        def run(sequences: Any, mask: Any, initial_state: Any, rnn: Any = rnn) -> tuple[Any, Any]:
            states, outputs = all_states(rnn, sequences, mask, initial_state)
            return states[sequence], outputs[sequence]

        run_in_graph = graphs.setdefault(id(rnn), graph(run, built))
        mask = tensors["mask"]
        states, outputs = run_in_graph(tensors["sequences"], mask, initial_state)
        flat = keras.tree.flatten(initial_state)
        calls.append(
            SequenceCall(
                layer=rnn,
                inputs=_computed(tensors["sequences"][sequence], rnn),
                mask=None if mask is None else numbers_of(mask)[sequence].reshape(-1).astype(bool),
                initial_state=[_computed(state[sequence], rnn) for state in flat],
                states=numbers_of(states),
                outputs=numbers_of(outputs),
            )
        )
    return calls


def _computed(tensor: Any, layer: Any) -> Any:
    """A tensor as the layer reads it: rounded to its dtype."""
    import keras

    return numbers_of(keras.ops.cast(tensor, layer.compute_dtype))
