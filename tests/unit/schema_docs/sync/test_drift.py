from schema_docs.sync.drift import SchemaDrift, compare_catalogs
from store.catalog import Catalog, Column, Table


def catalog(**tables: dict[str, str]) -> Catalog:
    return Catalog(
        "sqlite",
        tuple(
            Table(None, name, tuple(Column(column, type, "text") for column, type in columns.items()))
            for name, columns in tables.items()
        ),
    )


def test_new_lost_and_changed_things_are_named() -> None:
    before = catalog(orders={"id": "int", "old": "int", "total": "int"}, removed={"a": "int"})
    after = catalog(orders={"id": "int", "new": "int", "total": "real"}, added={"b": "int"})
    drift = compare_catalogs(before, after)
    assert drift == SchemaDrift(("added",), ("removed",), ("orders.new",), ("orders.old",), ("orders.total",))
    assert str(drift) == "1 table added, 1 table removed, 1 column added, 1 column removed, 1 column changed"


def test_no_change_is_no_drift() -> None:
    same = catalog(orders={"id": "int"})
    assert not compare_catalogs(same, same)
    assert str(compare_catalogs(same, same)) == "no change"
