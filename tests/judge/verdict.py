"""A plan, as ``rnncli plan --json`` prints it, held against what Keras says."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.judge.truth import Layer, Tensor, Truth

SIZES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "bool": 1, "complex64": 8,
         "complex128": 16, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4,
         "uint32": 4, "int64": 8, "uint64": 8}  # fmt: skip


@dataclass(frozen=True)
class Disagreement:
    """Of what kind, where, and what each says."""

    kind: str
    where: str
    plan: str
    keras: str

    def __str__(self) -> str:
        return f"[{self.kind}] {self.where}: plan {self.plan}; Keras {self.keras}"


def verdict(plan: dict[str, Any], truth: Truth) -> list[Disagreement]:
    """All in which the two do not agree."""
    errors = [one for one in plan["problems"] if one["severity"] == "error"]
    if truth.not_of_the_model or _counts_wrong_axes(plan, truth):
        return []
    if errors:
        if truth.runs and not (truth.mixed or truth.fails_settled or _is_empty(plan, errors[0])):
            said = f"{errors[0]['code']}: {errors[0]['message']}"
            return [Disagreement("refused", errors[0].get("layer") or "", said, "runs")]
        return []
    if not truth.runs:
        return _accepted(plan, truth)
    layers = {layer["name"]: layer for layer in plan["layers"]}
    problems: list[Disagreement] = []
    of_scores = _behind_scores(plan)
    for layer in truth.layers:
        planned = layers.get(layer.name)
        if planned is None:
            problems.append(Disagreement("missing", layer.name, "has no such layer", layer.cls))
            continue
        problems += (
            _tensors(planned, layer, layer.name not in of_scores, plan["batch"])
            + _weights(planned, layer)
            + _mask(planned, layer)
        )
        problems += _cudnn(planned, layer) + _equals(planned, layer)
    return problems + _totals(plan["totals"], truth)


def _counts_wrong_axes(plan: dict[str, Any], truth: Truth) -> bool:
    """Whether positions are counted in a tensor whose rank Keras infers wrongly, or slices no more.

    Python code takes as many axes off as Keras infers, by slicing; ``ops.arange`` of a config takes
    off as many as there are, without.
    """
    if any(layer["class"] == "ops.arange" for layer in plan["layers"]) and any(
        "Unhandled input dimensions" in (error or "")
        for error in (truth.eager_error, truth.graph_error)
    ):
        return True
    misread = {
        layer.name
        for layer in truth.layers
        for tensor in layer.tensors.values()
        if tensor.eager is not None and len(tensor.symbolic) != len(tensor.eager)
    }
    return any(
        layer["class"] == "ops.arange" and reference.partition(".")[0] in misread
        for layer in plan["layers"]
        for reference in layer["from"]
    )


def _is_empty(plan: dict[str, Any], error: dict[str, Any]) -> bool:
    """Whether a product or a convolution reads nothing, which is a matter of the processor.

    oneDNN ends the whole process on a Dense without features, unless a graph happens to keep the
    product of matrices and the bias apart, and fails on a convolution, where TensorFlow's own
    kernels, such as those of float64, return nothing.
    """
    classes = {layer["name"]: layer["class"] for layer in plan["layers"]}
    cls = classes.get(error.get("layer") or "")
    return error["code"] == "empty-axis" and (cls in (None, "Dense") or "Conv" in cls)


def _accepted(plan: dict[str, Any], truth: Truth) -> list[Disagreement]:
    failed = {
        "build": truth.build_error, "eager": truth.eager_error, "graph": truth.graph_error,
    }  # fmt: skip
    modes = [mode for mode, error in failed.items() if error]
    warned = any(
        one["severity"] == "warning" and re.search(r"fail|predict|eager|trace", one["message"])
        for one in plan["problems"]
    )
    if len(modes) == 1 and modes[0] != "build" and warned:
        return []
    if any(one["code"] == "needs-gpu" for one in plan["problems"]):
        return []
    error = next(error for error in failed.values() if error)
    return [Disagreement("accepted", "+".join(modes), "no error", error)]


def _behind_scores(plan: dict[str, Any]) -> set[str]:
    """The layers that read the scores of attention, directly or not.

    Keras infers as many keys as queries for these scores, whatever there is; what it infers of them
    may be so by chance.
    """
    behind: set[str] = set()
    for layer in plan["layers"]:
        for reference in layer["from"]:
            producer, _, tensor = reference.partition(".")
            if tensor == "scores" or producer in behind:
                behind.add(layer["name"])
    return behind


def _tensors(planned: dict[str, Any], layer: Layer, infers: bool, batch: int) -> list[Disagreement]:
    problems = []
    states = {state["name"]: state for state in planned["states"]}
    outputs = {output["name"]: output for output in planned["outputs"]}
    for name, tensor in layer.tensors.items():
        where = f"{layer.name} ({layer.cls}) {name}"
        said = outputs.get(name) or states.get(name)
        if said is None:
            problems.append(Disagreement("tensor", where, "has none", str(tensor.eager)))
            continue
        shape = said.get("filled") or said["shape"]
        if shape is not None and not _fits(shape, tensor.eager):
            problems.append(Disagreement("shape", where, str(shape), str(list(tensor.eager or []))))
        if tensor.graph is not None and tensor.graph != tensor.eager:
            problems.append(Disagreement("modes", where, str(tensor.eager), str(tensor.graph)))
        if (
            infers
            and name != "scores"
            and said["shape"] is not None
            and not _same_unknown(said["shape"], tensor, batch)
        ):
            problems.append(
                Disagreement("unknown", where, str(said["shape"]), str(list(tensor.symbolic)))
            )
        # Layers that prepare images keep other dtypes in a graph, as predict makes it, than eagerly.
        real = tensor.graph_dtype or tensor.eager_dtype
        if said["dtype"] is not None and said["dtype"] != real:
            problems.append(Disagreement("dtype", where, said["dtype"], str(real)))
    if not layer.tensors.keys() >= outputs.keys():
        problems.append(
            Disagreement("tensor", layer.name, str(list(outputs)), str(list(layer.tensors)))
        )
    return problems


def _fits(shape: list[int | None], ran: tuple[int, ...] | None) -> bool:
    """Whether the sizes that a plan knows are those of the run."""
    return ran is not None and len(shape) == len(ran) and all(
        size in (None, real) for size, real in zip(shape, ran, strict=True)
    )  # fmt: skip


def _same_unknown(shape: list[int | None], tensor: Tensor, batch: int) -> bool:
    """Whether a plan leaves open, beside the batch, what Keras's inference leaves open.

    Where Keras infers what is not so when it runs, the run is right.
    """
    if tensor.settled is not None:
        return _as_open(shape, tensor.settled, tensor.eager or ())
    symbolic, ran = tensor.symbolic, tensor.eager or ()
    if not len(symbolic) == len(ran) == len(shape):
        return True
    if any(size not in (None, real) for size, real in zip(symbolic, ran, strict=True)):
        return True
    # A plan has a number for the batch, wherever an operation moves that axis.
    return all(
        (size in (None, batch)) if inferred is None else size is not None
        for size, inferred in zip(shape[1:], symbolic[1:], strict=True)
    )


def _as_open(
    shape: list[int | None], settled: tuple[int | None, ...], ran: tuple[int, ...]
) -> bool:
    """The same where the batch is known, and may be anywhere."""
    if not len(settled) == len(ran) == len(shape) or any(
        size not in (None, real) for size, real in zip(settled, ran, strict=True)
    ):
        return True
    return [size is None for size in shape] == [size is None for size in settled]


def _own_weights(planned: dict[str, Any]) -> list[tuple[Any, ...]] | None:
    """The weights of a planned layer and of those that it holds; None where they are unknown."""
    if planned["weights"] is None:
        return None
    found = [(w["name"].rpartition("/")[2], tuple(w["shape"]), w["dtype"], w["trainable"])
             for w in planned["weights"]]  # fmt: skip
    for inner in planned["layers"]:
        more = _own_weights(inner)
        if more is None:
            return None
        found += more
    return found


def _weights(planned: dict[str, Any], layer: Layer) -> list[Disagreement]:
    said = _own_weights(planned)
    if said is None:
        return []
    where = f"{layer.name} ({layer.cls})"
    real = [(w.name, w.shape, w.dtype, w.trainable) for w in layer.weights]
    problems = []
    if Counter(said) != Counter(real):
        plan, keras = list(Counter(said) - Counter(real)), list(Counter(real) - Counter(said))
        only_flag = Counter(one[:3] for one in said) == Counter(one[:3] for one in real)
        kind = "trainable" if only_flag else "weights"
        problems.append(Disagreement(kind, where, str(plan), str(keras)))
    params = planned["params"]
    if params is not None:
        count = sum(math.prod(one[1]) for one in real)
        flags = sum(math.prod(one[1]) for one in real if one[3])
        if (params["total"], params["trainable"]) != (count, flags):
            problems.append(
                Disagreement("params", where, f"{params['total']}, {params['trainable']} trainable",
                             f"{count}, {flags} trainable")
            )  # fmt: skip
    return problems


def _mask(planned: dict[str, Any], layer: Layer) -> list[Disagreement]:
    """Each word of a plan says something of masks that come in and masks that go out."""
    said = planned["mask"]
    fits = {
        None: not layer.mask_in and not layer.mask_out,
        "makes": layer.mask_out,
        "passes": layer.mask_in and layer.mask_out,
        "drops": layer.mask_in and not layer.mask_out,
        "uses": layer.mask_in,
    }[said]
    if fits:
        return []
    real = f"mask in {layer.mask_in}, mask out {layer.mask_out}"
    return [Disagreement("mask", f"{layer.name} ({layer.cls})", str(said), real)]


def _planned_cudnn(planned: dict[str, Any]) -> list[bool]:
    found = []
    if planned["class"] in ("LSTM", "GRU") and planned["cudnn"] is not None:
        found.append(planned["cudnn"]["eligible"])
    for inner in planned["layers"]:
        found += _planned_cudnn(inner)
    return found


def _cudnn(planned: dict[str, Any], layer: Layer) -> list[Disagreement]:
    said = _planned_cudnn(planned)
    if layer.cls == "Functional" or layer.holds_model or said == layer.cudnn:
        return []
    return [Disagreement("cudnn", f"{layer.name} ({layer.cls})", str(said), str(layer.cudnn))]


def _equals(planned: dict[str, Any], layer: Layer) -> list[Disagreement]:
    problems = []
    for state in planned["states"]:
        numbers = layer.states.get(state["name"])
        if numbers is None:
            continue
        where = f"{layer.name} ({layer.cls}) {state['name']}"
        expression = state["equals"]
        if expression is not None:
            try:
                part = eval(expression, {"__builtins__": {}}, dict(layer.values))
                holds = np.array_equal(part, numbers, equal_nan=True)
            except (NameError, IndexError, SyntaxError, TypeError) as error:
                problems.append(Disagreement("equals", where, expression, repr(error)))
                continue
            if not holds:
                problems.append(Disagreement("equals", where, expression, "it does not"))
        elif not layer.mask_in and state["dtype"] == planned["outputs"][0]["dtype"]:
            slices = _slices(layer.values, numbers)
            if slices:
                problems.append(Disagreement("equals-none", where, "none", ", ".join(slices)))
    return problems


def _slices(values: dict[str, Any], state: Any) -> list[str]:
    """The simple parts of the outputs that a state equals on numbers that say something."""
    if np.isnan(state).any() or len(np.unique(state)) < state.size:
        return []
    found = []
    for name, output in values.items():
        parts = {"": output}
        if output.ndim > 2 and output.shape[1] > 1:
            parts |= {"[:, -1]": output[:, -1], "[:, 0]": output[:, 0]}
        for text, part in parts.items():
            width = state.shape[-1]
            for cut, piece in (("", part), (f"[..., :{width}]", part[..., :width]),
                               (f"[..., {width}:]", part[..., width:])):  # fmt: skip
                if (cut or part.shape[-1] == width) and np.array_equal(piece, state):
                    found.append(f"{name}{text}{cut}")
    return found


def _totals(totals: dict[str, Any], truth: Truth) -> list[Disagreement]:
    real = {
        "params": truth.params,
        "trainable": truth.trainable,
        "non_trainable": truth.params - truth.trainable,
        "weight_bytes": truth.weight_bytes,
        "activation_bytes": activation_bytes(truth),
        "macs": truth.macs,
    }
    return [
        Disagreement(f"total {name}", "model", str(totals[name]), str(value))
        for name, value in real.items()
        if value is not None and totals[name] is not None and totals[name] != value
    ]


def activation_bytes(truth: Truth) -> int | None:
    """Every layer's outputs once; the states that it returns are none of them."""
    total = 0
    for layer in truth.layers:
        if layer.cls == "Functional":
            if layer.inner_bytes is None:
                return None
            total += layer.inner_bytes
            continue
        if layer.holds_model:
            return None
        for name, tensor in layer.tensors.items():
            if name not in layer.states_by_name:
                dtype = tensor.graph_dtype or tensor.eager_dtype
                if tensor.eager is None or dtype not in SIZES:
                    return None
                total += math.prod(tensor.eager) * SIZES[dtype]
    return total
