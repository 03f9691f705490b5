"""Sync reports in words."""

from graph.admin.schema_sync import report_as_json
from schema_docs.sync.drift import SchemaDrift
from schema_docs.sync.sync import SyncReport
from transport.cli.schema import describe_report

DRIFT = SchemaDrift(columns_added=("a.b",))


def described(version: int = 1, index_bytes: int = 0) -> str:
    report = SyncReport(version, 2, 9, 40, 11, 1, 2.0, True, DRIFT, ("No rows.",), 1.0, 0.25, index_bytes)
    return describe_report(report_as_json(report))


def test_a_report_tells_what_there_is_and_what_the_index_took() -> None:
    assert described(index_bytes=12_345_678).splitlines() == [
        "map 1 (new): 2 tables, 9 columns, 40 values, in 2.0 s",
        "  index: 12.3 MB, 0.2 s; embeddings: 1.0 s",
        "  No rows.",
    ]


def test_what_has_changed_is_told_from_the_second_map_on() -> None:
    assert "1 column added" in described(version=2)
