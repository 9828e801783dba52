"""Two formulas of a count, with their numbers → one that shows which sizes changed."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z][a-z_]*")


def changed_formula(before: str | None, after: str | None) -> str | None:
    """The formula with the sizes that are equal as numbers, and those that differ as words.

    ``units·(features + 1) = 10·(512 + 1)`` and ``… = 10·(64 + 1)`` are ``10·(features + 1)``. None
    where the two have not the same words.
    """
    if not before or not after:
        return None
    words, _, _ = after.partition(" = ")
    ours, theirs = _sizes(words, before), _sizes(words, after)
    if ours is None or theirs is None:
        return None
    equal = {word: size for word, size in theirs.items() if ours[word] == size}
    return _WORD.sub(lambda match: equal.get(match[0], match[0]), words)


def _sizes(words: str, formula: str) -> dict[str, str] | None:
    """The number in place of each word of a formula; None if it is another formula."""
    own_words, _, numbers = formula.partition(" = ")
    if own_words != words:
        return None
    seen: set[str] = set()
    pattern = ""
    end = 0
    for match in _WORD.finditer(words):
        pattern += re.escape(words[end : match.start()])
        pattern += f"(?P={match[0]})" if match[0] in seen else rf"(?P<{match[0]}>-?\d+)"
        seen.add(match[0])
        end = match.end()
    whole = re.fullmatch(pattern + re.escape(words[end:]), numbers)
    return whole.groupdict() if whole else None
