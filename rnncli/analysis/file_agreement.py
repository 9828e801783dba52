"""A plan, and what a model file records of itself → whether they agree, and where not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from rnncli.problems import Problem, problem_of_file
from rnncli.report.agreement import Agreement, Compared, Difference
from rnncli.report.layer import Layer, Shape, Weight
from rnncli.report.model_file import ModelFile, StoredWeight
from rnncli.report.report import Report
from rnncli.report.shapes import shown
from rnncli.suggestions import listed

# Keras merges these into the kernel when it saves a ``.keras`` file.
_NOT_STORED = "lora_"
# Keras 2 keeps the frequencies of words among the weights, where Keras 3 has them in a vocabulary.
_VECTORS, _LOOKUP = "TextVectorization", "Lookup"
# Keras 1 stores the arrays of a recurrent layer gate by gate: W_i, U_i, b_i, W_c, ….
_OF_A_GATE = re.compile(r"_([WUb])_[a-z](:\d+)?$")
# The kernels of Keras 1, whose names end so, had their axes in another order in Theano's layout,
# and those along one axis of space had a second one of size 1.
_OF_KERAS_1 = re.compile(r"_W(:\d+)?$")
_NUMBER = re.compile(r"(_\d+)?(:\d+)?$")


def agree_with_file(report: Report, file: ModelFile) -> Agreement:
    """Compares a plan with the weights that a file stores and the shapes that it records.

    Layers whose weights the plan does not know are not compared, and neither are custom layers,
    of which the plan knows what the file says.
    """
    weights = list(_compared_weights(report, file))
    tensors = list(_compared_shapes(report, file))
    differences = [
        comparison.difference for comparison in (*weights, *tensors) if comparison.difference
    ]
    return Agreement(
        agrees=not differences,
        witness="file",
        compared=Compared(
            outputs=sum(not comparison.is_state for comparison in tensors),
            states=sum(comparison.is_state for comparison in tensors),
            weights=len(weights),
        ),
        differences=tuple(differences),
    )


def misfit(agreement: Agreement, source: str, file: str) -> Problem | None:
    """The problem of a model that a file of weights does not fit, with all that differs."""
    if agreement.agrees:
        return None
    lines = [
        line
        for layer, differences in groupby(agreement.differences, lambda differs: differs.layer)
        for line in _misfits(layer, [*differences])
    ]
    return problem_of_file(
        source,
        "weights-do-not-fit",
        f"the weights in {file} do not fit the model: {listed(lines, '; ')}",
        "name the file of this model, or change the layers that differ",
    )


def _misfits(layer: str, differences: Sequence[Difference]) -> Iterator[str]:
    """What does not fit in one layer."""
    planned = [difference.planned for difference in differences if difference.planned]
    if len(planned) == len(differences) and not any(difference.ran for difference in differences):
        yield f"{layer}: the plan has {listed(planned)}, and the file has none for it"
        return
    for difference in differences:
        if difference.planned is None:
            yield f"the file has {difference.ran}, and the model has no such weight"
        else:
            has = difference.ran or "no such array"
            yield f"{layer}: the plan has {difference.planned}, and the file has {has}"


class _Comparison(msgspec.Struct, frozen=True):
    """One thing that was compared; ``difference`` is None if the plan and the file agree."""

    difference: Difference | None = None
    is_state: bool = False


def _compared_weights(report: Report, file: ModelFile) -> Iterator[_Comparison]:
    if file.weights is None:
        return
    left = dict(file.weights)
    for path, layer in _layers(report.layers, file.weights):
        stored = left.pop(path, ())
        if layer.params is None or layer.custom is True or layer.shared_with:
            continue
        if layer.cls != _VECTORS and not layer.cls.endswith(_LOOKUP):
            yield from _of_layer(path, layer, _joined(stored))
    for path, weights in left.items():
        yield from (_weight(path, None, weight) for weight in weights)
    yield from (_weight(weight.path, None, weight) for weight in file.unclaimed)


def _layers(
    layers: Sequence[Layer], stored: Mapping[str, object], prefix: str = ""
) -> Iterator[tuple[str, Layer]]:
    """All layers with their paths, those of models inside unless the file takes them as one."""
    for layer in layers:
        path = f"{prefix}{layer.name}"
        if layer.is_model and path not in stored:
            yield from _layers(layer.layers, stored, f"{path}/")
        else:
            yield path, layer


def _of_layer(path: str, layer: Layer, stored: Sequence[StoredWeight]) -> Iterator[_Comparison]:
    planned = list(_all_weights(layer))
    if _are_numbered(stored):
        planned = [weight for weight in planned if not weight.name.startswith(_NOT_STORED)]
    elif stored:
        # The older files have what is trained first, as get_weights() lists it.
        planned.sort(key=lambda weight: not weight.trainable)
    names = {_own_name(weight.name) for weight in planned}
    for number in range(max(len(planned), len(stored))):
        yield _weight(
            path,
            planned[number] if number < len(planned) else None,
            stored[number] if number < len(stored) else None,
            names,
        )


def _joined(stored: Sequence[StoredWeight]) -> Sequence[StoredWeight]:
    """The arrays of a layer, with those that Keras 1 has for each gate side by side."""
    gates: dict[str, list[StoredWeight]] = {}
    for weight in stored:
        match = _OF_A_GATE.search(weight.path)
        if match is None:
            return stored
        # The two layers of a Bidirectional have names of their own.
        gates.setdefault(weight.path[: match.end(1)], []).append(weight)
    return [
        msgspec.structs.replace(
            parts[0], shape=(*parts[0].shape[:-1], sum(part.shape[-1] for part in parts))
        )
        for parts in gates.values()
        if all(part.shape for part in parts)
    ]


def _all_weights(layer: Layer) -> Iterator[Weight]:
    """The weights of a layer and of those inside it, in the order of Keras's ``layer.weights``."""
    inner = [weight for held in layer.layers for weight in _all_weights(held)]
    if layer.cls == "SpectralNormalization":
        # The kernel that it normalizes is its own as well.
        yield from inner[:1]
        inner = inner[1:]
    yield from layer.weights or ()
    yield from inner


def _are_numbered(stored: Sequence[StoredWeight]) -> bool:
    """Whether the arrays have numbers for names, as Keras 3 stores them."""
    return any("vars" in weight.path.split("/") for weight in stored)


def _weight(
    path: str,
    planned: Weight | None,
    stored: StoredWeight | None,
    names: set[str] | None = None,
) -> _Comparison:
    """Compares a weight; its name only where the layer has another weight of the stored name."""
    name = _NUMBER.sub("", stored.path.rpartition("/")[2]) if stored else ""
    is_other = planned is not None and name != _own_name(planned.name) and name in (names or set())
    if (
        planned is not None
        and stored is not None
        and not is_other
        and planned.dtype == stored.dtype
        and (planned.shape == stored.shape or _is_old_kernel(planned, stored))
    ):
        return _Comparison()
    return _Comparison(
        Difference(
            layer=path,
            what="weight",
            planned=_described(planned.name, planned) if planned else None,
            inferred=None,
            ran=_described(stored.path, stored) if stored else None,
        )
    )


def _is_old_kernel(planned: Weight, stored: StoredWeight) -> bool:
    """Whether an array of Keras 1 is this kernel with its axes in another order."""
    if not _OF_KERAS_1.search(stored.path) or len(planned.shape) < 3:
        return False
    axes = [size for size in stored.shape if size != 1]
    return sorted(axes) == sorted(size for size in planned.shape if size != 1)


def _described(name: str, weight: Weight | StoredWeight) -> str:
    return f"{name} {shown(weight.shape)} {weight.dtype}"


def _own_name(name: str) -> str:
    return name.rpartition("/")[2]


def _compared_shapes(report: Report, file: ModelFile) -> Iterator[_Comparison]:
    planned: dict[str, Mapping[str, Shape | None]] = {
        tensor.name: {"output": tensor.shape} for tensor in report.inputs
    }
    is_state: dict[str, set[str]] = {}
    for path, layer in _layers(report.layers, {}):
        planned[path] = {tensor.name: tensor.shape for tensor in (*layer.outputs, *layer.states)}
        is_state[path] = {tensor.name for tensor in layer.states}
    for path, layer in _layers(report.layers, {layer.name: None for layer in report.layers}):
        planned.setdefault(path, {tensor.name: tensor.shape for tensor in layer.outputs})
    for path, recorded in file.shapes.items():
        for name, shape in recorded.items():
            ours = planned.get(path, {})
            if name in ours and ours[name] is None:
                continue
            yield _Comparison(
                _shape(path, name, ours.get(name), shape, report.batch),
                name in is_state.get(path, ()),
            )


def _shape(
    path: str, name: str, planned: Shape | None, recorded: Shape, batch: int
) -> Difference | None:
    """The difference of a tensor, whose batch axis a file does not fix.

    An older Keras knew less: an axis that it does not know is not compared.
    """
    if planned is not None and len(planned) == len(recorded):
        axes = zip(planned[1:], recorded[1:], strict=True)
        if all(theirs in (None, ours) for ours, theirs in axes):
            return None
    return Difference(
        layer=path,
        what=name,
        planned=None if planned is None else shown(planned),
        inferred=None,
        ran=shown((batch, *recorded[1:]) if recorded else recorded),
    )
