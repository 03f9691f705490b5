import pytest

from schema_docs import retriever
from schema_docs.documents.table_document import count_tokens
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.errors import NotMapped
from schema_docs.retriever import SchemaRetriever
from tests.fixtures.mapped_database import MapEnvironment

OTHER = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, project TEXT);
INSERT INTO orders VALUES (1, 'Berlin'), (2, 'Manhattan Project');
"""

WIDE_WORLD = "".join(
    f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {name}_name TEXT, {other}_id INTEGER REFERENCES {other});"
    for name, other in [
        ("planets", "stars"),
        ("stars", "galaxies"),
        ("galaxies", "galaxies"),
        ("recipes", "cooks"),
        ("cooks", "kitchens"),
        ("kitchens", "kitchens"),
        ("matches", "teams"),
        ("teams", "leagues"),
        ("leagues", "leagues"),
    ]
)


async def test_a_connection_without_a_map_says_so(world: MapEnvironment) -> None:
    await world.add("shop")
    with pytest.raises(NotMapped):
        await world.retriever.schema("shop")
    with pytest.raises(NotMapped):
        await world.retriever.find("orders", "nobody")


async def test_a_small_map_is_shown_whole_with_every_join(world: MapEnvironment) -> None:
    await world.sync(await world.add("shop"))
    result = await world.retriever.find("how many orders?", "shop")
    assert [page.table for page in result.documents] == ["cities", "customers", "orders", "reviews"]
    assert [join.table for join in result.joins] == ["customers", "orders", "reviews"]
    assert result.version == 1
    assert result.reasons == ("All 4 tables fit.",)


@pytest.fixture(params=[0, 20_000], ids=["in the store", "in memory"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of searching: what does not fit into memory is looked up in the store."""
    monkeypatch.setattr(retriever, "MAX_VALUES_IN_MEMORY", request.param)
    monkeypatch.setattr(retriever, "MAX_PASSAGES_IN_MEMORY", request.param)


VALUES = [
    ("orders from berlin", "Berlin"),
    ("customers in MANHATTAN", "Manhattan"),
    ("customers in Manhatan", "Manhattan"),
    ("who lives in new york", "New York"),
    ("who lives in New York City", "New York"),
    ("zurich", "Zürich"),
    ("paid orders", "paid"),
]


@pytest.mark.usefixtures("where")
@pytest.mark.parametrize(("question", "value"), VALUES)
async def test_values_are_found_as_people_write_them(
    world: MapEnvironment, question: str, value: str
) -> None:
    await world.sync(await world.add("shop"))
    result = await world.retriever.find(question, "shop")
    assert value in {hit.value for hit in result.values}


@pytest.mark.usefixtures("where")
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How many women?", "Female"),
        ("people of the USA", "United States of America"),
        ("people in NYC", "New York City"),
        ("Canadian people", "Canada"),
    ],
)
async def test_values_are_found_by_meaning_and_initials(
    world: MapEnvironment, question: str, value: str
) -> None:
    people = """CREATE TABLE people (sex TEXT, place TEXT);
    INSERT INTO people VALUES ('Female', 'United States of America'), ('Male', 'New York City');
    INSERT INTO people VALUES ('Male', 'Canada');"""
    await world.sync(await world.add("people", people))
    result = await world.retriever.find(question, "people")
    assert [hit.value for hit in result.values] == [value]


@pytest.mark.usefixtures("where")
async def test_a_misspelt_table_is_found(world: MapEnvironment) -> None:
    await world.sync(await world.add("wide", WIDE_WORLD))
    result = await world.retriever.find("How many kichens are there?", "wide", 60)
    assert result.documents[0].table == "kitchens"


@pytest.mark.usefixtures("where")
async def test_nothing_is_ever_found_from_another_connection(world: MapEnvironment) -> None:
    await world.sync(await world.add("shop"))
    await world.sync(await world.add("other", OTHER))
    result = await world.retriever.find("orders of the Manhattan Project in Berlin", "shop", 60)
    assert {hit.table for hit in result.values} == {"cities"}
    assert "project" not in "".join(page.text for page in result.documents)
    other = await world.retriever.find("orders of the Manhattan Project in Berlin", "other")
    assert {hit.value for hit in other.values} == {"Berlin", "Manhattan Project"}


@pytest.mark.usefixtures("where")
async def test_a_large_map_is_searched_and_the_budget_kept(world: MapEnvironment) -> None:
    await world.sync(await world.add("wide", WIDE_WORLD))
    result = await world.retriever.find("Which planets belong to the galaxy of Andromeda?", "wide", 100)
    tables = [page.table for page in result.documents]
    assert {"planets", "stars", "galaxies"} == set(tables[:3])
    assert sum(count_tokens(page.text) for page in result.documents) <= 100
    assert {join.table for join in result.joins} >= {"galaxies", "planets", "stars"}
    assert len(result.reasons) == len(result.documents)
    assert any(line.startswith("planets matches planets") for line in result.reasons)


@pytest.mark.usefixtures("where")
async def test_a_value_leads_to_the_table_that_holds_it(world: MapEnvironment) -> None:
    script = WIDE_WORLD + "INSERT INTO cooks (id, cooks_name) VALUES (1, 'Wolfgang Puck');"
    await world.sync(await world.add("wide", script))
    result = await world.retriever.find("Tell me about Wolfgang Puck", "wide", 60)
    assert result.documents[0].table == "cooks"
    assert "'Wolfgang Puck' in cooks_name" in result.reasons[0]


@pytest.mark.usefixtures("where")
async def test_a_question_of_no_words_finds_something(world: MapEnvironment) -> None:
    await world.sync(await world.add("wide", WIDE_WORLD))
    assert (await world.retriever.find("???", "wide", 100)).documents


async def test_both_ways_find_the_same(world: MapEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.sync(await world.add("wide", WIDE_WORLD))
    question = "Which kitchens are in the league of the best cooks?"
    in_memory = await world.retriever.find(question, "wide", 100)
    monkeypatch.setattr(retriever, "MAX_PASSAGES_IN_MEMORY", 0)
    in_the_store = SchemaRetriever(world.store, WordLlamaEmbedder())
    assert await in_the_store.find(question, "wide", 100) == in_memory


async def test_maps_are_held_open_as_long_as_there_is_room(
    world: MapEnvironment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("one", "two", "three"):
        await world.sync(await world.add(name))
    # Each has 4 tables with 14 columns.
    monkeypatch.setattr(retriever, "MAX_CACHED_PASSAGES", 36)
    caplog.set_level("INFO", "schema_docs.retriever")
    for name in ("one", "two", "one", "two", "three", "two", "one"):
        await world.retriever.schema(name)
    opened = [record for record in caplog.records if record.message == "map loaded"]
    assert [vars(record)["connection"] for record in opened] == ["one", "two", "three", "one"]
