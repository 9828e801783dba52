"""A case as the config that a user of rnncli would write."""

from __future__ import annotations

from typing import Any

import yaml

from tests.judge import operations
from tests.judge.case import Case, In, Make, Node, any_within, models_in


class _Dumper(yaml.SafeDumper):
    """Writes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def value_of(value: Any) -> Any:
    if isinstance(value, Case):
        return inner_of(value)
    if isinstance(value, Make):
        only = list(value.args.values())
        if len(only) == 1 and isinstance(only[0], Case) and only[0].file is None:
            return {value.cls: inner_of(only[0])}
        return {value.cls: {name: value_of(one) for name, one in value.args.items()} or None}
    if isinstance(value, list | tuple):
        return [value_of(one) for one in value]
    if isinstance(value, dict):
        return {name: value_of(one) for name, one in value.items()}
    return value


def inner_of(inner: Case) -> dict[str, Any]:
    """A model inside another: the name of its file, or the whole of it in its place."""
    return {"include": inner.file} if inner.file else {"model": document(inner)}


def input_of(spec: In, plain: bool) -> Any:
    if spec.dtype == "float32" and plain:
        return list(spec.shape)
    entry: dict[str, Any] = {"shape": list(spec.shape), "dtype": spec.dtype}
    if spec.below is not None:
        entry["below"] = spec.below
    return entry


def entry_of(node: Node) -> dict[str, Any]:
    if node.make is not None:
        entry = value_of(node.make)
    elif node.use is not None:
        entry = {"use": node.use}
    elif node.op is not None:
        entry = operations.entry(node, value_of)
    else:
        assert node.model is not None
        entry = inner_of(node.model)
    entry["name"] = node.name
    sources = node.sources
    entry["from"] = list(sources) if isinstance(sources, tuple) else sources
    if node.initial_state:
        entry["initial_state"] = list(node.initial_state)
    if node.call:
        entry["call"] = dict(node.call)
    return entry


def embeds(make: Make) -> bool:
    return "Embedding" in make.cls or make.cls == "CategoryEncoding"


def document(case: Case) -> dict[str, Any]:
    # An input that an Embedding reads is one of ids, unless it says what it is.
    ids = any_within(case, embeds)
    inputs = {spec.name: input_of(spec, plain=not ids) for spec in case.inputs}
    config: dict[str, Any] = {"inputs": inputs}
    if case.batch is not None:
        config["batch"] = case.batch
    config["layers"] = [entry_of(node) for node in case.nodes]
    config["outputs"] = list(case.outputs)
    return config


def text(case: Case) -> str:
    return str(
        yaml.dump(
            document(case), Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=200
        )
    )


def files(case: Case, name: str = "model") -> dict[str, str]:
    """The config and those that it includes, by file name."""
    texts = {f"{name}.yaml": text(case)}
    for inner in models_in(case):
        if inner.file is not None:
            texts |= files(inner, inner.file.removesuffix(".yaml"))
    return texts
