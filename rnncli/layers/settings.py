"""Changes from the command line, put where their paths lead: ``lstm.units``, ``wrapper.layer.units``."""  # noqa: E501

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from rnncli.config.spec import Argument, LayerSpec, ModelSpec, ObjectSpec, Value
from rnncli.layers.signatures import signatures
from rnncli.problems import ConfigError, did_you_mean, problem


def apply_settings(spec: ModelSpec, names: Sequence[str]) -> ModelSpec:
    """The spec with its settings carried out, given the names of its layers in order.

    Raises:
        ConfigError: a path leads to no layer, or through an argument that holds none.
    """
    layers = list(spec.layers)
    for path, value in spec.settings:
        if path[0] not in names:
            near = did_you_mean(path[0], names)
            raise ConfigError(
                problem(
                    "bad-set",
                    f"no layer is named {path[0]}",
                    f"did you mean {near}?" if near else f"the layers are {', '.join(names)}",
                    place=value.place,
                )
            )
        index = list(names).index(path[0])
        layer: LayerSpec = layers[index]
        layers[index] = replace(layer, object=_set(layer.object, path[1:], value))
    return replace(spec, layers=tuple(layers), settings=())


def _set(target: ObjectSpec, path: Sequence[str], value: Value) -> ObjectSpec:
    name = path[0]
    cls = signatures().aliases.get(target.cls, target.cls)
    known = signatures().layers.get(cls)
    is_first = known is not None and next(iter(known.arguments), None) == name
    held = target.first if is_first and target.first else None
    if held is None and name in target.keywords:
        held = target.keywords[name].value
    if len(path) > 1:
        if held is None or not isinstance(held.data, ObjectSpec):
            raise ConfigError(
                problem(
                    "bad-set",
                    f"{name} of {target.cls} holds no layer to set {'.'.join(path[1:])} on",
                    "name an argument that holds a layer, such as bidirectional.layer.units",
                    place=value.place,
                )
            )
        value = replace(held, data=_set(held.data, path[1:], value))
    if is_first and target.first:
        return replace(target, first=value)
    return replace(target, keywords={**target.keywords, name: Argument(value.place, value)})
