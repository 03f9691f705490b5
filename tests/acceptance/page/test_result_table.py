"""Result tables on the chat page: display, truncation and export."""

import csv
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.acceptance.page.conftest import Visit
from tests.fixtures.page_scenarios import EVIL, MANY, REVENUE, TOP


def test_numbers_stand_to_the_right_and_are_grouped(visit: Visit) -> None:
    visit.ask_and_wait(REVENUE)
    first = visit.page.locator("tbody tr").first.locator("td")
    expect(first).to_have_text(["Jan 2025", "41,250.50", "812", "0.021"])
    assert first.nth(1).evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    assert first.nth(0).evaluate("cell => getComputedStyle(cell).textAlign") in ("left", "start")


def test_exact_decimals_and_absent_values_are_shown(visit: Visit) -> None:
    visit.ask_and_wait(REVENUE)
    expect(visit.page.locator("tbody tr").nth(2).locator("td").nth(1)).to_have_text("45,110.00")
    expect(visit.page.locator("tbody tr").last.locator("td").last).to_have_class("end null")


def test_the_head_stays_when_the_rows_are_scrolled(visit: Visit) -> None:
    visit.ask_and_wait(MANY)
    head = visit.page.locator("th").first
    before = head.bounding_box()
    visit.page.locator(".table-scroller").evaluate("sheet => { sheet.scrollTop = 300 }")
    assert before is not None
    assert head.bounding_box() == before


def test_fifty_rows_come_first_and_more_on_demand(visit: Visit) -> None:
    visit.ask_and_wait(MANY)
    rows = visit.page.locator("tbody tr")
    expect(rows).to_have_count(50)
    visit.page.get_by_role("button", name="Show 200 more of 1,000 rows").click()
    expect(rows).to_have_count(250)
    for _ in range(4):
        visit.page.locator(".more").click()
    expect(rows).to_have_count(1000)
    expect(visit.page.locator(".more")).to_be_hidden()
    expect(visit.page.get_by_text("First 1,000 rows (truncated)")).to_be_visible()


def test_the_saved_file_holds_every_row_and_no_formula(visit: Visit, tmp_path: Path) -> None:
    visit.ask_and_wait(MANY)
    with visit.page.expect_download() as saving:
        visit.page.get_by_role("button", name="CSV").click()
    assert saving.value.suggested_filename == "list-all-orders.csv"
    saving.value.save_as(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1001
    assert rows[:3] == [
        ["order_id", "city", "note"],
        ["1", "Berlin", "'=1+1"],
        ["2", "Berlin", 'say "hi", twice'],
    ]


def test_rows_and_the_query_are_copied(visit: Visit) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask_and_wait(TOP)
    visit.page.get_by_role("button", name="Copy", exact=True).click()
    expect(visit.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[:2] == ["name\trevenue", "Walnut writing desk\t184220.5"]
    visit.page.get_by_role("button", name="SQL").click()
    visit.page.locator(".query").get_by_role("button").click()
    visit.page.wait_for_function(
        "navigator.clipboard.readText().then((text) => text.startsWith('SELECT p.name'))"
    )


def test_a_query_is_laid_out_and_coloured(visit: Visit) -> None:
    visit.ask_and_wait(REVENUE)
    visit.page.get_by_role("button", name="SQL").click()
    lines = visit.page.locator("pre.sql").inner_text().splitlines()
    assert [line.split()[0] for line in lines] == [
        *("SELECT", "FROM", "JOIN", "WHERE", "AND", "GROUP", "ORDER", "LIMIT"),
    ]
    expect(visit.page.locator("pre.sql .string").first).to_have_text("'month'")
    expect(visit.page.locator("pre.sql .function").nth(1)).to_have_text("SUM")


def test_nothing_that_comes_from_outside_becomes_markup(visit: Visit) -> None:
    visit.ask_and_wait(EVIL)
    visit.page.get_by_role("button", name="Evidence").click()
    expect(visit.page.locator(".evidence")).to_contain_text("<b>bold</b>")
    expect(visit.page.locator("th").first).to_have_text("<i>name</i>")
    expect(visit.page.locator("tbody td").first).to_have_text("<img src=x onerror=alert(1)>")
    expect(visit.page.locator("main img, main script, main i, main b, .answer a")).to_have_count(0)
    expect(visit.page).to_have_title(f"{EVIL} · Querent")


def shown(visit: Visit, name: str, kind: str, values: list[Any]) -> list[str]:
    """What the page makes of the values of one column."""
    script = """async ([column, values]) => {
        const { columnStyle } = await import("/page/values.js");
        const style = columnStyle(column, values);
        return values.map((value) => style.format(value));
    }"""
    texts: list[str] = visit.page.evaluate(script, [{"name": name, "kind": kind}, values])
    return texts


def test_years_and_numbers_that_are_names_are_not_grouped(visit: Visit) -> None:
    assert shown(visit, "year", "integer", [2025]) == ["2025"]
    assert shown(visit, "customer_id", "integer", [12345]) == ["12345"]
    assert shown(visit, "customers", "integer", [12345]) == ["12,345"]


def test_numbers_too_large_for_the_browser_stay_exact(visit: Visit) -> None:
    assert shown(visit, "total", "integer", ["9007199254740993"]) == ["9,007,199,254,740,993"]
    assert shown(visit, "total", "number", ["0.30000000000000004", 12]) == ["0.3000", "12.0000"]


def test_dates_are_shown_as_written_whatever_the_time_zone(visit: Visit) -> None:
    assert shown(visit, "day", "date", ["2025-03-01"]) == ["1 Mar 2025"]
    assert shown(visit, "ordered_at", "timestamp", ["2025-03-01T23:30:00+00:00"]) == ["1 Mar 2025, 23:30"]
    assert shown(visit, "month", "timestamp", ["2025-03-01T00:00:00+00:00"]) == ["Mar 2025"]
    assert shown(visit, "month", "text", ["2025-03"]) == ["2025-03"]


def laid_out(visit: Visit, sql: str) -> str:
    script = 'async (sql) => (await import("/page/sql.js")).formatSql(sql)'
    text: str = visit.page.evaluate(script, sql)
    return text


def test_only_whole_clauses_begin_a_line(visit: Visit) -> None:
    sql = (
        "SELECT EXTRACT(YEAR FROM a) FROM t LEFT OUTER JOIN u ON t.x = u.x "
        "WHERE a BETWEEN 1 AND 2 AND b = 'x and y'"
    )
    assert laid_out(visit, sql).splitlines() == [
        "SELECT EXTRACT(YEAR FROM a)",
        "FROM t",
        "LEFT OUTER JOIN u ON t.x = u.x",
        "WHERE a BETWEEN 1 AND 2",
        "  AND b = 'x and y'",
    ]


def test_a_query_that_is_laid_out_already_is_left_alone(visit: Visit) -> None:
    assert laid_out(visit, "SELECT 1\n  FROM t WHERE x") == "SELECT 1\n  FROM t WHERE x"
