"""What an editor's settings say, under ``rnncli``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Hints(msgspec.Struct, frozen=True):
    """Which inlay hints are shown."""

    outputs: bool = True
    parameters: bool = True
    macs: bool = False
    totals: bool = True
    states: bool = True


class Settings(msgspec.Struct, frozen=True):
    """``length`` and ``batch`` are as on the command line; ``folders`` hold nothing but configs."""

    length: int | dict[str, int] | None = None
    batch: int | None = None
    folders: tuple[str, ...] = ()
    allow_outside: bool = False
    hints: Hints = Hints()


def settings_of(written: Any) -> tuple[Settings, str | None]:
    """The settings, and what is wrong with those that are left out."""
    if isinstance(written, Mapping) and isinstance(written.get("rnncli"), Mapping):
        written = written["rnncli"]
    if not isinstance(written, Mapping):
        return Settings(), None
    try:
        settings = msgspec.convert(dict(written), Settings)
    except msgspec.ValidationError as error:
        return Settings(), f"the settings of rnncli are not used: {error}"
    sizes = settings.length
    values = [*(sizes.values() if isinstance(sizes, dict) else [sizes]), settings.batch]
    if any(value is not None and value < 1 for value in values):
        return Settings(), "the settings of rnncli are not used: a length and a batch are positive"
    return settings, None
