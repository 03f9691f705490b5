from dataclasses import dataclass, field
from typing import cast

import pytest

from schema_docs.scan.profiler import (
    TableProfile,
    clean_text,
    clean_values,
    estimate_distinct,
    is_searchable,
    is_sensitive,
    parse_profile,
    profile_table,
    serialize_profile,
)
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


def profile(*values: str) -> ColumnProfile:
    return ColumnProfile("c", 0.0, len(values), values=values)


def test_short_texts_are_kept() -> None:
    assert is_searchable(Column("city", "text", "text"), profile("Berlin"))
    assert is_searchable(Column("city", "text", "text"), None)


@pytest.mark.parametrize("name", ["password", "api_token", "userPin", "PASSWORD_HASH"])
def test_secrets_are_private(name: str) -> None:
    assert is_sensitive(Column(name, "text", "text"), profile("x"))
    assert not is_searchable(Column(name, "text", "text"), profile("x"))


@pytest.mark.parametrize(
    "values", [("ada@example.org", "bob@example.org"), ("+49 30 123456", "(030) 1234567", "555-1234 x22")]
)
def test_ways_to_reach_a_person_are_private(values: tuple[str, ...]) -> None:
    assert is_sensitive(Column("contact", "text", "text"), profile(*values))
    assert clean_values(values) == []


@pytest.mark.parametrize("value", ["2024-01-31", "1234567.89", "192.168.10.11", "Berlin", "+49 30", "007"])
def test_dates_numbers_and_words_are_not(value: str) -> None:
    assert not is_sensitive(Column("c", "text", "text"), profile(value))


@pytest.mark.parametrize(
    "value",
    [
        "x" * 101,
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "https://example.org/a",
        "ada@example.org",
        "0f" * 16,
    ],
)
def test_long_texts_and_what_a_machine_made_are_not(value: str) -> None:
    assert not is_searchable(Column("c", "text", "text"), profile(value))
    assert clean_values([value]) == []


def test_numbers_are_not() -> None:
    assert not is_searchable(Column("c", "int", "integer"), profile("1"))


def test_values_come_back_once_and_in_order() -> None:
    assert clean_values(["b", "a", "b", " ", "", "c" * 201]) == ["a", "b"]


def test_what_the_store_cannot_keep_is_taken_out() -> None:
    assert clean_text("a\x00b\ud800") == "ab?"


@pytest.mark.parametrize(
    ("distinct", "once", "rows", "likely"),
    [
        (1_000, 1_000, 100_000, 100_000),
        (5, 0, 100_000, 5),
        (790, 600, 100_000, 1_946),
        (790, 600, 1_000, 790),
        (790, 600, None, 790),
    ],
)
def test_what_a_sample_has_not_seen_is_estimated(
    distinct: int, once: int, rows: int | None, likely: int
) -> None:
    visible = ColumnProfile("c", 0.0, distinct, non_null_count=1_000, singleton_count=once)
    assert estimate_distinct(visible, rows) == likely


def test_nulls_are_no_rows_to_estimate_from() -> None:
    visible = ColumnProfile("c", 0.5, 1_000, non_null_count=1_000, singleton_count=1_000)
    assert estimate_distinct(visible, 100_000) == 50_000


def test_a_sample_from_before_is_taken_as_it_is() -> None:
    assert estimate_distinct(ColumnProfile("c", 0.0, 17), 100_000) == 17
