"""What came of a case."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.judge.case import Case
from tests.judge.verdict import Disagreement


@dataclass
class Outcome:
    """What came of a case: whether Keras ran it and plan refused it, and where they differ."""

    number: int
    case: Case
    ran: bool
    refused: bool
    disagreements: list[Disagreement]
    seconds: dict[str, float] = field(default_factory=dict)
    broken: bool = False


def signature(one: Disagreement) -> str:
    """What is the same in disagreements of one cause: no names and no numbers."""
    core = one.keras
    if one.kind == "refused":
        core = one.plan
    text = f"{one.kind}|{re.sub(r'^[a-z_0-9]+ ', '', one.where)}|{core[:170]}"
    return re.sub(r"[a-z]+_\d+(_\d+)*(\.\w+)?|\d+|\([^)]*\)|\[[^]]*\]", "·", text)
