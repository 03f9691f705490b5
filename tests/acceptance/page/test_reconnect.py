"""Reconnecting the chat page: replay, lost connections, several viewers and expired tokens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.page.conftest import Visit
from tests.fixtures.page_scenarios import CUSTOMERS, REVENUE, SCRIPTS, SLOW, TOP, UNCLEAR
from tests.fixtures.page_server import FakePageServer, run_page_server


def test_loading_the_page_again_draws_the_whole_conversation(visit: Visit) -> None:
    for question in (CUSTOMERS, REVENUE, TOP):
        visit.ask_and_wait(question)
    visit.page.reload()
    expect(visit.page.locator("h2.question")).to_have_text([CUSTOMERS, REVENUE, TOP])
    expect(visit.page.locator(".figure dd")).to_have_text("12,480")
    expect(visit.page.locator("article").nth(2).locator("tbody tr")).to_have_count(5)
    expect(visit.page.locator(".suggestion")).to_have_text(["And the bottom five?", "Only those from 2025"])
    expect(visit.page.get_by_text("Only those from 2025")).to_be_in_viewport()


def test_an_answer_to_a_question_back_is_shown_to_who_comes_later(visit: Visit) -> None:
    visit.ask(UNCLEAR)
    visit.page.get_by_role("button", name="Products by revenue").click()
    expect(visit.page.locator(".answer")).to_have_text("Here they are.")
    visit.page.reload()
    expect(visit.page.locator(".answer")).to_have_text("Here they are.")
    expect(visit.page.locator(".answered")).to_have_text("The best by what?Products by revenue")


def test_after_a_cut_the_stream_goes_on_without_gap_or_double(visit: Visit, server: FakePageServer) -> None:
    visit.ask(SLOW)
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, ")
    server.drop_sockets()
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, then the rest.")
    # Seen by then: the run, the question, two steps begun and ended, the reply's start and its first piece.
    assert server.subscriptions == [0, 8]


def test_events_that_come_twice_count_once(visit: Visit, server: FakePageServer) -> None:
    server.repeats = True
    visit.ask(SLOW)
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, ")
    server.drop_sockets()
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, then the rest.")


def test_a_banner_stands_for_as_long_as_the_connection_is_lost(visit: Visit, server: FakePageServer) -> None:
    visit.ask_and_wait(CUSTOMERS)
    server.reachable = False
    server.drop_sockets()
    expect(visit.page.locator("#banner")).to_contain_text("Connection lost.")
    visit.page.get_by_label("Your question").fill(TOP)
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("alert")).to_contain_text("You are offline.")
    expect(visit.page.get_by_label("Your question")).to_have_value(TOP)
    server.reachable = True
    expect(visit.page.locator("#banner")).to_be_hidden()
    visit.console_errors = [each for each in visit.console_errors if "WebSocket" not in each]


def test_two_windows_follow_the_same_run(visit: Visit, server: FakePageServer) -> None:
    visit.ask(SLOW)
    visit.page.wait_for_url("**/#/c/*")
    visit.address = visit.page.url
    other = visit.new_page()
    server.resume()
    for page in (visit.page, other):
        expect(page.locator(".answer")).to_have_text("First words, ")
    other.get_by_role("button", name="Stop").click()
    for page in (visit.page, other):
        expect(page.locator(".progress")).to_contain_text("Stopped after")


def test_a_conversation_that_is_gone_leads_to_a_new_one(visit: Visit, server: FakePageServer) -> None:
    visit.page.goto(f"{server.address}#/c/00000000-0000-0000-0000-000000000000")
    expect(visit.page.locator(".toast")).to_have_text("Conversation not found.")
    expect(visit.page.get_by_text("What would you like to know?")).to_be_visible()
    visit.console_errors.clear()


def test_a_conversation_deleted_elsewhere_is_left(visit: Visit, server: FakePageServer) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visit.address = visit.page.url
    other = visit.new_page()
    visit.page.get_by_role("button", name=f"Delete “{CUSTOMERS}”").click()
    visit.page.close()
    expect(other.locator(".toast")).to_have_text("Conversation not found.")
    expect(other.get_by_text("What would you like to know?")).to_be_visible()
    visit.console_errors.clear()


@pytest.fixture
def guarded() -> Iterator[FakePageServer]:
    with run_page_server(FakePageServer(SCRIPTS, token="open sesame")) as server:
        yield server


def test_a_guarded_service_asks_for_its_token_once(browser: Browser, guarded: FakePageServer) -> None:
    visit = Visit(browser, guarded.address)
    page = visit.page
    page.get_by_label("Token", exact=True).fill("wrong")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#token-error")).to_have_text("Invalid token.")
    page.get_by_label("Token", exact=True).fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.locator("#login")).to_be_hidden()
    visit.ask_and_wait(CUSTOMERS)
    page.reload()
    expect(page.locator(".figure dd")).to_have_text("12,480")
    visit.context.close()


def test_a_lost_login_is_asked_for_again_and_nothing_is_doubled(
    browser: Browser, guarded: FakePageServer
) -> None:
    visit = Visit(browser, guarded.address)
    page = visit.page
    page.get_by_label("Token", exact=True).fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.locator("#login")).to_be_hidden()
    visit.ask_and_wait(CUSTOMERS)
    visit.context.clear_cookies()
    guarded.drop_sockets()
    page.get_by_label("Token", exact=True).fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.locator("#login")).to_be_hidden()
    visit.ask_and_wait(TOP)
    expect(page.locator("article")).to_have_count(2)
    visit.context.close()
