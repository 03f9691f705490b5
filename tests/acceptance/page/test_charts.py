"""Charts on the chat page, below the rows they show."""

from playwright.sync_api import expect

from tests.acceptance.page.conftest import Visit
from tests.fixtures.page_scenarios import BOTH, REVENUE


def test_a_chart_stands_below_its_rows_and_says_what_it_is(visit: Visit) -> None:
    visit.ask_and_wait(REVENUE)
    chart = visit.page.locator("img.chart")
    expect(chart).to_have_attribute("alt", f"Chart: {REVENUE}")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_js_property("complete", True)
    assert chart.evaluate("image => image.naturalWidth") == 10


def test_the_evidence_says_how_drafts_agreed_and_what_models_took(visit: Visit) -> None:
    visit.ask_and_wait(REVENUE)
    visit.page.get_by_role("button", name="Evidence").click()
    evidence = visit.page.locator("dl.evidence")
    expect(evidence).to_contain_text("2 of 3 drafts agree on this result")
    expect(evidence).to_contain_text("5 calls, 9,400 tokens, cost 0.0123")


def test_several_questions_in_one_show_their_results_one_below_the_other(visit: Visit) -> None:
    visit.ask_and_wait(BOTH)
    expect(visit.page.locator(".figure dd")).to_have_text(["4,000", "120"])
