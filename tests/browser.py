"""A browser without a network, in which pictures and pages are measured; tests import it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from typing import Any

import pytest

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The browser; its tests are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    """A page of the browser."""
    return browser.new_context(offline=True).new_page()


class Tags(HTMLParser):
    """The tags of a page and their attributes, and whether each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_whole(text: str) -> None:
    """A page is small, its tags are closed, and it loads nothing."""
    assert text.isascii()
    assert len(text) < 300_000
    tags = Tags(text)
    assert tags.open == []
    for _, attributes in tags.found:
        assert not {"src", "href", "srcset", "onclick", "onload", "onerror"} & {*attributes}
    assert "url(" not in text
    assert "@import" not in text


def assert_calm(text: str, scheme: str, browser: Any, folder: Path) -> None:
    """A browser asks for nothing, complains of nothing, prints the page; axe finds no violation."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    target = folder / "page.html"
    target.write_text(text, encoding="utf-8")
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
    # Wide tables and pictures scroll or shrink by themselves.
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    context.close()
