"""A case as the Python that a user of Keras would write."""

from __future__ import annotations

from typing import Any

from tests.judge.case import Case, Make, Node, maker, outputs_of, returns_state, states_of

REGULARIZERS = {"L1", "L2", "L1L2", "OrthogonalRegularizer"}
CONSTRAINTS = {"MaxNorm", "NonNeg", "UnitNorm"}


def module_of(cls: str) -> str:
    if cls in REGULARIZERS:
        return "regularizers"
    return "constraints" if cls in CONSTRAINTS else "layers"


def expression(value: Any, name: str | None = None) -> str:
    if isinstance(value, Make):
        args = [f"{key}={expression(one)}" for key, one in value.args.items()]
        if name is not None:
            args.append(f"name={name!r}")
        return f"keras.{module_of(value.cls)}.{value.cls}({', '.join(args)})"
    if isinstance(value, list):
        return f"[{', '.join(expression(one) for one in value)}]"
    return repr(value)


def variable(reference: str) -> str:
    return reference.replace(".", "__")


def call(node: Node, layer: str) -> str:
    sources = node.sources
    if isinstance(sources, str):
        args = variable(sources)
    elif isinstance(sources, dict) and node.make is not None and node.make.cls in LISTED:
        read = [sources[key] for key in ("query", "value", "key") if key in sources]
        args = f"[{', '.join(variable(one) for one in read)}]"
    elif isinstance(sources, dict):
        args = ", ".join(f"{key}={variable(one)}" for key, one in sources.items())
    else:
        joined = ", ".join(variable(one) for one in sources)
        spread = node.make is not None and node.make.cls in SPREAD
        args = joined if spread else f"[{joined}]"
    if node.initial_state:
        args += f", initial_state=[{', '.join(variable(one) for one in node.initial_state)}]"
    return f"{layer}({args})"


LISTED = {"Attention", "AdditiveAttention"}
SPREAD = {"MultiHeadAttention", "GroupQueryAttention"}


def lines(case: Case, prefix: str = "", name: str = "model") -> list[str]:
    made: list[str] = []
    for node in case.nodes:
        if node.model is not None:
            made += [f"def make_{node.name}():"]
            made += [f"    {line}" for line in lines(node.model, name=node.name)]
            made += ["    return model", ""]
    for spec in case.inputs:
        batch = f", batch_size={case.batch}" if case.batch is not None else ""
        made.append(
            f"{spec.name} = keras.Input({spec.shape!r}, dtype={spec.dtype!r}"
            f", name={spec.name!r}{batch})"
        )
    for node in case.nodes:
        if node.make is not None:
            made.append(f"{node.name}_layer = {expression(node.make, node.name)}")
        elif node.model is not None:
            made.append(f"{node.name}_layer = make_{node.name}()")
        layer = f"{node.use or node.name}_layer"
        make = maker(case, node)
        targets = [node.name]
        if make is not None and (returns_state(make) or len(outputs_of(make)) > 1):
            names = outputs_of(make) + (states_of(make) if returns_state(make) else [])
            targets = [f"{node.name}__{one}" if one != "output" else node.name for one in names]
        if node.model is not None and len(node.model.outputs) > 1:
            targets = [f"{node.name}__{inner_name(one)}" for one in node.model.outputs]
        made.append(f"{', '.join(targets)} = {call(node, layer)}")
    ins = ", ".join(spec.name for spec in case.inputs)
    outs = ", ".join(variable(one) for one in case.outputs)
    made.append(f"model = keras.Model([{ins}], [{outs}], name={name!r})")
    return made


def inner_name(reference: str) -> str:
    """What an output of an included model is called outside."""
    return reference.rpartition(".")[2]


def text(case: Case) -> str:
    return "\n".join(["import keras", "", *lines(case)]) + "\n"
