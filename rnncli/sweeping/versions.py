"""The versions that a result depends on: those of what runs a model."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from rnncli import __version__

#: The packages whose versions must be the same wherever a sweep runs.
PACKAGES = ("rnncli", "keras", "tensorflow")


def versions_here() -> dict[str, str]:
    """The version of Python and of each package here; an empty one where there is none."""
    others = {name: _installed(name) for name in PACKAGES[1:]}
    return {"python": platform.python_version(), PACKAGES[0]: __version__, **others}


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
