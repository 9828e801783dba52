"""Random edits: what a person types, deletes, moves and pastes."""

from __future__ import annotations

import random
from collections.abc import Sequence

_CHARACTERS = "abcLSTM0123456789 :-[]{},.\"'#&*!|>%@\n\n\t_/?é𝄞\u2028\x85"
_WORDS = (
    "LSTM", "Dense: 3", "- Dense: 3\n", "from: ", "name: a", "initial_state: encoder.states",
    "units: 3", "return_sequences: true", "activation: relu", "input: [5, 8]\n", "layers:\n",
    "repeat: 2", "include: x.yaml", "use: lstm", "model:", "null", "[", "]", "{", "}", ": ", "\n  - ",
    "\n    ", "call: {training: false}", "ops.mean: {axis: 1}", "&a ", "*a", "<<: *a", "outputs: [a]",
    "decode: {input: a}", "---\n", "# c\n", "custom: {class: \"a>B\", output: [3]}",
)  # fmt: skip


def edited(text: str, chance: random.Random, others: Sequence[str]) -> str:
    """A text with one edit."""
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.choice((1, 1, 2, 5, 20)))
    kind = chance.randrange(10)
    if kind < 4:
        return text[:start] + chance.choice(_CHARACTERS) + text[start:]
    if kind < 6:
        return text[:start] + text[end:]
    if kind < 8:
        return text[:start] + chance.choice(_WORDS) + text[start:]
    lines = text.split("\n")
    one = chance.randrange(len(lines))
    if kind == 8:
        other = chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        return "\n".join(lines)
    pasted = chance.choice(others).split("\n")
    at = chance.randrange(len(pasted))
    return "\n".join([*lines[:one], *pasted[at : at + 3], *lines[one:]])
