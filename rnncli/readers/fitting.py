"""A file of weights, and a config that was planned → which arrays belong to which layer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from rnncli.analysis.as_stored import as_stored
from rnncli.analysis.file_agreement import agree_with_file, misfit
from rnncli.config.spec import ModelSpec
from rnncli.model.binding import bind
from rnncli.model.graph import KerasObject, Model
from rnncli.model.run_order import layer_order
from rnncli.model.stack import is_stack
from rnncli.model.tensor_names import is_model
from rnncli.problems import Problem, errors
from rnncli.readers.containers.container import Container, refuse_file
from rnncli.readers.containers.opening import open_container
from rnncli.readers.saved import SavedLayer, SavedModel
from rnncli.readers.weights import Weights, weights_by_layer
from rnncli.report.layer import Layer
from rnncli.report.model_file import ModelFile
from rnncli.report.report import Report


def with_weights(spec: ModelSpec, planned: Report, path: str) -> tuple[ModelSpec, Problem | None]:
    """A model with the weights of a file, and the problem if they do not fit its plan.

    A plan with errors is not compared: its model is not built.

    Raises:
        ConfigError: the file cannot be read, or has no weights.
    """
    if errors(planned.problems):
        return spec, None
    file = _fitted(path, bind(spec), planned)
    problem = misfit(agree_with_file(as_stored(planned, file), file), planned.source, path)
    if spec.file is not None:
        # The architecture is of another file, and its Keras says what the layers compute.
        file = replace(
            spec.file, path=path, format=file.format, backend=file.backend, weights=file.weights
        )
    return replace(spec, file=file), problem


def _fitted(path: str, model: Model, report: Report) -> ModelFile:
    """The arrays of a file by the layers of a config.

    A layer has those that the file stores under its name; where the names of the file are not
    those of the config, its layers that have weights are taken in order. A part of the names says
    little: Keras numbers layers without a name of their own.
    """
    container = open_container(path)
    if container is None or (container.layer_weights is None and container.arrays is None):
        is_there = os.path.isfile(path)
        refuse_file(
            path,
            "no-weights",
            "this file has no weights of a Keras model" if is_there else "there is no such file",
            "name a .weights.h5, .h5 or .keras file",
        )
    weights, unclaimed = min(
        (weights_by_layer(container, layout) for layout in _layouts(container, model, path)),
        key=lambda claims: len(claims[1]),
    )
    own = _by_name_or_order(weights or {}, model, report)
    return container.file(path, own, unclaimed)


def _by_name_or_order(stored: Weights, model: Model, report: Report) -> Weights:
    stored = {path: entries for path, entries in stored.items() if entries}
    having = {path for path, layer in _layers(report.layers, "") if _has_weights(layer)}
    # Files list layers in Keras's order, which may not be that of the config.
    planned = [path for path in _paths(model, "") if path in having]
    if {*stored} == {*planned} or len(stored) != len(planned):
        return stored
    return dict(zip(planned, stored.values(), strict=True))


def _layers(layers: Sequence[Layer], prefix: str) -> Iterator[tuple[str, Layer]]:
    for layer in layers:
        if layer.is_model:
            yield from _layers(layer.layers, f"{prefix}{layer.name}/")
        else:
            yield prefix + layer.name, layer


def _paths(model: Model, prefix: str) -> Iterator[str]:
    """The paths of a model's layers in Keras's order, then those that no output depends on."""
    order = layer_order(model)
    for place in [*order, *(place for place in range(len(model.nodes)) if place not in order)]:
        layer = model.nodes[place].layer
        if is_model(layer):
            yield from _paths(layer["model"], f"{prefix}{layer.name}/")
        else:
            yield prefix + layer.name


def _has_weights(layer: Layer) -> bool:
    return not layer.shared_with and bool(layer.params and layer.params.total)


def _layouts(container: Container, model: Model, path: str) -> list[SavedModel]:
    """What the layers of the file may be: its own architecture, or that of the config."""
    from rnncli.readers.reading import saved_model

    if container.architecture is not None:
        return [saved_model(container.architecture, container.keras, path)]
    if container.layer_weights is not None:
        names = [SavedLayer(name=name, cls="", kind="layer") for name in container.layer_weights]
        return [SavedModel(name=path, layers=tuple(names), inputs=(), outputs=())]
    # A model inside may have been a Sequential, which files number apart.
    return [_as_saved(model, is_stack), _as_saved(model, lambda inner: False)]


def _as_saved(model: Model, is_sequential: Callable[[Model], bool]) -> SavedModel:
    """The layers of a config as a file lists them; Keras 3 numbers arrays by class and order."""
    layers = tuple(
        _saved_layer(model.nodes[place].layer, is_sequential) for place in layer_order(model)
    )
    return SavedModel(
        name=model.name,
        layers=layers,
        inputs=(),
        outputs=(),
        is_sequential=is_sequential(model),
    )


def _saved_layer(layer: KerasObject, is_sequential: Callable[[Model], bool]) -> SavedLayer:
    if is_model(layer):
        inner = _as_saved(layer["model"], is_sequential)
        return SavedLayer(name=layer.name, cls=layer.cls, kind="model", model=inner)
    kind: Any = "operation" if layer.is_operation else "layer"
    config = {name: _written(value, is_sequential) for name, value in layer.arguments.items()}
    return SavedLayer(name=layer.name, cls=layer.cls, kind=kind, config=config)


def _written(value: Any, is_sequential: Callable[[Model], bool]) -> Any:
    """An argument as Keras writes it into a file."""
    if isinstance(value, list):
        return [_written(item, is_sequential) for item in value]
    if not isinstance(value, KerasObject):
        return value
    if is_model(value):
        inner: Model = value["model"]
        nodes = [inner.nodes[place] for place in layer_order(inner)]
        layers = [_written(node.layer, is_sequential) for node in nodes]
        cls = "Sequential" if is_sequential(inner) else "Functional"
        return {"class_name": cls, "config": {"layers": layers}}
    config: Mapping[str, Any] = {
        name: _written(argument, is_sequential) for name, argument in value.arguments.items()
    }
    return {"class_name": value.cls, "config": config}
