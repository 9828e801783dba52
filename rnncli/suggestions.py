"""Words near another word, for messages that say what may be meant."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

# How many words a suggestion is sought among, and how many a message names.
_LOOKED_AT = 300


_NAMED = 20


# Words are as near as one another where their ratios differ by less.
_AS_NEAR = 0.08


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to what was written, or None where nothing is near."""
    near = near_words(word, known)
    return near[0] if near else None


def near_words(word: str, known: Iterable[str]) -> list[str]:
    """The known words near to what was written, the nearest first, those alone that are as near.

    Of very many words only the first are looked at: a model may have ten thousand mistakes.
    """
    import difflib

    wanted = word.lower().replace("_", "")
    lowered: dict[str, str] = {}
    for candidate in islice(known, _LOOKED_AT):
        short = candidate.lower().replace("_", "")
        if len(wanted) > 3 and short.startswith(wanted):
            # What somebody shortens: return_seq is nearer to return_state by its letters.
            return [candidate]
        # No word of another length is near; to know that takes less time than to compare.
        if 0.5 * len(wanted) <= len(short) <= 2 * len(wanted):
            lowered[short] = candidate
    near = difflib.get_close_matches(wanted, lowered, n=3, cutoff=0.7)
    if not near:
        return []
    matcher = difflib.SequenceMatcher(b=wanted)
    ratios = {}
    for short in near:
        matcher.set_seq1(short)
        ratios[short] = matcher.ratio()
    return [lowered[short] for short in near if ratios[short] > ratios[near[0]] - _AS_NEAR]


def listed(names: Iterable[str], separator: str = ", ") -> str:
    """Names for a message, of which a reader sees the first where they are many."""
    shown = [*islice(names, _NAMED + 1)]
    return separator.join([*shown[:_NAMED], "…"] if len(shown) > _NAMED else shown)
