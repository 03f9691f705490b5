from schema_docs.unsampled import Unsampled
from store.approved import Approved
from store.catalog import Catalog, Column, Dialect, Table
from store.rows import Limits, RowColumn, Rows
from store.targets.target import ColumnProfile, Estimate, Traces

PETS = Table(None, "pets", (Column("name", "TEXT", "text"),))


class Pets:
    """A target that tells all it has, and cannot say what has changed."""

    dialect: Dialect = "sqlite"

    def __init__(self) -> None:
        self.closed = False

    async def catalog(self) -> Catalog:
        return Catalog("sqlite", (PETS,))

    async def profile(self, table: Table, most: int = 20) -> list[ColumnProfile]:
        return [ColumnProfile("name", 0.0, 1, values=("Rex",))]

    async def distinct_values(self, table: Table, column: str, most: int) -> list[str]:
        return ["Rex"]

    async def explain(self, approved: Approved) -> Estimate:
        return Estimate(1, None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        return Rows((RowColumn("name", "text"),), (("Rex",),))

    async def close(self) -> None:
        self.closed = True


class Counted(Pets):
    """One that can say."""

    async def traces(self) -> Traces:
        return Traces({"pets": "7"}, whole="9")


async def test_what_there_is_is_shown_and_nothing_of_what_is_stored() -> None:
    target = Unsampled(Pets())
    assert await target.catalog() == Catalog("sqlite", (PETS,))
    assert list(await target.profile(PETS)) == []
    assert list(await target.distinct_values(PETS, "name", 10)) == []


async def test_a_table_counts_as_changed_when_it_is_sampled_again_or_no_more() -> None:
    told, sampled = await Unsampled(Counted()).traces(), await Counted().traces()
    assert (told.of("pets"), told.of("other")) == ("unsampled 7", "unsampled 9")
    assert told.of("pets") != sampled.of("pets")
    assert await Unsampled(Pets()).traces() == Traces()


async def test_queries_run_as_ever_and_the_target_is_let_go() -> None:
    pets = Pets()
    target = Unsampled(pets)
    approved = object.__new__(Approved)
    assert (await target.explain(approved)).rows == 1
    assert len(await target.run(approved, Limits(10, 1))) == 1
    await target.close()
    assert pets.closed
