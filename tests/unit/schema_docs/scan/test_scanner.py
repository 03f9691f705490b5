from collections.abc import Sequence

import pytest

from schema_docs.notes.files import NotesFile
from schema_docs.scan.profiler import TableProfile
from schema_docs.scan.scanner import _take_within_limit, scan
from store.access.approved_query import Approved
from store.catalog import Catalog, Column, Dialect, Table
from store.errors import QueryFailed, TargetUnavailable
from store.maps.records import SchemaElement
from store.rows import Limits, Rows
from store.targets.target import ColumnProfile, Estimate


class SmallTarget:
    """Two tables, one of which may refuse."""

    dialect: Dialect = "sqlite"

    def __init__(self, refusal: Exception | None = None) -> None:
        self._refusal = refusal

    async def catalog(self) -> Catalog:
        columns = (Column("name", "TEXT", "text"), Column("password", "TEXT", "text"))
        return Catalog("sqlite", (Table(None, "a", columns), Table(None, "b", columns)))

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        if self._refusal and table.name == "a":
            raise self._refusal
        known_values = table.column("name")
        return [ColumnProfile("name", 0.0, 1, values=("Ada",))] if known_values else []

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        assert column != "password"
        return ["Bob", "Ada"]

    async def explain(self, approved: Approved) -> Estimate:
        raise AssertionError

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        raise AssertionError

    async def close(self) -> None:
        """Nothing is open."""


def silent(task: str, done: int, total: int) -> None:
    """Tell nobody."""


async def test_profiles_and_values_are_gathered_and_secrets_are_not_even_asked_for() -> None:
    result = await scan(SmallTarget(), (), silent)
    assert result.values == {
        SchemaElement("a", "name"): ("Ada", "Bob"),
        SchemaElement("b", "name"): ("Ada", "Bob"),
    }
    assert result.profiles["a"]["name"].values == ("Ada",)
    assert result.problems == ()


async def test_a_table_that_refuses_is_named_and_the_others_are_gathered() -> None:
    result = await scan(SmallTarget(QueryFailed("SELECT", "permission", "secret text")), (), silent)
    assert result.problems == ("a could not be sampled (permission).",)
    assert list(result.profiles) == ["b"]


async def test_a_target_that_is_gone_ends_it() -> None:
    with pytest.raises(TargetUnavailable):
        await scan(SmallTarget(TargetUnavailable("Gone.")), (), silent)


async def test_what_notes_get_wrong_is_among_the_problems() -> None:
    result = await scan(SmallTarget(), [NotesFile("n.yml", "models: [{name: c}]")], silent)
    assert result.problems == ("n.yml, line 1: There is no table 'c'.",)


def test_small_columns_go_first_where_not_all_values_can_be_kept() -> None:
    look = TableProfile((), {"large": tuple("abcdef"), "small": ("x", "y")})
    values, left_out = _take_within_limit([("t", look)], limit=5)
    assert values == {SchemaElement("t", "small"): ("x", "y")}
    assert left_out == ["The values of t.large are not searchable: there are too many."]


async def test_what_is_tagged_no_share_values_is_never_looked_into() -> None:
    columns = "[{name: name, tags: [no_share_values]}]"
    notes = f"models: [{{name: a, columns: {columns}}}, {{name: b, tags: no_share_values}}]"
    result = await scan(SmallTarget(), [NotesFile("n.yml", notes)], silent)
    assert result.profiles == {"a": {}, "b": {}}
    assert result.values == {}
    assert [column.name for column in result.catalog.tables[0].columns] == ["name", "password"]
