import sqlite3
from pathlib import Path

from graph.evaluation.datasets import Dialogue, GoldQuestion
from graph.evaluation.retrieval_recall import RecallMiss, measure_recall
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.sync.sync import ignore_progress


def about_pets(question: str, sql: str) -> Dialogue:
    return Dialogue("pets", (GoldQuestion("q", question, sql),))


async def test_tables_columns_and_values_are_counted(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "pets.sqlite") as session:
        session.executescript(
            "CREATE TABLE pets (name TEXT, species TEXT);"
            "INSERT INTO pets VALUES ('Rex', 'dog'), ('Tom', 'cat')"
        )
    session.close()
    tally = await measure_recall(
        [
            about_pets("Which species is Rex?", "SELECT species FROM pets WHERE name = 'Rex'"),
            about_pets("How many purr?", "SELECT count(*) FROM pets WHERE species = 'cat'"),
        ],
        {"pets": tmp_path / "pets.sqlite"},
        WordLlamaEmbedder(),
        1_500,
        ignore_progress,
    )
    assert tally.metrics() == {
        "tables": 1.0, "columns": 1.0, "literals": 0.5, "questions": 2, "literals_total": 2,
    }  # fmt: skip
    assert tally.misses == [RecallMiss("literals", "pets", "How many purr?", ("pets.species = 'cat'",))]
