from pathlib import Path

import duckdb

from store.rows import Limits
from store.targets.duckdb.catalog import read_catalog
from store.targets.duckdb.session import DuckdbFile, open_session


def test_indexes_over_quoted_columns_and_views_without_keys_are_read(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "t.duckdb")) as session:
        session.execute('CREATE TABLE t ("a b" INTEGER, c INTEGER); CREATE INDEX i ON t ("a b", c)')
        session.execute("CREATE VIEW v AS SELECT c FROM t")
    with open_session(DuckdbFile(tmp_path / "t.duckdb", tmp_path), Limits()) as session:
        catalog = read_catalog(session)
    table, view = catalog
    assert (table.full_name, table.indexes, table.is_view) == ("main.t", (("a b", "c"),), False)
    assert (view.full_name, view.primary_key, view.row_estimate) == ("main.v", (), None)
    assert catalog.default_schema == "main"
