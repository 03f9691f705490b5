import hashlib
import sqlite3
from datetime import date
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from agent.guard.row_security.masks import apply_mask, mask_fits
from agent.guard.row_security.parameters import ParameterBinder
from agent.guard.rules.nodes import ALLOWED_NODES
from store.access.roles import Access, Mask, Role
from store.catalog import Column, ColumnKind, Dialect

ENGINES: list[Dialect] = ["sqlite", "duckdb"]
NOBODY = Mask((), "null")


def shown(mask: Mask, value: Any, dialect: Dialect, kind: ColumnKind = "text") -> Any:
    """What a real engine gives for a masked value."""
    binder = ParameterBinder(Access(Role(), salt="pepper"))
    column = exp.column(exp.to_identifier("v", quoted=True), table="t")
    masked = apply_mask(mask, column, Column("v", "", kind), dialect, binder)
    assert all(type(node) in ALLOWED_NODES for node in masked.walk())
    bound = binder.bind(masked.sql(dialect=dialect), dialect)
    parameters = [each.value for each in bound.parameters]
    if dialect == "duckdb":
        duck = duckdb.connect()
        duck.execute("CREATE TABLE t AS SELECT ? AS v", [value])
        return duck.execute(f"SELECT {bound.sql} FROM t", parameters).fetchall()[0][0]
    lite = sqlite3.connect(":memory:")
    lite.create_function("querent_hash", 2, lambda salt, text: text and f"{salt}{text}", deterministic=True)
    lite.execute("CREATE TABLE t (v)")
    lite.execute("INSERT INTO t VALUES (?)", [value])
    row: tuple[Any, ...] = lite.execute(f"SELECT {bound.sql} FROM t", parameters).fetchone()
    return row[0]


@pytest.mark.parametrize("dialect", ENGINES)
def test_null_shows_nothing(dialect: Dialect) -> None:
    assert shown(NOBODY, "Ann", dialect) is None


@pytest.mark.parametrize("dialect", ENGINES)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4111111111111111", "****1111"),
        ("1234567", "****"),
        ("12345678", "****5678"),
        ("", "****"),
        (None, None),
    ],
)
def test_last_four_shows_no_more_than_half(value: str | None, expected: str | None, dialect: Dialect) -> None:
    assert shown(Mask((), "last_four"), value, dialect) == expected


def test_a_hash_is_salted_and_the_same_for_the_same_value() -> None:
    expected = hashlib.sha256(b"pepperAnn").hexdigest()[:16]
    assert shown(Mask((), "hash"), "Ann", "duckdb") == expected
    assert shown(Mask((), "hash"), None, "duckdb") is None
    assert shown(Mask((), "hash"), "Ann", "sqlite") == "pepperAnn"


@pytest.mark.parametrize("dialect", ENGINES)
@pytest.mark.parametrize(
    ("value", "width", "expected"),
    [(37, 10, 30), (-1, 10, -10), (-10, 10, -10), (40, 10, 40), (0.37, 0.25, 0.25), (None, 5, None)],
)
def test_a_number_falls_into_a_bucket(
    value: float | None, width: float, expected: float | None, dialect: Dialect
) -> None:
    masked = shown(Mask((), "bucket", width), value, dialect, "number")
    assert masked == expected or float(masked) == pytest.approx(expected)


def test_a_date_falls_into_its_month_or_year() -> None:
    day = date(2026, 5, 17)
    assert shown(Mask((), "bucket", "month"), day, "duckdb", "date") == date(2026, 5, 1)
    assert shown(Mask((), "bucket", "year"), day, "duckdb", "timestamp") == date(2026, 1, 1)
    assert shown(Mask((), "bucket", "month"), day.isoformat(), "sqlite", "date") == "2026-05-01"


@pytest.mark.parametrize("dialect", ENGINES)
def test_a_bucket_of_another_kind_shows_nothing(dialect: Dialect) -> None:
    assert not mask_fits(Mask((), "bucket", 10), Column("v", "", "text"))
    assert shown(Mask((), "bucket", 10), "37", dialect) is None
    assert shown(Mask((), "bucket", "month"), 37, dialect, "number") is None
