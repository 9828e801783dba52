"""A case as the Python that a user of Keras would write."""

from __future__ import annotations

from typing import Any

from tests.judge import operations
from tests.judge.case import (
    Case,
    Make,
    Node,
    maker,
    models_in,
    outputs_of_call,
    outputs_of_op,
    returns_state,
    states_of,
)

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
    if isinstance(value, Case):
        return f"make_{model_name(value)}()"
    if isinstance(value, list):
        return f"[{', '.join(expression(one) for one in value)}]"
    return repr(value)


def variable(reference: str) -> str:
    return reference.replace(".", "__")


def call(node: Node, layer: str, make: Make | None) -> str:
    sources = node.sources
    if isinstance(sources, str):
        args = variable(sources)
    elif isinstance(sources, dict) and make is not None and make.cls in LISTED:
        read = [sources[key] for key in ("query", "value", "key") if key in sources]
        args = f"[{', '.join(variable(one) for one in read)}]"
        if any(key in sources for key in MASKS):
            masks = [variable(sources[key]) if key in sources else "None" for key in MASKS]
            args += f", mask=[{', '.join(masks)}]"
    elif isinstance(sources, dict) and "query" not in sources:
        first, *more = sources
        args = variable(sources[first])
        args += "".join(f", {key}={variable(sources[key])}" for key in more)
    elif isinstance(sources, dict):
        args = ", ".join(f"{key}={variable(one)}" for key, one in sources.items())
    else:
        joined = ", ".join(variable(one) for one in sources)
        spread = make is not None and make.cls in SPREAD
        args = joined if spread else f"[{joined}]"
    args += "".join(f", {key}={one!r}" for key, one in node.call.items())
    if node.initial_state:
        args += f", initial_state=[{', '.join(variable(one) for one in node.initial_state)}]"
    return f"{layer}({args})"


LISTED = {"Attention", "AdditiveAttention"}
#: What their list of masks is made of.
MASKS = ("query_mask", "value_mask")
SPREAD = {"MultiHeadAttention", "GroupQueryAttention"}


def lines(case: Case, prefix: str = "", name: str = "model") -> list[str]:
    made: list[str] = []
    for inner in models_in(case):
        made += [f"def make_{model_name(inner)}():"]
        made += [f"    {line}" for line in lines(inner, name=model_name(inner))]
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
            made.append(f"{node.name}_layer = make_{model_name(node.model)}()")
        layer = f"{node.use or node.name}_layer"
        make = maker(case, node)
        names = ["output"]
        if node.op is not None:
            names = outputs_of_op(node.op)
        elif make is not None:
            names = outputs_of_call(make, node.call)
            names = names + (states_of(make) if returns_state(make) else [])
        targets = [f"{node.name}__{one}" if one != "output" else node.name for one in names]
        if node.model is not None and len(node.model.outputs) > 1:
            targets = [f"{node.name}__{inner_name(one)}" for one in node.model.outputs]
        written = (
            call(node, layer, make)
            if node.op is None
            else operations.python(node, variable, expression)
        )
        if names[0] == "output_0":
            targets.append("*_")  # a list, of one part as well
        if any(name[-2:] in ("_0", "_1") and name[0] in "hcfb" for name in names):
            written = f"keras.tree.flatten({written})"  # the states of each cell are a list
        made.append(f"{', '.join(targets)} = {written}")
    ins = _one_or_list([spec.name for spec in case.inputs])
    outs = _one_or_list([variable(one) for one in case.outputs])
    made.append(f"model = keras.Model({ins}, {outs}, name={name!r})")
    return made


def _one_or_list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def inner_name(reference: str) -> str:
    """What an output of an included model is called outside."""
    return reference.rpartition(".")[2]


def model_name(inner: Case) -> str:
    """What a model inside another is called, by its file or what it gives."""
    if inner.file is not None:
        return inner.file.removesuffix(".yaml")
    return f"inner_{'_'.join(variable(one) for one in inner.outputs)}"


def text(case: Case) -> str:
    written = "\n".join(lines(case)) + "\n"
    helper = operations.POSITIONS + "\n" if "positions(" in written else ""
    return f"import keras\n\n{helper}{written}"
