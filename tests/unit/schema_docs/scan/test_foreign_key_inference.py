import pytest

from schema_docs.scan.foreign_key_inference import Profiles, format_keys, infer_foreign_keys
from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.target import ColumnProfile


def table(name: str, *columns: str, key: str | None = None, **more: object) -> Table:
    integers = tuple(Column(column, "int", "integer") for column in columns)
    return Table(None, name, integers, (key,) if key else (), **more)  # type: ignore[arg-type]  # by name


CUSTOMERS = table("customers", "id", "age", key="id")
ORDERS = table("orders", "order_id", "customer_id", "age", key="order_id")
KEY = ForeignKey(("customer_id",), "customers", ("id",))


def profile(column: str, smallest: int, largest: int) -> ColumnProfile:
    return ColumnProfile(column, 0, 2, smallest, largest, (str(smallest), str(largest)))


def guessed(*tables: Table, profiles: Profiles | None = None) -> list[str]:
    return list(format_keys(infer_foreign_keys(Catalog("sqlite", tables), profiles or {})))


@pytest.mark.parametrize(
    ("tables", "lines"),
    [
        ((CUSTOMERS, ORDERS), ["orders.customer_id -> customers.id"]),
        (
            (table("Stadium", "Stadium_ID", key="Stadium_ID"), table("c", "stadium_id")),
            ["c.stadium_id -> Stadium.Stadium_ID"],
        ),
        ((CUSTOMERS, table("bills", "payingCustomerId")), ["bills.payingCustomerId -> customers.id"]),
        ((table("customers", "id"), ORDERS), []),
        ((CUSTOMERS, table("Customer", "id", key="id"), ORDERS), []),
        ((CUSTOMERS, table("bills", "id", "customer")), []),
        ((table("books", "isbn", key="isbn"), table("loans", "isbn", "day")), ["loans.isbn -> books.isbn"]),
        ((table("books", "title", key="title"), table("films", "title")), []),
    ],
)
def test_a_name_points_at_the_one_key_it_fits(tables: tuple[Table, ...], lines: list[str]) -> None:
    assert guessed(*tables) == lines


def test_values_that_are_not_among_those_pointed_at_speak_against_it() -> None:
    ids = {"customers": {"id": profile("id", 1, 100)}}
    inside = {**ids, "orders": {"customer_id": profile("customer_id", 5, 90)}}
    outside = {**ids, "orders": {"customer_id": profile("customer_id", 5, 9_000)}}
    assert len(guessed(CUSTOMERS, ORDERS, profiles=inside)) == 1
    assert guessed(CUSTOMERS, ORDERS, profiles=outside) == []


def test_what_is_declared_or_refused_is_not_guessed() -> None:
    declared = table("orders", "customer_id", foreign_keys=(KEY,))
    assert guessed(CUSTOMERS, declared) == []
    assert infer_foreign_keys(Catalog("sqlite", (CUSTOMERS, ORDERS)), {}, {("orders", KEY)}) == {}
