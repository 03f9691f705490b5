import pytest

from agent.builtin.followup.detection import is_follow_up
from agent.builtin.followup.edits import select_rows
from agent.builtin.plan.grouping import build_grouped_plan
from agent.builtin.plan.projection import select_items
from agent.builtin.plan.top_n import apply_top_n
from tests.fixtures.builtin_analyst import parse, sql_of

BERLIN = "How many customers are from Berlin?"
BY_CHANNEL = "What was the revenue by channel in 2025?"


@pytest.mark.parametrize(
    ("question", "before", "part"),
    [
        ("What about Paris?", [BERLIN], "WHERE addresses.city = 'Paris'"),
        ("Only the vip ones.", [BERLIN], "'Berlin' AND customers.segment = 'vip'"),
        ("Show me their emails.", [BERLIN], "SELECT DISTINCT customers.email"),
        ("and by country?", [BERLIN], "GROUP BY customers.country"),
        ("who are they?", [BERLIN], "SELECT DISTINCT customers.first_name, customers.last_name"),
        ("and in 2024?", [BY_CHANNEL], "ordered_at >= '2024-01-01'"),
        ("and the year before?", [BY_CHANNEL], "ordered_at >= '2024-01-01'"),
        ("by month instead", [BY_CHANNEL], "GROUP BY STRFTIME('%Y-%m', ordered_at)"),
        ("sort by revenue, highest first", [BY_CHANNEL], "ORDER BY SUM(total) DESC"),
        ("and the average?", [BY_CHANNEL], "SELECT channel, AVG(total)"),
        ("top 3", [BY_CHANNEL], "ORDER BY SUM(total) DESC LIMIT 3"),
        ("only web", [BY_CHANNEL], "channel = 'web'"),
        ("how many are there?", ["products with price above 10"], "SELECT COUNT(*)"),
        ("which of them is the most expensive?", ["products in stock"], "ORDER BY price DESC"),
        ("and their prices", ["list the products"], "SELECT name, price FROM products"),
        ("how many of those are in stock?", ["products with price above 10"], "price > 10 AND stock > 0"),
        ("cheapest first", ["list the products"], "ORDER BY price ASC"),
    ],
)
async def test_a_follow_up_changes_the_last_plan(question: str, before: list[str], part: str) -> None:
    assert part in await sql_of(question, *before)


async def test_a_chain_goes_on_from_where_it_is() -> None:
    sql = await sql_of("how many are there?", BERLIN, "What about Paris?", "Only the vip ones.")
    assert "'Paris' AND customers.segment = 'vip'" in sql


async def test_a_question_of_its_own_starts_afresh() -> None:
    assert await sql_of("How many products are there?", BERLIN) == (
        "SELECT COUNT(*) AS number_of_products FROM products"
    )


@pytest.mark.parametrize("question", ["and by month?", "only those from Berlin", "show me their emails"])
def test_some_questions_cannot_stand_alone(question: str) -> None:
    assert is_follow_up(question)


def test_most_questions_stand_alone() -> None:
    assert not is_follow_up("How many customers are there in Berlin?")


def test_the_parts_of_a_plan_come_from_what_was_read() -> None:
    state = parse("the 3 most expensive products")
    items = [item for requested in state.selection.items for item in select_items(state, requested)]
    plan = apply_top_n(state, build_grouped_plan(state, items))
    assert (plan.entity, plan.limit) == ("products", 3)
    assert select_rows(plan, state).entity == "products"
