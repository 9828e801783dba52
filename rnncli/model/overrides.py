"""Applies ``--set`` changes where their paths lead: ``lstm.units``, ``wrapper.layer.units``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rnncli.config.grammar import TOP_KEYS
from rnncli.config.overrides import EXAMPLES
from rnncli.config.spec import (
    Argument,
    CustomSpec,
    IncludeSpec,
    LayerSpec,
    ModelSpec,
    NodeSpec,
    ObjectSpec,
    Setting,
    UseSpec,
)
from rnncli.config.top_settings import INNER_SETTINGS, TOP_SETTINGS, with_top_setting
from rnncli.keras_api.signatures import signatures
from rnncli.problems import ConfigError, problem
from rnncli.suggestions import did_you_mean, listed


def settings_of(
    spec: ModelSpec, names: Sequence[str], is_inside: bool
) -> tuple[ModelSpec, Mapping[int, Sequence[Setting]]]:
    """The config with the settings of its own keys applied, and those of each layer, by the index
    of its name; their paths start inside the layer.

    ``is_inside`` says that the model is included in another, which has the batch and the lengths.

    Raises:
        ConfigError: a path leads to no layer, to no argument of one, and to no key.
    """
    keys = INNER_SETTINGS if is_inside else tuple(TOP_SETTINGS)
    settings: dict[int, list[Setting]] = {}
    for setting in spec.settings:
        name, *path = setting.path
        if name in names and path:
            inner = replace(setting, path=tuple(path))
            settings.setdefault(list(names).index(name), []).append(inner)
        elif name in names:
            message = f"{name} is a layer of this model, and --set changes one of its arguments"
            fix = f"name one, such as {name}.units"
            fix += "; --length gives lengths" if name == "length" else ""
            raise _bad_set(setting, message, fix)
        elif name in keys:
            spec = with_top_setting(spec, setting)
        else:
            raise _leads_nowhere(setting, spec, names, keys)
    return spec, settings


def _leads_nowhere(
    setting: Setting, spec: ModelSpec, names: Sequence[str], keys: Sequence[str]
) -> ConfigError:
    """The problem of a path that begins with the name of no layer and of no key."""
    name, *path = setting.path
    if name in TOP_SETTINGS:
        message = f"a model within a model takes its {name} from the model around it"
        fix = f"set it there: --set {name}=…" if name != "name" else "leave it out"
        return _bad_set(setting, message, fix)
    inputs = [input_spec.name for input_spec in spec.inputs]
    if name in inputs:
        message = f"{name} is an input, and no layer has that name"
        return _bad_set(setting, message, setting.elsewhere("inputs", name, *path))
    if name in TOP_KEYS:
        return _bad_set(setting, f"--set cannot change {name}", "change it in the config")
    near = did_you_mean(name, (*names, *keys) if path else keys)
    if near:
        kind = "layer" if near in names else "layer or key"
        return _bad_set(setting, f"no {kind} is named {name}", f"did you mean {near}?")
    if path:
        return _bad_set(setting, f"no layer is named {name}", f"the layers are {listed(names)}")
    message = f"--set takes a layer and its argument, or one of {listed(keys)}; {name} is neither"
    fix = f"the layers are {listed(names)}" if names else EXAMPLES
    return _bad_set(setting, message, fix)


def apply_settings(spec: NodeSpec, settings: Sequence[Setting]) -> NodeSpec:
    """The entry with its settings applied.

    Raises:
        ConfigError: a path leads through an argument that holds no layer, or the entry only calls a
            layer again.
    """
    for setting in settings:
        path = setting.path
        if isinstance(spec, UseSpec):
            fix = f"set {spec.used}.{'.'.join(path)}"
            raise _bad_set(setting, f"this layer is {spec.used}, called again", fix)
        if isinstance(spec, CustomSpec):
            message = f"{spec.cls} is a custom layer, which has shapes and no arguments"
            raise _bad_set(setting, message, "change its shapes in the config")
        if isinstance(spec, LayerSpec):
            spec = replace(spec, object=_set(spec.object, setting))
        else:
            spec = _set_inside(spec, setting)
    return spec


def _set_inside(spec: IncludeSpec, setting: Setting) -> IncludeSpec:
    if spec.model is None:
        return spec
    settings = (*spec.model.settings, setting)
    return replace(spec, model=replace(spec.model, settings=settings))


def _bad_set(setting: Setting, message: str, fix: str) -> ConfigError:
    return ConfigError(problem("bad-set", message, fix, place=setting.place))


def _set(target: ObjectSpec, setting: Setting) -> ObjectSpec:
    path, value = setting.path, setting.value
    name = path[0]
    cls = signatures().aliases.get(target.cls, target.cls)
    known = signatures().layers.get(cls)
    is_first = known is not None and next(iter(known.arguments), None) == name
    old_value = target.first if is_first and target.first else None
    if old_value is None and name in target.keywords:
        old_value = target.keywords[name].value
    if len(path) > 1:
        if old_value is None or not isinstance(old_value.data, ObjectSpec | IncludeSpec):
            message = f"{name} of {target.cls} holds no layer to set {'.'.join(path[1:])} on"
            fix = "name an argument that holds a layer, such as bidirectional.layer.units"
            raise _bad_set(setting, message, fix)
        inner, rest = old_value.data, replace(setting, path=path[1:])
        if isinstance(inner, ObjectSpec):
            value = replace(old_value, data=_set(inner, rest))
        else:
            value = replace(old_value, data=_set_inside(inner, rest))
    if is_first and target.first:
        return replace(target, first=value)
    return replace(target, keywords={**target.keywords, name: Argument(value.place, value)})
