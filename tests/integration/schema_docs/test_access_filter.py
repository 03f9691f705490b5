import pytest

from schema_docs import retriever
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.retriever import SchemaRetriever
from schema_docs.search.results import SearchResult
from store.access.roles import NO_ACCESS, Access, Mask, NameFilter, Role, RowRule
from tests.fixtures.mapped_database import MapEnvironment

SHOP = """
CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT, founder TEXT);
CREATE TABLE salaries (id INTEGER PRIMARY KEY, city_id INTEGER REFERENCES cities, payee TEXT, amount INTEGER);
CREATE TABLE staff (id INTEGER PRIMARY KEY, salary_id INTEGER REFERENCES salaries, nickname TEXT);
INSERT INTO cities VALUES (1, 'Berlin', 'Albert'), (2, 'Paris', 'Celtic');
INSERT INTO salaries VALUES (1, 1, 'Mallory', 90000), (2, 2, 'Trudy', 70000);
INSERT INTO staff VALUES (1, 1, 'Smiley');
"""
QUESTION = (
    "How much is the salary amount of Mallory, Smiley and Trudy, and who is the founder, Albert, of Berlin?"
)


@pytest.fixture(params=[0, 20_000], ids=["in the store", "in memory"], autouse=True)
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retriever, "MAX_VALUES_IN_MEMORY", request.param)
    monkeypatch.setattr(retriever, "MAX_PASSAGES_IN_MEMORY", request.param)


async def find(world: MapEnvironment, role: Role, budget: int = 1_500) -> SearchResult:
    if not await world.connections.all():
        await world.sync(await world.add("shop", SHOP))
    return await world.retriever.find(QUESTION, "shop", budget, Access(role))


def said(result: SearchResult) -> str:
    return repr(result).lower()


@pytest.mark.parametrize("budget", [1_500, 40], ids=["all fits", "only the best"])
async def test_a_hidden_table_is_found_by_no_way(world: MapEnvironment, budget: int) -> None:
    result = await find(world, Role(tables=NameFilter(hide=("salaries",))), budget)
    assert "cities" in [page.table for page in result.documents]
    for secret in ("salaries", "salary_id ->", "mallory", "trudy", "amount"):
        assert secret not in said(result), secret
    assert result.joins == ()


@pytest.mark.parametrize("budget", [1_500, 40], ids=["all fits", "only the best"])
async def test_a_hidden_column_is_found_by_no_way(world: MapEnvironment, budget: int) -> None:
    result = await find(world, Role(columns=NameFilter(hide=("*.payee", "*.founder"))), budget)
    for secret in ("mallory", "trudy", "payee", "founder", "albert"):
        assert secret not in said(result), secret
    assert {"Berlin", "Smiley"} <= {hit.value for hit in result.values}


async def test_a_hidden_value_is_not_found_by_its_meaning(world: MapEnvironment) -> None:
    await world.sync(
        await world.add(
            "people",
            "CREATE TABLE people (sex TEXT, kind TEXT);"
            "INSERT INTO people VALUES ('Female', 'Film'), ('Male', 'Film')",
        )
    )
    visible = Access(Role(masks=(Mask(("*.sex",), "null"),)))
    result = await world.retriever.find("women in movies", "people", access=visible)
    assert [hit.value for hit in result.values] == ["Film"]


async def test_values_behind_a_mask_or_a_row_rule_are_not_told(world: MapEnvironment) -> None:
    role = Role(rows=(RowRule(("salaries",), "city_id = 2"),), masks=(Mask(("*.nickname",), "null"),))
    result = await find(world, role)
    for secret in ("mallory", "trudy", "smiley", "90000"):
        assert secret not in said(result), secret
    assert "payee" in said(result)
    assert "nickname" in said(result)


async def test_what_people_wrote_of_something_hidden_is_not_told(world: MapEnvironment) -> None:
    notes = """
terms:
  - {term: founder, meaning: "One who came first, paid as in `salaries`."}
  - {term: berlin, meaning: The capital.}
models:
  - {name: cities, description: "Where those of `salaries` live."}
"""
    connection = await world.add("shop", SHOP)
    await world.sync(connection, notes)
    whole = await world.retriever.find(QUESTION, "shop")
    assert [term.name for term in whole.terms] == ["founder", "berlin"]
    result = await find(world, Role(tables=NameFilter(hide=("salaries",))))
    assert [term.name for term in result.terms] == ["berlin"]
    assert "salaries" not in said(result)


async def test_who_may_see_nothing_finds_nothing(world: MapEnvironment) -> None:
    result = await find(world, NO_ACCESS)
    assert (result.documents, result.values, result.joins) == ((), (), ())


async def test_one_role_does_not_narrow_what_another_sees(world: MapEnvironment) -> None:
    await find(world, Role(tables=NameFilter(hide=("salaries",))))
    whole = await world.retriever.find(QUESTION, "shop")
    assert "Mallory" in {hit.value for hit in whole.values}
    assert "Mallory" in {hit.value for hit in (await find(world, Role())).values}


async def test_a_role_sees_a_new_version_of_the_map(world: MapEnvironment) -> None:
    role = Role(tables=NameFilter(hide=("salaries",)))
    await find(world, role)
    world.change("shop", "CREATE TABLE bridges (id INTEGER PRIMARY KEY)")
    (connection,) = await world.connections.all()
    await world.sync(connection)
    assert "bridges" in [page.table for page in (await find(world, role)).documents]


async def test_a_hidden_table_has_no_page_and_no_place_in_the_schema(world: MapEnvironment) -> None:
    access = Access(Role(tables=NameFilter(hide=("salaries",)), columns=NameFilter(hide=("*.founder",))))
    await find(world, access.role)
    assert await world.retriever.document("salaries", "shop", access) is None
    page = await world.retriever.document("cities", "shop", access)
    assert page is not None
    assert "founder" not in page.text
    schema = await world.retriever.schema("shop", access)
    assert schema.catalog.table("salaries") is None
    assert "salaries" not in schema.profiles


async def test_while_another_embedder_takes_over_words_still_find(world: MapEnvironment) -> None:
    class Other(WordLlamaEmbedder):
        name = "another"

    await world.sync(await world.add("shop", SHOP))
    result = await SchemaRetriever(world.store, Other()).find("salary amount", "shop", 20)
    assert [page.table for page in result.documents] == ["salaries"]
