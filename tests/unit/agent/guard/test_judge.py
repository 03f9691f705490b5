import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Catalog, Column, Table
from tests.fixtures.guard.schema import shop

POSTGRES = shop("postgres")
SQLITE = shop("sqlite")


def approved(sql: str, catalog: Catalog = POSTGRES) -> Approved:
    verdict = judge(sql, catalog)
    assert isinstance(verdict, Approved), verdict
    return verdict


def rejected(sql: str, catalog: Catalog = POSTGRES) -> Rejected:
    verdict = judge(sql, catalog)
    assert isinstance(verdict, Rejected), verdict
    return verdict


def test_what_runs_is_printed_anew_and_without_comments() -> None:
    assert approved("select  id -- all of them\nfrom orders;").sql == "SELECT id FROM public.orders"


def test_the_tables_read_are_named() -> None:
    verdict = approved("SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer_id")
    assert verdict.tables == ("public.orders", "public.customers")
    assert verdict.dialect == "postgres"


def test_an_unknown_column_brings_a_hint() -> None:
    verdict = rejected("SELECT emial FROM customers")
    assert (verdict.layer, verdict.kind) == ("names", "unknown_column")
    assert "customers.email" in verdict.hint


def test_a_column_of_another_table_is_pointed_to() -> None:
    assert "public.products" in rejected("SELECT price FROM orders").hint


def test_an_unknown_table_brings_a_hint() -> None:
    verdict = rejected("SELECT 1 FROM custmers")
    assert verdict.kind == "unknown_table"
    assert "customers" in verdict.hint


def test_a_cte_may_shadow_an_allowed_table() -> None:
    verdict = approved("WITH customers AS (SELECT id FROM customers) SELECT id FROM customers")
    assert verdict.sql == "WITH customers AS (SELECT id FROM public.customers) SELECT id FROM customers"


def test_a_cte_is_not_seen_outside_of_its_query() -> None:
    verdict = rejected("SELECT * FROM (WITH secrets AS (SELECT 1) SELECT * FROM secrets) a, secrets b")
    assert verdict.kind == "unknown_table"


def test_a_cte_does_not_hide_the_columns_it_lacks() -> None:
    sql = "WITH customers AS (SELECT id FROM customers) SELECT name FROM customers"
    assert rejected(sql).kind == "unknown_column"


def test_double_quotes_are_text_in_sqlite_where_no_column_is_called_so() -> None:
    verdict = approved('SELECT id FROM customers WHERE name = "Ann"', SQLITE)
    assert verdict.sql == "SELECT id FROM customers WHERE name = 'Ann'"


def test_a_misspelt_column_to_show_is_no_text() -> None:
    assert rejected('SELECT "nmae" FROM customers', SQLITE).kind == "unknown_column"


def test_a_name_in_another_case_is_found_as_the_engine_finds_it() -> None:
    approved("SELECT NAME FROM Customers WHERE CUSTOMERS.Id = 1")
    approved('SELECT "NAME" FROM [CUSTOMERS]', SQLITE)
    assert rejected('SELECT "NAME" FROM customers').kind == "unknown_column"


def test_a_function_that_is_not_listed_is_refused() -> None:
    verdict = rejected("SELECT PG_Read_File('x') FROM customers")
    assert (verdict.layer, verdict.kind) == ("functions", "function")


def test_a_built_in_may_be_named_in_full() -> None:
    verdict = approved("SELECT pg_catalog.lower(name) FROM customers")
    assert verdict.sql == "SELECT LOWER(name) FROM public.customers"
    rejected("SELECT public.lower(name) FROM customers")


def test_a_column_called_like_the_session_is_quoted() -> None:
    people = Table("public", "people", (Column("user", "text", "text"),))
    verdict = approved("SELECT user FROM people", Catalog("postgres", (people,), "public"))
    assert verdict.sql == 'SELECT "user" FROM public.people'


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "-- nothing",
        "Show me all customers",
        "SELECT 1; SELECT 2",
        "SELECT 'open",
        "SELECT (1",
        "SELECT\x00 1",
        "SELECT '\ud800'",
        "SELECT 1 --\u2028 x",
        "SELECT " + "(" * 60 + "1" + ")" * 60,
        "SELECT " + "DATE(TIMESTAMP(" * 10 + "'1'" + "))" * 10,
        "SELECT * FROM orders " + "JOIN orders " * 40,
        "SELECT " + "1+" * 15_000 + "1",
    ],
)
def test_what_cannot_be_one_query_is_refused_at_once(sql: str) -> None:
    assert rejected(sql).reason.endswith(".")


@pytest.mark.parametrize(
    "joined",
    [
        "((SELECT 1 AS id) o JOIN customers c ON c.id = o.id)",
        "((orders o JOIN customers c ON c.id = o.customer_id) JOIN products p ON p.id = o.id)",
        "((SELECT 1 AS id) o CROSS JOIN LATERAL (SELECT o.id) c)",
    ],
)
def test_joins_in_brackets_may_begin_with_anything(joined: str) -> None:
    approved(f"SELECT c.id FROM {joined} JOIN events e ON e.id = c.id")
    hidden = joined.replace("customers", "secrets").replace("SELECT o.id", "SELECT id FROM secrets")
    assert rejected(f"SELECT c.id FROM {hidden}").kind == "unknown_table"
