"""Regular expressions are rejected by the repetitions they nest, not by their length."""

import pytest
from sqlglot import parse_one

from agent.guard.rules.patterns import check_patterns, is_expensive
from agent.guard.verdict import RuleViolation
from store.catalog import Dialect


def check_condition(condition: str, dialect: Dialect) -> None:
    for node in parse_one(f"SELECT 1 FROM t WHERE {condition}", read=dialect).walk():
        check_patterns(node, dialect)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a{1,50}){1,50}",
        r"((a{1,9}){1,9}){1,9}",
        r"(a{10}){11}",
        r"a{1,255}{1,255}",
        r"(a{1,}){2,}",
        r"((a+)b)+",
        r"(x+x+)+y",
        r"(?:(a|aa)(b|c))+$",
        r"(?<=a)(b+c)+",
    ],
)
def test_nested_repetitions_are_expensive(pattern: str) -> None:
    assert is_expensive(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"([0-9]{1,3}\.){3}[0-9]{1,3}",
        r"([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}",
        r"(\d{3}-){2}\d{4}",
        r"(a{10}){10}",
        r"^(click|view)$",
        r"[(a+)]+",
        r"[^]]+(x)+",
        r"\(a+\)+",
        r"a+?b*+c{2}?",
        r"(a+)?b",
        r"x{1,255}",
    ],
)
def test_other_repetitions_are_not(pattern: str) -> None:
    assert not is_expensive(pattern)


@pytest.mark.parametrize(
    ("dialect", "condition"),
    [
        ("postgres", "a ~ '(b+)+'"),
        ("postgres", "a ~ ('(b+)' || '+')"),
        ("postgres", "a ~ repeat('b', 9)"),
        ("postgres", "a ~ ANY(ARRAY['b', '(b+)+'])"),
        ("postgres", "regexp_count(a, '(b+)+') > 0"),
        ("postgres", "substring(a FROM '(b+)+') = 'b'"),
        ("mysql", "a REGEXP '(b{1,50}){1,50}'"),
        ("sqlite", "a LIKE '%%%%%%%%%'"),
    ],
)
def test_every_place_of_a_pattern_is_checked(dialect: Dialect, condition: str) -> None:
    with pytest.raises(RuleViolation):
        check_condition(condition, dialect)


@pytest.mark.parametrize(
    ("dialect", "condition"),
    [
        ("duckdb", "regexp_matches(a, '(b+)+')"),
        ("postgres", "a ~ ('^' || lower(b))"),
        ("postgres", "substring(a, strpos(a, '(b+)+')) = 'b'"),
        ("postgres", "a ~ b"),
    ],
)
def test_linear_engines_columns_and_positions_pass(dialect: Dialect, condition: str) -> None:
    check_condition(condition, dialect)
