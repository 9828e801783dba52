"""Nodes → references: what a layer reads, by name."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import Node
from rnncli.config.spec import Reference


class References:
    """Reads what stands under ``from``, ``initial_state`` and ``outputs``."""

    def __init__(self, found: ProblemCollector) -> None:
        self._found = found

    def parse_many(self, node: Node) -> tuple[Reference, ...]:
        """A name, a list of names, or names by what they are to the layer."""
        if isinstance(node.value, tuple):
            found = [self.parse_one(each) for each in node.value]
        elif isinstance(node.value, Mapping):
            found = [self.parse_one(pair.value, role) for role, pair in node.value.items()]
        else:
            found = [self.parse_one(node)]
        if not found:
            self._found.add(
                "bad-reference", "nothing is named here", "write from: lstm", node.place
            )
        return tuple(each for each in found if each is not None)

    def parse_one(self, node: Node, role: str | None = None) -> Reference | None:
        """One name; None where it is none, which is told."""
        if not isinstance(node.value, str) or not node.value:
            fix = "write the name of a layer or an input, such as lstm, or lstm.h"
            message = "a layer is named, and not counted: this is no name"
            self._found.add("bad-reference", message, fix, node.place)
            return None
        name, _, tensor = node.value.partition(".")
        return Reference(name, tensor or None, node.place, role)
