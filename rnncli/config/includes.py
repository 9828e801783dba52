"""``include``: which file is meant, and whether it may be read."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from rnncli.config.files import STANDARD_INPUT
from rnncli.config.spec import ModelSpec
from rnncli.problems import Source

DEPTH_LIMIT = 16


class Files(msgspec.Struct, frozen=True):
    """Where a config stands: the files that include it, outermost first, and itself.

    What it includes must lie in the folder of the outermost, unless ``allow_outside``. ``models``
    are those read already: each file is read once. ``included`` are the paths of all that any of
    them includes, as messages name them.
    """

    chain: tuple[Path, ...]
    allow_outside: bool
    models: dict[Path, ModelSpec] = msgspec.field(default_factory=dict)
    included: list[str] = msgspec.field(default_factory=list)

    @classmethod
    def of(cls, source: Source, allow_outside: bool) -> Files:
        """Those of a config that nothing includes; standard input stands in the current folder."""
        name = source.name
        path = Path(STANDARD_INPUT if name.startswith("<") else name)
        return cls((_real(path),), allow_outside)

    def next(self, source: Source, written: str) -> tuple[str, Files]:
        """The path of an included file, as a message names it, and its place among the files."""
        folder = "" if source.name.startswith("<") else os.path.dirname(source.name)
        path = os.path.join(folder, written)
        self.included.append(path)
        chain = (*self.chain, _real(Path(path)))
        return path, Files(chain, self.allow_outside, self.models, self.included)

    @property
    def path(self) -> Path:
        """The file itself."""
        return self.chain[-1]

    @property
    def is_cycle(self) -> bool:
        """Whether a file includes itself, by whatever way."""
        return self.path in self.chain[:-1]

    @property
    def is_too_deep(self) -> bool:
        """Whether there are more files within files than anybody could follow."""
        return len(self.chain) > DEPTH_LIMIT

    @property
    def is_outside(self) -> bool:
        """Whether the last file lies outside the folder of the first."""
        return not self.allow_outside and not self.path.is_relative_to(self.chain[0].parent)


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except OSError:
        # The current folder was deleted: nothing lies in it.
        return path
