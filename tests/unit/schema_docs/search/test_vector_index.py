import numpy as np
import pytest

from schema_docs.search.vector_index import Nearby
from store.maps.records import Near, Place

PLACES = [Place("a"), Place("a", "x"), Place("b"), Place("b", "y"), Place("b", "z")]
VECTORS = np.array([[1, 0], [0, 1], [0.8, 0.6], [0.6, 0.8], [1, 0]], np.float32)
NEARBY = Nearby(PLACES, VECTORS)
EAST = np.array([1, 0], np.float32)


def test_tables_and_columns_come_nearest_first() -> None:
    assert [near.place for near in NEARBY.find(EAST, 9, 9)] == [
        Place("a"),
        Place("b"),
        Place("b", "z"),
        Place("b", "y"),
        Place("a", "x"),
    ]


def test_the_similarity_is_the_cosine() -> None:
    assert NEARBY.find(EAST, 2, 0)[1].similarity == pytest.approx(0.8)


@pytest.mark.parametrize(("tables", "columns"), [(0, 0), (1, 1), (1, 2), (2, 3), (5, 1)])
def test_no_more_are_given_than_asked_for_and_always_the_nearest(tables: int, columns: int) -> None:
    found = NEARBY.find(EAST, tables, columns)
    assert found == NEARBY.find(EAST, 2, 0)[:tables] + NEARBY.find(EAST, 0, 3)[:columns]


def test_an_empty_map_has_nothing_near() -> None:
    empty: list[Near] = []
    assert Nearby([], np.zeros((0, 2), np.float32)).find(EAST, 1, 1) == empty
