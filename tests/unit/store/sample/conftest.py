"""The sample shop, made once for all tests that look at it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from store.sample.generator import make_shop

Shop = Mapping[str, Sequence[Any]]


@pytest.fixture(scope="session")
def shop() -> Shop:
    """Rows by table."""
    return {made.name: made.rows for made in make_shop()}
