"""Questions on the chat page: answers, streaming, cancelling, failures and clarifications."""

from playwright.sync_api import expect

from tests.acceptance.page.conftest import Visit
from tests.fixtures.page_scenarios import APPROVE, CUSTOMERS, FAILS, LONG, REVENUE, SLOW, TOP, UNCLEAR
from tests.fixtures.page_server import FakePageServer


def test_an_example_is_answered_with_its_number(visit: Visit) -> None:
    visit.page.locator("#examples").get_by_text(CUSTOMERS).click()
    article = visit.page.locator("article")
    expect(article.locator(".answer")).to_have_text("There are 12,480 customers.")
    expect(article.locator(".answer strong")).to_have_text("12,480")
    expect(article.locator(".figure dd")).to_have_text("12,480")
    expect(visit.page).to_have_title(f"{CUSTOMERS} · Querent")


def test_words_appear_as_they_are_made(visit: Visit, server: FakePageServer) -> None:
    visit.ask(SLOW)
    expect(visit.page.locator(".progress")).to_contain_text("Writing the query…")
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, ")
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, then the rest.")
    expect(visit.page.locator("article")).to_have_attribute("aria-busy", "true")
    server.resume()
    expect(visit.page.locator(".progress")).to_contain_text("Answered in 904 ms")


def test_the_steps_fold_away_and_out_again(visit: Visit) -> None:
    visit.ask_and_wait(CUSTOMERS)
    expect(visit.page.get_by_text("Searched the schema")).to_be_hidden()
    visit.page.get_by_role("button", name="Answered in 36 ms").click()
    steps = visit.page.locator(".progress li")
    expect(steps).to_have_text(
        [
            "Understood the question4 ms",
            "Searched the schema6 ms",
            "Tables: customers",
            "Wrote the query9 ms",
            "Checked the query3 ms",
            "Ran the query13 ms",
        ]
    )


def test_escape_stops_a_run(visit: Visit, server: FakePageServer) -> None:
    visit.ask(SLOW)
    expect(visit.page.locator(".progress")).to_contain_text("Writing the query…")
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator(".progress")).to_contain_text("Stopped after")
    assert [command["method"] for command in server.commands][-1] == "run.cancel"


def test_the_button_stops_a_run_too_and_asks_again_afterwards(visit: Visit) -> None:
    visit.ask(SLOW)
    expect(visit.page.locator(".progress")).to_contain_text("Writing the query…")
    visit.page.get_by_role("button", name="Stop").click()
    expect(visit.page.locator(".progress")).to_contain_text("Stopped after")
    visit.ask_and_wait(CUSTOMERS)
    expect(visit.page.locator("article")).to_have_count(2)


def test_a_second_question_waits_until_the_first_is_answered(visit: Visit, server: FakePageServer) -> None:
    visit.ask(SLOW)
    expect(visit.page.locator(".progress")).to_contain_text("Writing the query…")
    visit.page.get_by_label("Your question").fill(CUSTOMERS)
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("alert")).to_have_text("An answer is in progress. Press Esc to stop it.")
    expect(visit.page.get_by_label("Your question")).to_have_value(CUSTOMERS)
    assert [command["method"] for command in server.commands].count("run.start") == 1


def test_a_failed_run_says_why_and_can_be_tried_again(visit: Visit, server: FakePageServer) -> None:
    visit.ask(FAILS)
    expect(visit.page.get_by_role("alert").first).to_contain_text("The language model does not answer.")
    server.scripts = {**server.scripts, FAILS: server.scripts[CUSTOMERS]}
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.locator("article").last.locator(".answer")).to_have_text("There are 12,480 customers.")


def test_a_question_that_is_not_taken_stays_in_the_box(visit: Visit) -> None:
    visit.page.get_by_label("Your question").fill("Something unheard of")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("alert")).to_have_text("That question cannot be taken.")
    expect(visit.page.get_by_label("Your question")).to_have_value("Something unheard of")
    expect(visit.page.locator("article")).to_have_count(0)


def test_a_suggestion_is_the_next_question(visit: Visit, server: FakePageServer) -> None:
    visit.ask_and_wait(TOP)
    server.scripts = {**server.scripts, "And the bottom five?": server.scripts[LONG]}
    visit.page.get_by_role("button", name="And the bottom five?").click()
    expect(visit.page.locator("article").last.locator("li strong").first).to_have_text("customers")
    expect(visit.page.locator(".suggestion")).to_have_count(0)


def test_a_choice_answers_what_was_asked_back(visit: Visit, server: FakePageServer) -> None:
    visit.ask(UNCLEAR)
    expect(visit.page.get_by_text("The best by what?").first).to_be_visible()
    visit.page.get_by_role("button", name="Products by revenue").click()
    expect(visit.page.locator(".answer")).to_have_text("Here they are.")
    expect(visit.page.locator(".answered")).to_have_text("The best by what?Products by revenue")
    assert server.commands[-1]["params"] == {
        "interrupt_id": "i-1",
        "response": "Products by revenue",
        "namespace": [],
    }


def test_own_words_answer_what_was_asked_back(visit: Visit, server: FakePageServer) -> None:
    visit.ask(UNCLEAR)
    visit.page.get_by_label("Your answer").fill("  Those with most reviews ")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".answer")).to_have_text("Here they are.")
    assert server.commands[-1]["params"]["response"] == "Those with most reviews"


def test_a_query_is_approved_as_it_stands(visit: Visit, server: FakePageServer) -> None:
    visit.ask(APPROVE)
    visit.page.get_by_role("button", name="Approve").click()
    expect(visit.page.locator(".answer")).to_have_text("Done.")
    assert server.commands[-1]["params"]["response"] == {"decision": "approve"}


def test_an_edited_query_is_sent_as_edited(visit: Visit, server: FakePageServer) -> None:
    visit.ask(APPROVE)
    visit.page.get_by_label("SQL query", exact=True).fill("SELECT 1")
    visit.page.get_by_role("button", name="Run edited").click()
    expect(visit.page.locator(".answered strong")).to_have_text("Run as edited")
    assert server.commands[-1]["params"]["response"] == {"decision": "edit", "sql": "SELECT 1"}


def test_a_query_is_refused(visit: Visit, server: FakePageServer) -> None:
    visit.ask(APPROVE)
    visit.page.get_by_role("button", name="Reject").click()
    expect(visit.page.locator(".answered strong")).to_have_text("Rejected")
    assert server.commands[-1]["params"]["response"] == {"decision": "refuse"}


def test_the_evidence_shows_why(visit: Visit) -> None:
    visit.ask_and_wait(REVENUE)
    visit.page.get_by_role("button", name="Evidence").click()
    evidence = visit.page.locator(".evidence")
    expect(evidence).to_contain_text("Cancelled orders are counted too.")
    expect(evidence.locator(".tag")).to_have_text(["orders", "order_lines"])
    expect(evidence).to_contain_text("orders.ordered_at = 2025")
    visit.page.get_by_role("button", name="SQL").click()
    expect(evidence).to_be_hidden()


def test_a_screen_reader_hears_the_reply_once_it_is_whole(visit: Visit, server: FakePageServer) -> None:
    visit.ask(SLOW)
    expect(visit.page.locator("#announcer")).to_have_text("Working on it.")
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, ")
    server.resume()
    expect(visit.page.locator(".answer")).to_have_text("First words, then the rest.")
    expect(visit.page.locator("#announcer")).to_have_text("Working on it.")
    server.resume()
    expect(visit.page.locator("#announcer")).to_have_text("First words, then the rest.")


def test_who_is_asked_back_may_ask_something_else(visit: Visit) -> None:
    visit.ask(UNCLEAR)
    expect(visit.page.locator(".card")).to_be_visible()
    visit.ask_and_wait(CUSTOMERS)
    expect(visit.page.locator(".card")).to_have_count(0)
    expect(visit.page.locator(".answered")).to_have_text("The best by what?")
