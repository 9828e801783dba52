"""A case as the config that a user of rnncli would write."""

from __future__ import annotations

from typing import Any

import yaml

from tests.judge.case import Case, In, Make, Node, any_make


class _Dumper(yaml.SafeDumper):
    """Writes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def value_of(value: Any) -> Any:
    if isinstance(value, Make):
        return {value.cls: {name: value_of(one) for name, one in value.args.items()} or None}
    if isinstance(value, list | tuple):
        return [value_of(one) for one in value]
    if isinstance(value, dict):
        return {name: value_of(one) for name, one in value.items()}
    return value


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
    else:
        entry = {"include": f"{node.name}.yaml"}
    entry["name"] = node.name
    sources = node.sources
    entry["from"] = list(sources) if isinstance(sources, tuple) else sources
    if node.initial_state:
        entry["initial_state"] = list(node.initial_state)
    return entry


def embeds(make: Make) -> bool:
    return "Embedding" in make.cls or make.cls == "CategoryEncoding"


def document(case: Case) -> dict[str, Any]:
    # An input that an Embedding reads is one of ids, unless it says what it is.
    ids = any(node.make is not None and any_make(node.make, embeds) for node in case.nodes)
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
    for node in case.nodes:
        if node.model is not None:
            texts |= files(node.model, node.name)
    return texts
