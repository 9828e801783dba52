"""The page of a report: whole, small, safe, and readable by everyone."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import pytest

import rnncli
from rnncli.formats import RenderOptions, load
from tests.browser import browser, page
from tests.conftest import invoke
from tests.pictures.cases import SHIPPED, model, recurrent

__all__ = ["browser", "page"]

named = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
ATTACK = "</script><img src=x onerror=alert(1)><script>alert(2)</script>"


def html_of(config, **options):
    report = rnncli.plan(rnncli.load(config), **options)
    return load("html").render_outcome(report, RenderOptions())


@cache
def page_of(path):
    """The page of a shipped config, which several tests read."""
    return html_of(path)


class Tags(HTMLParser):
    """The tags of a page and their attributes, and whether each is closed."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@named
def test_it_is_small_whole_and_loads_nothing(path):
    text = page_of(path)
    assert text.isascii()
    assert len(text) < 300_000
    tags = Tags(text)
    assert tags.open == []
    for _, attributes in tags.found:
        assert not {"src", "href", "srcset", "onclick", "onload", "onerror"} & {*attributes}
    assert "url(" not in text
    assert "@import" not in text


@named
def test_it_has_what_the_plan_says(path):
    report = rnncli.plan(rnncli.load(path))
    text = page_of(path)
    for layer in report.layers:
        if not layer.repeat:
            assert layer.name in text
    assert f"{report.totals.params:,}" in text


def test_what_a_user_writes_is_text():
    layer = {**recurrent("LSTM"), "name": "a\"'<b>&\x07"}
    tags = Tags(html_of({**model(layer, {"Dense": 3}), "name": ATTACK}))
    assert [tag for tag, _ in tags.found].count("script") == 1
    assert not {"img", "b"} & {tag for tag, _ in tags.found}


def test_problems_have_their_place_and_their_fix():
    config = "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, activation: relu}\n"
    text = html_of(config)
    assert "note[fused-kernel]" in text
    assert "fix: " in text


def test_a_notebook_shows_the_content_alone():
    report = rnncli.plan(rnncli.load(model(recurrent("LSTM"))))
    text = report._repr_html_()
    assert text.startswith('<div class="rnncli">')
    assert "<html" not in text
    assert "<script" not in text
    # No style reaches what else is in the notebook.
    styles = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    selectors = re.findall(r"(?:^|[{};])\s*([^{};@]+)\{", styles)
    assert selectors
    assert all(part.strip().startswith(".rnncli") for s in selectors for part in s.split(","))


def test_the_command_writes_one_page(tmp_path, rnncli):
    target = tmp_path / "page.html"
    outcome = rnncli("plan", "configs/many_to_one.yaml", "--format", "html", "-o", str(target))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    several = rnncli("plan", "configs/many_to_one.yaml", "configs/stacked.yaml", "-f", "html")
    assert several.code == 2
    assert "one page" in several.err
    assert rnncli("layers", "--format", "html").code == 2


def test_a_model_with_errors_has_no_page(tmp_path):
    target = tmp_path / "page.html"
    given = "input: [5, 8]\nlayers: [LSTM: 3, LSTM: 3]\n"
    outcome = invoke("plan", "-", "--format", "html", "-o", str(target), given=given)
    assert outcome.code == 1
    assert "needs-sequence" in outcome.err
    assert not target.exists()


def test_a_build_says_that_keras_agrees(rnncli, keras):
    outcome = rnncli("build", "configs/many_to_one.yaml", "--format", "html", "--values")
    assert outcome.code == 0
    assert "agrees with the plan" in outcome.out
    assert "<h2>Values</h2>" in outcome.out


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@named
def test_it_is_calm_and_accessible_in_a_browser(path, scheme, browser, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    target = tmp_path / "page.html"
    target.write_text(html_of(path), encoding="utf-8")
    # Axe is a script that the page's own policy would refuse.
    context = browser.new_context(offline=True, color_scheme=scheme, bypass_csp=True)
    page, told, asked = context.new_page(), [], []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(target.as_uri())
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert asked == [target.as_uri()]
    assert [v["id"] for v in axe.Axe().run(page).response["violations"]] == []
    assert told == []
    assert page.pdf().startswith(b"%PDF")
    context.close()


@pytest.mark.slow
@named
def test_it_fits_a_phone(path, page, tmp_path):
    target = tmp_path / "page.html"
    target.write_text(html_of(path), encoding="utf-8")
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(target.as_uri())
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    # Wide tables scroll by themselves.
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.slow
def test_a_table_is_sorted_under_the_page_s_own_policy(page, tmp_path):
    target = tmp_path / "page.html"
    target.write_text(html_of("configs/stacked.yaml"), encoding="utf-8")
    page.goto(target.as_uri())
    table = page.locator("table.sortable")
    button = table.locator("th button", has_text="Params")

    def names():
        return table.locator("tbody tr td:first-child").all_inner_texts()

    button.click()
    assert names()[-4:] == ["dense", "lstm", "lstm_1", "lstm_2"]
    button.press("Enter")
    assert names()[:4] == ["lstm_2", "lstm_1", "lstm", "dense"]
    assert page.locator("th[aria-sort=descending]").count() == 1


@pytest.mark.slow
def test_an_attack_runs_nothing(page, tmp_path):
    target = tmp_path / "page.html"
    target.write_text(html_of({**model(recurrent("LSTM")), "name": ATTACK}), encoding="utf-8")
    said = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(target.as_uri())
    assert said == []
    assert page.locator("h1").inner_text() == ATTACK
