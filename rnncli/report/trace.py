"""The record of what happens inside the recurrent and the attention layers of a model."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from rnncli.problems import Problem
from rnncli.report.report import Versions

Direction = Literal["forward", "backward"]
# One number for each step and unit; numpy arrays in Python. A number that is not known is null.
Numbers = tuple[tuple[float | None, ...], ...]


class Saturation(msgspec.Struct, frozen=True, kw_only=True):
    """The share of a gate's values below 0.1 and above 0.9, over the steps that are not masked."""

    below: float | None
    above: float | None


class Arithmetic(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers from which one unit's state follows at one step.

    ``step`` counts from 1, ``unit`` from 0. ``terms`` has the gates and the state ``before`` and
    ``after`` the step; those of a SimpleRNN are ``input``, ``recurrent``, ``bias`` and ``after``.
    """

    step: int
    unit: int
    state: str
    terms: dict[str, float | None]
    activation: str


class LayerTrace(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """One direction of a recurrent layer in one call, for one sequence of the batch.

    All quantities are on the time axis of the input, whatever the direction. ``gates`` names those
    between 0 and 1 that open and close. A masked step has no gates and repeats the state before it.

    - ``recurrent``: the class of this direction's layer, ``cells`` those of its cells, one on
      another.
    - ``time_steps``: the step of every TimeDistributed around the layer, from 0.
    - ``mask``: whether each step is read; None if the call has no mask.
    - ``becomes``: the part of the layer's output that the ``h`` of each step becomes.
    - ``formulas``: how the states follow from the gates.
    """

    name: str
    cls: str
    recurrent: str
    cells: tuple[str, ...]
    direction: Direction
    time_steps: tuple[int, ...] = ()
    steps: int
    units: int
    quantities: dict[str, Numbers]
    initial_state: dict[str, tuple[float | None, ...]]
    gate_names: tuple[str, ...]
    state_names: tuple[str, ...]
    mask: tuple[bool, ...] | None = None
    becomes: tuple[str | None, ...]
    formulas: dict[str, str]
    saturation: dict[str, Saturation]
    arithmetic: Arithmetic | None = None
    largest_difference: float | None
    agrees: bool

    @property
    def gates(self) -> dict[str, Any]:
        """The quantities that are not states, by name: arrays of shape (steps, units)."""
        names = [name for name in self.quantities if name not in self.state_names]
        return {name: self.quantities[name] for name in names}

    @property
    def states(self) -> dict[str, Any]:
        """The states after every step, by name: arrays of shape (steps, units)."""
        return {name: self.quantities[name] for name in self.state_names}

    @property
    def key(self) -> str:
        """The name by which ``Trace`` has it; a Bidirectional has one for each direction."""
        name = _numbered(self.name, self.time_steps)
        return f"{name}.{self.direction}" if self.cls == "Bidirectional" else name


class AttentionTrace(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """The scores of an attention layer in one call, for one sequence of the batch.

    ``scores`` has the axes head, query and key; each row of keys sums to 1.
    """

    name: str
    cls: str
    time_steps: tuple[int, ...] = ()
    scores: tuple[Numbers, ...]
    largest_difference: float | None
    agrees: bool

    @property
    def key(self) -> str:
        """The name by which ``Trace`` has it."""
        return _numbered(self.name, self.time_steps)


class TraceAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Keras computes what the replay computes, at every step.

    Differences of numbers above 1 are relative. The ``tolerance`` is 1e-5, or the rounding of the
    layers' dtype where that is more, None where there is no bound.
    """

    agrees: bool
    largest_difference: float | None
    tolerance: float | None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What happens inside a model, step by step, for one sequence of a batch, counted from 1.

    ``data`` is the file that the model reads; it is left out where it reads random numbers.
    """

    schema: Literal["rnncli.trace.v1"] = "rnncli.trace.v1"
    name: str
    source: str
    versions: Versions
    batch: int
    seed: int | None
    sequence: int
    layers: tuple[LayerTrace, ...] = ()
    attention: tuple[AttentionTrace, ...] = ()
    agreement: TraceAgreement | None = None
    problems: tuple[Problem, ...] = ()
    data: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def traces(self) -> list[LayerTrace | AttentionTrace]:
        """The traces of all layers."""
        return [*self.layers, *self.attention]

    def __getitem__(self, key: str) -> Any:
        """The trace of a layer by its name; of a direction as in ``encoder.backward``.

        Raises:
            KeyError: no layer with this name is traced, or the name stands for several.
        """
        traces: dict[str, Any] = {trace.key: trace for trace in self.traces}
        if key in traces:
            return traces[key]
        several = [name for name in traces if name.startswith((f"{key}.", f"{key}["))]
        raise KeyError(f"{key} is one of: {', '.join(several or traces)}")


def _numbered(name: str, steps: tuple[int, ...]) -> str:
    return name + "".join(f"[{step}]" for step in steps)
