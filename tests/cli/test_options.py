"""The options that commands share."""

from __future__ import annotations

import inspect

from rnncli.cli.options import RunOptions, with_options


def test_a_command_gets_the_options_that_it_takes_and_the_defaults_of_others():
    taken: list[tuple[str, RunOptions]] = []

    @with_options("seed", "quiet")
    def command(name: str, options: RunOptions) -> None:
        """What it does."""
        taken.append((name, options))

    assert list(inspect.signature(command).parameters) == ["name", "seed", "quiet"]
    assert command.__doc__ == "What it does."
    command(name="model.yaml", seed=3, quiet=True)
    assert taken == [("model.yaml", RunOptions(seed=3, quiet=True))]


def test_a_command_takes_all_options_but_some_in_one_order():
    @with_options(without=("engine", "force"))
    def command(options: RunOptions) -> None:
        """What it does."""

    names = list(inspect.signature(command).parameters)
    assert names == [n for n in RunOptions.__struct_fields__ if n not in ("engine", "force")]
