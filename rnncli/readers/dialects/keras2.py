"""The dialect of Keras 2: standalone Keras 2.0 to 2.3, and the Keras in TensorFlow 1 and 2.

Its architectures are rewritten into those of Keras 3, and then read as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from rnncli.readers.checked import as_list, as_mapping, as_text
from rnncli.readers.dialects import keras3
from rnncli.readers.dialects.changes import Changes, Container
from rnncli.readers.dialects.handed_masks import with_handed_masks
from rnncli.readers.dialects.keras2_layers import Layers
from rnncli.readers.dialects.keras2_nodes import Nodes, tensor_of
from rnncli.readers.dialects.keras2_operations import OPERATION_LAYERS, operation
from rnncli.readers.saved import SavedLayer, SavedModel

# What Keras 2 calls a model, over the years.
MODELS = ("Sequential", "Functional", "Model", "Network", "Container")
# The key of a rewritten layer with the class that it has in the file.
WRITTEN_AS = "written_as"


def match(architecture: Mapping[str, Any], keras: str | None) -> bool:
    """Whether Keras 2 wrote this architecture."""
    version = keras or architecture.get("keras_version")
    if isinstance(version, str):
        return version.startswith("2") or version.endswith("-tf")
    # Keras 3 writes the calls of a layer as mappings, Keras 2 as lists.
    return any(_has_old_calls(entry) for entry in _entries(architecture))


def open_model(
    architecture: Mapping[str, Any],
    source: str,
    changes: Changes | None = None,
) -> SavedModel:
    """The model that the architecture describes, with what has changed since as its problems.

    ``changes`` are those that an older dialect already knows of.

    Raises:
        Malformed: it is not what Keras 2 writes.
    """
    if changes is None:
        changes = Changes(_container_of(architecture), source)
    document = upgraded(architecture, changes)
    saved = with_handed_masks(keras3.open_model(document, source), changes)
    problems = (*changes.problems(), *saved.problems)
    return replace(_with_old_classes(saved, document), problems=problems)


def upgraded(architecture: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """The architecture as Keras 3 would have written it.

    The calls of a model inside are counted from 0.

    Raises:
        Malformed: it is not what Keras 2 writes.
    """
    return _Upgrade(changes).model(architecture)


def _entries(architecture: Mapping[str, Any]) -> Sequence[Any]:
    config = architecture.get("config")
    layers = config.get("layers") if isinstance(config, Mapping) else config
    return layers if isinstance(layers, list) else ()


def _has_old_calls(entry: Any) -> bool:
    if not isinstance(entry, Mapping):
        return False
    config = entry.get("config")
    if isinstance(config, Mapping) and "batch_input_shape" in config:
        return True
    nodes = entry.get("inbound_nodes")
    return isinstance(nodes, list) and any(isinstance(node, list) for node in nodes)


def _container_of(architecture: Mapping[str, Any]) -> Container:
    """What kind of file the architecture is from: only JSON tells the version inside."""
    if "keras_version" in architecture:
        return "json"
    return "zip" if "module" in architecture else "h5"


def _with_old_classes(saved: SavedModel, document: Mapping[str, Any]) -> SavedModel:
    """The model, with the classes in the file of the layers that have another one now."""
    entries = {entry["name"]: entry for entry in document["config"].get("layers", ())}
    return replace(
        saved,
        layers=tuple([_with_old_class(layer, entries.get(layer.name)) for layer in saved.layers]),
    )


def _with_old_class(layer: SavedLayer, entry: Mapping[str, Any] | None) -> SavedLayer:
    if entry is None:
        return layer
    model = layer.model and _with_old_classes(layer.model, entry)
    return replace(layer, model=model, written_as=entry.get(WRITTEN_AS))


class _Upgrade:
    """Rewrites an architecture of Keras 2 as one of Keras 3."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._layers = Layers(changes, self.model)

    def model(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A model: the whole one, one inside it, or one that a wrapper holds."""
        cls = as_text(document.get("class_name"), "the class of a model")
        config = document.get("config")
        if isinstance(config, list):
            self._changes.note("sequential-list")
            config = {"layers": config}
        config = as_mapping({} if config is None else config, "the config of a model")
        name = document.get("name") or config.get("name") or cls.lower()
        if "layers" not in config:
            return {"class_name": cls, "config": {"name": name}, "name": name}
        entries = [
            as_mapping(entry, "a layer")
            for entry in as_list(config["layers"], "the layers of a model")
        ]
        if "output_layers" in config:
            if self._changes.container == "zip":
                self._changes.note("keras-2-zip")
            layers = self._graph(entries)
            nodes = Nodes(entries)
            rest: dict[str, Any] = {
                "input_layers": _ends(config.get("input_layers", []), nodes),
                "output_layers": _ends(config["output_layers"], nodes),
            }
            cls = "Functional"
        else:
            layers, cls = self._chain(entries), "Sequential"
            shape = config.get("build_input_shape")
            rest = {} if shape is None else {"build_input_shape": shape}
        return {
            "class_name": cls,
            "module": "keras.models" if cls == "Sequential" else "keras.src.models.functional",
            "config": {"name": name, "layers": layers, **rest},
            "name": name,
            keras3.COUNTED: True,
        }

    def _graph(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        nodes = Nodes(entries)
        layers = []
        for entry in entries:
            if entry.get("class_name") in OPERATION_LAYERS:
                layers.append(operation(entry, nodes, self._changes))
                continue
            layer = self._layer(entry)
            calls, from_inputs = nodes.calls(layer, entry)
            if layer["config"].pop("causal", False):
                # An argument of the call since TensorFlow 2.10.
                for call in calls:
                    call["kwargs"]["use_causal_mask"] = True
            if from_inputs:
                self._changes.note("states-as-inputs", layer["name"])
            layers.append({**layer, "inbound_nodes": calls})
        return layers

    def _chain(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The layers of a Sequential model, with an input layer in front."""
        layers = []
        for index, entry in enumerate(entries):
            own = entry.get("config")
            own = own if isinstance(own, Mapping) else {}
            first_shape = own.get("batch_input_shape")
            if index == 0 and first_shape is not None and entry.get("class_name") != "InputLayer":
                self._changes.note("batch-input-shape", str(own.get("name")))
                name = f"{own.get('name', 'layer')}_input"
                layers.append(input_layer(name, first_shape, own.get("dtype")))
            layers.append(self._layer(entry))
        return layers

    def _layer(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        cls = as_text(entry.get("class_name"), "the class of a layer")
        config = entry.get("config")
        if cls in MODELS and (
            isinstance(config, list) or (isinstance(config, Mapping) and "layers" in config)
        ):
            layer = self.model(entry)
        else:
            layer = self._layers.layer(entry)
            if layer["class_name"] != cls:
                layer[WRITTEN_AS] = cls
        if "build_config" in entry:
            layer["build_config"] = entry["build_config"]
        return layer


def input_layer(name: str, shape: Any, dtype: Any) -> dict[str, Any]:
    """An input layer, as Keras 3 writes it."""
    return {
        "class_name": "InputLayer",
        "module": "keras.layers",
        "name": name,
        "config": {
            "name": name,
            "batch_shape": shape,
            "dtype": dtype if isinstance(dtype, str) else "float32",
        },
    }


def _ends(written: Any, nodes: Nodes) -> Any:
    """The inputs or the outputs of a model, with the calls of models inside counted from 0."""
    if isinstance(written, Mapping):
        return {str(key): _ends(value, nodes) for key, value in written.items()}
    ends = list(_flat_ends(written, nodes))
    # Keras 2 writes a single one as a list of one, Keras 3 as itself.
    return ends[0] if len(ends) == 1 else ends


def _flat_ends(written: Any, nodes: Nodes) -> Iterator[Any]:
    entries = as_list(written, "the inputs and outputs of a model")
    if entries and isinstance(entries[0], str):
        yield tensor_of(entries, nodes.firsts)["config"]["keras_history"]
    else:
        # States of several cells are lists in the list.
        for entry in entries:
            yield from _flat_ends(entry, nodes)
