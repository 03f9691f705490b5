import pytest
from sqlglot import exp, parse_one

from agent.guard.judge import judge
from agent.guard.names.columns import check_column, output_names
from agent.guard.names.scopes import ColumnNames, Scope, Source
from agent.guard.verdict import Rejected, RuleViolation
from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect
from tests.fixtures.guard.schema import shop


def select(sql: str, dialect: Dialect = "postgres") -> exp.Select:
    tree = parse_one(sql, dialect=dialect)
    assert isinstance(tree, exp.Select)
    return tree


def check(sql: str, dialect: Dialect = "postgres") -> str:
    """Check every column of a query from orders `o`; give the query as it stands afterwards."""
    scope = Scope(sources={"o": Source(("id", "total", "status", "user"))})
    tree = select(sql, dialect)
    for column in list(tree.find_all(exp.Column)):
        check_column(column, scope, Catalog(dialect, ()))
    return tree.sql(dialect=dialect)


def names(sql: str, **sources: ColumnNames) -> ColumnNames:
    scope = Scope(sources={name: Source(columns) for name, columns in sources.items()})
    return output_names(select(sql), scope, Catalog("postgres", ()))


@pytest.mark.parametrize(
    "sql",
    ["SELECT id, o.total FROM orders AS o", "SELECT TOTAL FROM orders AS o", "SELECT o.* FROM orders AS o"],
)
def test_columns_that_a_source_gives_pass_unchanged(sql: str) -> None:
    assert check(sql) == sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT secret FROM orders AS o",
        "SELECT o.secret FROM orders AS o",
        "SELECT c.id FROM orders AS o",
        "SELECT c.* FROM orders AS o",
        'SELECT "TOTAL" FROM orders o',
        "SELECT x.public.orders.id FROM orders AS o",
    ],
)
def test_a_column_that_no_source_gives_is_refused(sql: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        check(sql)
    assert refused.value.rejected.kind == "unknown_column"


def test_a_column_that_postgres_would_take_for_a_call_is_quoted() -> None:
    assert check("SELECT user FROM orders AS o") == 'SELECT "user" FROM orders AS o'


def test_a_near_name_is_offered() -> None:
    with pytest.raises(RuleViolation) as refused:
        check("SELECT totals FROM orders AS o")
    assert "o.total" in refused.value.rejected.hint


def test_a_whole_row_goes_only_to_functions_of_rows() -> None:
    sql = "SELECT ROW_TO_JSON(o) FROM orders AS o"
    assert check(sql) == sql
    with pytest.raises(RuleViolation):
        check("SELECT UNHEARD_OF(o) FROM orders AS o")


def test_sqlite_reads_an_unknown_quoted_name_as_text_only_in_a_comparison() -> None:
    assert check('SELECT id FROM orders AS o WHERE status = "paid"', "sqlite").endswith("status = 'paid'")
    with pytest.raises(RuleViolation):
        check('SELECT "paid" FROM orders AS o', "sqlite")
    with pytest.raises(RuleViolation):
        check('SELECT id FROM orders AS o WHERE status = "paid"', "postgres")


def test_only_sqlite_numbers_its_rows() -> None:
    sql = "SELECT rowid FROM orders AS o"
    assert check(sql, "sqlite") == sql
    with pytest.raises(RuleViolation):
        check(sql, "postgres")


def test_a_query_gives_aliases_columns_and_calls_by_name() -> None:
    sql = 'SELECT ID, total AS Sum, total AS "Sum", status::text, max(total) FROM o'
    assert names(sql, o=("id", "total", "status")) == ("id", "sum", "Sum", "status", "max")


def test_a_star_stands_for_the_columns_of_its_sources() -> None:
    assert names("SELECT * FROM a, b", a=("x", "y"), b=("z",)) == ("x", "y", "z")
    assert names("SELECT b.*, x FROM a, b", a=("x", "y"), b=("z",)) == ("z", "x")


def test_what_only_the_engine_knows_is_left_open() -> None:
    assert names("SELECT * FROM a", a=None) is None


@pytest.mark.parametrize("name", ["[pad]", "`pad`"])
def test_a_name_that_sqlite_cannot_take_for_text_must_be_known(name: str) -> None:
    verdict = judge(f"SELECT id FROM orders WHERE status = {name}", shop("sqlite"))
    assert isinstance(verdict, Rejected)
    assert verdict.kind == "unknown_column"
    assert isinstance(judge('SELECT id FROM orders WHERE status = "pad"', shop("sqlite")), Approved)


def test_a_renamed_column_may_be_asked_for() -> None:
    sql = "SELECT full_name FROM (SELECT * RENAME (name AS full_name) FROM employees)"
    assert isinstance(judge(sql, shop("duckdb")), Approved)
    assert isinstance(judge(sql.replace("SELECT full_name", "SELECT other"), shop("duckdb")), Rejected)
