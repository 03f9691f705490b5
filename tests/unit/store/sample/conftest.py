"""The sample shop, made once for all tests that look at it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from store.sample.generator import make_shop

Shop = Mapping[str, Sequence[Any]]


@pytest.fixture(scope="session")
def shop() -> Shop:
    """Rows by table."""
    return {table.name: table.rows for table in make_shop()}
