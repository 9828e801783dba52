"""The page of a report: whole, small, safe, and readable by everyone."""

from __future__ import annotations

import re
from functools import cache

import pytest

import rnncli
from rnncli.formats import RenderOptions, load
from rnncli.formats.diff import as_html as diff_page
from rnncli.formats.sweep import as_html as sweep_page
from tests.browser import Tags, assert_calm, assert_whole, browser, page
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


def page_of_diff():
    one, other = (rnncli.load(path) for path in ("configs/stacked.yaml", "configs/seq2seq.yaml"))
    return diff_page(rnncli.diff(one, other))


def page_of_sweep():
    spec = rnncli.with_budget(rnncli.load("configs/stacked.yaml"), params="2M")
    return sweep_page(rnncli.sweep(spec, {"lstm_2.units": [32, 512, 0], "dense.units": [3, 40]}))


OTHERS = {"diff": page_of_diff, "sweep": page_of_sweep}


@named
def test_it_is_small_whole_and_loads_nothing(path):
    assert_whole(page_of(path))


@pytest.mark.parametrize("name", OTHERS)
def test_a_diff_and_a_sweep_have_a_page(name):
    text = OTHERS[name]()
    assert_whole(text)
    assert {"diff": "do not fit for", "sweep": "over budget: parameters"}[name] in text


def test_a_long_sweep_has_its_table_alone():
    text = sweep_page(rnncli.sweep(rnncli.load("configs/stacked.yaml"), ["lstm.units=1:700:1"]))
    assert "at most 600 variants" in text
    assert "<svg" not in text
    assert text.count("<tr") == 701


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
    assert_calm(html_of(path), scheme, browser, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", OTHERS)
def test_the_other_pages_are_accessible(name, scheme, browser, tmp_path):
    assert_calm(OTHERS[name](), scheme, browser, tmp_path)


@pytest.mark.slow
def test_amounts_are_sorted_by_their_size(page, tmp_path):
    target = tmp_path / "page.html"
    spec = rnncli.load("configs/stacked.yaml")
    swept = rnncli.sweep(spec, {"lstm.units": [500, 2, 4000], "lstm_1.units": [1]})
    target.write_text(sweep_page(swept), encoding="utf-8")
    page.goto(target.as_uri())
    page.locator("table.sortable th button", has_text="Weights").click()
    first = page.locator("table.sortable tbody tr td:first-child")
    assert first.all_inner_texts() == ["2", "500", "4000"]


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
