"""``include``: which file it names, and whether that file may be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from rnncli.config.files import STANDARD_INPUT, read
from rnncli.config.spec import ModelSpec
from rnncli.problems import Source

DEPTH_LIMIT = 16

# The path of an included file → the model of a model file; None where it is a config.
ReadModel = Callable[[str], ModelSpec | None]
# The path of an included config → its text; an editor has texts that no file has yet.
ReadSource = Callable[[str], Source]


class Storage(msgspec.Struct, frozen=True):
    """What reads the files that a config includes: model files, and the text of configs.

    ``prefix`` is the commit that the files are from, before each of their paths: ``main:``.
    """

    read_model: ReadModel | None = None
    read_text: ReadSource = read
    prefix: str = ""


class Files(msgspec.Struct, frozen=True):
    """The chain of files that include a config, outermost first, with the config at its end.

    Included files must lie in the folder of the outermost file, unless ``allow_outside``.
    ``models`` holds the models that are read already: each file is read once. ``included`` holds
    the paths of all included files, as messages name them.
    """

    chain: tuple[Path, ...]
    allow_outside: bool
    models: dict[Path, ModelSpec] = msgspec.field(default_factory=dict)
    included: list[str] = msgspec.field(default_factory=list)
    storage: Storage = Storage()

    @classmethod
    def of(cls, source: Source, allow_outside: bool, storage: Storage) -> Files:
        """The chain of a config that no file includes; standard input is in the current folder."""
        name = source.name.removeprefix(storage.prefix)
        path = Path(STANDARD_INPUT if name.startswith("<") else name)
        return cls((_real(path),), allow_outside, storage=storage)

    def next(self, source: Source, written: str) -> tuple[str, Files]:
        """The path of an included file, as messages name it, and the chain that ends with it."""
        prefix = self.storage.prefix
        name = source.name.removeprefix(prefix)
        folder = "" if name.startswith("<") else os.path.dirname(name)
        path = os.path.join(folder, written)
        chain = (*self.chain, _real(Path(path)))
        if prefix:
            # A commit has no folders to go up in.
            path = prefix + os.path.normpath(path)
        self.included.append(path)
        files = Files(chain, self.allow_outside, self.models, self.included, self.storage)
        return path, files

    @property
    def path(self) -> Path:
        """The path of the config at the end of the chain."""
        return self.chain[-1]

    @property
    def is_cycle(self) -> bool:
        """Whether a file includes itself, directly or through other files."""
        return self.path in self.chain[:-1]

    @property
    def is_too_deep(self) -> bool:
        """Whether the chain is longer than the limit."""
        return len(self.chain) > DEPTH_LIMIT

    @property
    def is_outside(self) -> bool:
        """Whether the last file lies outside the folder of the first."""
        return not self.allow_outside and not self.path.is_relative_to(self.chain[0].parent)


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except OSError:
        # The current folder was deleted.
        return path
