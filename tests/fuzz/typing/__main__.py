"""``python -m tests.fuzz.typing --count 2000 --seed 1``: edits typed to a running server.

None may raise an error, keep the server busy for long, or leave a diagnostic that ``rnncli check``
would not give.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator

from rnncli.config import parse
from rnncli.config.files import source_of
from rnncli.lsp.recognition import is_config
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Problem
from rnncli.readers.reading import read_model
from tests.conftest import ROOT
from tests.fuzz.typing.editor import Editor, ServerFailed
from tests.fuzz.typing.edits import edited
from tests.user_mistakes import MISTAKES

# Of the processor, from an edit to its diagnostics. Its clock has steps of 10 ms.
LIMIT = 0.05
STEP = 0.01
# How many edits a text gets, one after the other.
IN_A_ROW = 12
URI = "file:///rnncli-typing/model.yaml"
_PATH = "/rnncli-typing/model.yaml"
_AT_POSITION = ("hover", "completion", "definition", "references", "prepareRename")


def texts() -> list[str]:
    """The configs that edits begin with."""
    paths = [*(ROOT / "configs").glob("*.yaml"), *(ROOT / "configs/gallery").glob("*.yaml")]
    known = [path.read_text(encoding="utf-8") for path in sorted(paths)]
    return [text for text in known if len(text) < 3_000] + [
        mistake.config for mistake in MISTAKES.values()
    ]


def faults(count: int, seed: int) -> Iterator[str]:
    """What goes wrong in so many edits, with the text."""
    chance = random.Random(seed)
    starts = texts()
    with Editor() as editor:
        done = version = 0
        _warm(editor, starts)
        while done < count:
            text = chance.choice(starts)
            for _ in range(min(IN_A_ROW, count - done)):
                text = edited(text, chance, starts)
                done, version = done + 1, version + 1
                wrong = _typed(editor, text, version, chance)
                if wrong:
                    yield f"{wrong} of {text!r}"


def _warm(editor: Editor, starts: list[str]) -> None:
    """Imports all that is imported when it is first needed."""
    item = {"uri": URI, "languageId": "yaml", "version": 0, "text": ""}
    editor.tell("textDocument/didOpen", textDocument=item)
    chance = random.Random(0)
    for number, text in enumerate(starts):
        _typed(editor, text, -len(starts) + number, chance)


def _typed(editor: Editor, text: str, version: int, chance: random.Random) -> str | None:
    """What is wrong after a text was typed; None where nothing is."""
    document = {"uri": URI}
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = chance.randrange(len(lines))
    position = {"line": line, "character": chance.randint(0, len(lines[line]))}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": len(lines), "character": 0}}
    try:
        taken = _change(editor, text, version)
        if taken > LIMIT + STEP:
            # Modules that this text is the first to need were imported: it is typed again.
            _change(editor, f"{text}#", version)
            taken = _change(editor, text, version)
        found = editor.diagnostics.get(URI, [])
        for name in _AT_POSITION:
            context = {"context": {"includeDeclaration": True}} if name == "references" else {}
            editor.ask(f"textDocument/{name}", textDocument=document, position=position, **context)
        editor.ask("textDocument/rename", textDocument=document, position=position, newName="q_1")
        editor.ask("textDocument/inlayHint", textDocument=document, range=whole)
        editor.ask("textDocument/foldingRange", textDocument=document)
        kinds = [None, ["source.fixAll"]] if version % 20 == 0 else [None]
        for only in kinds:
            editor.ask(
                "textDocument/codeAction",
                textDocument=document, range=whole, context={"diagnostics": [], "only": only},
            )  # fmt: skip
    except ServerFailed as error:
        return f"error: {error}"
    if taken > LIMIT + STEP:
        return f"{taken:.2f} s"
    told = sorted((each["code"], each["range"]["start"]["line"] + 1) for each in found)
    expected = sorted(_checked(text))
    if [code for code, _ in told] != [code for code, _ in expected]:
        return f"diagnostics {told}, where check says {expected}"
    return None


def _change(editor: Editor, text: str, version: int) -> float:
    """Types a text; the processor time until its diagnostics are there."""
    document = {"uri": URI, "version": version}
    started = editor.seconds
    editor.tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])
    editor.ask("textDocument/documentSymbol", textDocument={"uri": URI})
    return editor.seconds - started


def _checked(text: str) -> Iterator[tuple[str, int]]:
    """The codes and lines of what ``rnncli check`` reports."""
    if not is_config(text):
        return
    problems: tuple[Problem, ...]
    try:
        source = source_of(_PATH, text)
        problems = plan(parse(source, read_model=read_model)).problems
    except ConfigError as error:
        problems = error.problems
    for problem in problems:
        yield problem.code, problem.line or 1


def main() -> int:
    """Prints what goes wrong; the exit code says whether anything does."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.typing", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = 0
    for fault in faults(options.count, options.seed):
        wrong += 1
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{options.count} edits, {wrong} faults\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
