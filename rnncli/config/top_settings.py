"""``--set input=[10,8]``, ``batch=4``, ``length=50``: changes to the keys of a config itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from msgspec.structs import replace

from rnncli.config.findings import ProblemCollector, span_text
from rnncli.config.inputs import INPUT_KEYS, Inputs
from rnncli.config.lengths import length_setting
from rnncli.config.nodes import Pair
from rnncli.config.spec import InputSpec, ModelSpec, Setting
from rnncli.config.writing import flow
from rnncli.problems import ConfigError, problem
from rnncli.suggestions import did_you_mean, listed

_EXAMPLES = {"shape": "[5, 8]", "dtype": "int32", "below": "50"}


def with_top_setting(spec: ModelSpec, setting: Setting) -> ModelSpec:
    """The spec with another input, length, batch or name, as the first key of the path says.

    Raises:
        ConfigError: the setting names an input that does not exist, or its value is not valid.
    """
    return TOP_SETTINGS[setting.path[0]](spec, setting)


def _with_length(spec: ModelSpec, setting: Setting) -> ModelSpec:
    return replace(spec, length=length_setting(spec.length, setting.path[1:], setting.value))


def _with_batch(spec: ModelSpec, setting: Setting) -> ModelSpec:
    _refuse_longer(setting)
    batch = ProblemCollector().positive(setting.node, "batch", "")
    if batch is None:
        raise _bad_set(
            setting, "batch must be a positive integer", setting.elsewhere("batch", value="32")
        )
    return replace(spec, batch=batch)


def _with_name(spec: ModelSpec, setting: Setting) -> ModelSpec:
    _refuse_longer(setting)
    node = setting.node
    if isinstance(node.value, int | float):
        # On a command line, quotes around a number would need quotes themselves.
        node = replace(node, value=span_text(node.place))
    name = ProblemCollector().name(node, "the model's name")
    if name is None:
        fix = setting.elsewhere("name", value="encoder")
        raise _bad_set(setting, "the model's name must be a word", fix)
    return replace(spec, name=name)


def _refuse_longer(setting: Setting) -> None:
    key, *rest = setting.path
    if rest:
        raise _bad_set(setting, f"{key} has no {'.'.join(rest)}", setting.elsewhere(key))


def _with_inputs(spec: ModelSpec, setting: Setting) -> ModelSpec:
    """The spec with other inputs: the only one, one that the path names, or those of a mapping."""
    if not spec.inputs:
        # The config has a problem of its own, which says so.
        return spec
    names = [input_spec.name for input_spec in spec.inputs]
    if _is_by_name(setting, names):
        fields = cast(Mapping[str, Pair], setting.node.value)
        unknown = [name for name in fields if name not in names]
        if unknown:
            raise _unknown_input(setting, unknown[0], names)
        changes = dict(fields)
    else:
        name, key = _target(setting, names)
        pair = Pair(setting.place, setting.node)
        if key is not None:
            pair = Pair(setting.place, replace(setting.node, value={key: pair}))
        changes = {name: pair}
    inputs = [
        _changed(input_spec, changes[input_spec.name], setting)
        if input_spec.name in changes
        else input_spec
        for input_spec in spec.inputs
    ]
    return replace(spec, inputs=tuple(inputs))


def _is_by_name(setting: Setting, names: Sequence[str]) -> bool:
    """Whether the value maps names of inputs to what they are."""
    fields = setting.node.value
    if len(setting.path) > 1 or not isinstance(fields, Mapping) or fields.keys() & {*INPUT_KEYS}:
        return False
    return setting.path[0] == "inputs" or bool(fields.keys() & {*names})


def _changed(before: InputSpec, pair: Pair, setting: Setting) -> InputSpec:
    """An input as a setting changes it; what is wrong with its value is one problem."""
    collector = ProblemCollector(setting.place.source.text)
    changed = Inputs(collector).changed(before, pair)
    if not collector.problems and changed is not None:
        return changed
    first = collector.problems[0]
    fix = first.fix
    if not isinstance(setting.node.value, Mapping):
        key = setting.path[-1] if setting.path[-1] in INPUT_KEYS else "shape"
        value = _EXAMPLES[key]
        if key == "shape" and changed is not None:
            value = flow(list(changed.shape))
        fix = setting.elsewhere(*setting.path, value=value)
    raise ConfigError(replace(first, code="bad-set", fix=fix, edits=(), safe=None))


def _target(setting: Setting, names: Sequence[str]) -> tuple[str, str | None]:
    """The input that a path leads to, and the key of it: None for the input as a whole."""
    path, key = setting.path[1:], None
    if path and path[-1] in INPUT_KEYS and ".".join(path) not in names:
        path, key = path[:-1], path[-1]
    name = ".".join(path)
    if name in names:
        return name, key
    if not path and len(names) == 1:
        return names[0], key
    if not path:
        fix = setting.elsewhere("inputs", names[0], *setting.path[1:])
        raise _bad_set(setting, f"this model has several inputs: {listed(names)}", fix)
    *outer, last = path
    if ".".join(outer) in names or (len(names) == 1 and did_you_mean(last, INPUT_KEYS)):
        raise _bad_set(setting, f"an input has no {last}", _near_key(setting, last))
    raise _unknown_input(setting, name, names)


def _near_key(setting: Setting, written: str) -> str:
    near = did_you_mean(written, INPUT_KEYS)
    if near is None:
        return f"the keys are {listed(INPUT_KEYS)}"
    return setting.elsewhere(*setting.path[:-1], near)


def _unknown_input(setting: Setting, name: str, names: Sequence[str]) -> ConfigError:
    near = did_you_mean(name, names)
    fix = f"did you mean {near}?" if near else f"the inputs are {listed(names)}"
    if len(names) == 1 and not isinstance(setting.node.value, Mapping):
        key = setting.path[-1]
        fix = setting.elsewhere("input", key if key in INPUT_KEYS else "shape")
    return _bad_set(setting, f"no input is named {name}", fix)


def _bad_set(setting: Setting, message: str, fix: str) -> ConfigError:
    return ConfigError(problem("bad-set", message, fix, place=setting.place))


TOP_SETTINGS: Mapping[str, Callable[[ModelSpec, Setting], ModelSpec]] = {
    "input": _with_inputs,
    "inputs": _with_inputs,
    "length": _with_length,
    "batch": _with_batch,
    "name": _with_name,
}
# The keys of a model within a model that a setting may change.
INNER_SETTINGS = ("input", "inputs")
