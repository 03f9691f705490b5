"""The chat page in front of the whole service: sample shop, built-in analyst, real port."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from graph.compose import open_service
from graph.settings import Settings
from tests.acceptance.page.conftest import Visit
from transport.app import build_app
from transport.server import Server, listen, serve
from transport.settings import ServerSettings

CUSTOMERS = "How many customers are there?"
BERLIN = "how many of them are from Berlin?"
REVENUE = "What was the revenue by month in 2025?"


def settings_of(data: Path, approve: Literal["never", "always"] = "never") -> Settings:
    """Everything that a developer's own environment might say otherwise."""
    return Settings(data=data, approve=approve, clarify="ask", store_url=None, model=None)


@contextmanager
def whole_service(settings: Settings) -> Iterator[str]:
    """Serve in a thread of its own until left, and give the address."""
    listener = listen("127.0.0.1", 0)
    serving: Future[Callable[[], object]] = Future()
    # The browser's own loop lives in this thread, so the service gets another one.
    thread = threading.Thread(target=lambda: asyncio.run(_serve(settings, listener, serving)))
    thread.start()
    stop = serving.result(timeout=90)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        stop()
        thread.join()


async def _serve(settings: Settings, listener: socket.socket, serving: Future[Callable[[], object]]) -> None:
    """Serve; once questions are answered, `serving` holds what makes an end of it."""
    stop, closing = asyncio.Event(), asyncio.Event()
    end = partial(asyncio.get_running_loop().call_soon_threadsafe, stop.set)
    async with open_service(settings, lambda task, done, total: None) as service:
        server = Server(
            build_app(service, ServerSettings(token=None), closing), closing, lambda: serving.set_result(end)
        )
        await serve(server, listener, stop)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with TemporaryDirectory(prefix="querent-page-") as folder:
        yield Path(folder, "data")


@pytest.fixture(scope="module")
def shop(data: Path) -> Iterator[str]:
    with whole_service(settings_of(data)) as address:
        yield address


@pytest.fixture
def customer(browser: Browser, shop: str) -> Iterator[Visit]:
    visit = Visit(browser, shop)
    yield visit
    visit.context.close()
    assert visit.console_errors == []


def test_three_turns_with_the_shop(customer: Visit) -> None:
    page = customer.page
    page.locator("#examples").get_by_text(CUSTOMERS).click()
    expect(page.locator(".figure dd")).to_have_text("4,000")
    customer.ask_and_wait(BERLIN)
    expect(page.locator("article").nth(1).locator(".answer")).to_contain_text("Berlin")
    customer.ask_and_wait(REVENUE)
    expect(page.locator("article").nth(2).locator("tbody tr")).to_have_count(12)
    page.locator("article").nth(2).get_by_role("button", name="SQL").click()
    expect(page.locator("pre.sql .keyword").first).to_have_text("SELECT")
    expect(page.locator(".suggestion").first).to_be_visible()


def test_the_shop_conversation_is_there_again_after_loading(customer: Visit) -> None:
    customer.ask_and_wait(CUSTOMERS)
    customer.ask_and_wait(BERLIN)
    answers = customer.page.locator(".answer").all_inner_texts()
    customer.page.reload()
    expect(customer.page.locator("h2.question")).to_have_text([CUSTOMERS, BERLIN])
    expect(customer.page.locator(".answer")).to_have_text(answers)
    expect(customer.page.locator("#current-database")).to_have_text("shop")


def test_the_shop_cannot_be_changed(customer: Visit) -> None:
    customer.ask_and_wait("Delete all customers")
    expect(customer.page.locator(".answer")).to_contain_text("only read")
    expect(customer.page.get_by_role("button", name="SQL")).to_have_count(0)


def test_a_shop_conversation_is_renamed_and_deleted(customer: Visit) -> None:
    page = customer.page
    customer.ask_and_wait(REVENUE)
    page.get_by_role("button", name=f"Rename “{REVENUE}”").click()
    page.get_by_label("Title").fill("A good year")
    with page.expect_response(lambda response: response.request.method == "PATCH") as renaming:
        page.keyboard.press("Enter")
    assert renaming.value.ok
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="Delete “A good year”").click()
    with page.expect_response(lambda response: response.request.method == "DELETE") as removing:
        page.clock.run_for(8000)
    assert removing.value.status == 204
    page.reload()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    expect(page.get_by_role("link", name="A good year")).to_have_count(0)


def test_a_query_waits_for_approval_where_the_operator_wants_it(
    browser: Browser, shop: str, data: Path
) -> None:
    """A second process on the same data folder, with another policy."""
    with whole_service(settings_of(data, approve="always")) as address:
        visit = Visit(browser, address)
        visit.ask(CUSTOMERS)
        expect(visit.page.get_by_label("SQL query", exact=True)).to_have_value(re.compile("^SELECT"))
        visit.page.get_by_role("button", name="Approve").click()
        expect(visit.page.locator(".figure dd")).to_have_text("4,000")
        visit.ask(BERLIN)
        visit.page.get_by_role("button", name="Reject").click()
        expect(visit.page.locator("article:last-child[aria-busy=false]").locator(".answered")).to_be_visible()
        expect(visit.page.locator(".figure")).to_have_count(1)
        visit.context.close()
