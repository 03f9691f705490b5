"""JSON representation of result values."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from store.rows import as_json


@pytest.mark.parametrize(
    ("value", "carried"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (2**53, "9007199254740992"),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (Decimal("12.50"), 12.5),
        (Decimal("3.00"), 3),
        (Decimal("167.2030627659574468"), 167.20306276595745),
        (Decimal("12345678901234567890.12"), "12345678901234567890.12"),
        (Decimal("NaN"), "NaN"),
        (date(2026, 11, 21), "2026-11-21"),
        (datetime(2026, 11, 21, 8, 30, tzinfo=UTC), "2026-11-21T08:30:00+00:00"),
        (timedelta(hours=1), "1:00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\x00\x01", "AAE="),
        ([Decimal("1.5"), {"a": date(2026, 1, 1)}], [1.5, {"a": "2026-01-01"}]),
    ],
)
def test_a_value_is_carried_without_loss(value: Any, carried: Any) -> None:
    assert as_json(value) == carried
    assert type(as_json(value)) is type(carried)
