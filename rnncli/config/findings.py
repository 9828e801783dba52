"""Collects the problems of a config while it is read; the checks that all its parts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rnncli.config.nodes import Node, Pair
from rnncli.problems import Edits, Place, Problem, problem
from rnncli.suggestions import did_you_mean


class ProblemCollector:
    """The problems of one config, in the order in which they are found."""

    def __init__(self, text: str = "") -> None:
        self.problems: list[Problem] = []
        # Whether the config may contain a call or a tuple in Python's spelling.
        self.may_call = "(" in text

    def add(
        self,
        code: str,
        message: str,
        fix: str | None,
        place: Place,
        *,
        edits: Edits = (),
        safe: bool = True,
    ) -> None:
        """Adds an error; reading goes on."""
        self.problems.append(problem(code, message, fix, place=place, edits=edits, safe=safe))

    def check_keys(self, pairs: Mapping[str, Pair], known: Iterable[str], what: str) -> None:
        """Reports keys that are not known."""
        for key, pair in pairs.items():
            if key in known:
                continue
            from rnncli.config.edits import remove, rename

            near = did_you_mean(key, known)
            if near in pairs:
                near = None
            fix = f"did you mean {near}?" if near else f"the keys are {', '.join(known)}"
            edits = rename(pair.key, key, near) if near else remove(pair.key)
            self.add(
                "unknown-key",
                f"{what} has no key {key}",
                fix,
                pair.key,
                edits=edits,
                safe=near is not None,
            )

    def name(self, node: Node, what: str, forbidden: str = "") -> str | None:
        """A name; None if it is not valid, which is reported."""
        name = node.value
        if not isinstance(name, str) or not name.strip():
            from rnncli.config.edits import replace_text

            is_quotable = isinstance(name, int | float)
            fix = "put it in quotes" if is_quotable else "give it a name, such as encoder"
            quoted = f'"{span_text(node.place)}"'
            edits = replace_text(node.place, quoted) if is_quotable else ()
            self.add("bad-name", f"{what} is a word", fix, node.place, edits=edits)
        elif not name.isprintable() or any(character in name for character in forbidden):
            cannot = " or ".join([*forbidden, "control characters"])
            allowed = "".join(c if c.isprintable() and c not in forbidden else "_" for c in name)
            from rnncli.config.edits import replace_value

            edits = replace_value(node.place, allowed)
            message, fix = f"{what} cannot hold {cannot}", f"such as {allowed}"
            self.add("bad-name", message, fix, node.place, edits=edits, safe=False)
        else:
            return name
        return None

    def positive(self, node: Node, what: str, example: str) -> int | None:
        """A positive integer; None if the value is not one, which is reported."""
        number = node.value
        if isinstance(number, int) and not isinstance(number, bool) and number > 0:
            return number
        self.add("not-positive", f"{what} is a positive integer", f"such as {example}", node.place)
        return None


def span_text(place: Place) -> str:
    """The text at a place."""
    return place.source.lines[place.line - 1][place.column - 1 : place.end - 1]


def span(pair: Pair) -> Place:
    """The place from a key to the end of its value, or the key alone if they are on two lines."""
    key, value = pair.key, pair.value.place
    end = value.end if value.line == key.line and value.end > key.end else key.end
    return Place(key.source, key.line, key.column, end)
