"""The names of layers and operations, as users write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnncli.keras_api.operations import ALIASES, OPERATIONS
from rnncli.keras_api.signatures import signatures
from rnncli.layers.catalogue import RULES
from rnncli.suggestions import did_you_mean


def canonical(name: str) -> str | None:
    """The layer or the operation that a name means; None if there is none.

    Aliases, any case and the packages of Keras are accepted, and ``mean`` is ``ops.mean`` where no
    layer has that name.
    """
    wanted = _bare(name).lower()
    for names in (_layers(), _operations(), _without_module()):
        by_lower = {known.lower(): target for known, target in names.items()}
        if wanted in by_lower:
            return by_lower[wanted]
    return None


def operation_of_name(name: str) -> str | None:
    """The operation whose bare name this is; None if there is none."""
    return _without_module().get(name.lower())


def nearest(name: str) -> str | None:
    """The known name that is nearest to one that is not known; None where nothing is near."""
    bare = _bare(name)
    if "." in bare:
        return did_you_mean(bare, _operations())
    return did_you_mean(bare, _layers()) or _without_module().get(
        did_you_mean(bare, _without_module()) or ""
    )


def starting_with(start: str) -> Iterator[str]:
    """The names that complete what is written; bare names of operations complete ``mea`` alone."""
    names = [*_layers(), *_operations(), *(_without_module() if start else ())]
    lowered = start.lower()
    return (name for name in names if name.lower().startswith(lowered))


def _bare(name: str) -> str:
    """A name without the packages before it, as far as it is not that of an operation."""
    return name.removeprefix("keras.").removeprefix("layers.")


def _layers() -> Mapping[str, str]:
    """Classes and their aliases → classes."""
    aliases = signatures().aliases
    known = {alias: cls for alias, cls in aliases.items() if cls in RULES and alias not in RULES}
    return {**{cls: cls for cls in RULES}, **known}


def _operations() -> Mapping[str, str]:
    """Functions and their aliases → functions."""
    return {**{function: function for function in OPERATIONS}, **ALIASES}


def _without_module() -> Mapping[str, str]:
    """``mean`` → ``ops.mean``; the first of two of that name counts."""
    return {
        name.partition(".")[2]: function for name, function in reversed([*_operations().items()])
    }
