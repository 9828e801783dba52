"""A Report and a budget → what is over it, and the layers that cost most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rnncli.report.layer import Layer
from rnncli.report.report import Report
from rnncli.report.totals import totals

# How the totals are called in messages.
NOUNS: Mapping[str, str] = {
    "params": "parameters",
    "macs": "MACs",
    "weight_bytes": "bytes of weights",
    "activation_bytes": "bytes of outputs",
}


class Excess(msgspec.Struct, frozen=True):
    """A total that is over its limit, or not known; ``costs`` are those of layers, largest first.

    Where the total is not known, ``costs`` has the layers whose cost is not.
    """

    name: str
    limit: int
    total: int | None
    costs: Sequence[tuple[Layer, int | None]]


def over_budget(report: Report, limits: Mapping[str, int]) -> Iterator[Excess]:
    """Yields the totals that are over their limits; one that is not known is never within."""
    for name, limit in limits.items():
        total = getattr(report.totals, name)
        if total is None:
            unknown = [(layer, None) for layer in report.layers if cost(layer, name) is None]
            yield Excess(name, limit, None, unknown)
        elif total > limit:
            yield Excess(name, limit, total, _largest_first(report.layers, name))


def cost(layer: Layer, name: str) -> int | None:
    """What one layer adds to a total."""
    count: int | None = getattr(totals((layer,)), name)
    return count


def _largest_first(layers: Sequence[Layer], name: str) -> list[tuple[Layer, int | None]]:
    costs = [(layer, cost(layer, name)) for layer in layers]
    return sorted(costs, key=lambda pair: -(pair[1] or 0))
