"""Fuzzing the guard with random syntax trees: it always returns a verdict and never raises."""

import logging
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from agent.guard.dialects import ENGINES
from agent.guard.judge import judge
from agent.guard.rules.nodes import ALLOWED_NODES
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Dialect
from tests.fixtures.guard.schema import shop

CATALOGS = {dialect: shop(dialect) for dialect in get_args(Dialect)}
DIALECTS = st.sampled_from(get_args(Dialect))
WORDS = ["customers", "orders", "id", "name", "total", "x", "secrets", "v", "select", "*", "a b", "é", ""]
# Those that take expressions as they come; the others are reached through text.
NODES: list[type[exp.Expr]] = sorted(
    (
        node
        for node in ALLOWED_NODES
        if issubclass(node, exp.Expr) and {"this", "expression", "expressions"} & set(node.arg_types)
    ),
    key=lambda node: node.__name__,
)
FRAGMENTS = [
    *("SELECT", "FROM", "WHERE", "customers", "orders", "id", "name", "total", "secrets", "x", "lower"),
    *("(", ")", ",", ".", "*", "=", "[", "]", "{", "}", ":", "::", "->", "->>", ";", "--", "/*", "*/"),
    *("'x'", "1", "1e9", "0x", "_1", "$$", '"', "`", "NULL", "int", "INTERVAL", "'1d'", "unnest", "lambda"),
    *("AS", "WITH", "RECURSIVE", "UNION ALL", "JOIN", "ON", "USING", "OVER", "PARTITION BY", "ORDER BY"),
    *("CASE", "WHEN", "THEN", "END", "IN", "VALUES", "LATERAL", "CAST", "DISTINCT", "PIVOT", "FOR", "EXISTS"),
]

leaves = st.one_of(
    st.sampled_from(WORDS).map(exp.column),
    st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)).map(
        lambda two: exp.column(two[0], table=two[1])
    ),
    st.integers(-10, 10_000_000).map(exp.Literal.number),
    st.text(max_size=5).map(exp.Literal.string),
    st.just(exp.Star()),
    st.sampled_from(sorted(exp.DType, key=str)).map(lambda kind: exp.cast(exp.column("id"), kind)),
)


def grow(children: st.SearchStrategy[exp.Expr]) -> st.SearchStrategy[exp.Expr]:
    """Any node we allow, with anything below it."""
    return st.builds(combine, st.sampled_from(NODES), children, children, st.lists(children, max_size=3))


def combine(node: type[exp.Expr], first: exp.Expr, second: exp.Expr, more: list[exp.Expr]) -> exp.Expr:
    arguments = {
        "this": first.copy(),
        "expression": second.copy(),
        "expressions": [each.copy() for each in more],
    }
    return node(**{key: value for key, value in arguments.items() if key in node.arg_types})


trees = st.recursive(leaves, grow, max_leaves=12)


def assert_a_verdict(sql: str, dialect: Dialect) -> None:
    verdict = judge(sql, CATALOGS[dialect])
    assert isinstance(verdict, Approved | Rejected)
    if isinstance(verdict, Approved):
        assert judge(verdict.sql, CATALOGS[dialect]) == verdict
        assert "secrets" not in verdict.tables


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "sqlglot")


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(dialect=DIALECTS, tree=trees, table=st.sampled_from(["customers", "orders", "secrets"]))
def test_random_trees_get_verdicts(dialect: Dialect, tree: exp.Expr, table: str) -> None:
    try:
        sql = ENGINES[dialect].generate(exp.select(tree.copy()).from_(table).where(tree.copy()))
    except Exception:  # noqa: BLE001  # sqlglot cannot print every tree: nothing is left to be judged
        return
    assert_a_verdict(sql, dialect)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(dialect=DIALECTS, parts=st.lists(st.sampled_from(FRAGMENTS), max_size=25))
def test_random_words_get_verdicts(dialect: Dialect, parts: list[str]) -> None:
    assert_a_verdict("SELECT " + " ".join(parts), dialect)


@settings(deadline=None, max_examples=200)
@given(dialect=DIALECTS, sql=st.text(max_size=80))
def test_random_text_gets_verdicts(dialect: Dialect, sql: str) -> None:
    assert_a_verdict(sql, dialect)
