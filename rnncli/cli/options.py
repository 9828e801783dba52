"""The options that commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Optional, get_type_hints

import msgspec
import typer

from rnncli.cli.usage import wrong_usage
from rnncli.formats.text import one_line


class EngineName(StrEnum):
    """What ``--engine`` takes."""

    tensorflow = "tensorflow"
    jax = "jax"
    torch = "torch"
    numpy = "numpy"


class FormatName(StrEnum):
    """What ``--format`` takes."""

    table = "table"
    json = "json"
    markdown = "markdown"
    csv = "csv"
    html = "html"
    svg = "svg"


# The largest size that TensorFlow can count.
LARGEST = 2**63 - 1


def _batch_size(written: str) -> int:
    """What ``--batch`` takes."""
    if not _is_size(written):
        raise typer.BadParameter(f"{one_line(written)} is not a positive integer below 2^63.")
    return int(written)


# The panels of --help; all other options are in the panel Options.
_MODEL = {"rich_help_panel": "Model"}
_OUTPUT = {"rich_help_panel": "Output"}

Configs = Annotated[
    list[str], typer.Argument(metavar="CONFIG...", help="YAML files; - is standard input.")
]
Format = Annotated[
    FormatName,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="How to write the result: table, json, markdown, csv, html, a page with pictures, or "
        "svg, the plots of a sweep.",
        **_OUTPUT,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The same as --format json.", **_OUTPUT)]
Output = Annotated[
    Optional[str],  # noqa: UP045 - typer reads it at run time
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the result to a file, whole or not at all.",
        **_OUTPUT,
    ),
]
Batch = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        metavar="N",
        parser=_batch_size,
        help="Size of the batch axis; by default the config's, or 1.",
        **_MODEL,
    ),
]
Length = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="N|INPUT=N,...",
        help="Size of the unknown lengths where a number is needed, or one for each input; by "
        "default the config's, or 10, or the smallest that fits.",
        **_MODEL,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        max=2**32 - 1,
        help="Random seed for the inputs and the weights.",
        **_MODEL,
    ),
]
Engine = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="The backend that Keras computes on: tensorflow, jax, torch or numpy.",
        **_MODEL,
    ),
]
Set = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--set",
        metavar="LAYER.ARGUMENT=VALUE",
        help="Change an argument of a layer, or input, inputs.NAME, length, batch or name; "
        "repeatable.",
        **_MODEL,
    ),
]
AllowOutside = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Let include read files outside the folder of the config.",
        **_MODEL,
    ),
]
Values = Annotated[
    bool, typer.Option("--values", help="Print the values of the tensors as well.", **_OUTPUT)
]
Columns = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="NAMES",
        help="Columns of the layer table, such as layer,output,mask.",
        **_OUTPUT,
    ),
]
Show = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="PARTS",
        help="Parts to show, however long: layers, states, formulas, weights, activations or all; "
        "several with commas between.",
        **_OUTPUT,
    ),
]
Expand = Annotated[
    bool,
    typer.Option("--expand", help="Show every iteration of a block, and every row.", **_OUTPUT),
]
Force = Annotated[
    bool, typer.Option("--force", help="Build even if memory may not be enough.", **_MODEL)
]
Weights = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="FILE",
        help="Take the weights from a file, .weights.h5, .h5 or .keras; they must fit the plan.",
        **_MODEL,
    ),
]
Data = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="FILE",
        help="Run on data rather than random numbers: .npy, .npz by input, .csv, or .txt of lines; "
        "its batch and lengths are those of the run.",
        **_MODEL,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Fail on warnings as on errors.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no status, warnings or notes.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show notes, tracebacks and the messages of TensorFlow.")
]
NoColor = Annotated[bool, typer.Option("--no-color", help="Use no colour, as with NO_COLOR set.")]


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options that commands share, in the order of ``--help``.

    A command takes some of them; the others keep their defaults.
    """

    format_name: Format = FormatName.table
    json: Json = False
    output: Output = None
    batch: Batch = None
    length: Length = None
    seed: Seed = 0
    engine: Engine = EngineName.tensorflow
    settings: Set = None
    allow_outside: AllowOutside = False
    values: Values = False
    columns: Columns = None
    show: Show = None
    expand: Expand = False
    force: Force = False
    weights: Weights = None
    data: Data = None
    strict: Strict = False
    quiet: Quiet = False
    verbose: Verbose = False
    no_color: NoColor = False

    @property
    def lengths(self) -> int | dict[str, int] | None:
        """The value of ``--length``, parsed."""
        return _parse_lengths(self.length)


Command = Callable[..., None]


def with_options(*names: str, without: Sequence[str] = ()) -> Callable[[Command], Command]:
    """Gives a command the shared options with these names, or all except ``without``.

    The command is a function with a parameter ``options``, and parameters of its own.
    """
    fields = RunOptions.__struct_fields__
    option_names = names or [name for name in fields if name not in without]

    def decorate(command: Command) -> Command:
        def run(**values: Any) -> None:
            options = RunOptions(**{name: values.pop(name) for name in option_names})
            command(**values, options=options)

        own = dict(inspect.signature(command, eval_str=True).parameters)
        del own["options"]
        types = get_type_hints(RunOptions, include_extras=True)
        defaults = dict(zip(fields, RunOptions.__struct_defaults__, strict=True))
        shared = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults[name],
                annotation=types[name],
            )
            for name in option_names
        ]
        # Typer reads these.
        run.__signature__ = inspect.Signature([*own.values(), *shared])  # type: ignore[attr-defined]
        run.__doc__ = command.__doc__
        run.__annotations__ = {}
        return run

    return decorate


def _parse_lengths(written: str | None) -> int | dict[str, int] | None:
    """``--length``: one number, or one for each input named; None if the option is not used."""
    if written is None:
        return None
    named = [part.rpartition("=") for part in written.split(",")]
    if not all(_is_size(size.strip()) for _, _, size in named):
        raise wrong_usage(
            f"--length takes a positive integer, or one for each input: source=12,target=7; "
            f"not {written}"
        )
    if len(named) == 1 and not named[0][1]:
        return int(written)
    if not all(name.strip() and equals for name, equals, _ in named):
        raise wrong_usage("--length: name the input of each length: source=12,target=7")
    return {name.strip(): int(size) for name, _, size in named}


def _is_size(word: str) -> bool:
    return word.isdecimal() and len(word) < 20 and 0 < int(word) <= LARGEST
