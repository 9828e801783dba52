"""The models that every writer is tried on, and what of a plan must come back."""

from __future__ import annotations

from typing import Any

import msgspec

from rnncli.config import ModelSpec, parse, read
from rnncli.keras_api.operations import OPERATIONS
from rnncli.layers.catalogue import RULES
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.reference.examples import example
from rnncli.report.report import Report
from rnncli.writers import Convertible, load
from tests.conftest import ROOT

CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for folder in ("configs", "configs/gallery", "configs/include")
    for path in (ROOT / folder).glob("*.yaml")
)
CLASSES = [*sorted(RULES), *sorted(OPERATIONS)]


def spec_of(text: str) -> ModelSpec:
    return parse(Source("model.yaml", text))


def spec_in(config: str) -> ModelSpec:
    return parse(read(str(ROOT / config)))


def example_of(cls: str) -> ModelSpec:
    sample = example(cls)
    assert sample is not None
    return sample.spec


def written(spec: ModelSpec, name: str) -> str:
    """A model as text of another kind."""
    writer = load(name)
    files = writer.write(Convertible(spec, bind(spec), plan(spec))).files
    assert [*files] == [writer.SUFFIX]
    return files[writer.SUFFIX].decode()


def essence(report: Report) -> dict[str, Any]:
    """A plan without the places of the config that it is of."""
    plain: dict[str, Any] = msgspec.to_builtins(report)
    plain["problems"] = sorted([each.code, each.message] for each in report.problems)
    del plain["source"]
    return _without_repeats(plain)


def _without_repeats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_repeats(inner) for key, inner in value.items() if key != "repeat"}
    return [*map(_without_repeats, value)] if isinstance(value, list | tuple) else value
