"""A Keras object as a file writes it → the same in a config: only what differs from defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnncli.keras_api.signatures import FAMILIES, Parameter, Signature, signatures
from rnncli.model.naming import snake_case
from rnncli.readers.checked import Malformed
from rnncli.readers.dialects.keras3 import MODELS, kind_of

# What every layer has, beside its arguments.
_NOT_ARGUMENTS = ("name", "batch_shape", "batch_input_shape", "dtype", "vocabulary_size")
# Arguments that change no shape.
_WITHOUT_SHAPE = ("activation", "initializer", "regularizer", "constraint")

# A model inside a wrapper, as a file writes it → the same in a config.
TranslateModel = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class NotKeras(Exception):
    """A layer has an argument that only its author's code can make, such as an activation."""


class Objects:
    """Translates objects; ``model`` translates a model that a wrapper holds.

    Functions and objects that are not Keras's are left out where they change no shape; ``left_out``
    has the argument and the name of each.
    """

    def __init__(self, model: TranslateModel) -> None:
        self._model = model
        self.left_out: list[tuple[str, str]] = []

    def layer(self, cls: str, config: Mapping[str, Any]) -> dict[str, Any]:
        """A layer under its class: ``{"LSTM": {"units": 3}}``.

        Raises:
            Malformed: the class is not a layer of Keras.
            NotKeras: a class among its arguments is not Keras's.
        """
        known = signatures()
        cls = known.aliases.get(cls, cls)
        if cls not in known.layers:
            raise NotKeras(cls)
        if cls == "Bidirectional":
            config = _as_written(config)
        arguments = self._arguments(known.layers[cls], config)
        dtype = self._dtype(config.get("dtype"))
        if dtype is not None:
            arguments["dtype"] = dtype
        return {cls: _compact(arguments)}

    def _arguments(self, signature: Signature, config: Mapping[str, Any]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, value in config.items():
            parameter = signature.arguments.get(name)
            if name in _NOT_ARGUMENTS or (parameter is None and value in (None, "auto")):
                continue
            try:
                translated = self._known(str(name), value)
            except NotKeras as error:
                if not str(name).endswith(_WITHOUT_SHAPE):
                    raise
                self.left_out.append((str(name), str(error)))
                continue
            if parameter is None or not _is_default(str(name), translated, parameter):
                arguments[str(name)] = translated
        if arguments.get("value_dim") == arguments.get("key_dim"):
            # Keras fills in the size of a head's values.
            arguments.pop("value_dim", None)
        return arguments

    def _known(self, name: str, value: Any) -> Any:
        """The value of an argument.

        Raises:
            NotKeras: it is not Keras's.
        """
        is_name = isinstance(value, str) and name.endswith("activation")
        if is_name and value not in signatures().identifiers["activations"]:
            raise NotKeras(value)
        return self.value(value)

    def value(self, value: Any) -> Any:
        """An argument's value: plain data, or an object under its class."""
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        cls, config = value.get("class_name"), value.get("config")
        if cls == "__tuple__":
            return [self.value(item) for item in value.get("items", ())]
        if cls in ("__tensor__", "__numpy__") and isinstance(config, Mapping):
            return config.get("value")
        if isinstance(cls, str) and (isinstance(config, Mapping) or config is None):
            return self._object(cls, config or {}, value)
        if cls == "function" or "class_name" in value:
            raise NotKeras(str(config if isinstance(config, str) else cls))
        return {str(key): self.value(item) for key, item in value.items()}

    def _object(self, cls: str, config: Mapping[str, Any], entry: Mapping[str, Any]) -> Any:
        if cls.endswith("DTypePolicy") or cls == "Policy":
            return self._dtype(entry)
        if cls in MODELS and "layers" in config:
            return {"model": self._model(entry)}
        known = signatures()
        own = known.aliases.get(cls, cls)
        if own in known.layers:
            if kind_of(entry) == "custom":
                raise NotKeras(cls)
            inner = self.layer(own, config)
            if isinstance(config.get("name"), str):
                inner[own] = {**(inner[own] or {}), "name": config["name"]}
            return inner
        for family in FAMILIES[1:]:
            signature = known.family(family).get(own)
            if signature is not None:
                return {own: _compact(self._arguments(signature, config))}
        raise NotKeras(cls)

    def _dtype(self, policy: Any) -> str | None:
        """The name of a dtype policy; None for the default."""
        if isinstance(policy, Mapping):
            config = policy.get("config")
            if not isinstance(config, Mapping):
                raise Malformed("a dtype policy must have a config")
            name = config.get("name")
            source = config.get("source_name")
            if name is None and source is not None:
                name = f"{config.get('mode')}_from_{source}"
            policy = name
        if policy is None or policy == "float32":
            return None
        if not isinstance(policy, str):
            raise NotKeras("a map of dtype policies")
        return policy


def _compact(arguments: dict[str, Any]) -> dict[str, Any] | None:
    return arguments or None


def _is_default(name: str, value: Any, parameter: Parameter) -> bool:
    if parameter.required:
        return False
    default = parameter.default
    if default is None and value == _FILLED_IN.get(name, Ellipsis):
        return True
    if isinstance(default, int) and value == [default]:
        return True
    if isinstance(default, str) and isinstance(value, Mapping) and len(value) == 1:
        cls, arguments = next(iter(value.items()))
        return arguments is None and default in (snake_case(cls), _SHORT.get(cls))
    if isinstance(value, bool) is not isinstance(default, bool):
        return False
    return bool(value == default)


# What Keras writes where an argument is not given.
_FILLED_IN = {"activation": "linear", "data_format": "channels_last"}
# Short names of initializers that are not their class in lower case.
_SHORT = {"RandomUniform": "uniform", "RandomNormal": "normal"}


def _as_written(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments of a Bidirectional as its author wrote them.

    Keras prefixes the names of both layers, sets ``zero_output_for_mask`` of both, and makes the
    backward layer if there is none.
    """
    forward = _inner(config.get("layer"), "forward_")
    backward = _inner(config.get("backward_layer"), "backward_")
    written = {**config, "layer": forward or config.get("layer"), "backward_layer": backward}
    if forward is not None and backward is not None and _is_twin(forward, backward):
        del written["backward_layer"]
    return written


def _inner(layer: Any, prefix: str) -> dict[str, Any] | None:
    """A layer in a Bidirectional, without what Keras sets there; None if there is none."""
    if not isinstance(layer, Mapping) or not isinstance(layer.get("config"), Mapping):
        return None
    config = {key: value for key, value in layer["config"].items() if key != "zero_output_for_mask"}
    if isinstance(config.get("name"), str):
        config["name"] = config["name"].removeprefix(prefix)
    return {**layer, "config": config}


def _is_twin(forward: Mapping[str, Any], backward: Mapping[str, Any]) -> bool:
    """Whether the backward layer is the one that Keras makes by itself."""
    backwards = {**forward["config"], "go_backwards": True, "name": None}
    return (
        forward.get("class_name") == backward.get("class_name")
        and not forward["config"].get("go_backwards")
        and _without_ids(backwards) == _without_ids({**backward["config"], "name": None})
    )


def _without_ids(value: Any) -> Any:
    """A value without the numbers that Keras gives to the objects of one file."""
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _without_ids(item) for key, item in value.items() if key != "shared_object_id"}
    return value
