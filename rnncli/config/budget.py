"""The value of ``budget``: the most parameters, MACs and bytes that a model may have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import LARGEST, Pair
from rnncli.config.spec import BudgetSpec, Limit

# What a budget may limit: the totals of a report.
BUDGET_KEYS = ("params", "macs", "weight_bytes", "activation_bytes")
AMOUNT = r"[0-9][0-9_,]*(\.[0-9]+)?"
# The units of counts and of bytes.
COUNT_UNITS: Mapping[str, int] = {
    "": 1,
    "K": 10**3,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
}
BYTE_UNITS: Mapping[str, int] = {
    **COUNT_UNITS,
    "B": 1,
    **{f"{unit}B": size for unit, size in COUNT_UNITS.items() if unit},
    **{f"{unit}iB": 1024**power for power, unit in enumerate("KMGT", 1)},
}
_EXAMPLES = {
    "params": "params: 2M",
    "macs": "macs: 50M",
    "weight_bytes": "weight_bytes: 8MB, or 8MiB",
    "activation_bytes": "activation_bytes: 8MB, or 8MiB",
}
_AMOUNT = re.compile(rf"(?P<digits>{AMOUNT}) ?(?P<unit>[A-Za-z]*)")


def parse_budget(pair: Pair, collector: ProblemCollector) -> BudgetSpec | None:
    """The budget of a config; None if it is not valid. What is not valid is reported."""
    fields = pair.value.value
    if not isinstance(fields, Mapping) or not fields:
        message = "budget limits counts of the model"
        fix = "write budget: {params: 2M, macs: 50M, weight_bytes: 8MB}"
        collector.add("bad-budget", message, fix, pair.value.place)
        return None
    collector.check_keys(fields, BUDGET_KEYS, "budget")
    limits: dict[str, Limit] = {}
    for name in BUDGET_KEYS:
        if name not in fields:
            continue
        node = fields[name].value
        amount = amount_of(name, node.value)
        if amount is None:
            from rnncli.config.edits import replace_text

            near = respelled(name, node.value)
            fix = f"did you mean {near}?" if near else f"such as {example(name)}"
            edits = replace_text(node.place, near) if near else ()
            collector.add("bad-budget", misread(name), fix, node.place, edits=edits, safe=False)
        else:
            limits[name] = Limit(amount, node.place)
    return BudgetSpec(limits)


def amount_of(name: str, written: object) -> int | None:
    """The amount in a number or a text such as ``2_000_000``, ``50M`` or ``8MiB``; None if it is
    none, or no positive integer of 64 bits."""
    amount: int | None = None
    if isinstance(written, int) and not isinstance(written, bool):
        amount = written
    elif isinstance(written, str):
        amount = _of_text(written.strip(), BYTE_UNITS if name.endswith("bytes") else COUNT_UNITS)
    return amount if amount is not None and 0 < amount <= LARGEST else None


def respelled(name: str, written: object) -> str | None:
    """The amount with its unit in the right letters, such as ``8MB`` for ``8mb``; None if there is
    no such unit."""
    match = _AMOUNT.fullmatch(written.strip()) if isinstance(written, str) else None
    units = BYTE_UNITS if name.endswith("bytes") else COUNT_UNITS
    for unit in units if match else ():
        if match and unit.lower() == match["unit"].lower():
            return f"{match['digits']}{unit}"
    return None


def _of_text(text: str, units: Mapping[str, int]) -> int | None:
    match = _AMOUNT.fullmatch(text)
    if match is None or len(text) > 40 or match["unit"] not in units:
        return None
    amount = Fraction(match["digits"].replace("_", "").replace(",", "")) * units[match["unit"]]
    return amount.numerator if amount.denominator == 1 else None


def misread(name: str) -> str:
    """The message for an amount that is none."""
    what = "a number of bytes" if name.endswith("bytes") else "a count"
    units = "kB, MB, GB, KiB, MiB or GiB" if name.endswith("bytes") else "K, M, G or T"
    return f"{name} is {what} above 0: an integer, or digits and {units}"


def example(name: str) -> str:
    """An amount as a config writes it."""
    return _EXAMPLES[name]
