from dataclasses import dataclass, field
from typing import cast

from schema_docs.scan.profiler import TableProfile, parse_profile, profile_table, serialize_profile
from store.catalog import Column, Table
from store.errors import QueryFailed
from store.targets.target import ColumnProfile, Target

NAMES = Table(None, "people", (Column("name", "TEXT", "text"),))


@dataclass
class OneColumn:
    """A table whose sample holds these names; the whole of it may be asked for."""

    sampled: tuple[str, ...]
    complete: bool
    stored: tuple[str, ...] = ()
    refuses: str | None = None
    asked: list[str] = field(default_factory=list)

    async def profile(self, table: Table, max_values: int = 20) -> list[ColumnProfile]:
        if self.refuses == "sample":
            raise QueryFailed("SELECT", "permission", "no")
        return [ColumnProfile("name", 0.0, len(self.sampled), values=self.sampled, complete=self.complete)]

    async def distinct_values(self, table: Table, column: str, max_values: int) -> tuple[str, ...]:
        self.asked.append(column)
        if self.refuses == "values":
            raise QueryFailed("SELECT", "timeout", "no")
        return self.stored


async def look(target: OneColumn, table: Table = NAMES) -> TableProfile:
    return await profile_table(cast(Target, target), table)


async def test_where_the_sample_is_all_there_is_its_values_are_not_asked_for_again() -> None:
    target = OneColumn(tuple(f"Name {number:02}" for number in range(50)), complete=True)
    glance = await look(target)
    assert (len(glance.values["name"]), target.asked) == (50, [])


async def test_of_a_larger_table_all_values_are_asked_for() -> None:
    glance = await look(OneColumn(("Ada",), complete=False, stored=("Bob", "Ada")))
    assert glance.values == {"name": ("Ada", "Bob")}


async def test_only_frequent_values_are_kept_with_the_profile() -> None:
    glance = await look(OneColumn(tuple(f"Name {number:02}" for number in range(50)), complete=True))
    assert glance.profiles is not None
    assert (len(glance.profiles[0].values), glance.profiles[0].complete) == (20, False)


async def test_a_refused_sample_leaves_nothing_but_a_problem() -> None:
    glance = await look(OneColumn((), complete=True, refuses="sample"))
    assert glance == TableProfile(None, problems=("people could not be sampled (permission).",))


async def test_refused_values_leave_the_profile() -> None:
    glance = await look(OneColumn(("Ada",), complete=False, refuses="values"))
    assert glance.problems == ("The values of people.name could not be read (timeout).",)
    assert glance.profiles is not None


async def test_a_table_without_columns_is_not_asked_anything() -> None:
    assert await look(
        OneColumn((), complete=True, refuses="sample"), Table(None, "bare", ())
    ) == TableProfile(())


def test_a_glance_can_be_written_down_and_read_back() -> None:
    profile = ColumnProfile("name", 0.5, 2, "a", "z", ("a", "z"), complete=True)
    glance = TableProfile((profile,), {"name": ("a", "z")}, ("A problem.",))
    assert parse_profile(serialize_profile(glance)) == glance
