import re
from dataclasses import replace
from typing import get_args

import pytest

from agent.guard.row_security.enforce import judge_with_access, view_catalog
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.access.roles import NO_ACCESS, Access, Mask, NameFilter, Role, RowRule
from store.catalog import Catalog, Column, Dialect, Table
from tests.fixtures.guard.schema import shop

ROLE = Role(
    tables=NameFilter(hide=("events",)),
    columns=NameFilter(hide=("*.tenant_id", "employees.salary")),
    rows=(RowRule(("orders",), "tenant_id = :claim.tenant"),),
    masks=(Mask(("customers.email",), "hash"),),
)
ACCESS = Access(ROLE, (("tenant", 7),), "p", "pepper")
DIALECTS = get_args(Dialect)


def ask(sql: str, dialect: Dialect = "postgres", access: Access | None = ACCESS) -> Approved:
    verdict = judge_with_access(sql, view_catalog(shop(dialect), access))
    assert isinstance(verdict, Approved), verdict
    return verdict


def refuse(sql: str, access: Access = ACCESS, dialect: Dialect = "postgres") -> Rejected:
    verdict = judge_with_access(sql, view_catalog(shop(dialect), access))
    assert isinstance(verdict, Rejected), verdict
    return verdict


def test_a_table_with_a_rule_becomes_a_sub_select_behind_a_barrier() -> None:
    verdict = ask("SELECT o.id FROM orders o")
    assert verdict.sql == (
        'SELECT o.id FROM (SELECT "orders"."id" FROM "public"."orders"'
        ' WHERE ("orders".tenant_id = $1) OFFSET 0) AS o'
    )
    assert [(each.name, each.value) for each in verdict.parameters] == [("claim.tenant", 7)]


@pytest.mark.parametrize(
    ("dialect", "ending"),
    [
        ("postgres", "= $1) OFFSET 0)"),
        ("duckdb", "= $1) OFFSET 0)"),
        ("sqlite", "= ?) LIMIT -1 OFFSET 0)"),
        ("mysql", "= ?) LIMIT 18446744073709551615)"),
    ],
)
def test_each_engine_has_its_barrier_and_its_placeholders(dialect: Dialect, ending: str) -> None:
    assert ending in ask("SELECT id FROM orders", dialect).sql


def test_the_asker_is_shown_what_was_asked() -> None:
    verdict = ask("SELECT id FROM orders")
    assert verdict.display_sql == "SELECT id FROM public.orders"
    assert verdict.display_tables == ("public.orders",)


def test_without_an_access_nothing_changes() -> None:
    verdict, open_to_all = ask("SELECT id FROM orders", access=None), Access(Role(), identity="p")
    assert verdict.policy is None
    assert ask("SELECT id FROM orders", access=open_to_all) == replace(verdict, policy="p")


REFERENCES = [
    "SELECT id FROM orders",
    "SELECT id FROM (SELECT id FROM orders) x",
    "WITH x AS (SELECT id FROM orders) SELECT id FROM x",
    "WITH orders AS (SELECT id FROM orders) SELECT id FROM orders",
    "SELECT id FROM customers UNION SELECT id FROM orders",
    "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
    "SELECT (SELECT max(total) FROM orders) FROM customers",
    "SELECT c.id FROM customers c WHERE c.id IN (SELECT customer_id FROM orders)",
    "SELECT c.id FROM (customers c JOIN orders o ON o.customer_id = c.id) JOIN products p ON p.id = o.id",
    "SELECT c.id FROM ((orders o JOIN customers c ON o.customer_id = c.id))",
    "SELECT id FROM customers ORDER BY (SELECT max(id) FROM orders)",
    "SELECT count(*) FROM customers HAVING count(*) > (SELECT count(*) FROM orders)",
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", REFERENCES)
def test_every_reference_is_ruled(sql: str, dialect: Dialect) -> None:
    assert len(ask(sql, dialect).parameters) == 1


def test_every_reference_is_ruled_where_there_are_several() -> None:
    selves = "SELECT a.id FROM orders a JOIN orders b ON a.id = b.customer_id"
    assert len(ask(selves).parameters) == 2
    assert len(ask('SELECT l.id FROM "orders" a, LATERAL (SELECT id FROM Orders) l').parameters) == 2


def test_stars_and_whole_rows_give_only_what_may_be_seen() -> None:
    assert "salary" not in ask("SELECT * FROM employees").sql
    assert "salary" not in ask("SELECT e.* FROM employees e").sql
    assert "salary" not in ask("SELECT row_to_json(e) FROM employees e").sql
    assert '"dept"' in ask("SELECT row_to_json(e) FROM employees e").sql


def test_only_what_is_named_is_carried_along() -> None:
    assert ask("SELECT COUNT(*) FROM employees").sql.count("employees") == 3
    assert "hired" not in ask("SELECT dept FROM employees").sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT salary FROM employees",
        "SELECT e.salary FROM employees AS e",
        "SELECT x.salary FROM (SELECT * FROM employees) x",
        "SELECT id FROM employees ORDER BY salary",
        "SELECT id FROM orders JOIN customers USING (tenant_id)",
        "SELECT id FROM events",
        "SELECT id FROM public.events",
    ],
)
def test_what_is_hidden_does_not_exist(sql: str) -> None:
    verdict = refuse(sql)
    # What was written is repeated, in quotes.
    reason = re.sub("'.*'", "", f"{verdict.reason} {verdict.hint}")
    assert verdict.kind in ("unknown_column", "unknown_table")
    assert "may not" not in reason
    for hidden in ("employees.salary", "public.events", "events,", "orders.tenant_id"):
        assert hidden not in reason


def test_a_masked_column_is_masked_wherever_it_stands() -> None:
    verdict = ask("SELECT id FROM customers WHERE email = 'a' GROUP BY id, email ORDER BY email")
    assert verdict.sql.count('"email"') == 2
    assert "SHA256" in verdict.sql
    assert [each.name for each in verdict.parameters] == ["salt"]


def test_a_missing_claim_closes_the_table_and_no_other() -> None:
    nobody = Access(ROLE)
    assert refuse("SELECT id FROM orders", nobody).kind == "missing_claim"
    ask("SELECT id FROM products", access=nobody)


def test_who_has_no_role_sees_nothing() -> None:
    assert refuse("SELECT id FROM products", Access(NO_ACCESS)).kind == "unknown_table"
    ask("SELECT 1", access=Access(NO_ACCESS))


def test_the_tables_that_a_rule_reads_are_hidden_from_the_asker_and_not_from_the_engine() -> None:
    rule = RowRule(("orders",), "EXISTS (SELECT 1 FROM events WHERE events.id = orders.id)")
    access = Access(Role(tables=NameFilter(hide=("events",)), rows=(rule,)))
    verdict = ask("SELECT id FROM orders", access=access)
    assert verdict.tables == ("public.orders", "public.events")
    assert verdict.display_tables == ("public.orders",)


@pytest.mark.parametrize("dialect", ["postgres", "sqlite", "duckdb"])
def test_a_rule_reads_its_own_tables_whatever_the_query_calls_so(dialect: Dialect) -> None:
    rule = RowRule(("orders",), "customer_id IN (SELECT id FROM customers WHERE city = 'Rome')")
    sql = "WITH customers AS (SELECT 1 AS id, 'Rome' AS city) SELECT orders.id FROM orders, customers"
    ruled = ask(sql, dialect, Access(Role(rows=(rule,)))).sql
    assert "public.customers" in ruled or "main.customers" in ruled


def test_where_a_name_cannot_be_pinned_it_may_not_be_taken() -> None:
    rule = RowRule(("orders",), "customer_id IN (SELECT id FROM customers)")
    sql = "WITH customers AS (SELECT 1 AS id) SELECT orders.id FROM orders, customers"
    assert refuse(sql, Access(Role(rows=(rule,))), "mysql").kind == "shadowed"


def test_samples_are_taken_where_the_engine_can() -> None:
    rule = RowRule(("orders",), "id > 1")
    sampled = "SELECT id FROM orders TABLESAMPLE BERNOULLI (10)"
    assert 'FROM "public"."orders" TABLESAMPLE' in ask(sampled, access=Access(Role(rows=(rule,)))).sql
    assert "OFFSET 0) AS orders TABLESAMPLE" in ask(sampled, "duckdb", Access(Role(rows=(rule,)))).sql


def test_a_column_named_from_the_schema_on_is_named_from_the_table_on() -> None:
    verdict = ask("SELECT public.orders.id FROM public.orders")
    assert verdict.sql.startswith("SELECT orders.id FROM (")


def test_a_table_whose_rule_is_broken_is_closed() -> None:
    assert (
        refuse("SELECT id FROM orders", Access(Role(rows=(RowRule(("orders",), "regoin = 1"),)))).hint == ""
    )


def test_a_query_that_grows_too_long_is_refused_without_saying_more() -> None:
    rule = RowRule(("orders",), " OR ".join(f"id = {number}" for number in range(600)))
    sql = " UNION ALL ".join(["SELECT id FROM orders"] * 5)
    verdict = refuse(sql, Access(Role(rows=(rule,))))
    assert (verdict.layer, verdict.kind, verdict.hint) == ("policy", "unfit", "")


def test_names_in_quotes_keep_them() -> None:
    odd = Table("Odd One", 'a"b', (Column("x y", "text", "text"), Column("z", "text", "text")))
    view = view_catalog(
        Catalog("postgres", (odd,), "public"), Access(Role(columns=NameFilter(hide=("*.z",))))
    )
    verdict = judge_with_access('SELECT * FROM "Odd One"."a""b"', view)
    assert isinstance(verdict, Approved)
    assert 'SELECT "a""b"."x y" FROM "Odd One"."a""b"' in verdict.sql
