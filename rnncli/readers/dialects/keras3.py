"""The dialect of Keras 3: ``config.json`` of a .keras file, ``to_json``, and Keras 3's HDF5."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.signatures import signatures
from rnncli.model.naming import snake_case
from rnncli.problems import problem_of_file
from rnncli.readers.checked import Malformed, as_list, as_mapping, as_text
from rnncli.readers.dialects.call_numbers import counted_from_0
from rnncli.readers.saved import (
    Kind,
    SavedCall,
    SavedConstant,
    SavedEllipsis,
    SavedLayer,
    SavedModel,
    SavedSlice,
    SavedTensor,
    Shape,
)

MODELS = ("Functional", "Sequential", "Model")
# A key of ours: the calls of the models inside are counted from 0 in the whole document.
COUNTED = "calls counted from 0"


def match(architecture: Mapping[str, Any], keras: str | None) -> bool:
    """Whether Keras 3 wrote this architecture."""
    if keras is not None:
        return keras.startswith("3")
    config = architecture.get("config")
    entries = config.get("layers") if isinstance(config, Mapping) else None
    # Only Keras 3 says of which module a class is, or a custom class's registered name.
    return "registered_name" in architecture or any(
        isinstance(entry, Mapping) and ("registered_name" in entry or "build_config" in entry)
        for entry in (entries if isinstance(entries, list) else ())
    )


def open_model(architecture: Mapping[str, Any], source: str) -> SavedModel:
    """The model that the architecture describes.

    Raises:
        Malformed: it is not what Keras 3 writes.
    """
    return _model(architecture, source)


def _model(document: Mapping[str, Any], source: str) -> SavedModel:
    config = as_mapping(document.get("config"), "the config of a model")
    cls = as_text(document.get("class_name"), "the class of a model")
    if "layers" not in config:
        return _subclassed(cls, config, source)
    name = as_text(config.get("name", "model"), "the name of a model")
    entries = as_list(config["layers"], "the layers of a model")
    layers = [
        _layer(as_mapping(entry, "a layer"), f"layer_{number}", source)
        for number, entry in enumerate(entries)
    ]
    if cls == "Sequential" or "output_layers" not in config:
        return _chain(name, layers, config, source)
    outputs, names = _ends(config["output_layers"], "output_layers")
    model = SavedModel(
        name=name,
        layers=tuple(layers),
        inputs=_ends(config.get("input_layers"), "input_layers")[0],
        outputs=outputs,
        output_names=names,
    )
    return model if document.get(COUNTED) else counted_from_0(model)


def _subclassed(cls: str, config: Mapping[str, Any], source: str) -> SavedModel:
    """A model whose layers are called by code, which is not in the file."""
    return SavedModel(
        name=str(config.get("name", cls)),
        layers=(),
        inputs=(),
        outputs=(),
        problems=(
            problem_of_file(
                source,
                "subclassed",
                f"{cls} is a subclass of Model: how it calls its layers is in its Python code, "
                "and not in the file",
                "call the model on keras.Input in Python, and give the result to rnncli.inspect",
            ),
        ),
    )


def _chain(
    name: str, layers: Sequence[SavedLayer], config: Mapping[str, Any], source: str
) -> SavedModel:
    """A Sequential model: each layer reads the one before it."""
    chained: list[SavedLayer] = []
    last: SavedTensor | None = None
    if not layers or layers[0].kind != "input":
        shape = config.get("build_input_shape") or (layers[0].input_shape if layers else None)
        if shape is None:
            unbuilt = problem_of_file(
                source,
                "unbuilt-model",
                f"{name} was saved before it was built: the shape of its input is not in the file",
                "call the model, or give it a keras.Input, before it is saved",
            )
            return SavedModel(name=name, layers=(), inputs=(), outputs=(), problems=(unbuilt,))
        entry = SavedLayer(
            name=_free(f"{layers[0].name}_input" if layers else "input", layers),
            cls="InputLayer",
            kind="input",
            config={"batch_shape": shape},
        )
        layers = [entry, *layers]
    for layer in layers:
        if last is None:
            chained.append(layer)
        else:
            read = SavedTensor(last.layer, shape=_shape(layer.input_shape))
            chained.append(_called(layer, SavedCall((read,))))
        last = SavedTensor(layer.name)
    assert last is not None
    return SavedModel(
        name=name,
        layers=tuple(chained),
        inputs=(SavedTensor(chained[0].name),),
        outputs=(last,),
        is_sequential=True,
    )


def _called(layer: SavedLayer, call: SavedCall) -> SavedLayer:
    return replace(layer, calls=(call,))


def _free(name: str, layers: Sequence[SavedLayer]) -> str:
    names = {layer.name for layer in layers}
    while name in names:
        name += "_"
    return name


def _layer(entry: Mapping[str, Any], automatic: str, source: str) -> SavedLayer:
    """A layer; ``automatic`` is its name if its author's ``get_config`` leaves the name out."""
    cls = as_text(entry.get("class_name"), "the class of a layer")
    config = as_mapping(entry.get("config"), f"the config of {cls}")
    name = entry.get("name") or config.get("name") or automatic
    kind = kind_of(entry)
    built = entry.get("build_config")
    model = None
    if kind == "model":
        model = _model(entry, source)
    registered = entry.get("registered_name")
    return SavedLayer(
        name=as_text(name, f"the name of a layer of class {cls}"),
        cls=registered if kind == "custom" and isinstance(registered, str) else cls,
        kind=kind,
        config=config,
        calls=tuple(_calls(entry.get("inbound_nodes", []))),
        model=model,
        input_shape=built.get("input_shape") if isinstance(built, Mapping) else None,
    )


def kind_of(entry: Mapping[str, Any]) -> Kind:
    """What an object of a file is: a layer of Keras, an operation, a custom layer or other.

    A class name alone does not tell: ``Add`` is a layer and an operation. The module does, and
    where HDF5 leaves it out, the arguments that all layers have.
    """
    cls = str(entry.get("class_name"))
    config = entry.get("config")
    config = config if isinstance(config, Mapping) else {}
    if cls in MODELS and "layers" in config:
        return "model"
    if cls in _KINDS:
        return _KINDS[cls]
    return "operation" if _is_operation(entry, cls, config) else _layer_kind(entry, cls)


_KINDS: Mapping[str, Kind] = {"InputLayer": "input", "Lambda": "lambda"}


def _is_operation(entry: Mapping[str, Any], cls: str, config: Mapping[str, Any]) -> bool:
    module = entry.get("module")
    if isinstance(module, str):
        return ".ops" in module or module.startswith("keras.src.random")
    if cls in signatures().layers and f"ops.{snake_case(cls)}" not in OPERATIONS:
        return False
    return "trainable" not in config and ">" not in cls and cls[:1].isupper()


def _layer_kind(entry: Mapping[str, Any], cls: str) -> Kind:
    module, registered = entry.get("module"), entry.get("registered_name")
    known = signatures()
    is_known = cls in known.layers or cls in known.aliases
    if isinstance(module, str):
        is_known = is_known and module.split(".")[0] in ("keras", "tf_keras")
    elif isinstance(registered, str) and ">" in registered:
        is_known = False
    return "layer" if is_known else "custom"


def _calls(nodes: Any) -> Iterator[SavedCall]:
    for node in as_list(nodes, "the calls of a layer"):
        call = as_mapping(node, "a call of a layer")
        yield SavedCall(
            tuple(value_of(value) for value in as_list(call.get("args", []), "args")),
            {
                str(key): value_of(value)
                for key, value in as_mapping(call.get("kwargs", {}), "kwargs").items()
            },
        )


def value_of(value: Any) -> Any:
    """A value in a call, with records in the place of tensors, slices and constants."""
    if isinstance(value, list):
        return [value_of(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    cls = value.get("class_name")
    if cls == "__tuple__":
        return [value_of(item) for item in as_list(value.get("items", []), "a tuple")]
    if isinstance(cls, str) and cls in _RECORDS:
        return _RECORDS[cls](as_mapping(value.get("config", {}), f"the config of {cls}"))
    return {str(key): value_of(item) for key, item in value.items()}


def _tensor(config: Mapping[str, Any]) -> SavedTensor:
    layer, call, index = as_list(config.get("keras_history"), "the history of a tensor", 3)
    shape = config.get("shape")
    return SavedTensor(
        as_text(layer, "the layer of a tensor"),
        _count(call),
        _count(index),
        _shape(shape),
        _dtype(config.get("dtype")),
    )


def _slice(config: Mapping[str, Any]) -> SavedSlice:
    ends = [config.get(name) for name in ("start", "stop", "step")]
    if not all(end is None or type(end) is int for end in ends):
        raise Malformed("the ends of a slice must be integers")
    return SavedSlice(*ends)


def _constant(config: Mapping[str, Any]) -> SavedConstant:
    return SavedConstant(config.get("value"), _dtype(config.get("dtype")))


_RECORDS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "__keras_tensor__": _tensor,
    "__tensor__": _constant,
    "__numpy__": _constant,
    "__slice__": _slice,
    "__ellipsis__": lambda config: SavedEllipsis(),
}


def _ends(written: Any, what: str) -> tuple[tuple[SavedTensor, ...], tuple[str, ...] | None]:
    """The tensors of ``input_layers`` or ``output_layers``: one, a list of them, or a mapping."""
    if isinstance(written, Mapping):
        named = {str(name): tuple(_flattened(item, what)) for name, item in written.items()}
        if all(len(tensors) == 1 for tensors in named.values()):
            return tuple(tensors[0] for tensors in named.values()), tuple(named)
    return tuple(_flattened(written, what)), None


def _flattened(written: Any, what: str) -> Iterator[SavedTensor]:
    """The tensors of lists and mappings inside one another, in the order of ``model.outputs``."""
    if isinstance(written, Mapping):
        for name in sorted(written):
            yield from _flattened(written[name], what)
        return
    entries = as_list(written, what)
    if len(entries) == 3 and isinstance(entries[0], str):
        layer, call, index = entries
        yield SavedTensor(as_text(layer, what), _count(call), _count(index))
        return
    for item in entries:
        yield from _flattened(item, what)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Malformed("an index of a tensor must be an integer")
    return value


def _shape(value: Any) -> Shape | None:
    """A shape; None for what is no shape of one tensor."""
    if not isinstance(value, list | tuple):
        return None
    is_shape = all(size is None or (type(size) is int and size >= 0) for size in value)
    return tuple(value) if is_shape else None


def _dtype(value: Any) -> str | None:
    if isinstance(value, Mapping):
        config = value.get("config")
        value = config.get("name") if isinstance(config, Mapping) else None
    return value if isinstance(value, str) else None


__all__ = ["Shape", "kind_of", "match", "open_model", "value_of"]
