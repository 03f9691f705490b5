import numpy as np
import pytest

from schema_docs.search.vector_index import VectorIndex
from store.maps.records import PassageMatch, SchemaElement

PLACES = [
    SchemaElement("a"),
    SchemaElement("a", "x"),
    SchemaElement("b"),
    SchemaElement("b", "y"),
    SchemaElement("b", "z"),
]
VECTORS = np.array([[1, 0], [0, 1], [0.8, 0.6], [0.6, 0.8], [1, 0]], np.float32)
NEARBY = VectorIndex(PLACES, VECTORS)
EAST = np.array([1, 0], np.float32)


def test_tables_and_columns_come_nearest_first() -> None:
    assert [nearest.element for nearest in NEARBY.find(EAST, 9, 9)] == [
        SchemaElement("a"),
        SchemaElement("b"),
        SchemaElement("b", "z"),
        SchemaElement("b", "y"),
        SchemaElement("a", "x"),
    ]


def test_the_similarity_is_the_cosine() -> None:
    assert NEARBY.find(EAST, 2, 0)[1].similarity == pytest.approx(0.8)


@pytest.mark.parametrize(("tables", "columns"), [(0, 0), (1, 1), (1, 2), (2, 3), (5, 1)])
def test_no_more_are_given_than_asked_for_and_always_the_nearest(tables: int, columns: int) -> None:
    result = NEARBY.find(EAST, tables, columns)
    assert result == NEARBY.find(EAST, 2, 0)[:tables] + NEARBY.find(EAST, 0, 3)[:columns]


def test_an_empty_map_has_nothing_near() -> None:
    empty: list[PassageMatch] = []
    assert VectorIndex([], np.zeros((0, 2), np.float32)).find(EAST, 1, 1) == empty
