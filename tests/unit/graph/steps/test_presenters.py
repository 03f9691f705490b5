from decimal import Decimal

from graph.steps.presenters import row_batches
from tests.fixtures.scripted_analyst import make_rows


def test_a_long_result_is_cut_into_pieces_that_say_where_they_belong() -> None:
    pages = list(row_batches(make_rows(["n"], [(n,) for n in range(250)])))

    assert [(page.offset, len(page.rows), page.final) for page in pages] == [
        (0, 100, False),
        (100, 100, False),
        (200, 50, True),
    ]


def test_an_empty_result_is_one_piece_with_its_columns() -> None:
    (page,) = row_batches(make_rows(["n"], []))

    assert page.final
    assert page.columns == ({"name": "n", "kind": "text"},)


def test_values_are_as_json_carries_them() -> None:
    (page,) = row_batches(make_rows(["n"], [(Decimal("12.50"),)]))

    assert page.rows == ((12.5,),)
