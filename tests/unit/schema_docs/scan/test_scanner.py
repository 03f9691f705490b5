from collections.abc import Sequence

import pytest

from schema_docs.notes.files import NotesFile
from schema_docs.scan.profiler import Glance
from schema_docs.scan.scanner import _within_bounds, look_at
from store.access.approved_query import Approved
from store.catalog import Catalog, Column, Dialect, Table
from store.errors import QueryFailed, TargetUnavailable
from store.maps.records import Place
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

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        if self._refusal and table.name == "a":
            raise self._refusal
        known = table.column("name")
        return [ColumnProfile("name", 0.0, 1, values=("Ada",))] if known else []

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
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
    found = await look_at(SmallTarget(), (), silent)
    assert found.values == {Place("a", "name"): ("Ada", "Bob"), Place("b", "name"): ("Ada", "Bob")}
    assert found.profiles["a"]["name"].values == ("Ada",)
    assert found.problems == ()


async def test_a_table_that_refuses_is_named_and_the_others_are_gathered() -> None:
    found = await look_at(SmallTarget(QueryFailed("SELECT", "permission", "secret text")), (), silent)
    assert found.problems == ("a could not be sampled (permission).",)
    assert list(found.profiles) == ["b"]


async def test_a_target_that_is_gone_ends_it() -> None:
    with pytest.raises(TargetUnavailable):
        await look_at(SmallTarget(TargetUnavailable("Gone.")), (), silent)


async def test_what_notes_get_wrong_is_among_the_problems() -> None:
    found = await look_at(SmallTarget(), [NotesFile("n.yml", "models: [{name: c}]")], silent)
    assert found.problems == ("n.yml, line 1: There is no table 'c'.",)


def test_small_columns_go_first_where_not_all_values_can_be_kept() -> None:
    look = Glance((), {"large": tuple("abcdef"), "small": ("x", "y")})
    kept, left_out = _within_bounds([("t", look)], most=5)
    assert kept == {Place("t", "small"): ("x", "y")}
    assert left_out == ["The values of t.large are not kept: there are too many."]


async def test_what_is_tagged_private_is_never_looked_into() -> None:
    notes = "models: [{name: a, columns: [{name: name, tags: [private]}]}, {name: b, tags: private}]"
    found = await look_at(SmallTarget(), [NotesFile("n.yml", notes)], silent)
    assert found.profiles == {"a": {}, "b": {}}
    assert found.values == {}
    assert [column.name for column in found.catalog.tables[0].columns] == ["name", "password"]
