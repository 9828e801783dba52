"""The pictures that the README and the manual show, which are checked in under ``.github``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import rnncli
from tests.conftest import ROOT

FOLDER = ROOT / ".github"
GALLERY = sorted((ROOT / "configs/gallery").glob("*.yaml"))
_OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "bidirectional": ("bidirectional", {}),
    "bidirectional-dark": ("bidirectional", {"dark": True}),
    "cell": ("many_to_one", {"kind": "cell"}),
    "decode": ("seq2seq", {"kind": "unrolled"}),
    "graph": ("residual_stack", {"kind": "graph"}),
}


@cache
def pictures() -> dict[Path, str]:
    """The text of each picture by its file."""
    shown = {
        FOLDER / f"{name}.svg": _drawn(ROOT / f"configs/{config}.yaml", **options)
        for name, (config, options) in _OTHERS.items()
    }
    return shown | {
        FOLDER / f"gallery/{path.stem}.svg": _drawn(path, kind="graph") for path in GALLERY
    }


def _drawn(path: Path, **options: Any) -> str:
    return rnncli.draw(rnncli.load(path), **options)
