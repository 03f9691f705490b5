import sqlite3
from pathlib import Path

from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.sync.in_memory import build_in_memory_map
from store.targets.sqlite.target import SqliteTarget


async def test_a_file_is_looked_at_and_searched_without_a_store(tmp_path: Path) -> None:
    path = tmp_path / "pets.sqlite"
    with sqlite3.connect(path) as session:
        session.executescript(
            "CREATE TABLE pets (name TEXT, species TEXT); INSERT INTO pets VALUES ('Rex', 'dog')"
        )
    session.close()
    target = SqliteTarget(path)
    drawn = await build_in_memory_map("pets", target, WordLlamaEmbedder())
    await target.close()
    result = await drawn.find("Which species is Rex?", "whatever it is called")
    assert [page.table for page in result.documents] == ["pets"]
    assert ("pets", "name", "Rex") in {(hit.table, hit.column, hit.value) for hit in result.values}
    assert (await drawn.schema("pets")).profile("pets", "species")


async def test_a_small_budget_shows_the_tables_that_matter(tmp_path: Path) -> None:
    path = tmp_path / "many.sqlite"
    with sqlite3.connect(path) as session:
        for number in range(30):
            session.execute(f"CREATE TABLE thing_{number} (size INT, weight INT, colour TEXT)")
        session.execute("CREATE TABLE invoices (amount INT, customer TEXT)")
    session.close()
    target = SqliteTarget(path)
    drawn = await build_in_memory_map("many", target, WordLlamaEmbedder())
    await target.close()
    documents = drawn.search("What is the amount of all invoices?", 120)
    assert documents.documents[0].table == "invoices"
    assert len(documents.documents) < 31
