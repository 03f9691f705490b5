"""Syntax nodes and types outside of the allow-list are rejected."""

import pytest
from sqlglot import parse_one

from agent.guard.rules.nodes import check_nodes
from agent.guard.verdict import RuleViolation


@pytest.mark.parametrize("sql", ["SELECT CAST(a AS TEXT) FROM t", "VALUES (1)", "SELECT a::jsonb FROM t"])
def test_queries_of_known_nodes_pass(sql: str) -> None:
    check_nodes(parse_one(sql, read="postgres"))


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("DELETE FROM t", "not_a_query"),
        ("SELECT a INTO u FROM t", "select_into"),
        ("SELECT a FROM t FOR UPDATE", "row_lock"),
        ("SELECT $1", "placeholder"),
        ("SELECT 1 OPERATOR(public.+) 2", "operator"),
        ("SELECT 't'::regclass", "type"),
        ("SELECT 'x'::unknown_type", "type"),
    ],
)
def test_the_kind_of_a_violation_says_what_was_found(sql: str, kind: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        check_nodes(parse_one(sql, read="postgres"))
    assert caught.value.rejected.kind == kind
