"""Accessibility and layout of the chat page: narrow screens, dark mode, keyboard, module sizes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.page.conftest import Visit
from tests.fixtures.page_scenarios import APPROVE, CUSTOMERS, FAILS, LONG, MANY, REVENUE, TOP
from tests.fixtures.page_server import PAGE, FakePageServer

MAX_LINES = 250

# For each piece of visible text: its colour and size, and the first opaque ground below it.
CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(node).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    const exempt = ":disabled, option, .visually-hidden, #skip";
    if (!own || !node.checkVisibility() || node.matches(exempt)) continue;
    const [one, two] = [light(parse(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) found.push(`${node.className} ${node.textContent.trim().slice(0, 30)} ${ratio}`);
  }
  return found;
}"""


@pytest.fixture
def narrow(browser: Browser, server: FakePageServer) -> Iterator[Visit]:
    visit = Visit(browser, server.address, width=380)
    yield visit
    visit.context.close()
    assert visit.console_errors == []


def overflow(visit: Visit) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = visit.page.evaluate(
        "Math.max(document.documentElement.scrollWidth, document.querySelector('#scroller').scrollWidth)"
        " - innerWidth"
    )
    return wide


@pytest.mark.parametrize("question", [CUSTOMERS, REVENUE, MANY, LONG])
def test_at_380_pixels_only_tables_scroll_sideways(narrow: Visit, question: str) -> None:
    assert overflow(narrow) <= 0
    narrow.ask_and_wait(question)
    for button in narrow.page.locator(".disclosure").all():
        button.click()
        assert overflow(narrow) <= 0


def test_at_380_pixels_a_query_can_be_approved(narrow: Visit) -> None:
    narrow.ask(APPROVE)
    expect(narrow.page.get_by_role("button", name="Approve")).to_be_in_viewport()
    assert overflow(narrow) <= 0


def test_the_list_is_a_drawer_that_gives_the_focus_back(narrow: Visit) -> None:
    narrow.ask_and_wait(CUSTOMERS)
    menu = narrow.page.get_by_role("button", name="Conversations")
    entry = narrow.page.locator("#list").get_by_text(CUSTOMERS)
    expect(entry).not_to_be_in_viewport()
    menu.click()
    expect(entry).to_be_in_viewport()
    expect(narrow.page.locator("#new")).to_be_focused()
    narrow.page.keyboard.press("Escape")
    expect(entry).not_to_be_in_viewport()
    expect(menu).to_be_focused()


def test_choosing_a_conversation_closes_the_drawer(narrow: Visit) -> None:
    narrow.ask_and_wait(CUSTOMERS)
    narrow.page.get_by_role("button", name="Conversations").click()
    narrow.page.locator("#new").click()
    expect(narrow.page.locator("#sidebar")).not_to_be_in_viewport()
    expect(narrow.page.get_by_text("What would you like to know?")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(browser: Browser, server: FakePageServer, scheme: str) -> None:
    visit = Visit(browser, server.address, scheme=scheme)
    assert visit.page.evaluate(CONTRASTS) == []
    for question, fold in ((REVENUE, "SQL"), (TOP, "Evidence"), (FAILS, "Failed"), (APPROVE, "Waiting")):
        visit.ask(question)
        visit.page.locator("article:last-child[aria-busy=false]").get_by_role("button", name=fold).click()
    assert visit.page.evaluate(CONTRASTS) == []
    ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(25, 26, 28)")
    visit.context.close()


def test_the_page_has_its_landmarks_and_names(visit: Visit) -> None:
    visit.ask_and_wait(CUSTOMERS)
    page = visit.page
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
    expect(page.get_by_role("article", name=f"Question: {CUSTOMERS}")).to_be_visible()
    nameless = page.locator("button, a, input, select, textarea").evaluate_all(
        "nodes => nodes.filter((node) => node.checkVisibility() && !node.ariaLabel && !node.labels?.length"
        " && !node.textContent.trim()).map((node) => node.outerHTML)"
    )
    assert nameless == []


def test_focus_can_be_seen_wherever_the_tab_key_leads(visit: Visit) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visible = """() => {
        const [node, style] = [document.activeElement, getComputedStyle(document.activeElement)];
        const shown = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none";
        return shown || node.matches("#question, body") ? "" : node.outerHTML;
    }"""
    unseen: list[Any] = []
    for _ in range(12):
        visit.page.keyboard.press("Tab")
        unseen.append(visit.page.evaluate(visible))
    assert [each for each in unseen if each] == []


def test_the_page_loads_nothing_from_elsewhere(visit: Visit, server: FakePageServer) -> None:
    visit.ask_and_wait(CUSTOMERS)
    assert visit.requested_urls
    assert [url for url in visit.requested_urls if not url.startswith(server.address)] == []


def test_every_module_is_small_and_loaded_at_once() -> None:
    modules = {path.name: path.read_text(encoding="utf-8") for path in PAGE.glob("*.js")}
    index = Path(PAGE / "index.html").read_text(encoding="utf-8")
    preloaded = re.findall(r'rel="modulepreload" href="page/(.+)"', index)
    assert sorted([*preloaded, "app.js"]) == sorted(modules)
    assert [name for name, text in modules.items() if text.count("\n") > MAX_LINES] == []


def test_no_module_writes_markup() -> None:
    words = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser")
    texts = {path.name: path.read_text(encoding="utf-8") for path in PAGE.glob("*.js")}
    assert texts
    assert [name for name, text in texts.items() if any(word in text for word in words)] == []
