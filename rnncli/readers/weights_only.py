"""A file of which only the weights are known: it has no architecture, or one that is code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rnncli.problems import ConfigError, Problem, problem_of_file
from rnncli.report.model_file import StoredWeight

if TYPE_CHECKING:
    from rnncli.readers.containers.container import Container


class WeightsOnly(ConfigError):
    """The error of such a file; ``weights`` has its arrays by the layer or the group."""

    def __init__(self, problems: Iterable[Problem], container: Container) -> None:
        super().__init__(*problems)
        self.weights = _by_group(container)

    @classmethod
    def of_file(cls, name: str, container: Container) -> WeightsOnly:
        """The error of a file without an architecture."""
        problem = problem_of_file(
            name,
            "weights-only",
            "this file has weights alone: how the layers are wired is not in it",
            "write a config of the model, and give this file to build with --weights",
        )
        return cls([problem], container)


def _by_group(container: Container) -> Mapping[str, Sequence[StoredWeight]]:
    if container.layer_weights is not None:
        return {name: weights for name, weights in container.layer_weights.items() if weights}
    groups: dict[str, list[StoredWeight]] = {}
    for weight in container.arrays or ():
        group = weight.path.rpartition("/")[0].removesuffix("/vars").removeprefix("layers/")
        groups.setdefault(group, []).append(weight)
    return groups
