"""What has changed since an old Keras wrote a file: will Keras 3 load it, and compute the same?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from rnncli.problems import Problem, Severity, problem_of_file

# What an architecture is from; the loader of Keras 3 differs.
Container = Literal["zip", "h5", "json"]
_AT_MOST = 6


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change. ``message`` and ``fix`` have ``{layers}`` in the place of the layers at fault."""

    code: str
    message: str
    fix: str
    severity: Severity = "warning"


_CONVERT = "rnncli convert {file} new.keras"
# In this order they are told: what computes other numbers silently comes first.
CHANGES = (
    Change(
        code="hard-sigmoid-changed",
        message="{layers}: hard_sigmoid is another function in Keras 3, clip(x/6 + 0.5) and not "
        "clip(0.2·x + 0.5); with these weights it computes other numbers, without a word",
        fix=f"{_CONVERT} keeps the numbers: the weights of the gates are scaled by 1.2",
    ),
    Change(
        code="axis-dropped",
        message="{layers}: Keras 3 drops an axis that is a list of several, and uses the last axis",
        fix=f"{_CONVERT} keeps the axes",
    ),
    Change(
        code="mask-not-handed",
        message="{layers}: Keras 3 hands a layer with an initial state no mask, as Keras 2 did, "
        "and computes padded steps like any other",
        fix=f"{_CONVERT} keeps the numbers: the mask is an argument of the call",
    ),
    Change(
        code="mask-inside",
        message="{layers}: Keras 2 hands on the mask that the layer inside makes; Keras 3 does "
        "not, and what follows computes padded steps like any other",
        fix="convert to .py, and name the mask in the calls of the layers that follow",
    ),
    Change(
        code="time-major",
        message="{layers}: time_major is true, so that time is the first axis; Keras 3 has no such "
        "layers",
        fix="put Permute around the layers, and save the model without time_major",
        severity="error",
    ),
    Change(
        code="not-in-keras-3",
        message="{layers}: Keras 3 has no such layer, and refuses the file",
        fix="replace the layer by others in Python; the plan goes on with its recorded shapes",
    ),
    Change(
        code="no-reset-after",
        message="{layers}: a GRU of Keras 2.1.2 or older applies its reset gate before the "
        "product; Keras 3 takes it for the other kind, and its bias does not fit",
        fix=f"{_CONVERT} keeps reset_after: false",
    ),
    Change(
        code="cudnn-layer",
        message="{layers}: Keras 3 has no layers of cuDNN's own, and refuses the file; LSTM and "
        "GRU compute the same",
        fix=f"{_CONVERT} makes them LSTM and GRU, with the same numbers",
    ),
    Change(
        code="tensorflow-operations",
        message="{layers}: operations of TensorFlow are in the model, which Keras 3 does not know",
        fix=f"{_CONVERT} makes them operations of keras.ops",
    ),
    Change(
        code="states-as-inputs",
        message="{layers}: the initial states are written as further inputs; Keras 3 says that the "
        "layer expects 1 input",
        fix=f"{_CONVERT} passes them as initial_state",
    ),
    Change(
        code="keras-1",
        message="Keras 1 or an older one wrote this file: layers and arguments have other names "
        "since, and Keras 3 refuses it",
        fix=f"{_CONVERT} writes it as Keras 3 does",
    ),
    Change(
        code="batch-input-shape",
        message="{layers}: the model has no input layer; Keras 3 takes the shape of its input for "
        "one without the batch axis, and refuses the file, or all inputs, for an axis too many",
        fix=f"{_CONVERT} adds the input layer",
    ),
    Change(
        code="keras-3-refuses",
        message="Keras 3 refuses arguments that it does not have, or their values: {layers}",
        fix=f"{_CONVERT} leaves out what changes nothing, and writes the rest as Keras 3 does",
    ),
    Change(
        code="sequential-list",
        message="the model is a bare list of layers, as Keras wrote it up to 2.2.2; Keras 3 does "
        "not read it",
        fix=f"{_CONVERT} writes it as Keras 3 does",
    ),
    Change(
        code="no-module",
        message="the JSON of Keras 2 does not say of which module the classes are, and Keras 3 "
        "does not find them",
        fix=f"{_CONVERT} writes it as Keras 3 does",
    ),
    Change(
        code="no-module-inside",
        message="{layers}: the file does not say of which module the layer or cell inside is, and "
        "Keras 3 does not find it",
        fix=f"{_CONVERT} writes it as Keras 3 does",
    ),
    Change(
        code="keras-2-zip",
        message="a functional model in a .keras file of Keras 2 is of a module that Keras 3 does "
        "not have, so that it does not load",
        fix=f"{_CONVERT} writes it as Keras 3 does",
    ),
    Change(
        code="named-keras",
        message="the content of this file is HDF5; Keras 3 refuses it under the suffix .keras",
        fix="rename it to .h5",
    ),
)

# How older versions write a model; a file of Keras 1 is refused whatever its form.
_OF_FORM = frozenset(
    {"keras-3-refuses", "batch-input-shape", "sequential-list", "states-as-inputs"}
)


# With these, Keras 3 loads the file, and computes other numbers.
_OTHER_NUMBERS = frozenset(
    {"hard-sigmoid-changed", "axis-dropped", "mask-not-handed", "mask-inside"}
)
_REFUSED = frozenset(change.code for change in CHANGES) - _OTHER_NUMBERS
#: What is no problem any more once a file was converted.
ENDED_BY_CONVERT = frozenset(change.code for change in CHANGES if change.fix.startswith(_CONVERT))
# With these, it loads the file only where the author's code is imported.
_NEEDS_CODE = frozenset({"custom-layer", "custom-function", "lambda-layer"})


def verdict(problems: Iterable[Problem]) -> str:
    """Whether Keras 3 will load a model file, and whether it will compute the same."""
    codes = {problem.code for problem in problems}
    if codes & _REFUSED:
        return "Keras 3 refuses this file"
    needs = " with the code of its author" if codes & _NEEDS_CODE else ""
    if codes & _OTHER_NUMBERS:
        return f"Keras 3 loads this file{needs}, and computes other numbers"
    return f"Keras 3 loads this file{needs}, and computes the same"


class Changes:
    """Collects the changes that matter to one file."""

    def __init__(self, container: Container, source: str) -> None:
        self._source = source
        self._layers: dict[str, list[tuple[str, str]]] = {}
        self.container = container
        if container == "json":
            self.note("no-module")
        elif container == "h5" and source.endswith(".keras"):
            self.note("named-keras")

    def note(self, code: str, layer: str = "", detail: str = "") -> None:
        """Adds a layer that a change matters to; ``detail`` is beside its name in the message."""
        layers = self._layers.setdefault(code, [])
        if (layer, detail) not in layers:
            layers.append((layer, detail))

    def problems(self) -> Iterator[Problem]:
        """A problem for each change, which names all layers."""
        for change in CHANGES:
            layers = self._layers.get(change.code)
            if layers is None or self._is_implied(change.code):
                continue
            words: Mapping[str, Any] = {
                "layers": _listed(layers),
                "file": self._source,
            }
            yield problem_of_file(
                self._source,
                change.code,
                change.message.format(**words),
                change.fix.format(**words),
                severity=change.severity,
                layer=layers[0][0] or None,
            )

    def _is_implied(self, code: str) -> bool:
        """Whether another change makes Keras 3 refuse all that this one would."""
        if code == "no-module-inside":
            return not self._layers.keys().isdisjoint({"no-module", "keras-1"})
        return code in _OF_FORM and "keras-1" in self._layers


def _listed(layers: list[tuple[str, str]]) -> str:
    named = [f"{layer} ({detail})" if detail else layer for layer, detail in layers[:_AT_MOST]]
    more = len(layers) - _AT_MOST
    return ", ".join([*named, *([f"and {more} more"] if more > 0 else [])])
