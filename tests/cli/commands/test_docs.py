from __future__ import annotations

import re
import subprocess
import sys

import pytest

from rnncli.formats.pages import render
from rnncli.formats.render_options import RenderOptions
from rnncli.reference.pages import NAMES, pages, summary
from tests.cli.test_surroundings import on_terminal, run
from tests.conftest import ROOT

CODE = re.compile(r"^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_without_a_page_it_lists_the_pages(rnncli):
    lines = rnncli("docs").out.splitlines()
    assert [line.split()[0] for line in lines] == [*NAMES]
    assert [line.split("  ", 1)[1].strip() for line in lines] == [*map(summary, pages().values())]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_that_is_piped_is_its_markdown(rnncli, name):
    outcome = rnncli("docs", name)
    assert outcome.code == 0
    assert outcome.out == pages()[name] == rnncli("docs", f"{name}.md").out


def test_an_unknown_page(rnncli):
    outcome = rnncli("docs", "grahps")
    assert outcome.code == 2
    assert "did you mean graphs?" in outcome.err
    outcome = rnncli("docs", "zzz")
    assert outcome.code == 2
    assert all(name in outcome.err for name in ("config", "adding-a-layer"))


def test_a_page_is_written_to_a_file(rnncli, tmp_path):
    target = tmp_path / "config.md"
    assert rnncli("docs", "config", "--output", str(target)).out == ""
    assert target.read_text(encoding="utf-8") == pages()["config"]


def test_a_page_is_rendered_on_a_terminal():
    text = on_terminal("docs", "config", COLUMNS="80", TERM="xterm")
    assert "\x1b[" in text
    assert "```" not in text
    assert "rnncli docs graphs" in text


def test_without_colour_there_are_no_escapes():
    text = on_terminal("docs", "gallery", COLUMNS="80", NO_COLOR="1")
    assert "\x1b" not in text
    assert "```" not in text


def test_a_terminal_without_unicode_gets_the_markdown():
    text = on_terminal("docs", "macs", LC_ALL="C", PYTHONUTF8="0")
    assert text.isascii()
    assert "```console" in text
    assert run("docs", "macs", LC_ALL="C", PYTHONUTF8="0").stdout.decode() == text


@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_breaks_no_word(name):
    rendered = render(pages()[name], RenderOptions(width=100))
    without_links = re.sub(r"```\w+\n|\]\([^)]*\)", " ", pages()[name])
    for word in re.findall(r"\w+", without_links):
        assert word in rendered, word


@pytest.mark.parametrize("name", NAMES)
def test_a_narrow_terminal_cuts_nothing_off(name):
    lines = render(pages()[name], RenderOptions(width=40)).splitlines()
    code = [f"  {line}" for block in CODE.findall(pages()[name]) for line in block.splitlines()]
    rest = [line.rstrip() for line in lines if line.rstrip() not in code]
    assert {line.rstrip() for line in code} <= {line.rstrip() for line in lines}
    assert max(map(len, rest)) <= 40
    assert "".join(rest).count("…") == CODE.sub("", pages()[name]).count("…")


def test_rich_is_imported_for_a_terminal_alone():
    code = (
        "import sys; from rnncli.formats.pages import render, RenderOptions\n"
        "render('# A', RenderOptions()); assert 'rich' not in sys.modules\n"
        "render('# A', RenderOptions(width=80)); assert 'rich' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
