"""The conversation list of the chat page, the database selector and the keyboard."""

from playwright.sync_api import expect

from tests.acceptance.page.conftest import Visit
from tests.fixtures.page_scenarios import CUSTOMERS, TOP
from tests.fixtures.page_server import FakePageServer


def test_a_conversation_is_chosen_from_the_list(visit: Visit) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visit.page.get_by_role("link", name="New conversation").click()
    expect(visit.page.get_by_text("What would you like to know?")).to_be_visible()
    visit.ask_and_wait(TOP)
    visit.page.get_by_role("link", name=CUSTOMERS).click()
    expect(visit.page.locator("h2.question")).to_have_text([CUSTOMERS])
    expect(visit.page.get_by_role("link", name=CUSTOMERS)).to_have_attribute("aria-current", "page")
    visit.page.go_back()
    expect(visit.page.locator("h2.question")).to_have_text([TOP])


def test_a_conversation_is_renamed(visit: Visit, server: FakePageServer) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visit.page.get_by_role("link", name=CUSTOMERS).focus()
    visit.page.keyboard.press("F2")
    visit.page.get_by_label("Title").fill("Head count")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("heading", name="Head count")).to_be_visible()
    visit.page.reload()
    expect(visit.page.get_by_role("link", name="Head count")).to_be_visible()


def test_escape_leaves_a_title_as_it_was(visit: Visit, server: FakePageServer) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visit.page.get_by_role("button", name=f"Rename “{CUSTOMERS}”").click()
    visit.page.get_by_label("Title").fill("Head count")
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("link", name=CUSTOMERS)).to_be_focused()
    assert [talk.title for talk in server.conversations.values()] == [CUSTOMERS]


def test_a_deleted_conversation_can_be_brought_back(visit: Visit, server: FakePageServer) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visit.page.get_by_role("button", name=f"Delete “{CUSTOMERS}”").click()
    expect(visit.page.get_by_role("link", name=CUSTOMERS)).to_have_count(0)
    visit.page.get_by_role("button", name="Undo").click()
    visit.page.get_by_role("link", name=CUSTOMERS).click()
    expect(visit.page.locator(".figure dd")).to_have_text("12,480")
    assert len(server.conversations) == 1


def test_a_deleted_conversation_is_gone_after_a_while(visit: Visit, server: FakePageServer) -> None:
    visit.page.clock.install()
    visit.page.reload()
    visit.ask_and_wait(CUSTOMERS)
    visit.page.get_by_role("button", name=f"Delete “{CUSTOMERS}”").click()
    with visit.page.expect_response(lambda response: response.request.method == "DELETE"):
        visit.page.clock.run_for(8000)
    expect(visit.page.get_by_role("button", name="Undo")).to_have_count(0)
    assert server.conversations == {}


def test_leaving_the_page_does_not_bring_a_deleted_conversation_back(
    visit: Visit, server: FakePageServer
) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visit.page.get_by_role("button", name=f"Delete “{CUSTOMERS}”").click()
    visit.page.reload()
    assert server.removed.wait(timeout=10)
    assert server.conversations == {}


def test_a_new_conversation_asks_the_chosen_database(visit: Visit, server: FakePageServer) -> None:
    visit.page.get_by_label("Database").select_option("library")
    expect(visit.page.get_by_text("Books, and who has them.")).to_be_visible()
    visit.ask_and_wait(CUSTOMERS)
    expect(visit.page.locator("#current-database")).to_have_text("library")
    assert [talk.database for talk in server.conversations.values()] == ["library"]
    visit.page.get_by_role("link", name="New conversation").click()
    expect(visit.page.get_by_label("Database")).to_have_value("library")


def test_without_a_database_the_page_says_how_to_connect_one(visit: Visit, server: FakePageServer) -> None:
    server.databases = []
    visit.page.reload()
    expect(visit.page.locator("#database-description")).to_contain_text("querent connections add")


def test_the_slash_key_goes_to_the_box_and_an_arrow_recalls_the_last_question(visit: Visit) -> None:
    visit.ask_and_wait(CUSTOMERS)
    visit.page.get_by_role("button", name="SQL").focus()
    visit.page.keyboard.press("/")
    box = visit.page.get_by_label("Your question")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    visit.page.keyboard.press("ArrowUp")
    expect(box).to_have_value(CUSTOMERS)


def test_shift_enter_makes_a_new_line(visit: Visit, server: FakePageServer) -> None:
    box = visit.page.get_by_label("Your question")
    box.fill("one")
    visit.page.keyboard.press("Shift+Enter")
    visit.page.keyboard.type("two")
    expect(box).to_have_value("one\ntwo")
    assert server.commands == []
