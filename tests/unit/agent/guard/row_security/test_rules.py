import pytest

from agent.guard.row_security.parameters import ParameterBinder
from agent.guard.row_security.rules import compile_row_rule
from agent.guard.verdict import RuleViolation
from store.access.roles import Access, Role
from store.catalog import Dialect
from tests.fixtures.guard.schema import shop

ACCESS = Access(Role(), (("tenant", 7), ("cities", ("Rome", "Oslo")), ("none", ())))


def read(where: str, dialect: Dialect = "postgres", cte_names: frozenset[str] = frozenset()) -> str:
    catalog, binder = shop(dialect), ParameterBinder(ACCESS)
    table = catalog.table("orders")
    assert table is not None
    rule = compile_row_rule(where, table, catalog, binder, cte_names)
    return binder.bind(rule.sql(dialect=dialect), dialect).sql


def test_columns_are_those_of_the_table() -> None:
    assert read("tenant_id = 1 AND NOT status IS NULL") == (
        '("orders".tenant_id = 1 AND NOT "orders".status IS NULL)'
    )


def test_claims_are_parameters() -> None:
    assert read("tenant_id = :claim.tenant") == '("orders".tenant_id = $1)'
    assert (
        read("tenant_id = CAST(:claim.tenant AS INT)", "duckdb") == '("orders".tenant_id = CAST($1 AS INT))'
    )


def test_a_list_of_claims_stands_in_the_brackets_of_in() -> None:
    assert read("status IN ('x', :claim.cities)") == "(\"orders\".status IN ('x', $1, $2))"
    assert read("status IN (:claim.none)") == '("orders".status IN (NULL))'


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "sqlite"])
def test_other_tables_are_pinned_to_their_schema(dialect: Dialect) -> None:
    rule = read("customer_id IN (SELECT id FROM customers)", dialect, frozenset({"customers"}))
    assert ".customers" in rule


@pytest.mark.parametrize(
    "where",
    [
        "",
        "tenant_id =",
        "tenant_id = 1; SELECT 1",
        "tenant_id = 1) OR (1 = 1",
        "tenant = 1",
        "tenant_id = :tenant",
        "tenant_id = :claim",
        "tenant_id = :claim.tenant.more",
        "tenant_id = :claim.nobody",
        "status = :claim.cities",
        "status = ?",
        "status = $1",
        "status = @x",
        "pg_sleep(1) IS NULL",
        "id IN (SELECT id FROM secrets)",
        "id IN (SELECT id FROM customers FOR UPDATE)",
        "SELECT 1",
    ],
)
def test_what_is_no_rule_is_refused(where: str) -> None:
    with pytest.raises(RuleViolation):
        read(where)
