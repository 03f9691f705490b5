import hashlib
from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from store.sample.generator import SEED, make_shop
from store.sample.load import NOTES_FILE
from tests.unit.store.sample.conftest import Shop

MODELS = {model["name"]: model for model in yaml.safe_load(NOTES_FILE.read_text(encoding="utf-8"))["models"]}
TESTS = [
    (table, column["name"], test)
    for table, model in MODELS.items()
    for column in model["columns"]
    for test in column.get("tests", ())
]


def fingerprint(rows: Iterable[tuple[Any, ...]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(tuple(map(str, row))).encode())
    return digest.hexdigest()


def test_the_same_seed_makes_the_same_shop(shop: Shop) -> None:
    again = {table.name: fingerprint(table.rows) for table in make_shop()}
    assert again == {name: fingerprint(rows) for name, rows in shop.items()}


def test_another_seed_makes_another_shop(shop: Shop) -> None:
    customers = next(make_shop(SEED + 1))
    assert fingerprint(customers.rows) != fingerprint(shop["customers"])


def test_the_shop_has_about_a_hundred_thousand_rows(shop: Shop) -> None:
    assert 95_000 < sum(map(len, shop.values())) < 105_000
    assert min(map(len, shop.values())) >= 40


def test_ids_count_from_one_without_a_gap(shop: Shop) -> None:
    for rows in shop.values():
        assert [row.id for row in rows] == list(range(1, len(rows) + 1))


def test_the_notes_describe_every_table_and_column_and_no_other(shop: Shop) -> None:
    described = {
        table: tuple(column["name"] for column in model["columns"]) for table, model in MODELS.items()
    }
    assert described == {table: rows[0]._fields for table, rows in shop.items()}


def test_every_description_is_a_sentence() -> None:
    for model in MODELS.values():
        for words in (model["description"], *(column["description"] for column in model["columns"])):
            assert words.endswith(".")


@pytest.mark.parametrize(("table", "column", "test"), TESTS)
def test_what_the_notes_promise_holds(shop: Shop, table: str, column: str, test: Any) -> None:
    cells = [getattr(row, column) for row in shop[table]]
    values = [cell for cell in cells if cell is not None]
    match test:
        case "not_null":
            assert len(values) == len(cells)
        case "unique":
            assert len(set(values)) == len(values)
        case {"accepted_values": {"values": accepted}}:
            assert set(values) == set(accepted)
        case {"relationships": {"to": to, "field": field}}:
            other = to.removeprefix("ref('").removesuffix("')")
            assert set(values) <= {getattr(row, field) for row in shop[other]}
        case _:
            pytest.fail(f"{test} is no test we know")
