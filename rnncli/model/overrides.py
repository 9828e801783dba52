"""Applies ``--set`` changes where their paths lead: ``lstm.units``, ``wrapper.layer.units``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rnncli.config.lengths import length_setting
from rnncli.config.overrides import KEYS
from rnncli.config.spec import (
    Argument,
    CustomSpec,
    IncludeSpec,
    LayerSpec,
    ModelSpec,
    NodeSpec,
    ObjectSpec,
    UseSpec,
    Value,
)
from rnncli.keras_api.signatures import signatures
from rnncli.problems import ConfigError, problem
from rnncli.suggestions import did_you_mean

Setting = tuple[tuple[str, ...], Value]


def settings_of(
    spec: ModelSpec, names: Sequence[str]
) -> tuple[ModelSpec, Mapping[int, Sequence[Setting]]]:
    """The config with the settings of its own keys applied, and those of each layer, by the index
    of its name; their paths start inside the layer.

    Raises:
        ConfigError: a path leads to no layer, or to no argument of one.
    """
    settings: dict[int, list[Setting]] = {}
    for path, value in spec.settings:
        if path[0] in KEYS and path[0] not in names:
            spec = replace(spec, length=length_setting(spec.length, path[1:], value))
            continue
        if len(path) < 2:
            raise ConfigError(
                problem(
                    "bad-set",
                    f"{path[0]} is a layer of this model, and --set names one of its arguments",
                    f"name one, such as {path[0]}.units; --length gives lengths",
                    place=value.place,
                )
            )
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
        settings.setdefault(list(names).index(path[0]), []).append((path[1:], value))
    return spec, settings


def apply_settings(spec: NodeSpec, settings: Sequence[Setting]) -> NodeSpec:
    """The entry with its settings applied.

    Raises:
        ConfigError: a path leads through an argument that holds no layer, or the entry only calls a
            layer again.
    """
    for path, value in settings:
        if isinstance(spec, UseSpec):
            raise ConfigError(
                problem(
                    "bad-set",
                    f"this layer is {spec.used}, called again",
                    f"set {spec.used}.{'.'.join(path)}",
                    place=value.place,
                )
            )
        if isinstance(spec, CustomSpec):
            raise ConfigError(
                problem(
                    "bad-set",
                    f"{spec.cls} is a custom layer, which has shapes and no arguments",
                    "change its shapes in the config",
                    place=value.place,
                )
            )
        if isinstance(spec, LayerSpec):
            spec = replace(spec, object=_set(spec.object, path, value))
        else:
            spec = _set_inside(spec, path, value)
    return spec


def _set_inside(spec: IncludeSpec, path: Sequence[str], value: Value) -> IncludeSpec:
    if spec.model is None:
        return spec
    settings = (*spec.model.settings, _inside(path, value))
    return replace(spec, model=replace(spec.model, settings=settings))


def _inside(path: Sequence[str], value: Value) -> Setting:
    """A setting of a nested model: it names a layer of that model, and an argument."""
    if len(path) < 2:
        raise ConfigError(
            problem(
                "bad-set",
                "a model has no arguments of its own",
                f"name a layer in it: model.lstm.{path[0]}",
                place=value.place,
            )
        )
    return tuple(path), value


def _set(target: ObjectSpec, path: Sequence[str], value: Value) -> ObjectSpec:
    name = path[0]
    cls = signatures().aliases.get(target.cls, target.cls)
    known = signatures().layers.get(cls)
    is_first = known is not None and next(iter(known.arguments), None) == name
    old_value = target.first if is_first and target.first else None
    if old_value is None and name in target.keywords:
        old_value = target.keywords[name].value
    if len(path) > 1:
        if old_value is None or not isinstance(old_value.data, ObjectSpec | IncludeSpec):
            raise ConfigError(
                problem(
                    "bad-set",
                    f"{name} of {target.cls} holds no layer to set {'.'.join(path[1:])} on",
                    "name an argument that holds a layer, such as bidirectional.layer.units",
                    place=value.place,
                )
            )
        inner, rest = old_value.data, path[1:]
        changed = (
            _set(inner, rest, value)
            if isinstance(inner, ObjectSpec)
            else _set_inside(inner, rest, value)
        )
        value = replace(old_value, data=changed)
    if is_first and target.first:
        return replace(target, first=value)
    return replace(target, keywords={**target.keywords, name: Argument(value.place, value)})
