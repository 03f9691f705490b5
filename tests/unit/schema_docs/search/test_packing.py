from uuid import UUID

import pytest

from schema_docs.documents.table_document import count_tokens
from schema_docs.loaded_map import LoadedMap, load_map
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.search.packing import assemble_all, assemble_relevant, pack_documents
from schema_docs.search.results import ValueMatch
from store.catalog import Catalog, Column, Table
from store.maps.records import MapHead
from tests.unit.schema_docs.search.test_table_selection import SHOP

VALUE = ValueMatch("cities", "mayor", "Wegner", "wegner", 1.0)


def test_all_of_a_map_is_shown_with_its_joins() -> None:
    result = assemble_all("who is the mayor", SHOP, (VALUE,))
    assert [page.table for page in result.documents] == ["orders", "customers", "cities", "logs"]
    assert [join.table for join in result.joins] == ["orders", "customers"]
    assert result.values == (VALUE,)
    assert result.version == 1


def test_the_best_of_a_map_is_shown_within_the_budget() -> None:
    result = assemble_relevant("orders by mayor", SHOP, [], (), 40)
    assert sum(count_tokens(page.text) for page in result.documents) <= 40
    assert result.documents[0].table in {"orders", "cities"}
    assert len(result.reasons) == len(result.documents)


def open_map(tables: int, columns: int) -> LoadedMap:
    catalog = Catalog(
        "sqlite",
        tuple(
            Table(None, f"t{t}", tuple(Column(f"column_{c}", "TEXT", "text") for c in range(columns)))
            for t in range(tables)
        ),
    )
    notes = {
        f"t{t}": Note("A description that makes the page longer than its outline.") for t in range(tables)
    }
    return load_map(MapHead(UUID(int=1), 1), SchemaMap("x", 1, catalog, notes))


@pytest.mark.parametrize("budget", [0, 10, 50, 200, 1_000, 10_000])
def test_the_budget_is_never_exceeded(budget: int) -> None:
    pages = pack_documents(open_map(8, 12), range(8), budget, {3: {"column_5"}})
    assert sum(count_tokens(page.text) for page in pages) <= budget


def test_every_table_in_outline_goes_before_any_in_full() -> None:
    loaded_map = open_map(3, 4)
    outlines = sum(count_tokens(page.text) for page in loaded_map.outlines)
    assert pack_documents(loaded_map, [2, 0, 1], outlines, {}) == [
        loaded_map.outlines[number] for number in (2, 0, 1)
    ]


def test_the_best_table_is_the_first_to_be_shown_in_full() -> None:
    loaded_map = open_map(3, 4)
    outlines = sum(count_tokens(page.text) for page in loaded_map.outlines)
    pages = pack_documents(loaded_map, [2, 0, 1], outlines + 40, {})
    assert pages[0] == loaded_map.documents[2]
    assert pages[2] == loaded_map.outlines[1]


def test_a_wide_table_shows_the_columns_that_matter() -> None:
    loaded_map = open_map(1, 300)
    page = pack_documents(loaded_map, [0], 400, {0: {"column_250"}})[0].text
    assert "- column_250 TEXT" in page
    assert count_tokens(page) <= 400


def test_a_wide_table_leaves_room_for_the_others() -> None:
    pages = pack_documents(open_map(6, 300), range(6), 1_500, {5: {"column_250"}})
    assert len(pages) == 6
    assert "column_250 TEXT" in pages[5].text


def test_a_wide_table_is_shown_in_little_room_as_well() -> None:
    page = pack_documents(open_map(1, 300), [0], 40, {0: {"column_250"}})[0].text
    assert "column_250" in page
    assert " more" in page
    assert count_tokens(page) <= 40
