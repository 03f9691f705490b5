from datetime import date
from decimal import Decimal

from schema_docs.schema_map import MapBody, Note, parse_body, serialize_body
from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.target import ColumnProfile

TABLE = Table(
    "s",
    "t",
    (Column('a "b" 🦊', "int", "integer", nullable=False, comment="x\x00y"),),
    ("a",),
    (ForeignKey(("a",), "s.t", ("a",)),),
    (("a",),),
    row_estimate=3,
    is_view=True,
)


def body(**given: ColumnProfile) -> MapBody:
    return MapBody(
        Catalog("postgres", (TABLE,), "s"),
        {"s.t": Note("n", ("m",), "l", "u", ("v",))},
        {"s.t": given},
        {"s.t.a": "h"},
    )


def test_a_map_comes_back_as_it_was() -> None:
    parsed = body(a=ColumnProfile("a", 0.5, 3, 1, 2.5, ("1", "2")))
    assert parse_body(serialize_body(parsed)) == parsed


def test_dates_and_exact_numbers_come_back_as_text_and_stay_so() -> None:
    written = serialize_body(body(a=ColumnProfile("a", 0.0, 3, date(2020, 1, 2), Decimal("1.10"))))
    profile = parse_body(written).profiles["s.t"]["a"]
    assert profile.smallest == "2020-01-02"
    assert serialize_body(parse_body(written)) == written
