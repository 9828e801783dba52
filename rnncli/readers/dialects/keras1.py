"""The dialects of Keras 1, and of Keras 0.3, which had no name for the class of a layer.

Their architectures are rewritten into those of Keras 2, and then read as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnncli.readers.checked import Malformed, as_list, as_mapping, as_text
from rnncli.readers.dialects import keras2
from rnncli.readers.dialects.changes import Changes
from rnncli.readers.dialects.keras1_layers import OLD_ARGUMENTS, layer, merge
from rnncli.readers.saved import SavedModel

_MODELS = ("Model", "Container", "Functional")
_DTYPES = {"float": "float32", "int": "int32"}


def match(architecture: Mapping[str, Any], keras: str | None) -> bool:
    """Whether Keras 1, or one before it, wrote this architecture."""
    version = keras or architecture.get("keras_version")
    if isinstance(version, str):
        return version.startswith(("0.", "1."))
    if "class_name" not in architecture:
        return architecture.get("name") in ("Sequential", "Graph")
    config = architecture.get("config")
    entries = config.get("layers") if isinstance(config, Mapping) else config
    return isinstance(entries, list) and any(_is_old(entry) for entry in entries)


def open_model(architecture: Mapping[str, Any], source: str) -> SavedModel:
    """The model that the architecture describes, with what has changed since as its problems.

    Raises:
        Malformed: it is not what Keras 1 writes.
    """
    changes = Changes("h5", source)
    changes.note("keras-1")
    return keras2.open_model(_model(architecture), source, changes)


def _is_old(entry: Any) -> bool:
    config = entry.get("config") if isinstance(entry, Mapping) else None
    return isinstance(config, Mapping) and not OLD_ARGUMENTS.isdisjoint(config)


def _model(document: Mapping[str, Any]) -> dict[str, Any]:
    """A model in the dialect of Keras 2."""
    cls = document.get("class_name", document.get("name"))
    config = document.get("config", document)
    if cls == "Graph":
        return _graph(as_mapping(config, "the config of a Graph"))
    if cls in _MODELS:
        return _functional(as_mapping(config, "the config of a model"))
    if cls != "Sequential":
        raise Malformed(f"{cls} is no model of Keras 1")
    layers = config.get("layers") if isinstance(config, Mapping) else config
    return _Stack().document(as_list(layers, "the layers of a Sequential"))


def _functional(config: Mapping[str, Any]) -> dict[str, Any]:
    entries = []
    for written in as_list(config.get("layers"), "the layers of a model"):
        entry = as_mapping(written, "a layer")
        rewritten = _entry(entry)
        entries.append(
            {
                **rewritten,
                "name": as_text(entry.get("name"), "the name of a layer"),
                "inbound_nodes": entry.get("inbound_nodes", []),
            }
        )
    ends = {key: config.get(key, []) for key in ("input_layers", "output_layers")}
    name = config.get("name") or "model"
    return {"class_name": "Model", "config": {"name": name, "layers": entries, **ends}}


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A layer, or a model inside."""
    if entry.get("class_name") in ("Sequential", "Graph", *_MODELS):
        return _model(entry)
    return layer(entry)


class _Stack:
    """A Sequential model as a graph: its first layer may merge several others.

    Keras 1 stores the weights of models inside by the names of their layers, so that these are
    layers of the whole model.
    """

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._names: dict[str, int] = {}
        self._inputs: list[str] = []

    def document(self, written: Sequence[Any]) -> dict[str, Any]:
        """The model in the dialect of Keras 2."""
        last = self._chain(written, None)
        if last is None:
            raise Malformed("a Sequential must have a layer")
        if len(self._inputs) == 1 and not any(
            len(node) > 1 for entry in self._entries for node in entry["inbound_nodes"]
        ):
            config = {"name": "sequential", "layers": self._entries}
            return {"class_name": "Sequential", "config": config}
        return {
            "class_name": "Model",
            "config": {
                "name": "sequential",
                "layers": self._entries,
                "input_layers": [[name, 0, 0] for name in self._inputs],
                "output_layers": [[last, 0, 0]],
            },
        }

    def _chain(self, written: Sequence[Any], last: str | None) -> str | None:
        """Adds layers, each reading the one before it, and gives the name of the last one."""
        for item in written:
            entry = _with_class(as_mapping(item, "a layer"))
            config = entry["config"]
            if entry["class_name"] == "Sequential":
                inner = config.get("layers") if isinstance(config, Mapping) else config
                last = self._chain(as_list(inner, "the layers of a Sequential"), last)
                continue
            config = as_mapping(config, "the config of a layer")
            if entry["class_name"] == "Merge" and "layers" in config:
                branches = as_list(config["layers"], "the layers of a Merge")
                ends = [self._chain([branch], None) for branch in branches]
                if None in ends:
                    raise Malformed("a Merge must merge layers")
                last = self._add(layer(entry), [name for name in ends if name is not None])
                continue
            if last is None and entry["class_name"] != "InputLayer":
                last = self._input(entry["class_name"], config)
            last = self._add(_entry(entry), [] if last is None else [last])
            if entry["class_name"] == "InputLayer":
                self._inputs.append(last)
        return last

    def _input(self, cls: str, config: Mapping[str, Any]) -> str:
        """Adds an input layer for the first layer of a chain."""
        shape = config.get("batch_input_shape")
        if shape is None:
            own = config.get("input_shape")
            if own is None and config.get("input_dim") is not None and cls != "Embedding":
                own = [config["input_dim"]]
                if "input_length" in config:
                    own = [config["input_length"], *own]
            if own is None and cls == "Embedding":
                own = [config.get("input_length")]
            if own is None:
                raise Malformed("the first layer of a Sequential must have an input shape")
            shape = [None, *as_list(own, "an input shape")]
        name = f"{_stem(cls, config)}_input"
        written = {
            "name": name,
            "batch_input_shape": shape,
            "input_dtype": config.get("input_dtype"),
        }
        name = self._add({"class_name": "InputLayer", "config": written}, [])
        self._inputs.append(name)
        return name

    def _add(self, entry: dict[str, Any], reads: Sequence[str]) -> str:
        config = entry["config"]
        stem = _stem(str(entry["class_name"]), config if isinstance(config, Mapping) else {})
        count = self._names[stem] = self._names.get(stem, 0) + 1
        name = stem if count == 1 else f"{stem}_{count}"
        nodes = [[[read, 0, 0] for read in reads]] if reads else []
        self._entries.append(
            {**entry, "config": {**config, "name": name}, "name": name, "inbound_nodes": nodes}
        )
        return name


def _stem(cls: str, config: Mapping[str, Any]) -> str:
    name = config.get("name")
    return name if isinstance(name, str) and name else cls.lower()


def _with_class(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A layer of Keras 0.3, whose ``name`` is its class, as Keras 1 writes it."""
    if "class_name" in entry:
        return {"class_name": str(entry["class_name"]), "config": entry.get("config", {})}
    cls = as_text(entry.get("name"), "the class of a layer")
    inner = entry.get("layer")
    config = {**entry, "name": entry.get("custom_name")}
    if isinstance(inner, Mapping):
        config["layer"] = _with_class(inner)
    return {"class_name": cls, "config": config}


def _graph(config: Mapping[str, Any]) -> dict[str, Any]:
    """A Graph of Keras 0.3: nodes by name, each with the names of those that it reads."""
    entries: list[dict[str, Any]] = []
    inputs = []
    for written in as_list(config.get("input_config"), "the inputs of a Graph"):
        described = as_mapping(written, "an input of a Graph")
        name = as_text(described.get("name"), "the name of an input")
        shape = described.get("batch_input_shape")
        if shape is None:
            shape = [None, *as_list(described.get("input_shape"), "the shape of an input")]
        own = {"name": name, "batch_input_shape": shape, "input_dtype": _dtype(described)}
        entries.append({"class_name": "InputLayer", "config": own, "name": name})
        inputs.append([name, 0, 0])
    nodes = as_mapping(config.get("nodes"), "the nodes of a Graph")
    for written in as_list(config.get("node_config"), "the nodes of a Graph"):
        node = as_mapping(written, "a node of a Graph")
        name = as_text(node.get("name"), "the name of a node")
        entry = _entry(_with_class(as_mapping(nodes.get(name), f"the node {name}")))
        reads = _read(node, f"{name}_merged", entries)
        own = {**entry["config"], "name": name}
        entries.append({**entry, "config": own, "name": name, "inbound_nodes": [[reads]]})
    outputs = []
    for written in as_list(config.get("output_config"), "the outputs of a Graph"):
        output = as_mapping(written, "an output of a Graph")
        outputs.append(_read(output, as_text(output.get("name"), "the name of an output"), entries))
    ends = {"input_layers": inputs, "output_layers": outputs}
    return {"class_name": "Model", "config": {"name": "graph", "layers": entries, **ends}}


def _dtype(described: Mapping[str, Any]) -> Any:
    """The dtype of an input of a Graph, which has a kind of number in its place."""
    dtype = described.get("dtype")
    return _DTYPES.get(dtype, dtype) if isinstance(dtype, str) else None


def _read(node: Mapping[str, Any], name: str, entries: list[dict[str, Any]]) -> list[Any]:
    """What a node reads; where it reads several, they are merged by a layer of this name."""
    several = as_list(node.get("inputs") or [], "what a node reads")
    if not several:
        return [as_text(node.get("input"), "what a node reads"), 0, 0]
    config = {"name": name, "mode": node.get("merge_mode", "concat")}
    config |= {key: node[key] for key in ("concat_axis", "dot_axes") if key in node}
    merged = merge(config)
    reads = [[as_text(read, "what a node reads"), 0, 0] for read in several]
    entries.append({**merged, "name": name, "inbound_nodes": [reads]})
    return [name, 0, 0]
