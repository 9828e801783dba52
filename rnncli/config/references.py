"""Nodes → references: what a layer reads, by name."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import Node
from rnncli.config.spec import Reference


class References:
    """Reads what stands under ``from``, ``initial_state`` and ``outputs``."""

    def __init__(self, collector: ProblemCollector) -> None:
        self._collector = collector

    def parse_many(self, node: Node, key: str = "from") -> tuple[Reference, ...]:
        """A name, a list of names, or a mapping of roles to names, which stand under a key."""
        if isinstance(node.value, tuple):
            references = [self.parse_one(item) for item in node.value]
        elif isinstance(node.value, Mapping):
            references = [self.parse_one(pair.value, role) for role, pair in node.value.items()]
        else:
            references = [self.parse_one(node)]
        if not references:
            self._collector.add(
                "bad-reference", "nothing is named here", f"write {key}: lstm", node.place
            )
        return tuple(reference for reference in references if reference is not None)

    def parse_one(self, node: Node, role: str | None = None) -> Reference | None:
        """One name; None if it is not valid, which is reported."""
        if role is not None and isinstance(node.value, bool):
            self._refuse_plain_value(node, role)
            return None
        if not isinstance(node.value, str) or not node.value:
            fix = "write the name of a layer or an input, such as lstm, or lstm.h"
            message = "a layer is referred to by its name"
            if isinstance(node.value, int | float):
                message += ", not by a number"
            self._collector.add("bad-reference", message, fix, node.place)
            return None
        name, _, tensor = node.value.partition(".")
        return Reference(name, tensor or None, node.place, role)

    def _refuse_plain_value(self, node: Node, role: str) -> None:
        """Reports true or false in place of a tensor: it is an argument of the layer's call."""
        from rnncli.config.call_edits import move_beside

        value = "true" if node.value else "false"
        message = f"{role} is {value}, and this takes the names of tensors"
        fix, edits = f"write call: {{{role}: {value}}}", move_beside(node.place, role, node.value)
        self._collector.add("bad-reference", message, fix, node.place, edits=edits)
