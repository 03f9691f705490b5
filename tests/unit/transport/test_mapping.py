from schema_docs.sync.drift import Drift
from schema_docs.sync.sync import SyncReport
from transport.cli.schema_actions import in_words

DRIFT = Drift(columns_added=("a.b",))


def report(version: int = 1, index_bytes: int = 0) -> SyncReport:
    return SyncReport(version, 2, 9, 40, 11, 1, 2.0, True, DRIFT, ("No rows.",), 1.0, 0.25, index_bytes)


def test_a_report_tells_what_there_is_and_what_the_index_took() -> None:
    assert in_words(report(index_bytes=12_345_678)).splitlines() == [
        "map 1 (new): 2 tables, 9 columns, 40 values, in 2.0 s",
        "  index: 12.3 MB, 0.2 s; vectors and keys: 1.0 s",
        "  No rows.",
    ]


def test_what_has_changed_is_told_from_the_second_map_on() -> None:
    assert "1 column added" in in_words(report(version=2))


def test_a_report_from_before_the_index_was_told_is_read_as_well() -> None:
    kept = {"version": 1, "changed": False, "tables": 2, "columns": 9, "values": 40, "seconds": 2.0}
    assert in_words({**kept, "drift_in_words": "", "problems": []}) == (
        "map 1 (unchanged): 2 tables, 9 columns, 40 values, in 2.0 s"
    )
