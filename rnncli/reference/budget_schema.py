"""JSON Schema of the budget of a config, made from the units that it takes."""

from __future__ import annotations

from rnncli.config.budget import AMOUNT, BUDGET_KEYS, BYTE_UNITS, COUNT_UNITS, example
from rnncli.reference.value_schema import Schema


def budget_schema() -> Schema:
    """The schema of the limits of a model's totals."""
    return {
        "type": "object",
        "properties": {key: _amount(key) for key in BUDGET_KEYS},
        "additionalProperties": False,
        "minProperties": 1,
    }


def _amount(key: str) -> Schema:
    units = BYTE_UNITS if key.endswith("bytes") else COUNT_UNITS
    pattern = f"^{AMOUNT} ?({'|'.join(units)})$"
    forms: list[Schema] = [
        {"type": "integer", "minimum": 1},
        {"type": "string", "pattern": pattern},
    ]
    return {
        "anyOf": forms,
        "description": f"The most that the model may have, such as {example(key)}.",
    }
