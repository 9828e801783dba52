"""The pages of the manual, which are the Markdown files of ``docs``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

# In the order in which a reader needs them.
NAMES = (
    "config",
    "model-files",
    "graphs",
    "decode",
    "trace",
    "gradients",
    "profile",
    "problems",
    "diff",
    "budgets",
    "sweep",
    "editors",
    "convert",
    "draw",
    "macs",
    "gallery",
    "cli",
    "python",
    "architecture",
    "adding-a-layer",
)


def pages() -> Mapping[str, str]:
    """The Markdown text of each page by its name."""
    folder = files("rnncli.reference").joinpath("docs")
    return {name: folder.joinpath(f"{name}.md").read_text(encoding="utf-8") for name in NAMES}


def summary(page: str) -> str:
    """The line below a page's title, which says what the page is about."""
    return page.split("\n", 3)[2]
