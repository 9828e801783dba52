"""A ModelSpec and settings with several values → the totals of each variant's plan.

A model is bound once, and once more for each value of a setting. What that changes in the model is
put together for each variant, so that only the rules are applied again. Where two settings change
the same part, or a variant has an error, it is planned from its config.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.config import ModelSpec, override
from rnncli.config.nodes import plain
from rnncli.config.spec import Setting
from rnncli.gc_pause import gc_paused
from rnncli.model.binding import bind
from rnncli.model.graph import Model, Node
from rnncli.model.lengths import ChosenLengths, checked_lengths, wanted_lengths
from rnncli.planning.plan import plan, settled_model, stateful_problems
from rnncli.planning.planned_totals import planned_totals
from rnncli.planning.steps import ModelEvaluator
from rnncli.problems import ConfigError, Problem, errors
from rnncli.report.report import Totals

# What a setting may change in a model, beside its layers.
_FIELDS = tuple(name for name in Model.__struct_fields__ if name not in ("nodes", "problems"))


class PlannedVariant(msgspec.Struct, frozen=True):
    """The settings of a variant with their values as plain data, and the totals of its plan.

    The totals are None where it has errors, which are in ``problems``.
    """

    settings: Mapping[str, Any]
    totals: Totals | None
    problems: tuple[Problem, ...] = ()


class _Patch(msgspec.Struct, frozen=True):
    """What a setting changes in a model: layers by their places, and fields by their names."""

    nodes: Mapping[int, Node]
    fields: Mapping[str, Any]


class Variants:
    """Plans the variants of a model.

    ``paths`` are those of the settings, and ``values`` their values in each variant, in the same
    order.
    """

    def __init__(
        self, spec: ModelSpec, paths: Sequence[str], batch: int | None, length: ChosenLengths | None
    ) -> None:
        self.spec = replace(spec, budget=None, data=None)
        self.paths, self.batch, self.length = paths, batch, length
        self._settings: dict[str, Setting] = {}
        self._patches: dict[tuple[int, tuple[str, ...]], _Patch | None] = {}
        self._first: tuple[str, ...] = ()
        self._base: Model | None = None
        # Settings of one layer are bound together: one may replace what another one sets.
        groups: dict[str, list[int]] = {}
        for place, path in enumerate(paths):
            groups.setdefault(path.partition(".")[0], []).append(place)
        self._groups = [*groups.values()]

    def planned(self, variants: Iterable[tuple[str, ...]]) -> Iterator[PlannedVariant]:
        """Yields the totals of each variant.

        Raises:
            ConfigError: a setting leads nowhere, or a value is none in any variant.
        """
        for values in variants:
            if self._base is None:
                self._base, self._first = bind(self._spec(values)), values
            model = self._model(values)
            totals = self._totals(model) if model else None
            if totals is not None:
                yield PlannedVariant(self._plain(values), totals)
            else:
                yield self._of_spec(values)

    def _spec(self, values: Sequence[str]) -> ModelSpec:
        """The config of a variant; each setting is read once."""
        settings = tuple(map(self._setting, self.paths, values))
        return replace(self.spec, settings=self.spec.settings + settings)

    def _setting(self, path: str, value: str) -> Setting:
        text = f"{path}={value}"
        if text not in self._settings:
            self._settings[text] = override(self.spec, [text]).settings[-1]
        return self._settings[text]

    def _model(self, values: tuple[str, ...]) -> Model | None:
        """The model of a variant, put together; None where it is to be bound as a whole."""
        base = self._base
        assert base is not None
        nodes: dict[int, Node] = {}
        fields: dict[str, Any] = {}
        for group, places in enumerate(self._groups):
            own = tuple([values[place] for place in places])
            if (group, own) not in self._patches:
                self._patches[group, own] = self._patch(places, own)
            patch = self._patches[group, own]
            if (
                patch is None
                or nodes.keys() & patch.nodes.keys()
                or fields.keys() & patch.fields.keys()
            ):
                return None
            nodes |= patch.nodes
            fields |= patch.fields
        patched = [nodes.get(place, node) for place, node in enumerate(base.nodes)]
        return replace(base, nodes=tuple(patched), **fields)

    def _patch(self, places: Sequence[int], own: Sequence[str]) -> _Patch | None:
        """What the values of one group change in the first variant; None if that has problems."""
        base = self._base
        assert base is not None
        values = [*self._first]
        for place, value in zip(places, own, strict=True):
            values[place] = value
        try:
            model = bind(self._spec(values))
        except ConfigError:
            return None
        if errors(model.problems) or len(model.nodes) != len(base.nodes) or model.decode:
            return None
        pairs = enumerate(zip(model.nodes, base.nodes, strict=True))
        return _Patch(
            {place: node for place, (node, before) in pairs if node != before},
            {
                name: getattr(model, name)
                for name in _FIELDS
                if getattr(model, name) != getattr(base, name)
            },
        )

    def _plain(self, values: Sequence[str]) -> dict[str, Any]:
        """The settings of a variant as plain data."""
        pairs = zip(self.paths, values, strict=True)
        return {path: plain(self._setting(path, value).node) for path, value in pairs}

    def _totals(self, model: Model) -> Totals | None:
        """The totals of a model; None if it has errors."""
        batch = self.batch or model.batch
        if batch is None and [*stateful_problems(model)]:
            return None
        evaluator = ModelEvaluator(model, batch or 1)
        symbolic = evaluator.symbolic()
        wanted = wanted_lengths(model, checked_lengths(self.length, model))
        settled, problems = settled_model(evaluator, symbolic, wanted, symbolic.problems)
        return None if errors(problems) else planned_totals(settled.layers)

    def _of_spec(self, values: Sequence[str]) -> PlannedVariant:
        report = plan(self._spec(values), self.batch, self.length)
        faults = tuple(errors(report.problems))
        return PlannedVariant(self._plain(values), None if faults else report.totals, faults)


@gc_paused()
def plan_variants(
    spec: ModelSpec,
    paths: Sequence[str],
    variants: Iterable[tuple[str, ...]],
    batch: int | None = None,
    length: ChosenLengths | None = None,
) -> list[PlannedVariant]:
    """The totals of every variant of a model.

    Raises:
        ConfigError: a setting leads nowhere, or a value cannot be read.
    """
    return [*Variants(spec, paths, batch, length).planned(variants)]
