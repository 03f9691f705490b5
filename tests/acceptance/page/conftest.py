"""Fixtures for the chat page: a real Chromium; without one the tests are skipped, except in CI."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.fixtures.page_scenarios import SCRIPTS
from tests.fixtures.page_server import FakePageServer, run_page_server

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip("The page is tested in Debian's chromium, which is not installed here.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[FakePageServer]:
    with run_page_server(FakePageServer(SCRIPTS)) as server:
        yield server


class Visit:
    """A person at a window of their own; `complaints` is what the browser had to say about the page."""

    def __init__(self, browser: Browser, address: str, width: int = 1280, scheme: str = "light") -> None:
        self.console_errors: list[str] = []
        self.requested_urls: list[str] = []
        self.context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(10_000)
        self.address = address
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self.requested_urls.append(request.url))
        page.goto(self.address)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console_errors.append(message.text)

    def ask(self, question: str) -> None:
        self.page.get_by_label("Your question").fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator("article").last.get_by_role("heading", name=question, exact=True).wait_for()

    def ask_and_wait(self, question: str) -> None:
        self.ask(question)
        self.page.locator("article:last-child[aria-busy=false]").get_by_text("Answered in").wait_for()


@pytest.fixture
def visit(browser: Browser, server: FakePageServer) -> Iterator[Visit]:
    visit = Visit(browser, server.address)
    yield visit
    visit.context.close()
    assert visit.console_errors == []
