"""What the shell completes beside commands and options: names that only rnncli knows."""

from __future__ import annotations


def layers(incomplete: str) -> list[str]:
    """The layers and the operations whose names begin so."""
    from rnncli.reference.names import starting_with

    return [*starting_with(incomplete)]


def templates(incomplete: str) -> list[str]:
    """The templates whose names begin so."""
    from rnncli.reference.templates import templates as known

    return [name for name in known() if name.startswith(incomplete)]


def pages(incomplete: str) -> list[str]:
    """The pages of the manual whose names begin so."""
    from rnncli.reference.pages import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


def codes(incomplete: str) -> list[str]:
    """The problem codes that begin so."""
    from rnncli.reference.problem_codes import explanations

    return [code for code in explanations() if code.startswith(incomplete)]


def targets(incomplete: str) -> list[str]:
    """The kinds of files that a model can be written as whose names begin so."""
    from rnncli.writers import TARGETS

    return [name for name in TARGETS if name.startswith(incomplete)]
